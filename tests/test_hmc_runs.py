"""Runs of Hybrid Monte Carlo: reproducibility, the record, starts, rejections and failures."""

from types import SimpleNamespace

import numpy as np
import pytest

from builders import POINT, Upside, phi4, plane_path, quartic_integral
from chains import OVER_PATHS, PATHS, run
from pomflow.contours.path import Path
from pomflow.contours.plane import Plane
from pomflow.errors import ConfigError, DivergenceError
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import HMC, Chains
from pomflow.samplers.starts import start

# --- reproducibility ----------------------------------------------------------------------------------------


def assert_same_record(one, other):
    for name, value in vars(one).items():
        np.testing.assert_array_equal(value, vars(other)[name], err_msg=name)


@OVER_PATHS
def test_runs_are_reproducible(path):
    """Bit for bit the same record from the same stream; another seed gives another one."""
    settings = {"thermalization": 10, "chains": 8, "start": "mixed"}
    first = run(path, 10, **settings)
    assert_same_record(first, run(path, 10, **settings))
    assert not np.array_equal(first.t, run(path, 10, seed=2, **settings).t)


def test_a_longer_run_begins_as_the_shorter_one():
    path = PATHS["dense"]()
    short, long = (run(path, count, thermalization=10, chains=8) for count in (5, 12))
    np.testing.assert_array_equal(long.t[:, :5], short.t)
    np.testing.assert_array_equal(long.history[:, :15], short.history)


def test_a_trajectory_depends_on_its_number_and_start_alone():
    """Continued from saved chains in a new sampler, bit for bit the unbroken run."""
    path, step = PATHS["dense"](), np.full((8, 1), 0.2)
    t, _ = start("hot", path, 8, Stream(1, "start"))
    chains, saved = Chains.on(path, t), None
    for number in range(6):
        saved = chains if number == 3 else saved
        chains, _ = HMC(Stream(1, "run"), 5).trajectory(path, chains, number, step)
    for number in range(3, 6):
        saved, _ = HMC(Stream(1, "run"), 5).trajectory(path, saved, number, step)
    np.testing.assert_array_equal(saved.t, chains.t)
    np.testing.assert_array_equal(saved.log_weight, chains.log_weight)


def test_a_chain_does_not_depend_on_how_many_run_beside_it():
    """Three chains alone are the first three of eight."""
    path = plane_path(phi4(4, 2))
    fields = []
    for rows in (3, 8):
        chains = Chains.on(path, start("hot", path, 8, Stream(1, "start"))[0][:rows])
        for number in range(3):
            chains, _ = HMC(Stream(1, "run"), 5).trajectory(path, chains, number, np.full((rows, 1), 0.2))
        fields.append(chains.t[:3])
    np.testing.assert_allclose(*fields, rtol=1e-12, atol=1e-12)


# --- record and starts --------------------------------------------------------------------------------------


def test_record_is_consistent():
    """Shapes; every recorded weight belongs to its field; recorded trajectories are those of the history."""
    path = PATHS["dense"]()
    record = run(path, 9, thermalization=5, chains=4, record_every=2)
    assert record.t.shape == (4, 5, 16)
    assert record.history.shape == record.delta_h.shape == record.accepted.shape == (4, 14)
    np.testing.assert_array_equal(record.log_weight, record.history[:, 5::2])
    fields = record.t.reshape(-1, 16)
    np.testing.assert_allclose(path.log_weight(fields), record.log_weight.ravel(), rtol=1e-11, atol=1e-11)


def test_a_rejected_chain_stays_where_it_was():
    path = plane_path(phi4(3, 2))
    chains = Chains.on(path, start("hot", path, 64, Stream(1, "start"))[0])
    moved, done = HMC(Stream(1, "run"), 3).trajectory(path, chains, 0, np.full((64, 1), 0.2))
    stayed = (moved.t == chains.t).all(axis=1)
    assert 0 < done.accepted.sum() < 64
    np.testing.assert_array_equal(stayed, ~done.accepted)
    np.testing.assert_array_equal(moved.log_weight[stayed], chains.log_weight[stayed])


@pytest.mark.parametrize("step", [50.0, 1e80])
@OVER_PATHS
def test_an_overflow_is_a_rejection(path, step, rng):
    """No warning, no NaN: the chain stays, with a large or infinite delta_h."""
    chains = Chains.on(path, rng.normal(size=(4, 16)))
    moved, done = HMC(Stream(1, "run"), 5).trajectory(path, chains, 0, np.full((4, 1), step))
    assert not done.accepted.any()
    assert not np.isnan(done.delta_h).any()
    np.testing.assert_array_equal(moved.t, chains.t)


