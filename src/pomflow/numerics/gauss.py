"""Gauss's rule for odd functions: few points, where a function is measured at each with an error."""

import numpy as np


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
