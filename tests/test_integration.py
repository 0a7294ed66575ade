"""Integrals of odd functions from values and derivatives."""

import math

import numpy as np
import pytest

from pomflow.integration import cumulative_rule, truncation_errors

EVEN = np.linspace(0, 2, 11)
UNEVEN = np.array([0, 0.1, 0.25, 0.4, 0.7, 0.75, 1.0, 1.4, 1.6, 2.0])
# an odd function, its derivative and its integral: entire, and with a pole at a distance of 0.8 from the axis
SINH = (np.sinh, np.cosh, lambda x: np.cosh(x) - 1)
PEAK = (
    lambda x: x / (x**2 + 0.64),
    lambda x: (0.64 - x**2) / (x**2 + 0.64) ** 2,
    lambda x: np.log1p(x**2 / 0.64) / 2,
)


def integral(points, f, slope):
    rule = cumulative_rule(points)
    return rule.value @ f(points) + rule.slope @ slope(points)


def test_cubics_are_exact():
    polynomial = np.polynomial.Polynomial([1.0, -2.0, 0.5, 3.0])
    found = integral(UNEVEN, polynomial, polynomial.deriv())
    np.testing.assert_allclose(found, polynomial.integ()(UNEVEN), rtol=1e-13)


def test_order():
    """Half the distance makes the error 16 times smaller."""
    f, slope, exact = SINH
    coarse, fine = (
        abs(integral(points, f, slope)[-1] - exact(2.0)) for points in (EVEN, np.linspace(0, 2, 21))
    )
    assert math.log2(coarse / fine) == pytest.approx(4, abs=0.05)


@pytest.mark.parametrize("points", [EVEN, EVEN[:3], UNEVEN], ids=["even", "three", "uneven"])
@pytest.mark.parametrize("functions", [SINH, PEAK], ids=["sinh", "peak"])
def test_estimated_error(points, functions):
    """The true error is at most twice the estimate at every point, and no tenth of it at the last."""
    f, slope, exact = functions
    truth = np.abs(integral(points, f, slope) - exact(points))
    estimate = truncation_errors(points, f(points), slope(points))
    assert (truth <= 2 * estimate + 1e-15).all()
    assert estimate[-1] < 10 * truth.max()
    assert (np.diff(estimate) >= 0).all()


def test_two_points_close_together_with_noise():
    """An estimate from differences between them would be hundreds of times too large."""
    f, slope, _ = SINH
    points = np.insert(EVEN, 5, EVEN[5] - 1e-4)
    values = f(points)
    values[5] += 1e-3
    estimate = truncation_errors(points, values, slope(points))
    assert estimate[-1] < 1e-3 * 0.2
