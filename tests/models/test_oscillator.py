"""The oscillator in real time: its definition step by step, exact answers three ways, and a trained path."""

import numpy as np
import pytest

from estimates import mean_and_error
from pomflow.analysis import statistics
from pomflow.contours.flow import Flow
from pomflow.contours.path import Path
from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.base import require_values
from pomflow.models.oscillator import exact, keldysh
from pomflow.models.oscillator.action import Oscillator
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import sample
from pomflow.training.optimize import optimize

# of the continuum at m = 1, lambda = 24, beta = 1, by diagonalization
LEVELS = (0.80377065, 2.73789227, 5.17929169)
CONTINUUM = {0.0: 0.31593, 1.0: -0.13824 - 0.20949j, 3.0: 0.24935 + 0.04252j}
RUN = {"leapfrog_steps": 8, "step_size": 0.1, "target_acceptance": 0.8}
TRAINING = RUN | {
    "chains": 512,
    "learning_rate": 0.5,
    "damping": 0.01,
    "memory": 0.95,
    "thermalization": 20,
    "start": "mixed",
}
SAMPLING = RUN | {"chains": 64, "thermalization": 100, "record_every": 2, "start": "mixed"}


def oscillator(sites: int = 12, euclidean: int = 4, **values) -> Oscillator:
    given = {"mass": 1.0, "coupling": 24.0, "beta": 1.0, "time": 1.0} | values
    return Oscillator(Lattice((sites,)), euclidean_steps=euclidean, **given)


def complex_value(values: dict, name: str) -> complex:
    return values[name].value + 1j * values[f"{name}_im"].value


def hamiltonian(mass: float, coupling: float, size: int = 120, kept: int = 90):
    """p^2 / 2, V and x in the basis of a harmonic oscillator, whose last states are wrong."""
    lower = np.diag(np.sqrt(np.arange(1, size)), 1)
    x, p = (lower + lower.T) / 2**0.5, (lower - lower.T) / 2**0.5
    potential = mass**2 / 2 * x @ x + coupling / 24 * np.linalg.matrix_power(x, 4)
    return (part[:kept, :kept] for part in (-p @ p / 2, potential, x))


def test_it_is_its_definition(rng):
    """The formula of the docstring, a step at a time."""
    model = oscillator(9, 3, mass=0.7, coupling=3.0, beta=0.9, time=1.2)
    a = [0.4, 0.4, 0.4, -0.4, -0.4, -0.4, -0.3j, -0.3j, -0.3j]
    z = rng.normal(size=(3, 9)) + 0.4j * rng.normal(size=(3, 9))
    expected = 0
    for j in range(9):
        x, neighbour = z[:, j], z[:, (j + 1) % 9]
        potential = 0.49 / 2 * x**2 + 3.0 / 24 * x**4
        expected = expected - 1j * ((neighbour - x) ** 2 / (2 * a[j]) - (a[j] + a[j - 1]) / 2 * potential)
    np.testing.assert_allclose(model.value(z), expected, rtol=1e-13)
    assert model.turn == 3
    np.testing.assert_allclose(model.correlator(model.at(z)), z[:, 3] * z[:, 0])
    np.testing.assert_allclose(model.square(model.at(z)), (z[:, 0] ** 2 + z[:, 6] ** 2) / 2)


def test_hessian_is_the_derivative_of_the_gradient(rng):
    model = oscillator(8, 2)
    z = rng.normal(size=(3, 8)) + 0.4j * rng.normal(size=(3, 8))
    step = 1e-5
    columns = [(model.gradient(z + step * e) - model.gradient(z - step * e)) / (2 * step) for e in np.eye(8)]
    np.testing.assert_allclose(model.hessian(z), np.stack(columns, axis=2), atol=1e-7)


def test_real_time_has_a_weight_of_modulus_one(rng):
    """With the Euclidean points at rest Re S is theirs alone: the plane cannot be sampled."""
    model = oscillator()
    t = 5 * rng.normal(size=(4, 12))
    t[:, [0, 8, 9, 10, 11]] = 0
    np.testing.assert_allclose(model.value(t + 0j).real, 0, atol=1e-9)
    assert not model.plane


