"""Actions: holomorphic functions S(z) of n complex variables, one file each, named in ``registry``."""
