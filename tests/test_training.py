"""Optimization of a contour: the gradient of the cost, the control variate, the sign of the descent."""

import cmath

import numpy as np
import pytest

import quadrature
from builders import build_contour, phi4, plane_path, random_parameters, steep_dense, steep_path
from differences import gradient
from estimates import mean_and_error
from pomflow import registry
from pomflow.actions.base import Action
from pomflow.actions.power import Power
from pomflow.actions.quartic import Quartic
from pomflow.contours.dense import Dense
from pomflow.errors import DivergenceError
from pomflow.path import Path
from pomflow.random import Stream
from pomflow.samplers.hmc import sample
from pomflow.training import SWITCH_APF, Control, cost_gradient, optimize

SETTINGS = {
    "chains": 64,
    "leapfrog_steps": 5,
    "step_size": 0.3,
    "target_acceptance": 0.8,
    "start": "hot",
    "learning_rate": 0.02,
    "control_variate": "auto",
}
HISTORY = {
    "apf_re",
    "apf_im",
    "control",
    "gradient_norm",
    "acceptance",
    "step_size",
    "learning_rate",
    "largest_field",
}
# He_3(2.2) > 0 gives arg Z = -pi/2, He_1 gives pi/2: the phase of Z is not zero
TOYS = [Power(1, 0.5), Power(2, 1.3), Power(3, 2.2), Power(4, 2.8), Quartic(0.5 + 2.0j, 0.5)]
OVER_TOYS = pytest.mark.parametrize("action", TOYS, ids=["p=1", "p=2", "p=3", "p=4", "quartic"])
OVER_CONTROLS = pytest.mark.parametrize("control", [0.0, 1.0, 0.4])


def train(action, steps: int, contour=None, seed: int = 1, **settings):
    """(path before, path after, history)."""
    contour = contour or Dense(action.size, 8 if action.size == 1 else action.size)
    theta = contour.initial_parameters(Stream(seed, "network"))
    done = optimize(
        action, contour, theta, SETTINGS | settings, Stream(seed, "train"), range(steps), "test run"
    )
    return Path(action, contour, theta), Path(action, contour, done.theta), done.history


# --- the gradient -------------------------------------------------------------------------------------------


@OVER_CONTROLS
@pytest.mark.parametrize("name", registry.CONTOURS)
def test_cost_gradient_is_its_definition(name, control, rng):
    """Mean Re[(1 - c exp(i (theta - theta_0))) grad(ln det J - S)], the bracket frozen, by differences."""
    action = phi4(3, 2)
    contour = build_contour(name, action)
    theta, t = random_parameters(contour), rng.normal(size=(4, action.size))
    log_weight = Path(action, contour, theta).log_weight(t)
    frozen = 1 - control * np.exp(1j * log_weight.imag)
    expected = gradient(
        lambda theta: (frozen * Path(action, contour, theta).log_weight(t)).real.mean(), theta
    )
    found = cost_gradient(Path(action, contour, theta), t, log_weight, control)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("power", [1, 2, 3])
def test_control_variate_is_aimed_at_the_phase_of_z(power, rng):
    """theta_0 = arg Z = arg(i^p He_p(a)), not zero: the bracket by hand for a toy."""
    path, t = steep_path(Power(power, 2.2), 3), rng.normal(size=(5, 1))
    phase = cmath.phase([1j * 2.2, -(2.2**2 - 1), -1j * (2.2**3 - 3 * 2.2)][power - 1])
    weight = path.log_weight(t)
    point = path.contour.evaluate(path.theta, t)
    frozen = 1 - np.exp(1j * (weight.imag - phase))
    expected = point.parameter_gradient(frozen, path.action.gradient(point.z))
    np.testing.assert_allclose(cost_gradient(path, t, weight, 1.0), expected, rtol=1e-12)


def log_quenched(action, contour, theta) -> float:
    return np.log(np.abs(quadrature.weights(Path(action, contour, theta))).sum())


@OVER_CONTROLS
@OVER_TOYS
def test_cost_gradient_is_that_of_ln_z_quenched(action, control):
    """On a sample without noise every c gives grad ln Z_pq = -grad ln APF, by quadrature and differences.

    The sample is 40 000 quantiles of |det J exp(-S)|; its mean is the integral to about 1e-4.
    """
    contour, theta = steep_dense(1, 3)
    path = Path(action, contour, theta)
    t = quadrature.quenched_quantiles(path, 40_000)
    expected = gradient(lambda theta: log_quenched(action, contour, theta), theta)
    assert np.abs(expected).max() > 0.1
    found = cost_gradient(path, t, path.log_weight(t), control)
    np.testing.assert_allclose(found, expected, atol=2e-3 * np.abs(expected).max())


