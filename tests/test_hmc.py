"""Hybrid Monte Carlo: symmetries of the integrator, the sampled distribution, reproducibility, failures."""

from types import SimpleNamespace

import numpy as np
import pytest

import quadrature
from builders import phi4, plane_path, steep_path
from estimates import jackknife, mean_and_error, pull
from pomflow.actions.base import Action
from pomflow.actions.power import Power
from pomflow.actions.quartic import Quartic
from pomflow.errors import DivergenceError
from pomflow.path import Path
from pomflow.random import Stream
from pomflow.samplers.hmc import HMC, JITTER, Chains, StepSize, frozen, leapfrog, sample, start

SETTINGS = {
    "chains": 64,
    "leapfrog_steps": 5,
    "step_size": 0.2,
    "target_acceptance": 0.8,
    "thermalization": 100,
    "record_every": 1,
    "start": "hot",
}
PATHS = {
    "plane": lambda: plane_path(phi4(4, 2, mu=1.0)),
    "dense": lambda: steep_path(phi4(4, 2, mu=1.0), 16),
    "narrow dense": lambda: steep_path(phi4(4, 2, mu=1.0), 6),
}
OVER_PATHS = pytest.mark.parametrize("path", [make() for make in PATHS.values()], ids=PATHS)


def run(path, trajectories: int, seed: int = 1, **settings):
    settings = SETTINGS | settings
    numbers = range(settings["thermalization"] + trajectories)
    return sample(path, settings, Stream(seed, "hmc test"), numbers, "test run")


def energy(path, t, momentum):
    """p^2/2 + Re S(z(t)), which the integrator conserves: its force leaves the determinant out."""
    z = path.contour.evaluate(path.theta, t).z
    return (momentum**2).sum(axis=1) / 2 + path.action.value(z).real


# --- integrator ---------------------------------------------------------------------------------------------


@OVER_PATHS
def test_leapfrog_is_reversible(path, rng):
    """Forward, momentum turned round, forward again: back at the start to 1e-10."""
    t, momentum = rng.normal(size=(2, 8, 16))
    step = rng.uniform(0.05, 0.15, size=(8, 1))
    there, final = leapfrog(path, t, momentum, step, 20)
    back, turned = leapfrog(path, there, -final, step, 20)
    assert np.abs(there - t).max() > 0.5
    np.testing.assert_allclose(back, t, rtol=0, atol=1e-10)
    np.testing.assert_allclose(turned, -momentum, rtol=0, atol=1e-10)


@OVER_PATHS
def test_energy_error_is_of_second_order(path, rng):
    """Root mean square of the energy error at fixed length: its log-log slope in the step is 1.8 to 2.2."""
    t, momentum = 0.5 * rng.normal(size=(32, 16)), rng.normal(size=(32, 16))
    counts, errors = np.array([10, 20, 40, 80]), []
    for steps in counts:
        end = leapfrog(path, t, momentum, 1.0 / steps, int(steps))
        errors.append(np.sqrt(np.mean((energy(path, *end) - energy(path, t, momentum)) ** 2)))
    order = -np.polyfit(np.log(counts), np.log(errors), 1)[0]
    assert 1.8 < order < 2.2


def test_leapfrog_preserves_phase_space_volume(rng):
    """The Jacobian of (t, p) -> (t', p') has determinant 1, by central differences on a curved path."""
    path = steep_path(Quartic(0.5 + 1j, 1.0), 4)
    point, h = rng.normal(size=2), 1e-5

    def flow(x):
        t, p = leapfrog(path, x[None, :1], x[None, 1:], 0.2, 6)
        return np.array([t[0, 0], p[0, 0]])

    jacobian = np.stack([(flow(point + h * e) - flow(point - h * e)) / (2 * h) for e in np.eye(2)], axis=1)
    assert np.linalg.det(jacobian) == pytest.approx(1, abs=1e-8)


# --- the sampled distribution -------------------------------------------------------------------------------


@OVER_PATHS
def test_mean_of_exp_minus_delta_h_is_one(path):
    """Area preservation and stationarity in one number, within 4 standard errors from chain means."""
    record = run(path, 150)
    value, error = mean_and_error(np.exp(-record.delta_h[:, 100:]))
    assert error < 0.02
    assert abs(value - 1) < 4 * error
    assert 0.6 < record.accepted[:, 100:].mean() < 0.95


