"""Central differences, against which derivatives are checked."""

import math

import numpy as np

# the error of a smooth function of order 1 is then about 1e-10, from rounding and from the third derivative
STEP = 1e-5


def slope(function, x, direction):
    """d/ds function(x + s direction) at s = 0."""
    return (function(x + STEP * direction) - function(x - STEP * direction)) / (2 * STEP)


def slope_of_logarithm(function, x, direction):
    """The same for a complex function that is known modulo 2 pi i."""
    return without_turns(function(x + STEP * direction) - function(x - STEP * direction)) / (2 * STEP)


def without_turns(difference):
    """The number closest to the real axis that differs by a multiple of 2 pi i."""
    return difference - 2j * math.pi * np.round(difference.imag / (2 * math.pi))


def deviation(found, expected) -> float:
    """The largest difference, relative to 1 + the largest entry; NaN if either has one."""
    return float(np.abs(found - expected).max(initial=0) / (1 + np.abs(expected).max(initial=0)))
