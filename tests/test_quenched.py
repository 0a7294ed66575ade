"""The phase-quenched theory in its fields: the updates, the phase, and runs against exact values.

Density and phi^2 of many lattices are compared in ``test_worm``.
"""

import copy
import math

import numpy as np
import pytest

from builders import SHAPES, phi4
from estimates import mean_and_error, pull
from exact_tables import exact_row
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import gaussian, quenched_steps
from pomflow.models.complex_phi4.quenched import Fields, sample
from pomflow.models.dual.runs import plan
from pomflow.random.stream import Stream


def fields(shape, mu: float, chains: int = 16, coupling: float = 1.0, seed: int = 1) -> Fields:
    return Fields(Lattice(shape), 1.0, coupling, mu, Stream(seed, "test quenched"), chains)


def action(shape, mu: float, field) -> complex:
    """S of the model on a configuration, shape (volume, 2)."""
    return phi4(*shape, mu=mu).value(np.ravel(field, order="F")[None].astype(complex))[0]


@pytest.fixture(params=SHAPES, ids=str)
def rough(request, rng):
    """A shape, and chains with a random configuration."""
    begun = fields(request.param, 0.7, chains=1)
    begun.states[0].field[:] = rng.normal(size=begun.states[0].field.shape)
    return request.param, begun


def test_reflections_keep_the_action(rough):
    shape, begun = rough
    before = copy.deepcopy(begun.states[0].field)
    quenched_steps._reflect(begun.weights, begun.states[0])
    after = begun.states[0].field
    assert action(shape, 0.7, after).real == pytest.approx(action(shape, 0.7, before).real, rel=1e-12)
    np.testing.assert_allclose((after**2).sum(axis=1), (before**2).sum(axis=1), rtol=1e-12)


def test_what_is_measured_is_that_of_the_model(rough):
    """phi^2, the phase Re exp(-i Im S), and R = -d Re S / d cosh(mu), from S at two chemical potentials."""
    shape, begun = rough
    field, record = begun.states[0].field, np.empty(3)
    quenched_steps._measure(begun.weights, field, record)
    here, other = action(shape, 0.7, field), action(shape, 0.2, field)
    hopping = (other - here).real / (math.cosh(0.7) - math.cosh(0.2))
    np.testing.assert_allclose(record[0], hopping, rtol=1e-10, atol=1e-12)
    assert record[1] == pytest.approx((field**2).sum() / len(field))
    assert record[2] == pytest.approx(math.cos(here.imag), abs=1e-12)


def test_runs_are_reproducible_however_they_are_divided():
    """Bit for bit the same; a chain does not depend on the others."""
    whole, parts = fields((3, 2), 1.0, 3), fields((3, 2), 1.0, 2)
    expected = whole.sweep(50)
    joined = [np.concatenate(pair, axis=1) for pair in zip(parts.sweep(20), parts.sweep(30), strict=True)]
    for one, other in zip(joined, expected, strict=True):
        np.testing.assert_array_equal(one, other[:2])
    assert not np.array_equal(expected.phi2[0], expected.phi2[1])


@pytest.mark.parametrize("coupling", [1.0, 1e-2, 1e3])
def test_shifts_are_tuned_to_half_acceptance(coupling):
    begun = fields((4, 4), 1.0, coupling=coupling)
    sample(begun, plan(1000, 1, cost=1))
    state = begun.states[0]
    accepted = quenched_steps.run(begun.weights, state, begun._shift, np.empty((1000, 3)))
    assert accepted == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    ("shape", "mu"), [((2, 2), 1.0), ((4, 1), 1.0), ((4, 2), 0.25), ((4, 2), 1.0), ((4, 2), 1.5)]
)
def test_average_phase_against_the_transfer_matrix(shape, mu):
    """Within 4 standard errors; none on two time slices, where the phase vanishes."""
    records = sample(fields(shape, mu), plan(400, 4000, cost=1))
    exact = exact_row("transfer_exact", shape, mu)
    if shape[0] == 2:
        np.testing.assert_allclose(records.phase, exact["apf0"], atol=1e-12)
    else:
        assert abs(pull(mean_and_error(records.phase), exact["apf0"])) < 4


def test_average_phase_of_the_gaussian_theory():
    records = sample(fields((4, 4), 0.6, coupling=0.0), plan(400, 4000, cost=1))
    exact = gaussian.average_phase_factor(Lattice((4, 4)), 1.0, 0.6)
    assert exact < 0.9
    assert abs(pull(mean_and_error(records.phase), exact)) < 4


@pytest.mark.parametrize("mu", [0.8, 1.4, 2.0])
def test_average_phase_against_the_table(mu):
    """4 x 4: the integral over mu of densities from worms."""
    records, row = sample(fields((4, 4), mu), plan(400, 8000, cost=1)), exact_row("phi4_exact", (4, 4), mu)
    assert abs(pull(mean_and_error(records.phase), row["apf0"], row["apf0_err"])) < 4
