"""Principal components: what defines them, and that a linear autoencoder finds the same optimum."""

import numpy as np
import pytest

from pomflow import nn
from pomflow.random.stream import Stream

COUNT = 2


@pytest.fixture
def data(rng):
    """Correlated numbers around a mean other than 0, shape (60, 5)."""
    return rng.normal(size=(60, 5)) * [2.0, 1.5, 0.7, 0.5, 0.3] @ rng.normal(size=(5, 5)) + 3


def test_components_are_eigenvectors_of_the_covariance(data):
    """C v = variance v with NumPy's covariance, orthonormal, variances falling."""
    components, variances = nn.principal_components(data, 5)
    covariance = np.cov(data, rowvar=False, bias=True)
    np.testing.assert_allclose(components @ components.T, np.eye(5), atol=1e-13)
    np.testing.assert_allclose(components @ covariance, variances[:, None] * components, atol=1e-12)
    assert (np.diff(variances) < 0).all()
    assert variances.sum() == pytest.approx(np.trace(covariance))


def test_components_are_singular_vectors(data):
    """Another way to the same: the singular value decomposition of the centred data."""
    components, variances = nn.principal_components(data, COUNT)
    _, singular, rows = np.linalg.svd(data - data.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(variances, singular[:COUNT] ** 2 / len(data), rtol=1e-12)
    np.testing.assert_allclose(abs((components * rows[:COUNT]).sum(axis=1)), 1, rtol=1e-12)


def test_sign_is_definite(data):
    """The largest component is positive, also if all data are reflected."""
    components, _ = nn.principal_components(data, 5)
    reflected, _ = nn.principal_components(-data, 5)
    np.testing.assert_allclose(reflected, components, atol=1e-12)
    assert (components.max(axis=1) == abs(components).max(axis=1)).all()


@pytest.mark.parametrize("count", [0, 1, 3, 5])
def test_error_is_the_variance_left_out(data, count):
    components, _ = nn.principal_components(data, count)
    _, variances = nn.principal_components(data, 5)
    error = nn.reconstruction_error(data, components)
    assert error == pytest.approx(variances[count:].sum(), abs=1e-12)


def test_no_other_projection_is_better(data, rng):
    best = nn.reconstruction_error(data, nn.principal_components(data, COUNT)[0])
    for _ in range(100):
        other = np.linalg.qr(rng.normal(size=(5, COUNT)))[0].T
        assert nn.reconstruction_error(data, other) >= best


def test_linear_autoencoder_reaches_the_optimum(data):
    """Two dense layers by ``fit``: twice the loss is the error of the projection to 1e-4, and not below.

    The biases learn the mean; the rows of the decoder span the same space as the components.
    """
    network = nn.Network(encoder=nn.Dense(5, COUNT), decoder=nn.Dense(COUNT, 5))
    stream = Stream(1, "autoencoder")
    theta, _ = nn.fit(
        network,
        network.initial(stream),
        data,
        data,
        nn.SquaredError(),
        nn.Adam(),
        nn.hold_then_cosine(0.02),
        len(data),
        range(3000),
        stream,
    )
    components, _ = nn.principal_components(data, COUNT)
    optimum = nn.reconstruction_error(data, components)
    error = 2 * nn.SquaredError().value(network.forward(theta, data)[0], data)
    assert optimum <= error * (1 + 1e-12)
    assert error == pytest.approx(optimum, rel=1e-4)
    span = np.linalg.qr(network.unpack(theta)["decoder"]["weight"])[0]
    cosines = np.linalg.svd(components @ span, compute_uv=False)
    np.testing.assert_allclose(cosines, 1, atol=1e-3)
