"""Contours over the registry: Jacobian, determinant and gradients against numerical differentiation."""

import numpy as np
import pytest

from builders import build_contour, build_model, phi4, random_parameters, steep_dense
from differences import directional, gradient, jacobian
from pomflow import registry
from pomflow.contours.dense import Dense
from pomflow.contours.path import Path, phase_factor
from pomflow.random.stream import Stream
from small_models import fitting_cases, points

OVER_CASES = pytest.mark.parametrize(("name", "model_name", "arguments", "settings"), fitting_cases())
# of each of which a gradient with respect to parameters is tested
DIRECTIONS = 12


@pytest.fixture
def case(name, model_name, arguments, settings, rng):
    """(model, contour, theta, t) with parameters away from the start."""
    model = build_model(model_name, arguments)
    contour = build_contour(name, model, **settings)
    return model, contour, random_parameters(contour), points(model, rng, 3)


def path_jacobian(contour, theta, t):
    """J = dz/dt by central differences, shape (batch, n, n)."""
    parts = (lambda t: contour.evaluate(theta, t).z.real, lambda t: contour.evaluate(theta, t).z.imag)
    real, imaginary = (jacobian(part, t) for part in parts)
    return real + 1j * imaginary


def assert_log_equal(found, expected):
    """Logarithms of complex numbers, the phase up to 2 pi."""
    np.testing.assert_allclose(np.exp(found - expected), 1, rtol=0, atol=2e-8)


@OVER_CASES
class TestEveryContour:
    def test_path_starts_from_the_real_plane(self, case):
        """z = t + i y with real y: the real part is t itself, where a contour keeps it."""
        _, contour, theta, t = case
        point = contour.evaluate(theta, t)
        if contour.keeps_real_part:
            np.testing.assert_allclose(point.z.real, t, rtol=0, atol=1e-13)
        assert point.z.dtype == np.complex128
        assert theta.shape == (contour.n_parameters,)

    def test_determinant(self, case):
        """ln det J against NumPy's determinant of the numerical Jacobian."""
        _, contour, theta, t = case
        sign, logarithm = np.linalg.slogdet(path_jacobian(contour, theta, t))
        found = contour.evaluate(theta, t).log_det()
        np.testing.assert_allclose(found.real, logarithm, atol=2e-8)
        assert_log_equal(found, logarithm + 1j * np.angle(sign))

    def test_pull_back_of_any_vector(self, case, rng):
        """Re(J^T w) for random complex w."""
        _, contour, theta, t = case
        w = rng.normal(size=t.shape) + 1j * rng.normal(size=t.shape)
        expected = np.einsum("bij,bi->bj", path_jacobian(contour, theta, t), w).real
        np.testing.assert_allclose(contour.evaluate(theta, t).pull_back(w), expected, atol=1e-8)

    def test_pull_back_is_the_slope_of_the_action(self, case):
        """d Re S(z(t)) / dt by central differences."""
        model, contour, theta, t = case
        expected = gradient(lambda t: model.value(contour.evaluate(theta, t).z).real.sum(), t)
        point = contour.evaluate(theta, t)
        np.testing.assert_allclose(
            point.pull_back(model.at(point.z).gradient), expected, rtol=1e-7, atol=1e-7
        )

    def test_parameter_gradient(self, case, rng):
        """Gradient of mean Re[weight (ln det J - S)] for random complex weights, in random directions."""
        model, contour, theta, t = case
        weight = rng.normal(size=len(t)) + 1j * rng.normal(size=len(t))
        here = Path(model, contour, theta).log_weight(t)

        def cost(theta):
            # relative to the weight here, so that no logarithm jumps by 2 pi i
            return (weight * np.log(np.exp(Path(model, contour, theta).log_weight(t) - here))).real.mean()

        point = contour.evaluate(theta, t)
        found = point.parameter_gradient(weight, model.at(point.z).gradient)
        assert found.shape == (contour.n_parameters,)
        for direction in rng.normal(size=(DIRECTIONS, contour.n_parameters)):
            expected = directional(cost, theta, direction)
            np.testing.assert_allclose(found @ direction, expected, rtol=1e-6, atol=1e-6)

    def test_rows_are_independent(self, case):
        """A configuration's point, determinant and force do not depend on the rest of its batch."""
        model, contour, theta, t = case
        path = Path(model, contour, theta)
        alone = np.concatenate([path.log_weight(row[None]) for row in t])
        np.testing.assert_allclose(path.log_weight(t), alone, rtol=1e-11, atol=1e-11)
        alone = np.concatenate([path.force(row[None]) for row in t])
        np.testing.assert_allclose(path.force(t), alone, rtol=1e-11, atol=1e-11)

    def test_start_is_reproducible_and_usable(self, case):
        """The starting parameters are a function of the stream; the path there has a finite weight."""
        model, contour, _, t = case
        theta = contour.initial_parameters(Stream(1, "start"))
        np.testing.assert_array_equal(theta, contour.initial_parameters(Stream(1, "start")))
        assert np.isfinite(Path(model, contour, theta).log_weight(t)).all()


