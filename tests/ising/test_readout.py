"""Second differences, gauge, peaks and fits against functions whose answers are known."""

import numpy as np
import pytest

from pomflow.lattice import Lattice
from pomflow.models.ising import exact
from pomflow.models.ising.model import Ising
from pomflow.studies.ising import readout
from pomflow.studies.ising.judgement import judge

BETA = np.linspace(0.3, 0.6, 16)


def test_specific_heat_ignores_what_is_affine():
    """-D2 of - ln Z + a + c beta is exact for a cubic ln Z up to its symmetric difference."""
    log_z = 3 * BETA**3
    heat = readout.specific_heat(BETA, -log_z + 5 - 7 * BETA)
    np.testing.assert_allclose(heat, BETA[1:-1] ** 2 * 18 * BETA[1:-1], rtol=1e-10)


def test_second_difference_of_exact_free_energies():
    """The spacing of the default study costs at most 1 % of C."""
    for extent, start, stop, num in ((8, 0.28, 0.58, 21), (16, 0.32, 0.54, 23), (32, 0.395, 0.475, 21)):
        beta = np.linspace(start, stop, num)
        known = exact.thermodynamics(Ising(Lattice((extent, extent))), beta)
        heat = readout.specific_heat(beta, -known.log_z)
        np.testing.assert_allclose(heat, known.specific_heat[1:-1], rtol=0.01)


def test_gauge_moves_the_deviation_of_weights_into_the_biases():
    """Logits at the mean of h stay what they are, so weights that bend are made up for."""
    rng = np.random.default_rng(1)
    bend, mean_h, bias = rng.normal(size=16), np.linspace(2, -1, 16), rng.normal(size=16)
    weight = 1 - 2 * BETA + bend
    fixed = readout.gauge_fixed(BETA, weight, bias, mean_h)
    straight = readout.affine(BETA, weight)
    np.testing.assert_allclose(straight * mean_h + fixed, weight * mean_h + bias, rtol=1e-12)
    np.testing.assert_allclose(readout.gauge_fixed(BETA, 1 - 2 * BETA, bias, mean_h), bias, atol=1e-13)


@pytest.mark.parametrize("count", [4, 6, 15])
def test_peak_between_the_points(count):
    """A parabola with its vertex off the grid; cubic splines for few points, quintic for more."""
    beta = np.linspace(0.3, 0.6, count)
    assert readout.peak_temperature(beta, 1 - (beta - 0.437) ** 2) == pytest.approx(1 / 0.437, rel=1e-9)


def test_a_peak_at_the_border_is_unknown():
    assert np.isnan(readout.peak_temperature(BETA, BETA**2))
    assert np.isnan(readout.highest(BETA, -BETA)).all()


def test_the_vertex_of_a_parabola():
    """Place and height between the points, exactly."""
    assert readout.highest(BETA, 2 - (BETA - 0.437) ** 2) == pytest.approx((0.437, 2), rel=1e-12)


def test_fit_of_the_critical_temperature(rng):
    """Exact peaks on a line give its limit; the error is that of 2000 experiments within 10 %."""
    extent, error = np.array([8.0, 16.0, 32.0]), np.array([0.005, 0.003, 0.002])
    assert readout.critical_temperature(extent, 2.27 + 0.7 / extent, error)[::2] == pytest.approx((2.27, 0.7))
    drawn = [
        readout.critical_temperature(extent, 2.27 + 0.7 / extent + error * rng.normal(size=3), error)
        for _ in range(2000)
    ]
    limits, errors, _ = np.transpose(drawn)
    assert limits.std() == pytest.approx(errors[0], rel=0.1)


def test_the_bayes_classifier_has_no_excess(rng):
    """With the energy itself and exact biases: excess 0, correlation 1; a blind network pays for it."""
    model = Ising(Lattice((3, 3)))
    known = exact.thermodynamics(model, BETA)
    states = exact.states(9)
    energies = model.energy(states)
    weight = np.exp(-np.outer(BETA, energies) - known.log_z[:, None])
    energy = np.array([rng.choice(energies, 400, p=row / row.sum()) for row in weight])
    best = judge(energy, -BETA, -known.log_z, energy, 20, known)
    assert best.excess.value == pytest.approx(0, abs=1e-14)
    assert best.correlation == pytest.approx(1)
    blind = judge(rng.normal(size=energy.shape), 0 * BETA, 0 * BETA, energy, 20, known)
    assert blind.cross_entropy == pytest.approx(np.log(16))
    assert blind.excess.value > 5 * blind.excess.error
    assert abs(blind.correlation) < 0.05