@pytest.mark.parametrize(
    ("shape", "values", "field"),
    [
        ((4, 4), {}, "lattices"),
        ((2,), {"euclidean_steps": 2}, "lattices"),
        ((9,), {"euclidean_steps": 4}, "lattices"),
        ((12,), {"time": 0.0}, "parameters.time"),
        ((12,), {"euclidean_steps": 0}, "parameters.euclidean_steps"),
        ((12,), {"mass": -1.0}, "parameters.mass"),
    ],
)
def test_what_the_theory_does_not_have_is_refused(shape, values, field):
    given = {"coupling": 1.0, "time": 1.0} | values
    with pytest.raises(ConfigError, match=rf"^{field}"):
        Oscillator.check(Lattice(shape), require_values(Oscillator, given))


# --- exact answers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mass", [0.7, 2.0])
def test_without_interaction_they_are_those_of_the_gaussian_integral(mass):
    """<x_j x_k> = (A^{-1})_jk."""
    model = oscillator(12, 4, mass=mass, coupling=0.0, beta=0.8, time=1.3)
    inverse = np.linalg.inv(keldysh.quadratic_form(model.steps, mass**2))
    found = model.exact_values()
    assert complex_value(found, "correlator") == pytest.approx(inverse[4, 0], abs=1e-10)
    assert found["square"].value == pytest.approx(inverse[0, 0].real, abs=1e-10)
    # both ends of the real time are at time 0
    assert inverse[8, 8] == pytest.approx(inverse[0, 0], abs=1e-10)


@pytest.mark.parametrize("coupling", [1.0, 24.0])
def test_they_are_those_of_the_factors_in_another_basis(coupling):
    """exp(-i a V / 2), exp(-i a p^2 / 2) in the basis of a harmonic oscillator, multiplied one by one."""
    model = oscillator(8, 2, coupling=coupling, time=0.3)
    kinetic, potential, x = hamiltonian(1.0, coupling, size=260, kept=220)

    def factor(matrix, a):
        values, vectors = np.linalg.eigh(matrix)
        return (vectors * np.exp(-1j * a * values)) @ vectors.T

    product, positions = np.eye(len(x), dtype=complex), []
    for a in model.steps:
        positions.append(product)
        half = factor(potential, a / 2)
        product = half @ factor(kinetic, a) @ half @ product
    late = np.linalg.inv(positions[3]) @ x @ positions[3]
    total = np.trace(product)
    found = model.exact_values()
    correlator = np.trace(product @ late @ x) / total
    assert complex_value(found, "correlator") == pytest.approx(correlator, abs=1e-6)
    assert found["square"].value == pytest.approx((np.trace(product @ x @ x) / total).real, abs=1e-6)


@pytest.mark.parametrize("time", [1.0, 3.0])
def test_many_steps_give_the_continuum(time):
    """Errors of Trotter fall with the square of the step: two numbers of steps leave one of fourth order."""
    kinetic, potential, _ = hamiltonian(1.0, 24.0)
    np.testing.assert_allclose(np.linalg.eigvalsh(kinetic + potential)[:3], LEVELS, atol=1e-7)
    some, more = (
        complex_value(exact.values(oscillator(3 * n, n, time=time)), "correlator") for n in (48, 96)
    )
    assert (4 * more - some) / 3 == pytest.approx(CONTINUUM[time], abs=3e-5)


def test_errors_of_exact_values_are_small_and_honest():
    model = oscillator()
    found = model.exact_values()
    for name, value in exact.moments(model, 900, 40).items():
        assert found[name].error < 1e-5
        assert abs(found[name].value - np.real(value)) <= 3 * found[name].error + 1e-12


@pytest.mark.parametrize(
    ("values", "known"),
    [
        ({"time": 5.9}, True),
        ({"time": 1e-6}, True),
        ({"beta": 100.0}, True),
        ({"beta": 0.3}, True),
        # steps beyond 2 / m, a kernel narrower than the grid, a particle that is almost free
        ({"time": 100.0}, False),
        ({"mass": 100.0}, False),
        ({"beta": 0.001}, False),
        ({"mass": 0.001}, False),
    ],
    ids=str,
)
def test_what_no_grid_holds_is_left_out(values, known):
    """Both grids were wrong there, and their difference, the error, was up to nine orders too small."""
    model = oscillator(8, 2, coupling=0.0, **{"beta": 1.0, "time": 1.0} | values)
    found = model.exact_values()
    assert bool(found) == known
    if known:
        true = np.linalg.inv(keldysh.quadratic_form(model.steps, model.mass**2))[model.turn, 0]
        error = found["correlator"].error
        assert abs(complex_value(found, "correlator") - true) < 3 * error + 1e-8 * abs(true)


