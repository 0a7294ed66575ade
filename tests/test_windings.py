"""Proposals of another winding number: a turn and back, the distribution, the models that have none."""

import numpy as np
import pytest
from scipy import special

from builders import model_cases, phi4, plane_path
from chains import run
from estimates import mean_and_error, pull
from pomflow import registry
from pomflow.contours.path import Path
from pomflow.contours.plane import Plane
from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.xy.action import XY
from pomflow.random.stream import Stream
from pomflow.samplers.chains import Chains
from pomflow.samplers.hmc import HMC
from pomflow.samplers.windings import Windings

RING = 6


def ring(beta: float, sites: int = RING) -> Path:
    """The XY model on a ring without chemical potential."""
    return Path(XY(Lattice((sites,)), beta=beta, mu=0.0), Plane(np), np.empty(0))


def winding_number(t):
    """Turns of the angles around the ring, the steps between neighbours taken in [-pi, pi]."""
    steps = np.roll(t, -1, axis=-1) - t
    return np.rint((steps - 2 * np.pi * np.round(steps / (2 * np.pi))).sum(axis=-1) / (2 * np.pi))


def exact_cosine(beta: float, order: int) -> float:
    """<cos(order d)> of a link d of the ring: the factor moves the order of one Bessel function.

    Z = sum_k I_k(beta)^N, from the Fourier series of the weight of a link.
    """
    k = np.arange(-60, 61)
    weights = special.ive(k, beta)
    return (special.ive(k + order, beta) * weights ** (RING - 1)).sum() / (weights**RING).sum()


@pytest.mark.parametrize(("name", "arguments"), model_cases("complex_phi4", "xy"))
def test_a_turn_back_undoes_a_turn_and_both_keep_volumes(name, arguments, rng):
    model = registry.load("model", name)(**arguments)
    t, signs = rng.normal(size=(4, model.size)), np.array([1.0, -1.0, 1.0, -1.0])
    for direction in range(model.lattice.dimension):
        there = model.wound(t, direction, signs)
        np.testing.assert_allclose(model.wound(there, direction, -signs), t, atol=1e-12)
        basis = np.concatenate((np.zeros((1, model.size)), np.eye(model.size)))
        images = model.wound(basis, direction, np.ones(len(basis)))
        assert abs(np.linalg.det(images[1:] - images[0])) == pytest.approx(1, abs=1e-10)


def test_a_constant_field_gets_one_turn_along_the_direction():
    model = phi4(4, 5)
    t = np.concatenate((np.ones((1, 20)), np.zeros((1, 20))), axis=1)
    for direction, extent in enumerate(model.lattice.shape):
        first, second = model.fields(model.wound(t, direction, np.array([-1.0])))[0]
        turns = np.angle(first + 1j * second)
        steps = turns[model.lattice.forward[direction]] - turns
        wrapped = steps - 2 * np.pi * np.round(steps / (2 * np.pi))
        np.testing.assert_allclose(wrapped, -2 * np.pi / extent, atol=1e-12)


def test_accepted_as_detailed_balance_wants(rng):
    """min(1, exp(Delta ln w)) is the chance of a proposal: by its frequency, within 4 standard errors."""
    path = ring(1.0)
    t = np.repeat(rng.uniform(-1, 1, size=(1, RING)), 4000, axis=0)
    chains, windings = Chains.on(path, t), Windings(Stream(1, "balance"), 1)
    moved, accepted = windings.propose(path, chains, 0)
    ends = [Chains.on(path, path.model.wound(t[:1], 0, np.array([sign]))) for sign in (1.0, -1.0)]
    gains = [float(end.log_weight[0].real - chains.log_weight[0].real) for end in ends]
    chance = np.mean([min(1, np.exp(gain)) for gain in gains])
    assert 0.01 < chance < 0.9
    assert accepted.mean() == pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / 4000))
    stays = accepted == 0
    assert (moved.t[stays] == t[stays]).all()
    np.testing.assert_array_equal(moved.log_weight, path.log_weight(moved.t))


class Overflowing(Path):
    """Its action overflows to minus infinity where angles wind."""

    def terms(self, t):
        log_det, action = super().terms(t)
        return log_det, np.where(winding_number(t) == 0, action, -np.inf)


def test_a_weight_that_overflows_is_rejected():
    """As it is by a trajectory: from an infinite weight no chain would return."""
    path = Overflowing(ring(1.0).model, Plane(np), np.empty(0))
    chains = Chains.on(path, np.zeros((20, RING)))
    moved, accepted = Windings(Stream(1, "overflow"), 3).propose(path, chains, 0)
    assert not accepted.any()
    assert np.isfinite(moved.log_weight).all()


def test_chains_leave_a_winding_sector():
    """16 angles at beta = 8: trajectories alone stay with one turn, which weighs e^-9.7; proposals end it."""
    path, left = ring(8.0, 16), {}
    turn = np.repeat(path.model.lattice.one_turn(0)[None], 64, axis=0)
    for proposals in (0, 1):
        chains, hmc = Chains.on(path, turn), HMC(Stream(1, "ring"), 3)
        windings = Windings(Stream(1, "windings"), proposals)
        for number in range(20):
            chains, _ = hmc.trajectory(path, chains, number, np.full((64, 1), 0.1))
            chains, _ = windings.propose(path, chains, number)
        left[proposals] = (winding_number(chains.t) == 0).mean()
    assert left[0] == 0
    assert left[1] > 0.95


def test_a_ring_keeps_its_distribution():
    """<cos d> and <cos^2 d> of a link at beta = 1.5, where one chain in fifty winds, within 4 errors."""
    record = run(ring(1.5), 1000, windings=2, leapfrog_steps=3, step_size=0.3)
    links = np.roll(record.t, -1, axis=2) - record.t
    for order, function in ((1, np.cos(links)), (2, np.cos(2 * links))):
        assert abs(pull(mean_and_error(function), exact_cosine(1.5, order))) < 4
    assert record.wound.shape == record.delta_h.shape
    assert 0 < record.wound.mean() < 1


def test_a_field_on_the_plane_keeps_its_moments():
    """phi_a phi_a on 3x2 with and without proposals, within 4 combined standard errors."""
    found = [
        mean_and_error((run(plane_path(phi4(3, 2, mu=0.5)), 300, windings=count).t ** 2).sum(axis=2))
        for count in (3, 0)
    ]
    assert abs(pull(found[0], *found[1])) < 4


def test_a_model_without_windings_is_refused_by_name():
    path = plane_path(registry.load("model", "power_integral")(Lattice((1,)), power=0, shift=1.0))
    with pytest.raises(ConfigError, match="Power has no winding numbers"):
        run(path, 5, windings=1)
