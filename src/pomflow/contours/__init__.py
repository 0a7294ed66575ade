"""Contours: families of integration paths z(t), one file each, named in ``registry``."""
