"""Convolution by pattern frequencies, standardization, tied heads and balanced minibatches."""

import numpy as np
import pytest

from differences import gradient
from pomflow import nn
from pomflow.lattice import Lattice
from pomflow.models.ising.model import Ising
from pomflow.nn.configurations import configurations
from pomflow.random.stream import Stream
from pomflow.studies.ising.designs import pattern_frequencies

VALUES = np.array([0.1, 0.25, 0.3, 0.6])
LAYERS = {
    "patterns": (nn.PatternConvolution(configurations(2), 3, "square"), 4),
    "patterns, tanh": (nn.PatternConvolution(configurations(3), 2, "tanh"), 8),
    "standardize": (nn.Standardize(np.array([1.0, -2.0, 0.5]), np.array([2.0, 0.1, 1.0])), 3),
    "tied head": (nn.TiedHead(VALUES), 1),
}


@pytest.mark.parametrize("name", LAYERS)
def test_gradients(name, rng):
    """dx and the gradients of the parameters of sum(c y) against central differences."""
    layer, inputs = LAYERS[name]
    network = nn.Network(layer=layer)
    x, theta = rng.normal(size=(5, inputs)), rng.normal(size=network.size)
    y, tape = network.forward(theta, x)
    c = rng.normal(size=y.shape)
    dx, dtheta = network.backward(theta, tape, c)
    np.testing.assert_allclose(dx, gradient(lambda x: (c * network.forward(theta, x)[0]).sum(), x), atol=1e-8)
    expected = gradient(lambda theta: (c * network.forward(theta, x)[0]).sum(), theta)
    np.testing.assert_allclose(dtheta, expected, atol=1e-8)


@pytest.mark.parametrize("activation", ["square", "relu", "tanh"])
@pytest.mark.parametrize("shape", [(7,), (4, 6), (3, 2, 4)])
def test_patterns_are_convolution_activation_and_global_mean(shape, activation, rng):
    """The same numbers from spins, through the general layers, in one to three dimensions."""
    kernel, sites = (2,) * len(shape), int(np.prod(shape))
    spins = rng.choice([-1.0, 1.0], (6, sites))
    general = nn.Network(
        convolution=nn.Convolution(kernel, 1, 3), activation=nn.Activation(activation), mean=nn.GlobalMean()
    )
    layer = nn.PatternConvolution(configurations(2 ** len(shape)), 3, activation)
    # weights are (outputs, *kernel, 1) and (outputs, window): the same numbers in the same order
    theta = rng.normal(size=general.size)
    expected, _ = general.forward(theta, spins.reshape(6, *shape, 1))
    frequencies = pattern_frequencies(Ising(Lattice(shape)), spins)
    found, _ = nn.Network(patterns=layer).forward(theta, frequencies)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(frequencies.sum(axis=1), 1, rtol=1e-14)


def test_standardization_of_a_dataset(rng):
    """Mean 0 and variance 1; of a unit that never varies, rounding is not blown up."""
    x = np.column_stack([rng.normal(3, 5, 50), np.full(50, 2.0), np.full(50, 0.1), np.zeros(50)])
    assert 0 < x[:, 2].std() < 1e-15
    y, _ = nn.Standardize.of(x).forward({}, x)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(y.std(axis=0), [1, 0, 0, 0], atol=1e-14)


def test_tied_logits_are_those_of_boltzmann(rng):
    """With h the energy in units of the spread of beta, b = - ln Z: ln p(k|s) up to what classes share."""
    energy, log_z = rng.normal(size=(7, 1)), rng.normal(size=4)
    logits, _ = nn.TiedHead(VALUES).forward({"bias": -log_z}, energy * VALUES.std())
    expected = -energy * VALUES - log_z
    np.testing.assert_allclose(logits - logits[:, :1], expected - expected[:, :1], rtol=1e-12, atol=1e-14)


def test_balanced_minibatches_visit_every_class_equally():
    """Each minibatch has its share of every class, and no example is drawn twice in an epoch."""
    stream = Stream(1, "balanced")
    visits = nn.balanced(3)(33, 12, 0, stream)
    assert len(visits) == 2
    for chosen in visits:
        assert np.bincount(chosen // 11).tolist() == [4, 4, 4]
    together = np.concatenate(visits)
    assert len(set(together)) == len(together)
    assert not np.array_equal(together, np.concatenate(nn.balanced(3)(33, 12, 1, stream)))


def test_shuffled_minibatches_visit_everything_once():
    visits = nn.shuffled(20, 5, 0, Stream(1, "shuffled"))
    assert sorted(np.concatenate(visits)) == list(range(20))
    assert [len(chosen) for chosen in nn.shuffled(7, 3, 0, Stream(1, "shuffled"))] == [3, 3]
    assert [len(chosen) for chosen in nn.shuffled(7, 30, 0, Stream(1, "shuffled"))] == [7]
