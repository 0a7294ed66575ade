"""The gauge-invariant path: derivatives, determinant, symmetries, and an integral that it leaves as it is."""

import numpy as np
import pytest

from builders import build_contour, random_parameters
from pomflow.contours.check import deviations
from pomflow.contours.path import Path
from pomflow.lattice import Lattice
from pomflow.models.u1_gauge.action import U1Gauge
from pomflow.models.u1_gauge.torus import Torus
from pomflow.plaquettes import Plaquettes
from pomflow.random.stream import Stream
from small_models import assert_derivatives, points

SHAPES = ((2, 2), (3, 2), (3, 4))
OVER_SHAPES = pytest.mark.parametrize("shape", SHAPES, ids=str)


def gauge(*shape: int) -> U1Gauge:
    return U1Gauge(Lattice(shape), beta_re=0.9, beta_im=0.6, theta=2.0)


def contour_of(model, harmonics: int = 2):
    return build_contour("gauge", model, harmonics=harmonics)


# --- the curl -----------------------------------------------------------------------------------------------


@OVER_SHAPES
def test_the_transposed_curl(shape, rng):
    """<f, C A> = <C^T f, A>."""
    curl = Plaquettes(Lattice(shape))
    links, values = rng.normal(size=(5, 2 * np.prod(shape))), rng.normal(size=(5, np.prod(shape)))
    np.testing.assert_allclose(
        (values * curl.of(links)).sum(axis=1), (curl.transposed(values) * links).sum(axis=1), rtol=1e-12
    )


@OVER_SHAPES
def test_the_propagator(shape):
    """C^T G is the pseudo-inverse of C."""
    curl, n = Plaquettes(Lattice(shape)), 2 * int(np.prod(shape))
    matrix = curl.of(np.eye(n)).T
    found = curl.transposed(curl.propagator).T
    np.testing.assert_allclose(found, np.linalg.pinv(matrix), atol=1e-13)


# --- the path -----------------------------------------------------------------------------------------------


@OVER_SHAPES
@pytest.mark.parametrize("harmonics", [1, 3])
def test_against_central_differences(shape, harmonics, rng):
    model = gauge(*shape)
    contour = contour_of(model, harmonics)
    theta, t = random_parameters(contour), points(model, rng, 3)
    found = deviations(contour, model, theta, t, Stream(1, "check"))
    assert max(found.values()) < 1e-7, found
    assert_derivatives(contour, model, theta, t, rng)


@OVER_SHAPES
def test_heights_of_plaquettes(shape, rng):
    """Im P is the function of plaquette and means, minus its mean, written out plaquette by plaquette."""
    model = gauge(*shape)
    contour = contour_of(model)
    theta, t = random_parameters(contour), points(model, rng, 3)
    direct, coupled = contour.prepare(theta)
    p = model.plaquettes.of(t)
    features = np.stack([np.cos(p), np.cos(2 * p), np.sin(p), np.sin(2 * p)], axis=-1)
    for row, phi in enumerate(features):
        heights = np.array([one @ (direct + coupled @ phi.mean(axis=0)) for one in phi])
        found = model.plaquettes.of(contour.evaluate(theta, t).z)[row]
        np.testing.assert_allclose(found, p[row] + 1j * (heights - heights.mean()), atol=1e-12)


@OVER_SHAPES
def test_symmetries(shape, rng):
    """Gauge transformations, periods and constants change no height; translations move it."""
    model = gauge(*shape)
    contour, n = contour_of(model), model.lattice.volume
    theta, t = random_parameters(contour), points(model, rng, 3)
    here, omega = contour.evaluate(theta, t), rng.normal(size=(3, n))
    change = np.concatenate([omega - omega[:, ahead] for ahead in model.lattice.forward], axis=1)
    change += 2 * np.pi * rng.integers(-2, 3, size=t.shape) + np.repeat([0.3, -1.1], n)
    there = contour.evaluate(theta, t + change)
    np.testing.assert_allclose(there.z.imag, here.z.imag, atol=1e-11)
    np.testing.assert_allclose(np.exp(there.log_det() - here.log_det()), 1, atol=1e-11)
    moved = np.roll(t.reshape(3, 2, *shape), (1, 1), axis=(2, 3)).reshape(t.shape)
    expected = np.roll(here.z.imag.reshape(3, 2, *shape), (1, 1), axis=(2, 3)).reshape(t.shape)
    np.testing.assert_allclose(contour.evaluate(theta, moved).z.imag, expected, atol=1e-12)


def test_it_starts_on_the_torus_and_moves_to_larger_lattices(rng):
    """A field that repeats itself has heights that repeat themselves, on twice the extents."""
    small, large = gauge(3, 3), gauge(6, 6)
    first, second = contour_of(small), contour_of(large)
    np.testing.assert_array_equal(first.initial_parameters(Stream(1, "start")), 0)
    theta, field = random_parameters(first), rng.normal(size=(2, 3, 3))
    y = first.evaluate(theta, field.reshape(1, -1)).z.imag.reshape(field.shape)
    repeated = np.tile(field, (1, 2, 2)).reshape(1, -1)
    found = second.evaluate(second.transferred(theta, first), repeated).z.imag.reshape(2, 6, 6)
    np.testing.assert_allclose(found, np.tile(y, (1, 2, 2)), atol=1e-12)


@pytest.mark.parametrize("width", [0.05, 0.15])
def test_the_integral_over_the_torus_is_the_same(width):
    """Z and all means of 2x2 on a random path, by the trapezoidal rule in three of four plaquettes."""
    model = gauge(2, 2)
    contour = contour_of(model, harmonics=1)
    axis = 2 * np.pi * np.arange(40) / 40
    p = np.stack(np.meshgrid(*[axis] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    p = np.concatenate((p, -p.sum(axis=1, keepdims=True)), axis=1)
    t = np.linalg.lstsq(model.plaquettes.of(np.eye(8)).T, p.T, rcond=None)[0].T
    path = Path(model, contour, random_parameters(contour, width=width))
    weight, point = np.exp(path.log_weight(t)), model.at(path.at(t).z)
    exact, torus = model.exact_values(), Torus(4, model.beta, model.theta)
    assert np.angle(weight.mean()) == pytest.approx(torus.partition_phase, abs=1e-6)
    for name, one in model.observables().items():
        mean = (weight * one.measure(point)).mean() / weight.mean()
        assert mean.real == pytest.approx(exact[name].value, abs=1e-6), name
        assert mean.imag == pytest.approx(exact[f"{name}_im"].value, abs=1e-6), name
    assert np.abs(path.at(t).z.imag).max() > width / 2
