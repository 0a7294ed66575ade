"""Gauss's rule from 0 to 1: few points, where a function is measured at each with an error."""

import math

import numpy as np

# with fewer the end of the Legendre series, from which the error of the rule is estimated, is its beginning
FEWEST_NODES = 3


def odd_rule(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Points s and weights of the integral of an odd function from 0 to 1, exact up to the power 4 count - 1.

    The function is s times one of s^2, for which this is Gauss's rule.

    Examples
    --------
    >>> s, weights = odd_rule(2)
    >>> round(float(weights @ s**7), 12)
    0.125
    """
    x, weights = np.polynomial.legendre.leggauss(count)
    s = np.sqrt((x + 1) / 2)
    return s, weights / (4 * s)


def rule(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Points s and weights of the integral from 0 to 1, exact for polynomials up to the degree 2 count - 1.

    Examples
    --------
    >>> s, weights = rule(3)
    >>> round(float(weights @ s**5), 12)
    0.166666666667
    """
    x, weights = np.polynomial.legendre.leggauss(count)
    return (x + 1) / 2, weights / 2


def rule_error(x: np.ndarray, values: np.ndarray) -> float:
    """Error of the rule at n points x from -1 to 1, by how fast the Legendre series of the values falls.

    If coefficients fall by a constant factor, the first that the rule does not see, of order 2 n, is about
    the square of that of order n - 1 over the first. NaN where all values are zero, as of a run that has seen
    nothing.
    """
    if not values.any():
        return math.nan
    series = np.polynomial.legendre.legfit(x, values, len(values) - 1)
    return float(series[-1] ** 2 / abs(2 * series[0]))
