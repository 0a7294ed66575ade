"""Fits of finite sizes to series whose limits are known, and to the exact peaks of the square lattice."""

import numpy as np
import pytest
from scipy.interpolate import make_interp_spline

from pomflow.lattice import Lattice
from pomflow.models.ising import exact
from pomflow.models.ising.exact import CRITICAL_TEMPERATURE
from pomflow.models.ising.model import Ising
from pomflow.studies.ising import scaling
from pomflow.studies.ising.marks import MARKS, marks_of
from pomflow.studies.ising.readout import DEGREE

EXTENT = np.array([4.0, 6.0, 8.0, 16.0, 32.0])
# of the default study
PEAK_ERRORS = {4: 0.0027, 6: 0.0032, 8: 0.0028, 12: 0.0027, 16: 0.0026, 24: 0.0021, 32: 0.0016, 64: 0.0012}


@pytest.fixture(scope="module")
def square() -> dict[int, dict]:
    """The exact marks of square lattices."""
    found = {}
    for size in PEAK_ERRORS:
        beta = np.linspace(
            1 / (CRITICAL_TEMPERATURE + 5 / size), 1 / (CRITICAL_TEMPERATURE - 2 / (size + 1)), 401
        )
        beta = np.linspace(0.2, 0.72, 401) if size == 4 else beta
        variance = exact.thermodynamics(Ising(Lattice((size, size))), beta).variance
        third = -make_interp_spline(beta, variance, DEGREE).derivative()(beta)
        found[size] = marks_of(beta, variance, third, size**2)
    return found


def test_a_series_is_found_with_its_correction():
    """T_c + a / L + b / L^2 with small errors: exactly, and its correction is seen to be needed."""
    peak = 2.0 + 0.8 / EXTENT - 0.5 / EXTENT**2
    fit = scaling.critical_temperature(EXTENT, peak, 0.001 + 0 * EXTENT)
    assert fit.value.value == pytest.approx(2, abs=1e-12)
    assert (fit.corrections, fit.dof, fit.extent.tolist()) == (1, 2, EXTENT.tolist())
    assert fit.chi2 == pytest.approx(0, abs=1e-15)
    np.testing.assert_allclose(fit.curve(EXTENT), peak, rtol=1e-12)
    assert fit.refit(peak + 0.25) == pytest.approx(2.25)


def test_the_systematic_error_is_what_the_next_term_moves():
    peak = 2.0 + 0.8 / EXTENT - 0.5 / EXTENT**2
    error = 0.003 + 0 * EXTENT
    fit = scaling.critical_temperature(EXTENT, peak, error)
    moved = fit.refit(peak[-len(fit.extent) :] + 0.8 / fit.extent**3)
    assert abs(moved - 2.0) == pytest.approx(fit.systematic, rel=1e-9)


def test_large_errors_need_no_correction():
    """Three lattices with the errors of the default study: a straight line says more than one with a bend."""
    size = [8, 16, 32]
    fit = scaling.critical_temperature(size, [2.362, 2.3175, 2.2939], [PEAK_ERRORS[one] for one in size])
    assert fit.corrections == 0
    assert fit.systematic > fit.value.error


def test_chi_squared_refuses_what_does_not_fit():
    """A bend far beyond errors: large lattices alone, although all together have the smaller error."""
    peak = 2.0 + 0.8 / EXTENT + 60 / EXTENT**5
    fit = scaling.critical_temperature(EXTENT, peak, 0.002 + 0 * EXTENT)
    assert fit.fits
    assert fit.extent.min() > 4
    assert not fit.doubtful


def test_errors_that_are_too_small_are_told():
    """Peaks that scatter by many errors: what is left goes through two or three, which tests nothing."""
    scatter = 0.01 * (-1.0) ** np.arange(len(EXTENT))
    peak = 2.0 + 0.8 / EXTENT + scatter
    fit = scaling.critical_temperature(EXTENT, peak, 0.0005 + 0 * EXTENT)
    assert fit.dof == 0
    assert fit.doubtful
    assert not scaling.critical_temperature(EXTENT, peak, 0.01 + 0 * EXTENT).doubtful
    assert not scaling.critical_temperature(EXTENT[:2], peak[:2], 0.0005 + 0 * EXTENT[:2]).doubtful


def test_errors_are_those_of_repeated_experiments(rng):
    """Of 1000 experiments whose errors choose the fit."""
    error = np.array([PEAK_ERRORS[int(size)] for size in EXTENT])
    peak = 2.0 + 0.8 / EXTENT - 0.5 / EXTENT**2
    fits = [
        scaling.critical_temperature(EXTENT, peak + error * rng.normal(size=5), error) for _ in range(1000)
    ]
    # those of all lattices, with the correction that the series has; chi^2 refuses one in twenty of them
    whole = [fit for fit in fits if len(fit.extent) == 5]
    assert {fit.corrections for fit in whole} == {1}
    assert 1000 - len(whole) < 50 + 4 * np.sqrt(50)
    pulls = np.array([(fit.value.value - 2) / fit.value.error for fit in whole])
    assert np.mean(pulls**2) == pytest.approx(1, abs=4 * np.sqrt(2 / 1000))
    assert abs(np.mean(pulls)) < 4 / np.sqrt(1000)


