"""Optimization of a contour: the average phase rises, the control variate switches, divergence is noticed."""

import numpy as np
import pytest

import quadrature
from builders import POINT, Upside, phi4, power_integral, quartic_integral, steep_dense
from estimates import mean_and_error
from pomflow.contours.dense import Dense
from pomflow.contours.path import Path
from pomflow.errors import DivergenceError
from pomflow.models.base import Model, Variables
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import sample
from pomflow.training.adam import SWITCH_APF, Control
from pomflow.training.optimize import optimize

SETTINGS = {
    "thermalization": 0,
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
TOYS = [
    power_integral(2, 1.3),
    power_integral(3, 2.2),
    power_integral(4, 2.8),
    power_integral(4, 1.6),
    quartic_integral(0.5 + 2.0j, 0.5),
]


def train(model, steps: int, contour=None, seed: int = 1, **settings):
    """(path before, path after, history)."""
    contour = contour or Dense(model.size, 8 if model.size == 1 else model.size)
    theta = contour.initial_parameters(Stream(seed, "network"))
    done = optimize(
        model, contour, theta, SETTINGS | settings, Stream(seed, "train"), range(steps), "test run"
    )
    return Path(model, contour, theta), Path(model, contour, done.theta), done.history


# --- training -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "reached"),
    list(zip(TOYS, (0.38, 0.6, 0.55, 0.9, 0.995), strict=True)),
    ids=["p=2", "p=3", "p=4", "p=4 easy", "quartic"],
)
def test_training_raises_the_average_phase_of_a_toy(model, reached):
    """300 steps, judged by quadrature: far above the start, and Z is the closed form on both paths."""
    before, after, _ = train(model, 300)
    assert quadrature.average_phase_factor(after) > reached
    assert quadrature.average_phase_factor(after) > 1.25 * quadrature.average_phase_factor(before)
    for path in (before, after):
        assert quadrature.weights(path).sum() == pytest.approx(model.partition_function(), rel=1e-10)


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
    model = phi4(2, 2, mu=1.0)
    contour, theta = steep_dense(model.size, 8, 0.5)
    settings = SETTINGS | {"control_variate": 1, "learning_rate": 0.01}
    done = optimize(model, contour, theta, settings, Stream(1, "straight"), range(250), "test run")
    assert done.history["apf_re"][:5].mean() < 0.95
    assert done.history["apf_re"][-30:].mean() > 0.985


def test_history_describes_every_step():
    """One finite number a step under each name, of the kind that the name says."""
    _, after, history = train(power_integral(2, 1.3), 40)
    assert set(history) == HISTORY
    assert all(values.shape == (40,) and np.isfinite(values).all() for values in history.values())
    accepted = 64 * history["acceptance"]
    np.testing.assert_allclose(accepted, accepted.round(), atol=1e-9)
    assert 0.1 < history["step_size"].min() < history["step_size"].max() < 3
    assert np.hypot(history["apf_re"], history["apf_im"]).max() <= 1
    assert set(history["control"]) <= {0.0, 1.0}
    assert 1 < history["largest_field"].min() < history["largest_field"].max() < 6
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


@pytest.mark.parametrize("size", [1e2, 1e8])
def test_a_huge_gradient_counts_as_one_of_the_largest_length(monkeypatch, size):
    """Gradients longer than 10 keep their direction and lose the rest, so that one cannot undo all others."""
    direction = np.random.default_rng(1).normal(size=Dense(1, 8).n_parameters)
    direction /= np.linalg.norm(direction)
    trained = []
    for length in (size, 10.0):
        lengths = iter([1.0, 2.0, length, 3.0, 1.0])
        monkeypatch.setattr(
            "pomflow.training.adam.cost_gradient", lambda *_, lengths=lengths: next(lengths) * direction
        )
        _, after, history = train(power_integral(2, 1.3), 5)
        assert history["gradient_norm"][2] == pytest.approx(length)
        trained.append(after.theta)
    np.testing.assert_allclose(*trained, rtol=1e-10)


def test_training_leaves_its_start_alone():
    contour = Dense(1, 3)
    theta = contour.initial_parameters(Stream(1, "network"))
    copy = theta.copy()
    optimize(power_integral(2, 1.3), contour, theta, SETTINGS, Stream(1, "train"), range(5), "test run")
    np.testing.assert_array_equal(theta, copy)


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


class Broken(Model):
    """A harmless action whose gradient becomes NaN when asked for the parameters' sake."""

    variables = Variables("real", per_site=1)

    def value(self, z):
        return (z * z).sum(axis=1) / 2

    def gradient(self, z):
        return z * np.nan


@pytest.mark.parametrize(
    ("model", "where"), [(Broken(POINT), "gradient norm nan"), (Upside(POINT), r"largest \|t\| \d")]
)
def test_divergence_stops_training(model, where):
    """The message names the run and the step, and what to lower."""
    with pytest.raises(DivergenceError, match=rf"test run: training diverged at step \d+.*{where}.*Lower"):
        train(model, 60)