@OVER_CASES
def test_weight_of_a_path(case):
    """Path: log_weight = ln det J - S(z), force = -d Re S / dt, phase_factor = exp(i theta)."""
    model, contour, theta, t = case
    path, point = Path(model, contour, theta), contour.evaluate(theta, t)
    weight = path.log_weight(t)
    np.testing.assert_allclose(weight, point.log_det() - model.value(point.z), rtol=1e-13)
    slope = gradient(lambda t: model.value(contour.evaluate(theta, t).z).real.sum(), t)
    np.testing.assert_allclose(path.force(t), -slope, rtol=1e-7, atol=1e-7)
    factor = np.exp(weight - weight.real)
    np.testing.assert_allclose(phase_factor(weight), factor / np.abs(factor), rtol=1e-12)


# --- dense --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [2, 5, 6, 9])
def test_low_rank_determinant_equals_the_full_one(hidden, rng):
    """det(1_H + i...) = det(1_n + iK), K = D2 W2 D1 W1 put together by hand, with det J far from 1."""
    contour, theta = steep_dense(6, hidden, amplitude=3.0)
    t, parameters = rng.normal(size=(4, 6)), contour.network.unpack(theta)
    w1, w2 = parameters["hidden"]["weight"], parameters["output"]["weight"]
    a = np.tanh(t @ w1.T + parameters["hidden"]["bias"])
    f = np.tanh(a @ w2.T + parameters["output"]["bias"])
    d1, d2 = 1 - a**2, parameters["scale"]["alpha"] * (1 - f**2)
    k = np.einsum("bi,ih,bh,hj->bij", d2, w2, d1, w1)
    sign, logarithm = np.linalg.slogdet(np.eye(6) + 1j * k)
    found = contour.evaluate(theta, t).log_det()
    assert np.abs(found).max() > 0.3
    np.testing.assert_allclose(np.exp(found), sign * np.exp(logarithm), rtol=1e-12)


@pytest.mark.parametrize("size", [1e2, 1e6])
def test_dense_path_stays_bounded(size, rng):
    """|y| <= |alpha| + |beta| however large the field, so that Re S grows as on the real plane."""
    contour = Dense(6, 6)
    theta = random_parameters(contour, width=2.0)
    scale = contour.network.unpack(theta)["scale"]
    bound = np.abs(scale["alpha"]) + np.abs(scale["beta"])
    y = contour.evaluate(theta, size * rng.normal(size=(50, 6))).z.imag
    assert (np.abs(y) <= bound * (1 + 1e-12)).all()


def test_dense_path_is_the_published_formula(rng):
    """y = alpha tanh(W2 tanh(W1 t + b1) + b2) + beta, one configuration and one variable at a time."""
    contour = Dense(3, 2)
    theta, t = random_parameters(contour, width=0.7), rng.normal(size=3)
    p = contour.network.unpack(theta)
    hidden = [np.tanh(p["hidden"]["weight"][h] @ t + p["hidden"]["bias"][h]) for h in range(2)]
    for i in range(3):
        f = np.tanh(p["output"]["weight"][i] @ hidden + p["output"]["bias"][i])
        expected = p["scale"]["alpha"][i] * f + p["scale"]["beta"][i]
        assert contour.evaluate(theta, t[None]).z[0, i] == pytest.approx(t[i] + 1j * expected)


@pytest.mark.parametrize(("ratio", "hidden"), [(0.01, 1), (0.5, 6), (1.0, 12), (1.5, 18)])
def test_dense_width_is_the_ratio_times_the_variables(ratio, hidden):
    assert build_contour("dense", phi4(3, 2), hidden_ratio=ratio).hidden == hidden


def test_dense_starts_near_the_plane(rng):
    """|y| is at most 0.05 before training."""
    contour = Dense(8, 8)
    point = contour.evaluate(contour.initial_parameters(Stream(1, "near")), 3 * rng.normal(size=(20, 8)))
    assert 0 < np.abs(point.z.imag).max() <= 0.05


def test_plane_is_the_real_plane(rng):
    model = phi4(2, 2)
    contour = build_contour("plane", model)
    t = rng.normal(size=(3, model.size))
    point = contour.evaluate(np.zeros(0), t)
    np.testing.assert_array_equal(point.z, t)
    np.testing.assert_array_equal(point.log_det(), 0)
    assert contour.n_parameters == 0


def test_no_contour_has_the_name_of_another_folder_of_a_lattice():
    assert not {"exact", "langevin"} & set(registry.CONTOURS)