@pytest.mark.parametrize(
    "sizes",
    [(4, 6, 8, 16, 32), (4, 8, 16, 32), (8, 16, 32), (6, 8, 12, 16, 24, 32), (8, 16, 32, 64)],
    ids=str,
)
@pytest.mark.parametrize("share", [1.0, 0.3])
def test_the_error_covers_onsager(square, sizes, share):
    """Exact peaks have no noise: what a fit is off by is its systematic error, within a factor of two."""
    peak, error = (
        np.array([of[size] for size in sizes]) for of in (_marks(square, "t_peak_curve"), PEAK_ERRORS)
    )
    fit = scaling.critical_temperature(sizes, peak, share * error)
    off = abs(fit.value.value - CRITICAL_TEMPERATURE)
    assert off < 2 * fit.systematic
    assert off < fit.error


def test_the_default_lattices_are_good_to_a_thousandth(square):
    sizes = [4, 6, 8, 16, 32]
    peak = np.array([square[size]["t_peak_curve"] for size in sizes])
    fit = scaling.critical_temperature(sizes, peak, np.array([PEAK_ERRORS[size] for size in sizes]))
    assert abs(fit.value.value / CRITICAL_TEMPERATURE - 1) < 1e-4
    # a straight line in 1 / L is not
    assert abs(np.polyfit(1 / EXTENT, peak, 1)[1] / CRITICAL_TEMPERATURE - 1) > 1e-3


@pytest.mark.parametrize(("name", "power"), [("steepness", 1), ("width", -1)])
def test_exact_curves_grow_and_narrow_as_they_must(square, name, power):
    """nu = 1, with errors that cover it; and without L = 4 the powers themselves are within 2 %."""
    value = np.array([square[int(size)][name] for size in EXTENT])
    fit = scaling.growth(EXTENT, value, 0.02 * value)
    assert abs(fit.value.value - power) < fit.error
    assert np.polyfit(np.log(EXTENT[1:]), np.log(value[1:]), 1)[0] == pytest.approx(power, rel=0.02)


def test_exact_heights_grow_like_a_logarithm(square):
    value = np.array([square[int(size)]["height"] for size in EXTENT])
    fit = scaling.growth_above_background(EXTENT, value, 0.005 * value)
    assert abs(fit.value.value) < fit.error
    assert abs(fit.value.value) < 0.1


def _marks(square, name) -> dict[int, float]:
    assert name in MARKS
    return {size: marks[name] for size, marks in square.items()}


@pytest.mark.parametrize("power", [0.4, 0.0, -0.3, 3.0])
def test_a_power_above_a_background(power):
    growth = np.log(EXTENT) if power == 0 else EXTENT**power
    value = 5 + 2 * growth if power >= 0 else 5 - 2 * growth
    fit = scaling.growth_above_background(EXTENT, value, 0.01 * value)
    assert fit.value.value == pytest.approx(power, abs=1e-5)
    np.testing.assert_allclose(fit.curve(EXTENT), value, rtol=1e-6)


def test_a_power_with_a_correction():
    value = 3 * EXTENT**1.7 * np.exp(0.8 / EXTENT)
    fit = scaling.growth(EXTENT, value, 0.001 * value)
    assert fit.value.value == pytest.approx(1.7, abs=1e-10)
    assert fit.corrections == 1
    np.testing.assert_allclose(fit.curve(EXTENT), value, rtol=1e-10)
    assert fit.refit((value * EXTENT)[-len(fit.extent) :]) == pytest.approx(2.7)


@pytest.mark.parametrize(
    "fit", [scaling.critical_temperature, scaling.growth, scaling.growth_above_background]
)
def test_unknown_lattices_take_no_part(fit):
    extent, value, error = (
        np.append(EXTENT, [64.0, 5.0]),
        np.append(EXTENT, [1.0, np.nan]),
        np.append(0 * EXTENT + 0.1, [np.nan, 0.1]),
    )
    known, same = fit(EXTENT, EXTENT, 0 * EXTENT + 0.1), fit(extent, value, error)
    assert known.value == same.value
    assert np.isnan(fit(EXTENT, np.nan * EXTENT, 0 * EXTENT + 0.1).value.value)
    assert np.isnan(fit([], [], []).value.value)


def test_what_is_no_power_is_not_known_or_has_a_large_error(rng):
    """Heights that jump: no fit fails, and none is said to be sharp."""
    for _ in range(10):
        value = rng.uniform(0.5, 1.5, size=5)
        fit = scaling.growth_above_background(EXTENT, value, 0.3 * value)
        assert np.isnan(fit.value.value) or fit.error > 0.3