def test_too_many_steps_are_left_out(monkeypatch):
    monkeypatch.setattr(exact, "MOST_WORK", 1e5)
    assert oscillator(8, 2, coupling=0.0).exact_values() == {}


# --- paths --------------------------------------------------------------------------------------------------


def test_without_interaction_the_gaussian_path_is_perfect():
    """No phase at all, and the average over it is the exact correlator."""
    model = oscillator(coupling=0.0)
    contour = Flow(model, 1.0)
    t = Stream(1, "points").normals(0, 200, 12)
    log_weight = Path(model, contour, contour.initial_parameters(Stream(1, "start"))).log_weight(t)
    np.testing.assert_allclose(log_weight.imag, 0, atol=1e-11)
    k = model.gaussian_path()
    np.testing.assert_allclose(k, k.T, atol=1e-12)
    form = keldysh.quadratic_form(model.steps, 1.0)
    turned = np.eye(12) + 1j * k
    real = turned.T @ form @ turned
    np.testing.assert_allclose(real.imag, 0, atol=1e-11)
    assert np.linalg.eigvalsh(real.real).min() > 0
    covariance = turned @ np.linalg.inv(real.real) @ turned.T
    assert covariance[4, 0] == pytest.approx(complex_value(model.exact_values(), "correlator"), abs=1e-10)


def test_far_out_the_weight_falls_off_on_any_path(rng):
    """In every direction, and also where the descent of Re S leads: to the trajectories of classical steps.

    On those F = 0, so that only the points in imaginary time damp them: Re S grows slowly, yet it grows.
    """
    model = oscillator()
    contour = Flow(model, 1.0)
    theta = contour.initial_parameters(Stream(1, "start"))
    theta = theta + 0.5 * rng.normal(size=len(theta))
    path = Path(model, contour, theta)
    directions = np.concatenate((rng.normal(size=(200, 12)), np.eye(12), -np.eye(12)))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    origin = path.log_weight(np.zeros((1, 12))).real[0]
    assert path.log_weight(30 * directions).real.max() < origin - 40
    highest = [_highest(path, radius, directions) for radius in (30.0, 100.0, 300.0)]
    assert origin - 5 > highest[0] > highest[1] > highest[2]


def _highest(path, radius: float, directions) -> float:
    """The largest logarithm of the modulus of the weight that ascents on a sphere find."""
    t = radius * directions
    for _ in range(300):
        force = path.force(t)
        t = t + 0.01 * radius * force / np.linalg.norm(force, axis=1, keepdims=True)
        t *= radius / np.linalg.norm(t, axis=1, keepdims=True)
    return path.log_weight(t).real.max()


@pytest.mark.slow
def test_a_trained_path_gives_the_exact_correlator():
    """At t = 1, lambda = 24, beta = 1, with errors from the spread of independent chains."""
    model = oscillator()
    contour = Flow(model, 1.0)
    stream = Stream(1, "oscillator")
    start = contour.initial_parameters(stream.child("initial"))
    training = optimize(model, contour, start, TRAINING, stream.child("train"), range(140), "test")
    path = Path(model, contour, training.theta)
    record = sample(path, SAMPLING, stream.child("sample"), range(100 + 400), "test")
    factor = np.exp(1j * record.log_weight.imag)
    point = model.at(path.at(record.t.reshape(-1, 12)).z)
    assert factor.mean().real > 0.8
    value, error = mean_and_error(factor.imag.mean(axis=1))
    assert abs(value) < 4 * error
    exact_values = model.exact_values()
    for name in ("correlator", "square"):
        measured = statistics.reweighted(factor, getattr(model, name)(point).reshape(factor.shape))
        for one, part in zip(measured, (name, f"{name}_im"), strict=True):
            known = exact_values[part].value if part in exact_values else 0.0
            assert abs(one.value - known) < 4 * one.error
            assert one.error < 0.02
