"""Detailed balance in the energy violations: 0 for a right integrator, and not for a wrong one."""

import numpy as np
import pytest
from scipy import integrate

from pomflow.analysis import gates, statistics
from pomflow.analysis.balance import energy_balance
from pomflow.contours.path import Path
from pomflow.contours.plane import Plane
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.random.stream import Stream
from pomflow.samplers import hmc

MODEL = ComplexPhi4(Lattice((2, 2)), mass=1.0, coupling=1.0, mu=0.5)
RUNS, CHAINS, WARM_UP, TRAJECTORIES = 100, 16, 40, 60


@pytest.mark.parametrize("width", [0.01, 0.3, 1.0, 3.0, 10.0])
def test_mean_is_zero_where_gains_are_rarer_than_losses_by_exp_dh(width):
    """A normal distribution of variance w^2 has P(-d) = e^{-d} P(d) if its mean is w^2/2."""

    def integrand(x):
        d = width**2 / 2 + width * x
        return energy_balance(d) * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)

    # the kink is where delta_H is 0
    kink = -width / 2
    value = sum(
        integrate.quad(integrand, *ends)[0] for ends in ((kink - 12, kink), (kink, kink + 12 + width))
    )
    assert abs(value) < 1e-10


def test_terms_are_bounded_and_an_overflow_counts_nothing():
    d = np.linspace(-800, 800, 100001)
    values = energy_balance(d)
    assert -1 <= values.min() < -0.999
    assert 0.29 < values.max() < 0.31
    assert energy_balance(np.array([np.inf, 0.0])).tolist() == [0.0, 0.0]
    assert np.isnan(energy_balance(np.array([np.nan])))


def violations(seed: int, step: float) -> np.ndarray:
    """delta_H in equilibrium, shape (runs, chains, trajectories)."""
    path, sampler = Path(MODEL, Plane(np), np.empty(0)), hmc.HMC(Stream(seed, "balance"), 4)
    chains = hmc.Chains.on(path, np.zeros((RUNS * CHAINS, MODEL.size)))
    steps, series = np.full((len(chains.t), 1), step), []
    for number in range(WARM_UP + TRAJECTORIES):
        chains, done = sampler.trajectory(path, chains, number, steps)
        series.append(done.delta_h)
    return np.stack(series[WARM_UP:], axis=-1).reshape(RUNS, CHAINS, TRAJECTORIES)


def judged(delta_h: np.ndarray) -> tuple[np.ndarray, float]:
    """The pull of every run, and the share of them that passes the gate."""
    estimates = [statistics.mean(energy_balance(run)) for run in delta_h]
    rows = [{"dh_balance": one.value, "dh_balance_err": one.error} for one in estimates]
    passed = [gates.status(row, ["dh_balance"]) == gates.OK for row in rows]
    return np.array([one.value / one.error for one in estimates]), np.mean(passed)


@pytest.mark.parametrize("step", [0.2, 0.35, 0.45])
def test_a_right_integrator_passes(step):
    """Pulls are of unit width at most: what one trajectory gains the next one gives back, and errors do not
    know of such a negative autocorrelation."""
    delta_h = violations(5, step)
    pulls, passed = judged(delta_h)
    assert passed == 1
    # chi^2 of 100 normal numbers
    assert np.mean(pulls**2) < 1 + 4 * np.sqrt(2 / RUNS)
    everything = statistics.mean(energy_balance(delta_h.reshape(-1, TRAJECTORIES)))
    assert abs(everything.value) < 4 * everything.error
    assert everything.error < 0.002


def without_volume(path, t, momentum, step, steps):
    """The momenta lose 3 % of their size, and nobody divides by the Jacobian."""
    t, momentum = LEAPFROG(path, t, momentum, step, steps)
    return t, 0.97 * momentum


def with_stretched_fields(path, t, momentum, step, steps):
    """A proposal that grows by a factor, whose Jacobian is missing."""
    t, momentum = LEAPFROG(path, t, momentum, step, steps)
    return 1.03 * t, momentum


def not_reversible(path, t, momentum, step, steps):
    """Whole steps in t and p in turn: it keeps the volume, and the way back is another one."""
    for _ in range(steps):
        t = t + step * momentum
        momentum = momentum + step * path.force(t)
    return t, momentum


LEAPFROG = hmc.leapfrog


@pytest.mark.parametrize("wrong", [without_volume, with_stretched_fields, not_reversible])
def test_a_wrong_integrator_fails_in_one_long_run(wrong, monkeypatch):
    monkeypatch.setattr(hmc, "leapfrog", wrong)
    delta_h = violations(6, 0.3).reshape(1, RUNS * CHAINS, TRAJECTORIES)
    pulls, passed = judged(delta_h)
    assert passed == 0
    assert abs(pulls[0]) > 2 * gates.SIGMAS


def test_chains_that_are_not_in_equilibrium_fail():
    path, sampler = Path(MODEL, Plane(np), np.empty(0)), hmc.HMC(Stream(7, "balance"), 4)
    chains = hmc.Chains.on(path, np.full((400, MODEL.size), 2.0))
    series = []
    for number in range(8):
        chains, done = sampler.trajectory(path, chains, number, np.full((400, 1), 0.1))
        series.append(done.delta_h)
    assert judged(np.stack(series, axis=-1)[None])[1] == 0


def test_one_rare_trajectory_makes_neither_the_value_nor_the_error():
    """<exp(-delta_H)> of the same run is 5.6 with an error of 4.6, which nothing can fail."""
    rng = np.random.default_rng(3)
    delta_h = 0.5 + rng.normal(size=(16, 300))
    delta_h[3, 100] = -10.0
    both = [statistics.mean(series) for series in (np.exp(-delta_h), energy_balance(delta_h))]
    assert both[0].value > 4
    assert both[0].error > 3
    assert abs(both[1].value) < 4 * both[1].error
    assert both[1].error < 0.01