@OVER_TOYS
def test_partition_function_does_not_depend_on_the_path(action):
    """Sum of det J exp(-S) grad(ln det J - S) over all points vanishes: the term with c has zero mean."""
    path = steep_path(action, 3)
    point = path.contour.evaluate(path.theta, quadrature.POINTS)
    weight = quadrature.weights(path) * len(quadrature.POINTS)
    for phase in (1, 1j):
        total = point.parameter_gradient(phase * weight, path.action.gradient(point.z))
        np.testing.assert_allclose(total, 0, atol=1e-10 * np.abs(quadrature.weights(path)).sum())


def gradient_pulls(path, record, controls) -> np.ndarray:
    """Projections of sum_i sign_i cost_gradient(c_i) on 30 fixed random directions, in standard errors."""
    per_chain = np.array(
        [
            sum(sign * cost_gradient(path, t, weight, control) for control, sign in controls.items())
            for t, weight in zip(record.t, record.log_weight, strict=True)
        ]
    )
    directions = np.random.default_rng(1).normal(size=(per_chain.shape[1], 30))
    return np.array([np.divide(*mean_and_error(series)) for series in (per_chain @ directions).T])


def test_control_variate_has_zero_mean_on_the_lattice():
    """Estimators c = 1 and c = 0 differ by noise on 64 chains of 250 samples: 30 projections within 4 errors.

    The gradient itself is seen clearly by the same test.
    """
    path = steep_path(phi4(4, 1, mu=1.0), 8, 0.5)
    settings = SETTINGS | {"thermalization": 100, "record_every": 2, "start": "mixed"}
    record = sample(path, settings, Stream(1, "control"), range(600), "test run")
    assert np.abs(gradient_pulls(path, record, {1.0: 1, 0.0: -1})).max() < 4
    assert np.abs(gradient_pulls(path, record, {0.0: 1})).max() > 10


@pytest.mark.parametrize("control", [0.0, 1.0])
def test_one_small_step_of_descent_raises_the_average_phase(control):
    """A step against the gradient raises APF by rate |gradient|^2 APF: the sign and size of the estimator."""
    contour, theta = steep_dense(1, 3)
    path = Path(Power(2, 1.3), contour, theta)
    t = quadrature.quenched_quantiles(path, 10_000)
    slope = cost_gradient(path, t, path.log_weight(t), control)
    rate, before = 1e-4, quadrature.average_phase_factor(path)
    after = quadrature.average_phase_factor(Path(path.action, contour, theta - rate * slope))
    assert after - before == pytest.approx(rate * before * (slope @ slope), rel=0.02)


# --- training -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "reached"),
    [(TOYS[1], 0.38), (TOYS[2], 0.6), (TOYS[3], 0.55), (Power(4, 1.6), 0.9), (TOYS[4], 0.995)],
    ids=["p=2", "p=3", "p=4", "p=4 easy", "quartic"],
)
def test_training_raises_the_average_phase_of_a_toy(action, reached):
    """300 steps, judged by quadrature: far above the start, and Z is the closed form on both paths."""
    before, after, _ = train(action, 300)
    assert quadrature.average_phase_factor(after) > reached
    assert quadrature.average_phase_factor(after) > 1.25 * quadrature.average_phase_factor(before)
    for path in (before, after):
        assert quadrature.weights(path).sum() == pytest.approx(action.partition_function(), rel=1e-10)


@pytest.mark.parametrize(
    ("shape", "mu", "control"),
    [((4, 1), 1.5, "auto"), ((3, 2), 1.5, 0), ((3, 2), 1.5, 1), ((4, 2), 1.5, "auto")],
)
def test_training_raises_the_average_phase_of_phi4(shape, mu, control):
    """250 steps on fresh samples: from below 0.75 to above 0.93, whatever the control variate."""
    _, after, history = train(
        phi4(*shape, mu=mu), 250, control_variate=control, learning_rate=0.01, start="mixed"
    )
    assert history["apf_re"][:20].mean() < 0.85
    settings = SETTINGS | {"thermalization": 100, "record_every": 2, "start": "mixed"}
    fresh = sample(after, settings, Stream(9, "fresh"), range(200), "test run")
    value, error = mean_and_error(np.cos(fresh.log_weight.imag))
    assert value - 4 * error > 0.93


