r"""Integrals over mu of an odd function that is known, with its derivative, at some points.

Between two neighbours at distance h, Hermite's cubic gives the corrected trapezoidal rule

.. math:: \int f = \frac{h}{2} (f_0 + f_1) + \frac{h^2}{12} (f'_0 - f'_1) + \frac{h^5}{720} f^{(4)}.

Its error is estimated from the values alone: a cubic through the two points and their next neighbours on both
sides has an error with the same fourth derivative and a larger factor, 11 h^5 / 720 for equal distances.
"""

from typing import NamedTuple

import numpy as np


class Rule(NamedTuple):
    """Integrals from the first point to every point as ``value @ f + slope @ f'``, each (points, points)."""

    value: np.ndarray
    slope: np.ndarray


def cumulative_rule(points: np.ndarray) -> Rule:
    """The corrected trapezoidal rule for increasing points."""
    count, width = len(points), np.diff(points)
    value, slope = np.zeros((count, count)), np.zeros((count, count))
    for k, h in enumerate(width):
        value[k + 1], slope[k + 1] = value[k], slope[k]
        value[k + 1, k : k + 2] += h / 2
        slope[k + 1, k : k + 2] += h**2 / 12 * np.array([1, -1])
    return Rule(value, slope)


def truncation_errors(points: np.ndarray, f: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Estimates of the error of each of the cumulative integrals, never decreasing.

    Parameters
    ----------
    points : array, increasing, from 0 on
        At least three.
    f, slope : arrays
        An odd function and its derivative.
    """
    mirrored = np.concatenate((-points[:0:-1], points))
    odd = np.concatenate((-f[:0:-1], f))
    errors = [0.0]
    for k in range(len(points) - 1):
        stencil = _stencil(mirrored, len(points) - 1 + k)
        errors.append(_interval_error(mirrored[stencil], odd[stencil], slope[k : k + 2]))
    return np.cumsum(np.abs(errors))


def _stencil(points: np.ndarray, k: int) -> list[int]:
    """The ends of the interval k, and a point on either side or two on one.

    Points closer than half an interval are passed over: they would make noise of the fourth derivative.
    """
    gap = (points[k + 1] - points[k]) / 2
    below = np.flatnonzero(points <= points[k] - gap)
    above = np.flatnonzero(points >= points[k + 1] + gap)
    if len(above) > 0:
        return [k, k + 1, below[-1], above[0]]
    further = below[points[below] <= points[below[-1]] - gap]
    return [k, k + 1, below[-1], further[-1]]


def _interval_error(x: np.ndarray, f: np.ndarray, slope: np.ndarray) -> float:
    """Error of the corrected trapezoidal rule between x[0] and x[1], from values there and at x[2], x[3]."""
    h = x[1] - x[0]
    hermite = h / 2 * (f[0] + f[1]) + h**2 / 12 * (slope[0] - slope[1])
    lagrange = _integral(np.polynomial.Polynomial.fit(x, f, 3), x)
    # integrals of the polynomials that multiply f''''/4! in the two errors
    product = _integral(np.polynomial.Polynomial.fromroots(x), x)
    return float((lagrange - hermite) * (h**5 / 30) / (h**5 / 30 - product))


def _integral(polynomial, x) -> float:
    antiderivative = polynomial.integ()
    return antiderivative(x[1]) - antiderivative(x[0])
