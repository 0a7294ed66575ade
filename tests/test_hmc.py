"""Hybrid Monte Carlo: symmetries of the integrator, the sampled distribution, the step size."""

import numpy as np
import pytest

import quadrature
from builders import phi4, plane_path, power_integral, quartic_integral, steep_path
from chains import OVER_PATHS, run
from estimates import jackknife, mean_and_error, pull
from pomflow.lattice import Lattice
from pomflow.models.xy.action import XY
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import HMC, JITTER, Chains, leapfrog
from pomflow.samplers.step_size import StepSize, frozen


def energy(path, t, momentum):
    """p^2/2 + Re S(z(t)), which the integrator conserves: its force leaves the determinant out."""
    z = path.contour.evaluate(path.theta, t).z
    return (momentum**2).sum(axis=1) / 2 + path.model.value(z).real


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
    path = steep_path(quartic_integral(0.5 + 1j, 1.0), 4)
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
    record = run(plane_path(power_integral(0, 1.0)), 400, start=begin, step_size=0.5)
    for power, exact in ((2, 1), (4, 3), (6, 15)):
        assert abs(pull(mean_and_error(record.t**power), exact)) < 4


def test_free_field_on_the_plane():
    """lambda = 0, mu = 0: <phi_a phi_a> per site = tr M^{-1} / V, within 4 standard errors."""
    model = phi4(3, 2, coupling=0.0, mu=0.0)
    matrix = model.gradient(np.eye(model.size, dtype=complex)).real
    exact = np.trace(np.linalg.inv(matrix)) / model.lattice.volume
    record = run(plane_path(model), 300)
    assert abs(pull(mean_and_error((record.t**2).sum(axis=2) / 6), exact)) < 4


@pytest.mark.parametrize(
    "path",
    [steep_path(quartic_integral(0.5 + 1j, 1.0), 4, 2.0), steep_path(power_integral(2, 1.3), 4, 3.0)],
    ids=["quartic", "power"],
)
def test_determinant_enters_the_distribution(path):
    """t follows |det J exp(-S)|, by quadrature, within 4 standard errors, and not |exp(-S)| by over 6."""
    record, points = run(path, 800, step_size=0.4), quadrature.POINTS
    for function in (np.abs, np.square, np.sin):
        exact = quadrature.quenched_mean(path, function(points[:, 0]))
        assert abs(pull(mean_and_error(function(record.t)), exact)) < 4
    without = np.exp(-path.model.value(path.contour.evaluate(path.theta, points).z).real)
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


def test_chains_share_one_step_size_once_it_is_frozen(monkeypatch):
    """While it is tuned every chain has its own, then all have the geometric mean of the late ones."""
    steps, trajectory = [], HMC.trajectory

    def spy(self, path, chains, number, step_size):
        steps.append(step_size)
        return trajectory(self, path, chains, number, step_size)

    monkeypatch.setattr(HMC, "trajectory", spy)
    run(plane_path(phi4(3, 2)), 5, thermalization=20, chains=8)
    assert len(np.unique(steps[19])) == 8
    # the step after the last tuning is not used: all but one of the tuned values are seen
    expected = np.exp(np.log(steps[11:20]).mean())
    for kept in steps[20:]:
        assert len(np.unique(kept)) == 1
        assert kept[0, 0] == pytest.approx(expected, rel=0.1)


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


def test_steps_of_free_angles_stay_short_enough_for_their_digits():
    """Without an action every step is accepted; after thousands of them angles are still uniform.

    At steps of 1e16 they would be multiples of a few numbers, some of them beyond pi.
    """
    step = StepSize.common(0.1, 0.8, 1, np)
    for _ in range(5000):
        step = step.learn(np.zeros(1))
    path = plane_path(XY(Lattice((3,)), beta=0.0, mu=0.0))
    chains, _ = HMC(Stream(1, "free angles"), 2).trajectory(
        path, Chains.on(path, np.zeros((2000, 3))), 0, np.full((2000, 1), step.value[0, 0])
    )
    assert (np.abs(chains.t) <= np.pi).all()
    assert len(np.unique(chains.t)) == chains.t.size
    assert abs(np.exp(1j * chains.t).mean()) < 4 / np.sqrt(chains.t.size)


def test_violation_is_that_of_the_integrator_alone(rng):
    """It falls with the square of the step at fixed length; the change of the determinant stays."""
    path, momenta = steep_path(quartic_integral(0.5 + 1j, 1.0), 4, 2.0), Stream(1, "violation")
    chains = Chains.on(path, rng.normal(size=(64, 1)))

    def largest(steps):
        sizes = np.full((64, 1), 1.0 / steps)
        _, done = HMC(momenta, steps).trajectory(path, chains, 0, sizes)
        return np.abs(done.violation).max(), np.abs(done.delta_h - done.violation).max()

    (coarse, determinant), (fine, same) = largest(50), largest(500)
    assert 80 < coarse / fine < 120
    assert same == pytest.approx(determinant, rel=0.01)
    assert determinant > 0.5
    assert fine < 1e-3


def test_tuned_by_the_integrator_a_step_stays_long_where_the_determinant_decides():
    """Aiming at more than the determinant allows makes steps vanish; the distribution is the same."""
    path = steep_path(quartic_integral(0.5 + 1j, 1.0), 4, 2.0)
    vain, free = (
        run(path, 600, thermalization=200, leapfrog_steps=8, target_acceptance=0.98, tuned_by=tuned_by)
        for tuned_by in ("acceptance", "integrator")
    )
    assert free.step_size[-1] > 3 * vain.step_size[-1]
    exact = quadrature.quenched_mean(path, quadrature.POINTS[:, 0] ** 2)
    assert abs(pull(mean_and_error(free.t**2), exact)) < 4


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


def test_estimates_use_the_chains():
    """The helper behind these tests: errors of correlated chains come from the spread between chains."""
    rng = np.random.default_rng(1)
    series = np.repeat(rng.normal(size=(100, 1)), 50, axis=1)
    _, error = mean_and_error(series)
    assert error == pytest.approx(0.1, rel=0.3)
    assert jackknife(lambda mean: mean, series)[1] == pytest.approx(error, rel=1e-10)