def test_starts():
    """Zero, unit noise, the condensate at a random angle, and hot and ordered in turn."""
    model = phi4(3, 2, mu=1.8)
    path, stream = plane_path(model), Stream(1, "start")
    fields = {kind: start(kind, path, 101, stream)[0] for kind in ("cold", "hot", "ordered", "mixed")}
    assert (fields["cold"] == 0).all()
    assert abs((fields["hot"] ** 2).mean() - 1) < 4 * np.sqrt(2 / fields["hot"].size)
    ordered = model.fields(fields["ordered"]).mean(axis=2)
    amplitude = np.sqrt(2 * np.cosh(1.8) - 3)
    np.testing.assert_allclose(np.hypot(*ordered.T), amplitude, atol=0.2)
    np.testing.assert_array_equal(fields["mixed"][0::2], fields["hot"][0::2])
    np.testing.assert_array_equal(fields["mixed"][1::2], fields["ordered"][1::2])


def test_hartree_start_knows_the_onset():
    """In four dimensions, m = lambda = 1, it begins near the published mu = 1.146(1), not at 0.96."""
    stream = Stream(1, "start")
    for mu, condensed in ((1.0, False), (1.14, False), (1.16, True), (2.0, True)):
        model = phi4(2, 2, 2, 2, mu=mu)
        assert model.ordered_start(stream, 3).any()
        field = model.hartree_start(stream, 3)
        assert field.any() == condensed
        if condensed:
            # 2 cosh(mu) - 2 less the self-consistent mass squared 1.4741
            square = (model.fields(field) ** 2).sum(axis=1)
            np.testing.assert_allclose(square, 2 * np.cosh(mu) - 3.4741, atol=1e-4)
    noisy, kinds = start("hartree", plane_path(phi4(2, 2, 2, 2, mu=1.0)), 50, stream)
    assert 0 < np.abs(noisy).max() < 0.6
    assert kinds == ["hartree"] * 50


def test_a_model_without_a_hartree_condensate_is_refused():
    with pytest.raises(ConfigError, match="Upside has no Hartree condensate"):
        start("hartree", plane_path(Upside(POINT)), 4, Stream(1, "start"))


@pytest.mark.parametrize("chains", [1, 4, 5])
def test_starts_are_named(chains):
    path = plane_path(phi4(2, 2))
    _, kinds = start("mixed", path, chains, Stream(1, "start"))
    assert kinds == (["hot", "ordered"] * 3)[:chains]
    assert start("cold", path, chains, Stream(1, "start"))[1] == ["cold"] * chains


# --- failures -----------------------------------------------------------------------------------------------


def test_a_field_that_runs_away_is_an_error():
    """The message says which run, how far the field went, and what to do."""
    with pytest.raises(DivergenceError, match=r"test run: a field reached \|t\| = .*smaller learning rate"):
        run(plane_path(Upside(POINT)), 10, thermalization=10, chains=4)


class Turned(Plane):
    """z = (1 + i) t turns lambda x^4 to -lambda x^4 and more: Re S has no lower bound."""

    def at(self, theta, t):
        return SimpleNamespace(
            z=(1 + 1j) * t,
            log_det=lambda: np.full(len(t), np.log(1 + 1j)),
            pull_back=lambda w: ((1 + 1j) * w).real,
        )


def test_a_contour_that_leaves_the_stable_sector_is_an_error():
    path = Path(quartic_integral(1.0, 0.1), Turned(np), None)
    with pytest.raises(DivergenceError, match="test run"):
        run(path, 50, thermalization=50, chains=16, step_size=0.01, target_acceptance=0.05)


class Undefined(Plane):
    """A path whose determinant is zero in the first chain."""

    def at(self, theta, t):
        def log_det():
            values = np.zeros(len(t), complex)
            values[0] = -np.inf
            return values

        return SimpleNamespace(z=t + 0j, log_det=log_det, pull_back=lambda w: w.real)

    def force(self, theta, model, t):
        return -t


def test_a_weight_that_is_no_number_is_an_error():
    """The other chains alone would look sound."""
    path = Path(quartic_integral(1.0, 0.1), Undefined(np), None)
    with pytest.raises(DivergenceError, match="the weight of a configuration is not a finite number"):
        run(path, 20, thermalization=10, chains=8)


def test_no_acceptance_is_an_error():
    with pytest.raises(DivergenceError, match=r"test run: no trajectory was accepted.*Lower the step_size"):
        run(plane_path(phi4(3, 2)), 10, thermalization=0, chains=4, step_size=50.0)
