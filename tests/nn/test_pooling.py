"""Pooling in one, two and three dimensions: the definition block by block, and central differences."""

import itertools
import math

import numpy as np
import pytest

from differences import gradient
from pomflow import nn

# lattice, window
CASES = [((6,), (3,)), ((4, 6), (2, 3)), ((4, 2, 6), (2, 1, 3)), ((3, 2), (3, 2)), ((3, 2), (1, 1))]
POOLS = {"mean": (nn.MeanPool, np.mean), "max": (nn.MaxPool, np.max)}


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]} by {case[1]}")
def case(request, rng):
    """(window, x); no two numbers of x are closer than the step of the differences."""
    lattice, window = request.param
    shape = (2, *lattice, 3)
    return window, rng.permutation(math.prod(shape)).reshape(shape) / 10


def assert_gradient(layer, x, rng):
    """backward's dx of the loss sum(c y) with random c."""
    y, tape = layer.forward({}, x)
    c = rng.normal(size=y.shape)
    dx, gradients = layer.backward({}, tape, c)
    assert gradients == {}
    assert dx.shape == x.shape
    expected = gradient(lambda x: (c * layer.forward({}, x)[0]).sum(), x)
    np.testing.assert_allclose(dx, expected, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", POOLS)
def test_pool_is_its_definition(name, case):
    """Block by block, cut out by slices."""
    pool, function = POOLS[name]
    window, x = case
    y, _ = pool(window).forward({}, x)
    coarse = [extent // width for extent, width in zip(x.shape[1:-1], window, strict=True)]
    assert y.shape == (len(x), *coarse, x.shape[-1])
    for block in itertools.product(*map(range, coarse)):
        cut = tuple(slice(b * width, (b + 1) * width) for b, width in zip(block, window, strict=True))
        axes = tuple(range(1, x.ndim - 1))
        expected = function(x[(slice(None), *cut)], axis=axes)
        np.testing.assert_allclose(y[(slice(None), *block)], expected, rtol=1e-14)


@pytest.mark.parametrize("name", POOLS)
def test_gradient_of_pools(name, case, rng):
    window, x = case
    assert_gradient(POOLS[name][0](window), x, rng)


@pytest.mark.parametrize("layer", [nn.GlobalMean(), nn.Flatten()], ids=["global mean", "flatten"])
def test_gradient_of_the_others(layer, case, rng):
    assert_gradient(layer, case[1], rng)


def test_the_first_of_equal_maxima_has_the_gradient():
    """All sites equal: every block gives its gradient to its first site, whole."""
    layer, x = nn.MaxPool((2, 2)), np.ones((1, 4, 2, 1))
    y, tape = layer.forward({}, x)
    dx, _ = layer.backward({}, tape, np.array([3.0, 5.0]).reshape(y.shape))
    np.testing.assert_array_equal(dx[0, ..., 0], [[3, 0], [0, 0], [5, 0], [0, 0]])


def test_global_mean_by_hand(case):
    x = case[1]
    y, _ = nn.GlobalMean().forward({}, x)
    np.testing.assert_allclose(y, x.mean(axis=tuple(range(1, x.ndim - 1))), rtol=1e-14)


def test_flatten_keeps_the_order(case):
    x = case[1]
    y, _ = nn.Flatten().forward({}, x)
    np.testing.assert_array_equal(y, [example.ravel() for example in x])


@pytest.mark.parametrize("pool", [nn.MeanPool, nn.MaxPool])
@pytest.mark.parametrize("window", [(2, 3), (3, 2), (2,), (2, 2, 1)])
def test_blocks_that_do_not_tile_the_lattice(pool, window):
    with pytest.raises(ValueError, match=r"do not tile a lattice of \(4, 4\)"):
        pool(window).forward({}, np.zeros((1, 4, 4, 1)))


def test_a_convolutional_network(rng):
    """All layers together in a network: dx and dtheta by central differences."""
    network = nn.Network(
        filters=nn.Convolution((2, 2), 1, 3),
        square=nn.Activation("square"),
        pool=nn.MaxPool((2, 1)),
        mix=nn.Convolution((2, 3), 3, 2),
        halve=nn.MeanPool((1, 2)),
        flat=nn.Flatten(),
        output=nn.Dense(8, 2),
    )
    theta, x = rng.normal(size=network.size), rng.normal(size=(2, 4, 4, 1))
    y, tape = network.forward(theta, x)
    c = rng.normal(size=y.shape)
    dx, dtheta = network.backward(theta, tape, c)

    def loss(theta, x):
        return (c * network.forward(theta, x)[0]).sum()

    np.testing.assert_allclose(dx, gradient(lambda x: loss(theta, x), x), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(dtheta, gradient(lambda p: loss(p, x), theta), rtol=1e-6, atol=1e-6)
