"""-ln APF0 / V of the complex phi^4 theory from one point alone, within 4 errors of what is known."""

import math

import numpy as np
import pytest

from estimates import pull
from exact_tables import exact_row
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import gaussian, phase_switch
from pomflow.models.complex_phi4.dual import DualTheory
from pomflow.models.complex_phi4.simulation import DUAL
from pomflow.numerics.gauss import odd_rule, rule_error
from pomflow.random.stream import Stream

BOX = (4, 4, 4, 4)


def free_energy(shape, mu: float, updates: int, coupling: float = 1.0, seed: int = 1) -> dict:
    settings = {"chains": 8, "thermalization": 400, "phase_updates": updates}
    values = {"mass": 1.0, "coupling": coupling, "mu": mu}
    return DUAL.free_energy(Lattice(shape), values, settings, Stream(seed, "test switch"), "test", None)


def assert_agrees(found: dict, exact: float, exact_error: float = 0.0) -> None:
    estimate = found["free_energy"]
    assert found["thermalization"] < 5
    assert abs(pull((estimate.value, estimate.error), exact, exact_error)) < 4


def test_amplitudes_lead_from_the_quenched_theory_to_the_full_one():
    """Their sum in time is 2 cosh(mu) all the way; hops in space keep theirs."""
    dual, mu = DualTheory(Lattice((4, 3)), 1.0, 1.0), 1.3
    quenched, halfway, full = (phase_switch.amplitudes(dual, mu, s) for s in (0.0, 0.5, 1.0))
    np.testing.assert_allclose(quenched[0], math.cosh(mu))
    np.testing.assert_allclose(full, dual.amplitudes(mu))
    np.testing.assert_allclose(halfway[0].sum(), 2 * math.cosh(mu))
    np.testing.assert_array_equal(halfway[1], 1)


@pytest.mark.parametrize(("shape", "mu"), [(BOX, 0.5), ((5,), 0.8), ((3, 2, 2, 2), 0.7)], ids=str)
def test_gaussian_theory(shape, mu):
    """In closed form, in four dimensions to 2 % and better."""
    exact = -math.log(gaussian.average_phase_factor(Lattice(shape), 1.0, mu)) / math.prod(shape)
    found = free_energy(shape, mu, 60000 if shape == BOX else 20000, coupling=0.0)
    assert_agrees(found, exact)
    assert shape != BOX or found["free_energy"].error < 0.02 * exact


@pytest.mark.parametrize(("shape", "mu"), [((4, 1), 1.0), ((4, 2), 0.25), ((4, 2), 1.5)])
def test_transfer_matrix(shape, mu):
    exact = -math.log(exact_row("transfer_exact", shape, mu)["apf0"]) / math.prod(shape)
    assert_agrees(free_energy(shape, mu, 20000), exact)


@pytest.mark.parametrize("mu", [0.8, 1.2, 2.0])
def test_table_of_the_square_lattice(mu):
    row = exact_row("phi4_exact", (4, 4), mu)
    exact, error = -math.log(row["apf0"]) / 16, row["apf0_err"] / row["apf0"] / 16
    assert_agrees(free_energy((4, 4), mu, 30000), exact, error)


def test_two_time_slices_have_no_phase():
    """Forward and backward hops between them are alike, so that the quenched theory is the theory."""
    assert_agrees(free_energy((2, 2, 2, 2), 0.9, 30000), 0.0)


def test_against_the_phase_of_fields_in_four_dimensions():
    """4 x 2^3 at mu = 0.9: the phase averaged over phase-quenched fields, the other program."""
    lattice, mu = Lattice((4, 2, 2, 2)), 0.9
    settings, values = {"chains": 8, "sweeps": 10000, "thermalization": 400}, {"mass": 1.0, "coupling": 1.0}
    stream = Stream(1, "test fields")
    phase = DUAL.quenched(lattice, values | {"mu": mu}, settings, stream, "test", None)["phase"]
    exact, error = -math.log(phase.value) / lattice.volume, phase.error / phase.value / lattice.volume
    assert error < 0.03 * exact
    assert_agrees(free_energy(lattice.shape, mu, 30000), exact, error)


def test_runs_are_reproducible():
    first, again, other = (free_energy((3, 2), 1.0, 1200, seed=seed)["free_energy"] for seed in (1, 1, 2))
    assert first == again
    assert first.value != other.value


def test_without_a_hop_the_error_is_unknown():
    """Hops so rare that none was seen: 0 is what was found, and not that it is exact."""
    s, _ = odd_rule(phase_switch.NODES)
    with np.errstate(invalid="raise"):
        assert math.isnan(rule_error(2 * s**2 - 1, np.zeros(len(s))))


def test_error_of_the_rule():
    """None where the integrand is a polynomial of low order; large where it has a step between two nodes."""
    s, weights = odd_rule(phase_switch.NODES)
    assert rule_error(2 * s**2 - 1, 1 + 0.3 * s**4) < 1e-25
    step = np.where(s > 0.6, s, 0.0)
    assert rule_error(2 * s**2 - 1, step / s) > 0.2 * abs(weights @ step - (1 - 0.6**2) / 2)