@pytest.mark.parametrize("begin", ["cold", "hot"])
def test_gaussian_toy_is_reached_and_kept(begin):
    """Moments 1, 3 and 15 of exp(-x^2 / 2) within 4 standard errors."""
    record = run(plane_path(Power(0, 1.0)), 400, start=begin, step_size=0.5)
    for power, exact in ((2, 1), (4, 3), (6, 15)):
        assert abs(pull(mean_and_error(record.t**power), exact)) < 4


def test_free_field_on_the_plane():
    """lambda = 0, mu = 0: <phi_a phi_a> per site = tr M^{-1} / V, within 4 standard errors."""
    action = phi4(3, 2, coupling=0.0, mu=0.0)
    matrix = action.gradient(np.eye(action.size, dtype=complex)).real
    exact = np.trace(np.linalg.inv(matrix)) / action.lattice.volume
    record = run(plane_path(action), 300)
    assert abs(pull(mean_and_error((record.t**2).sum(axis=2) / 6), exact)) < 4


@pytest.mark.parametrize(
    "path",
    [steep_path(Quartic(0.5 + 1j, 1.0), 4, 2.0), steep_path(Power(2, 1.3), 4, 3.0)],
    ids=["quartic", "power"],
)
def test_determinant_enters_the_distribution(path):
    """t follows |det J exp(-S)|, by quadrature, within 4 standard errors, and not |exp(-S)| by over 6."""
    record, points = run(path, 800, step_size=0.4), quadrature.POINTS
    for function in (np.abs, np.square, np.sin):
        exact = quadrature.quenched_mean(path, function(points[:, 0]))
        assert abs(pull(mean_and_error(function(record.t)), exact)) < 4
    without = np.exp(-path.action.value(path.contour.evaluate(path.theta, points).z).real)
    biased = (without * points[:, 0] ** 2).sum() / without.sum()
    assert abs(pull(mean_and_error(record.t**2), biased)) > 6


@pytest.mark.parametrize("mu", [0.8, 1.5])
def test_hot_and_ordered_starts_agree(mu):
    """phi^2 and Re ln(det J exp(-S)) of the two halves of a mixed start, within 4 combined errors."""
    record = run(plane_path(phi4(4, 2, mu=mu)), 300, start="mixed")
    hot = np.array([kind == "hot" for kind in record.starts])
    assert hot.sum() == 32
    for series in ((record.t**2).sum(axis=2), record.log_weight.real):
        one, other = mean_and_error(series[hot]), mean_and_error(series[~hot])
        assert abs(pull(one, *other)) < 4


# --- step size ----------------------------------------------------------------------------------------------


def test_step_size_is_frozen_after_thermalization():
    """It moves while it is tuned, then never again; the common value is within those of the late tuning."""
    record = run(plane_path(phi4(3, 2)), 30, thermalization=40)
    tuned, kept = record.step_size[:40], record.step_size[40:]
    assert len(np.unique(tuned)) == 40
    assert len(np.unique(kept)) == 1
    assert tuned[20:].min() * 0.9 < kept[0] < tuned[20:].max() * 1.1


@pytest.mark.parametrize("initial", [0.01, 1.0])
def test_step_size_finds_the_wanted_acceptance(initial):
    """From a start far too small and one too large: acceptance within 0.06 of the target."""
    record = run(plane_path(phi4(4, 2)), 100, step_size=initial, thermalization=200, target_acceptance=0.75)
    assert record.accepted[:, 200:].mean() == pytest.approx(0.75, abs=0.06)


def test_step_size_learns_in_the_right_direction():
    """A chain that conserves energy takes longer steps, one that overflows shorter ones."""
    step = StepSize.common(0.1, 0.8, 2, np)
    learned = step.learn(np.array([0.0, np.inf]))
    assert learned.value[0, 0] > 0.1 > learned.value[1, 0] > 0
    assert (step.value == 0.1).all()
    assert learned.count == 1


def test_frozen_step_size_is_a_geometric_mean():
    """Over chains and the second half of the history: (1 * 4 * 2 * 8)^(1/4)."""
    history = [np.array([[9.0], [9.0]]), np.array([[7.0], [1.0]])]
    history += [np.array([[1.0], [4.0]]), np.array([[2.0], [8.0]])]
    np.testing.assert_allclose(frozen(history), np.full((2, 1), 64**0.25))


