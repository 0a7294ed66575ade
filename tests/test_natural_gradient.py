"""The natural gradient: its invariances and limits, and what it reaches on paths with few parameters."""

from dataclasses import dataclass

import numpy as np
import pytest

from builders import build_contour, phi4
from pomflow.contours.path import Path
from pomflow.random.stream import Stream
from pomflow.training.natural_gradient import TRUST, NaturalGradient
from pomflow.training.optimize import optimize

SETTINGS = {"learning_rate": 0.5, "damping": 0.01, "memory": 0.9}
TRAINING = SETTINGS | {
    "chains": 64,
    "thermalization": 20,
    "start": "mixed",
    "leapfrog_steps": 6,
    "step_size": 0.1,
    "target_acceptance": 0.75,
}


@dataclass
class Fixed:
    """A path and its point whose derivatives are given."""

    theta: np.ndarray
    values: np.ndarray
    z: np.ndarray = None

    partition_phase = 0.0

    def at(self, t):
        return self

    def derivatives(self, w):
        return self.values

    @property
    def model(self):
        return self

    def gradient(self, z):
        return None


def batch(rng, rows=200, columns=4, phase=0.1):
    values = rng.normal(size=(rows, columns)) + 1j * rng.normal(size=(rows, columns))
    return values, 1j * phase * rng.normal(size=rows)


def test_step_solves_the_least_squares_problem_of_small_phases(rng):
    """Without damping and for phases linear in theta, a full step is their regression on the parameters."""
    values, _ = batch(rng)
    solution = 1e-4 * np.array([1.0, -2.0, 0.5, 3.0])
    log_weight = 1j * values.imag @ solution
    descent = NaturalGradient(np.zeros(4), SETTINGS | {"learning_rate": 1.0, "damping": 1e-12})
    theta, norm, rate = descent.step(Fixed(np.zeros(4), values), None, log_weight, 0.0)
    np.testing.assert_allclose(theta, -solution, rtol=1e-3)
    assert rate == 1.0
    expected = ((1 - np.exp(log_weight))[:, None] * values).real.mean(axis=0)
    assert norm == pytest.approx(np.linalg.norm(expected))


def test_units_of_the_parameters_do_not_matter(rng):
    """theta -> theta / s multiplies derivatives by s and divides steps by s."""
    values, log_weight = batch(rng)
    scales = np.array([1.0, 10.0, 0.1, 3.0])
    steps = []
    for scale in (np.ones(4), scales):
        descent = NaturalGradient(np.zeros(4), SETTINGS)
        steps.append(descent.step(Fixed(np.zeros(4), values * scale), None, log_weight, 0.0)[0])
    np.testing.assert_allclose(steps[1] * scales, steps[0], rtol=1e-4)


def test_steps_stay_in_the_trust_region(rng):
    """A gradient far beyond what the metric knows moves the path by the trust region times the rate."""
    values, log_weight = batch(rng, phase=3.0)
    values += 100
    descent = NaturalGradient(np.zeros(4), SETTINGS | {"learning_rate": 1.0})
    theta, *_ = descent.step(Fixed(np.zeros(4), values), None, log_weight, 0.0)
    fisher = values.real - values.real.mean(axis=0)
    spread = 1 - abs(np.exp(log_weight).mean())
    metric = (values.imag.T @ values.imag + spread * fisher.T @ fisher) / len(values)
    assert np.sqrt(theta @ metric @ theta) == pytest.approx(TRUST)


def test_parameters_without_effect_stay(rng):
    values, log_weight = batch(rng)
    values[:, 2] = 0
    theta, *_ = NaturalGradient(np.ones(4), SETTINGS).step(Fixed(np.ones(4), values), None, log_weight, 0.0)
    assert theta[2] == 1.0
    assert np.isfinite(theta).all()


def trained(name, model, steps, **settings):
    contour = build_contour(name, model, reach=5, spatial_reach=2)
    theta = contour.initial_parameters(Stream(1, "start"))
    numbers = range(steps + TRAINING["thermalization"])
    return optimize(model, contour, theta, TRAINING | settings, Stream(1, "train"), numbers, "test")


@pytest.mark.parametrize("mu", [0.8, 1.2, 1.8])
def test_a_few_steps_suffice_on_a_small_lattice(mu):
    """4x4: the equivariant contour reaches 0.999 in 25 steps; the plane's APF there is 0.66, 0.37, 0.33."""
    history = trained("equivariant", phi4(4, 4, mu=mu), 25).history
    assert history["apf_re"][-5:].mean() > 0.998
    assert (history["control"] == 1).all()


def test_training_raises_the_phase_of_the_linear_contour():
    """6x6, mu = 1.6, from a kernel that is not the best: the phase rises and the fields stay bounded."""
    history = trained("linear", phi4(6, 6, mu=1.6), 25).history
    assert history["apf_re"][-5:].mean() > history["apf_re"][:2].mean()
    assert history["apf_re"][-5:].mean() > 0.92
    assert history["largest_field"].max() < 10


def test_path_without_a_sign_problem_stays(rng):
    """mu = 0: the start is the plane, its phase is zero and so is every step."""
    model = phi4(4, 4, mu=0.0)
    done = trained("equivariant", model, 3)
    contour = build_contour("equivariant", model, reach=5, spatial_reach=2)
    np.testing.assert_allclose(done.theta, contour.initial_parameters(Stream(1, "start")), atol=1e-12)
    weight = Path(model, contour, done.theta).log_weight(rng.normal(size=(4, model.size)))
    np.testing.assert_allclose(weight.imag, 0, atol=1e-10)


def test_lattice_without_displacements_has_nothing_to_train():
    """L_t = 2: every displacement in time is its own reversal, and the linear contour has no parameters."""
    done = trained("linear", phi4(2, 2, mu=0.8), 2)
    assert done.theta.shape == (0,)
    assert (done.history["gradient_norm"] == 0).all()
