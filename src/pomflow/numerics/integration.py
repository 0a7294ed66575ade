r"""Integrals from 0 of an odd function that is known, with its derivative, at some points.

Between two points at distance h, Hermite's cubic gives the corrected trapezoidal rule

.. math:: \int f = \frac{h}{2} (f_0 + f_1) + \frac{h^2}{12} (f'_0 - f'_1) + \frac{h^5}{720} f^{(4)}.

Its error is estimated from the values alone: a cubic through the two points and their neighbours has an error
with the same fourth derivative and a larger factor, 11 h^5 / 720 for equal distances.

The integral runs along a grid of points. To a point that is not on the grid it goes from the last one below,
so that it is the same whatever other points there are.
"""

from typing import NamedTuple

import numpy as np


class Rule(NamedTuple):
    """Integrals from 0 to every point as ``value @ f + slope @ f'``, each of shape (points, points)."""

    value: np.ndarray
    slope: np.ndarray


def cumulative_rule(points: np.ndarray, on_grid: np.ndarray) -> Rule:
    """The corrected trapezoidal rule.

    Parameters
    ----------
    points : array
        Increasing from 0.
    on_grid : array of bool
        The points that the integral runs along; the first is one.
    """
    value, slope = np.zeros((2, len(points), len(points)))
    for end, start in _intervals(on_grid):
        h = points[end] - points[start]
        value[end], slope[end] = value[start], slope[start]
        value[end, [start, end]] += h / 2
        slope[end, [start, end]] += h**2 / 12 * np.array([1, -1])
    return Rule(value, slope)


def truncation_errors(
    points: np.ndarray, on_grid: np.ndarray, f: np.ndarray, slope: np.ndarray
) -> np.ndarray:
    """Estimates of the error of the integral to every point: the sum over its intervals, all taken positive.

    Parameters
    ----------
    points, on_grid : arrays
        As above, with at least three points on the grid.
    f, slope : arrays
        An odd function and its derivative. Where f is unknown, NaN, so is every estimate that needs it.
    """
    grid = np.flatnonzero(on_grid)
    errors = np.zeros(len(points))
    for end, start in _intervals(on_grid):
        place = int(np.searchsorted(grid, start))
        # places -1 and -2 are mirror images; the last interval has no neighbour above
        beside = (place - 1, place + 2 if place + 2 < len(grid) else place - 2)
        signs, others = np.sign(beside) + (np.array(beside) == 0), grid[np.abs(beside)]
        x = np.concatenate((points[[start, end]], signs * points[others]))
        values = np.concatenate((f[[start, end]], signs * f[others]))
        errors[end] = errors[start] + abs(_interval_error(x, values, slope[[start, end]]))
    return errors


def _intervals(on_grid: np.ndarray):
    """(end, start) of the last interval of the integral to each point but the first."""
    start = 0
    for end in range(1, len(on_grid)):
        yield end, start
        if on_grid[end]:
            start = end


def _interval_error(x: np.ndarray, f: np.ndarray, slope: np.ndarray) -> float:
    """Error of the corrected trapezoidal rule between x[0] and x[1], from values there and at x[2], x[3]."""
    if np.isnan(f).any():
        return np.nan
    h = x[1] - x[0]
    hermite = h / 2 * (f[0] + f[1]) + h**2 / 12 * (slope[0] - slope[1])
    lagrange = _integral(np.polynomial.Polynomial.fit(x, f, 3), x)
    # integrals of the polynomials that multiply f''''/4! in the two errors
    product = _integral(np.polynomial.Polynomial.fromroots(x), x)
    return float((lagrange - hermite) * (h**5 / 30) / (h**5 / 30 - product))


def _integral(polynomial, x) -> float:
    antiderivative = polynomial.integ()
    return antiderivative(x[1]) - antiderivative(x[0])
