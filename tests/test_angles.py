"""Chains of angles: where they begin, that they stay within the period, and that they sample the weight."""

import numpy as np
import pytest
from scipy.stats import kstest

from builders import build_contour, plane_path, random_parameters
from chains import run
from estimates import average_phase, pull, reweighted
from on_device import assert_same
from pomflow.contours.path import Path
from pomflow.models.thirring.exact import Ring
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import HMC, Chains, sample
from pomflow.samplers.starts import start
from small_models import thirring


def test_hot_chains_are_uniform_over_the_period():
    """Kolmogorov-Smirnov: of uniform angles its p-value is below 1e-3 once in a thousand seeds."""
    t, kinds = start("hot", plane_path(thirring(4, 4)), 64, Stream(1, "start"))
    assert kinds == ["hot"] * 64
    assert kstest(t.ravel(), "uniform", args=(-np.pi, 2 * np.pi)).pvalue > 1e-3


def test_hot_chains_of_a_mixed_start_are_those_of_a_hot_one():
    path, stream = plane_path(thirring(4)), Stream(1, "start")
    (mixed, kinds), (hot, _) = (start(kind, path, 6, stream) for kind in ("mixed", "hot"))
    assert kinds == ["hot", "ordered"] * 3
    np.testing.assert_array_equal(mixed[::2], hot[::2])
    assert np.abs(mixed[1::2]).max() < 1


def test_wrapping_changes_angles_by_whole_turns():
    model = thirring(4)
    t = np.random.default_rng(1).normal(scale=30, size=(50, 4))
    wrapped = model.wrapped(t)
    assert np.abs(wrapped).max() <= np.pi + 1e-12
    turns = (t - wrapped) / (2 * np.pi)
    np.testing.assert_allclose(turns, turns.round(), atol=1e-12)
    assert np.abs(turns).max() > 5


def test_chains_that_wind_stay_within_the_period(monkeypatch):
    """Almost no action and long trajectories: without wrapping, a bound of 4 on angles would be passed."""
    monkeypatch.setattr("pomflow.samplers.hmc.RUNAWAY_FIELD", 4.0)
    path = plane_path(thirring(4, beta=0.01, mass=5.0, mu=0.0))
    record = run(path, 200, thermalization=20, chains=8, step_size=1.5, target_acceptance=0.5)
    assert np.abs(record.t).max() <= np.pi
    assert np.abs(np.diff(record.t, axis=1)).max() > np.pi


@pytest.mark.parametrize("contour", ["plane", "shift", "dense", "local"])
def test_densities_are_exact(contour):
    """Fermions on four slices on a random path: Z and <n> within 4 standard errors, from a fixed seed.

    The average phase factor of the plane is exact too.
    """
    model = thirring(4)
    built = build_contour(contour, model)
    path = Path(model, built, random_parameters(built, width=0.05))
    record = run(path, 300, thermalization=100, chains=32, start="mixed")
    assert np.abs(record.t).max() <= np.pi
    z = path.at(record.t.reshape(-1, 4)).z
    density = model.density(model.at(z)).reshape(record.log_weight.shape)
    ring = Ring(4, mass=0.6, beta=0.9, mu=0.7)
    assert abs(pull(reweighted(density, record.log_weight), ring.density)) < 4
    if contour == "plane":
        assert abs(pull(average_phase(record.log_weight), ring.average_phase_factor)) < 4


@pytest.mark.parametrize("contour", ["plane", "local"])
def test_schwinger_dyson_on_a_path(contour):
    """1 + sin z dS - cos z has the mean 1 in the complex weight, within 4 standard errors."""
    model = thirring(4)
    built = build_contour(contour, model)
    path = Path(model, built, random_parameters(built, width=0.05))
    record = run(path, 300, thermalization=100, chains=32)
    values = model.at(path.at(record.t.reshape(-1, 4)).z).schwinger_dyson()
    assert abs(pull(reweighted(values.reshape(record.log_weight.shape), record.log_weight), 1.0)) < 4


@pytest.mark.parametrize("contour", ["shift", "dense", "local"])
def test_trajectories_on_a_device(contour, device):
    """Also past the end of the period, where angles are wrapped."""

    def case(xp):
        model = thirring(4, 4, beta=0.05, xp=xp)
        built = build_contour(contour, model, hidden_ratio=0.2)
        path = Path(model, built, random_parameters(built, width=0.02))
        t, _ = start("hot", path, 4, Stream(1, "start", xp=xp))
        chains, hmc = Chains.on(path, t), HMC(Stream(4, "hmc", xp=xp), 4)
        for number in range(3):
            chains, done = hmc.trajectory(path, chains, number, xp.full((4, 1), 0.3))
        return chains.t, chains.log_weight.real, done.delta_h, done.accepted

    assert_same(case, device)


def test_a_run_on_a_device(device):
    settings = {
        "chains": 4,
        "leapfrog_steps": 3,
        "step_size": 0.3,
        "target_acceptance": 0.8,
        "thermalization": 3,
        "record_every": 1,
        "start": "mixed",
    }

    def case(xp):
        path = plane_path(thirring(4, xp=xp))
        record = sample(path, settings, Stream(4, "hmc", xp=xp), range(8), "here")
        return record.t, record.log_weight.real, record.step_size

    assert_same(case, device, synchronizes=True)
