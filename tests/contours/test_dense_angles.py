"""The dense contour of angles: derivatives, period, bound, and the integral that it must leave as it is."""

import numpy as np
import pytest

from builders import build_contour, random_parameters
from differences import jacobian
from on_device import assert_same, complex_
from pomflow.contours.check import deviations
from pomflow.contours.dense import Dense
from pomflow.contours.path import Path
from pomflow.models.thirring.exact import Ring
from pomflow.random.stream import Stream
from small_models import points, thirring, torus, torus_means

CASES = [
    pytest.param(thirring(*shape), hidden, id=f"{shape} H={hidden}")
    for shape, hidden in (((4,), 2), ((4,), 4), ((4,), 7), ((4, 4), 5))
]
OVER_CASES = pytest.mark.parametrize(("model", "hidden"), CASES)


@pytest.fixture
def case(model, hidden):
    """The contour with random parameters."""
    contour = Dense(model.size, hidden, angles=True)
    return contour, random_parameters(contour)


@OVER_CASES
def test_against_central_differences(case, model, rng):
    contour, theta = case
    found = deviations(contour, model, theta, points(model, rng, 3), Stream(1, "check"))
    assert max(found.values()) < 1e-7, found


@OVER_CASES
def test_it_is_the_formula(case, model, rng):
    """y = alpha tanh(W_2 tanh(W_1 (cos t, sin t) + b_1) + b_2) + beta, by hand."""
    contour, theta = case
    t, p = points(model, rng, 3), contour.network.unpack(theta)
    seen = np.concatenate((np.cos(t), np.sin(t)), axis=1)
    a = np.tanh(seen @ p["hidden"]["weight"].T + p["hidden"]["bias"])
    f = np.tanh(a @ p["output"]["weight"].T + p["output"]["bias"])
    expected = p["scale"]["alpha"] * f + p["scale"]["beta"]
    np.testing.assert_allclose(contour.evaluate(theta, t).z, t + 1j * expected, atol=1e-13)


@OVER_CASES
def test_period(case, model, rng):
    """2 pi more in one angle is another point of the real axis with the same height and determinant."""
    contour, theta = case
    t = points(model, rng, 4)
    here = contour.evaluate(theta, t)
    for angle in range(model.size):
        turned = t + 2 * np.pi * np.eye(model.size)[angle] * rng.integers(-3, 4, (4, 1))
        there = contour.evaluate(theta, turned)
        np.testing.assert_allclose(there.z.imag, here.z.imag, atol=1e-12)
        np.testing.assert_allclose(np.exp(there.log_det() - here.log_det()), 1, atol=1e-12)


@OVER_CASES
def test_height_is_bounded(case, model, rng):
    """|y| <= |alpha| + |beta|."""
    contour, theta = case
    scale = contour.network.unpack(theta)["scale"]
    y = contour.evaluate(theta, 1e3 * rng.normal(size=(50, model.size))).z.imag
    assert (np.abs(y) <= np.abs(scale["alpha"]) + np.abs(scale["beta"]) + 1e-12).all()


@OVER_CASES
def test_determinant_far_from_one(case, model, rng):
    """Of a steep path, whose determinant is of order one or larger."""
    contour, theta = case
    contour.network.unpack(theta)["scale"]["alpha"][...] = 3.0
    t = points(model, rng, 5)
    k = jacobian(lambda t: contour.evaluate(theta, t).z.imag, t)
    expected = np.linalg.det(np.eye(model.size) + 1j * k)
    assert np.abs(np.log(expected)).max() > 0.3
    np.testing.assert_allclose(np.exp(contour.evaluate(theta, t).log_det()), expected, rtol=1e-6)


@pytest.mark.parametrize("width", [0.1, 0.3])
def test_the_integral_over_the_torus_is_the_same(width):
    """Z, density and condensate of four slices on a random path, by the trapezoidal rule: exact ones."""
    model, ring = thirring(4), Ring(4, mass=0.6, beta=0.9, mu=0.7)
    contour = Dense(4, 4, angles=True)
    path = Path(model, contour, random_parameters(contour, width=width))
    z, means = torus_means(path, torus(4, 18))
    assert z == pytest.approx(ring.partition_function, rel=1e-5)
    assert means["density"] == pytest.approx(ring.density, rel=1e-5)
    assert means["condensate"] == pytest.approx(ring.condensate, rel=1e-5)
    assert np.abs(path.at(torus(4, 2)).z.imag).max() > width / 2


def test_a_model_of_angles_gets_it():
    """Built for a model: as many hidden units as the ratio says, and cos and sin of every angle as input."""
    contour = build_contour("dense", thirring(4, 4), hidden_ratio=0.5)
    assert (contour.size, contour.hidden, contour.angles) == (32, 16, True)
    weights = contour.network.unpack(np.zeros(contour.n_parameters))["hidden"]["weight"]
    assert weights.shape == (16, 64)


@pytest.mark.parametrize("ratio", [0.5, 1.5])
def test_it_runs_on_a_device(ratio, device):
    def case(xp):
        model = thirring(4, 4, xp=xp)
        contour = build_contour("dense", model, hidden_ratio=ratio)
        theta = random_parameters(contour)
        point = contour.evaluate(theta, xp.asarray(np.random.default_rng(1).normal(size=(5, model.size))))
        w, weight = model.at(point.z).gradient, complex_(xp, 5)
        return point.z, point.log_det(), point.pull_back(w), point.parameter_gradient(weight, w)

    assert_same(case, device)
