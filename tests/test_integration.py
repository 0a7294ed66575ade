"""Integrals of odd functions from values and derivatives."""

import math

import numpy as np
import pytest

from pomflow.numerics.integration import cumulative_rule, truncation_errors

GRID = np.linspace(0, 2, 11)
# points between those of the grid, some of them close to one
MIXED = np.sort(np.concatenate((GRID, [0.05, 0.3, 0.59999, 0.75, 1.9, 1.95])))
# an odd function, its derivative and its integral: entire, and with a pole at a distance of 0.8 from the axis
SINH = (np.sinh, np.cosh, lambda x: np.cosh(x) - 1)
PEAK = (
    lambda x: x / (x**2 + 0.64),
    lambda x: (0.64 - x**2) / (x**2 + 0.64) ** 2,
    lambda x: np.log1p(x**2 / 0.64) / 2,
)


def integral(points, f, slope, grid=GRID):
    rule = cumulative_rule(points, np.isin(points, grid))
    return rule.value @ f(points) + rule.slope @ slope(points)


def test_cubics_are_exact():
    polynomial = np.polynomial.Polynomial([1.0, -2.0, 0.5, 3.0])
    found = integral(MIXED, polynomial, polynomial.deriv())
    np.testing.assert_allclose(found, polynomial.integ()(MIXED), rtol=1e-13, atol=1e-15)


def test_order():
    """Half the distance makes the error 16 times smaller."""
    f, slope, exact = SINH
    grids = (GRID, np.linspace(0, 2, 21))
    coarse, fine = (abs(integral(points, f, slope, points)[-1] - exact(2.0)) for points in grids)
    assert math.log2(coarse / fine) == pytest.approx(4, abs=0.05)


def test_a_point_off_the_grid_changes_no_other():
    """Neither the integral, up to the order of the sum, nor the estimate of its error."""
    f, slope, _ = PEAK
    on_grid = np.isin(MIXED, GRID)
    np.testing.assert_allclose(integral(MIXED, f, slope)[on_grid], integral(GRID, f, slope), rtol=1e-14)
    mixed = truncation_errors(MIXED, on_grid, f(MIXED), slope(MIXED))
    alone = truncation_errors(GRID, np.full(11, True), f(GRID), slope(GRID))
    np.testing.assert_array_equal(mixed[on_grid], alone)


@pytest.mark.parametrize("points", [GRID, GRID[:3], MIXED], ids=["grid", "three", "mixed"])
@pytest.mark.parametrize("functions", [SINH, PEAK], ids=["sinh", "peak"])
def test_estimated_error(points, functions):
    """The true error is at most twice the estimate at every point, and no tenth of it at the last."""
    f, slope, exact = functions
    truth = np.abs(integral(points, f, slope) - exact(points))
    estimate = truncation_errors(points, np.isin(points, GRID), f(points), slope(points))
    assert (truth <= 2 * estimate + 1e-15).all()
    assert estimate[-1] < 10 * truth.max()