def test_trajectory_lengths_vary_within_the_jitter(monkeypatch):
    """The step of each chain and trajectory is within 20 % of the nominal one and not always the same."""
    steps = []
    monkeypatch.setattr(
        "pomflow.samplers.hmc.leapfrog", lambda path, t, p, step, n: steps.append(step) or (t, p)
    )
    path = plane_path(phi4(2, 2))
    chains, hmc = Chains.on(path, np.zeros((8, 8))), HMC(Stream(1, "jitter"), 3)
    for number in range(50):
        hmc.trajectory(path, chains, number, np.full((8, 1), 0.5))
    ratio = np.array(steps) / 0.5
    assert np.abs(ratio - 1).max() <= JITTER
    assert ratio.min() < 1 - 0.9 * JITTER
    assert ratio.max() > 1 + 0.9 * JITTER


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
    record = run(path, 9, thermalization=6, chains=4, record_every=2)
    assert record.t.shape == (4, 5, 16)
    assert record.history.shape == record.delta_h.shape == record.accepted.shape == (4, 15)
    np.testing.assert_array_equal(record.log_weight, record.history[:, 6::2])
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
    action = phi4(3, 2, mu=1.8)
    path, stream = plane_path(action), Stream(1, "start")
    fields = {kind: start(kind, path, 101, stream)[0] for kind in ("cold", "hot", "ordered", "mixed")}
    assert (fields["cold"] == 0).all()
    assert abs((fields["hot"] ** 2).mean() - 1) < 4 * np.sqrt(2 / fields["hot"].size)
    ordered = action.fields(fields["ordered"]).mean(axis=2)
    amplitude = np.sqrt(2 * np.cosh(1.8) - 3)
    np.testing.assert_allclose(np.hypot(*ordered.T), amplitude, atol=0.2)
    np.testing.assert_array_equal(fields["mixed"][0::2], fields["hot"][0::2])
    np.testing.assert_array_equal(fields["mixed"][1::2], fields["ordered"][1::2])


@pytest.mark.parametrize("chains", [1, 4, 5])
def test_starts_are_named(chains):
    path = plane_path(phi4(2, 2))
    _, kinds = start("mixed", path, chains, Stream(1, "start"))
    assert kinds == (["hot", "ordered"] * 3)[:chains]
    assert start("cold", path, chains, Stream(1, "start"))[1] == ["cold"] * chains


# --- failures -----------------------------------------------------------------------------------------------


class Upside(Action):
    """S = -z^2 / 2, unbounded below: every field runs away."""

    size = 2

    def value(self, z):
        return -(z * z).sum(axis=1) / 2

    def gradient(self, z):
        return -z


def test_a_field_that_runs_away_is_an_error():
    """The message says which run, how far the field went, and what to do."""
    with pytest.raises(DivergenceError, match=r"test run: a field reached \|t\| = .*bounded contour"):
        run(plane_path(Upside()), 10, thermalization=10, chains=4)


def test_a_contour_that_leaves_the_stable_sector_is_an_error():
    """z = (1 + i) t turns lambda x^4 to -lambda x^4 and more: Re S has no lower bound."""

    def evaluate(theta, t):
        return SimpleNamespace(
            z=(1 + 1j) * t,
            log_det=lambda: np.full(len(t), np.log(1 + 1j)),
            pull_back=lambda w: ((1 + 1j) * w).real,
        )

    path = Path(Quartic(1.0, 0.1), SimpleNamespace(evaluate=evaluate), None)
    with pytest.raises(DivergenceError, match="test run"):
        run(path, 50, thermalization=50, chains=16, step_size=0.01, target_acceptance=0.05)


def test_no_acceptance_is_an_error():
    with pytest.raises(DivergenceError, match=r"test run: no trajectory was accepted.*Lower hmc.step_size"):
        run(plane_path(phi4(3, 2)), 10, thermalization=0, chains=4, step_size=50.0)


def test_estimates_use_the_chains():
    """The helper behind these tests: errors of correlated chains come from the spread between chains."""
    rng = np.random.default_rng(1)
    series = np.repeat(rng.normal(size=(100, 1)), 50, axis=1)
    _, error = mean_and_error(series)
    assert error == pytest.approx(0.1, rel=0.3)
    assert jackknife(lambda mean: mean, series)[1] == pytest.approx(error, rel=1e-10)
