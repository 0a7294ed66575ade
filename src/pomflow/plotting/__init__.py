"""Figures, one file each, named in ``registry``: ``draw(data) -> Figure``."""