def test_without_a_sign_problem_training_keeps_the_phase_at_one():
    """L_t = 2: the phase is 1 on the plane; from a crooked start training straightens the path."""
    action = phi4(2, 2, mu=1.0)
    contour, theta = steep_dense(action.size, 8, 0.5)
    settings = SETTINGS | {"control_variate": 1, "learning_rate": 0.01}
    done = optimize(action, contour, theta, settings, Stream(1, "straight"), range(250), "test run")
    assert done.history["apf_re"][:5].mean() < 0.95
    assert done.history["apf_re"][-30:].mean() > 0.985


def test_history_describes_every_step():
    _, after, history = train(Power(2, 1.3), 40)
    assert set(history) == HISTORY
    assert all(values.shape == (40,) and np.isfinite(values).all() for values in history.values())
    assert history["learning_rate"][0] == 0.02
    assert (np.diff(history["learning_rate"]) <= 0).all()
    assert after.theta.shape == (after.contour.n_parameters,)


def test_training_is_reproducible():
    """Bit for bit from the same stream; another seed gives another network."""
    (_, first, history), (_, again, repeated) = (train(phi4(3, 1), 15) for _ in range(2))
    np.testing.assert_array_equal(first.theta, again.theta)
    for name in HISTORY:
        np.testing.assert_array_equal(history[name], repeated[name])
    assert not np.array_equal(first.theta, train(phi4(3, 1), 15, seed=2)[1].theta)


def test_training_leaves_its_start_alone():
    contour = Dense(1, 3)
    theta = contour.initial_parameters(Stream(1, "network"))
    copy = theta.copy()
    optimize(Power(2, 1.3), contour, theta, SETTINGS, Stream(1, "train"), range(5), "test run")
    np.testing.assert_array_equal(theta, copy)


def test_a_contour_without_parameters_can_be_trained():
    """The plane: nothing to learn, nothing breaks."""
    path = plane_path(phi4(3, 1))
    done = optimize(path.action, path.contour, path.theta, SETTINGS, Stream(1, "train"), range(3), "test run")
    assert done.theta.shape == (0,)


# --- the control variate's switch ---------------------------------------------------------------------------


def coefficients(mode, phases):
    """The value of c after each of a series of batch means of the phase factor."""
    control, values = Control(mode), []
    for phase in phases:
        control = control.after(phase)
        values.append(control.value)
    return values


@pytest.mark.parametrize("mode", [0, 1, 0.4])
def test_a_fixed_control_stays(mode):
    assert coefficients(mode, [0.1] * 30 + [0.99] * 30) == [mode] * 60


def test_automatic_control_switches_once_above_the_crossing():
    """0 below 0.7 and during the first 20 steps, 1 from then on, also if the phase drops again."""
    assert set(coefficients("auto", [SWITCH_APF - 0.01] * 200)) == {0.0}
    assert coefficients("auto", [0.9] * 30) == [0.0] * 20 + [1.0] * 10
    values = coefficients("auto", [0.3] * 50 + [0.95] * 100 + [0.1] * 100)
    assert values[:50] == [0.0] * 50
    assert values[149:] == [1.0] * 101
    assert sorted(values) == values


def test_automatic_control_looks_at_the_modulus():
    """The mean phase factor of a theory with complex Z points elsewhere."""
    assert coefficients("auto", [0.9j] * 30)[-1] == 1.0
    assert coefficients("auto", [0.9, -0.9] * 50)[-1] == 0.0


# --- failures -----------------------------------------------------------------------------------------------


class Broken(Action):
    """A harmless action whose gradient becomes NaN when asked for the parameters' sake."""

    size = 1

    def value(self, z):
        return (z * z).sum(axis=1) / 2

    def gradient(self, z):
        return z * np.nan


class Upside(Action):
    """Unbounded below: every field runs away."""

    size = 2

    def value(self, z):
        return -(z * z).sum(axis=1) / 2

    def gradient(self, z):
        return -z


@pytest.mark.parametrize(
    ("action", "where"), [(Broken(), "gradient norm nan"), (Upside(), r"largest \|t\| \d")]
)
def test_divergence_stops_training(action, where):
    """The message names the run and the step, and what to lower."""
    with pytest.raises(DivergenceError, match=rf"test run: training diverged at step \d+.*{where}.*Lower"):
        train(action, 60)
