"""Supervised training: it learns what it must, sees every example, and is a function of its stream."""

import itertools
import math

import numpy as np
import pytest

from pomflow import nn
from pomflow.errors import DivergenceError
from pomflow.nn.train import require_finite
from pomflow.random.stream import Stream

XOR_INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_LABELS = np.array([0, 1, 1, 0])


class Recorder:
    """A network without parameters that notes which examples it is shown."""

    def __init__(self):
        self.seen = []

    def forward(self, theta, x):
        self.seen.append(x[:, 0].astype(int).tolist())
        return x, None

    def backward(self, theta, tape, dy):
        return dy, theta * 0


def constant(value: float):
    return lambda fraction: value


def learn_xor(batch: int, epochs: int, seed: int = 1, rate=None):
    network = nn.Network(hidden=nn.Dense(2, 8), squash=nn.Activation("tanh"), output=nn.Dense(8, 2))
    stream = Stream(seed, "xor")
    theta, history = nn.fit(
        network,
        network.initial(stream.child("start")),
        XOR_INPUTS,
        XOR_LABELS,
        nn.CrossEntropy(),
        nn.Adam(),
        rate or constant(0.05),
        batch,
        range(epochs),
        stream.child("order"),
    )
    return network.forward(theta, XOR_INPUTS)[0].argmax(axis=1), theta, history


@pytest.mark.parametrize("batch", [1, 2, 4, 100], ids=lambda batch: f"batch {batch}")
def test_two_layers_learn_xor(batch):
    """No linear network can; minibatches, online learning, full batch and a batch beyond the data all do."""
    answer, _, history = learn_xor(batch, 200)
    np.testing.assert_array_equal(answer, XOR_LABELS)
    assert len(history) == 200
    assert history[-1] < 0.05 < history[0]


def test_one_layer_cannot_learn_xor():
    """The control of the test above: without a hidden layer the best loss is ln 2."""
    network, stream = nn.Network(output=nn.Dense(2, 2)), Stream(1, "xor")
    _, history = nn.fit(
        network,
        network.initial(stream),
        XOR_INPUTS,
        XOR_LABELS,
        nn.CrossEntropy(),
        nn.Adam(),
        constant(0.05),
        4,
        range(300),
        stream,
    )
    assert history[-1] == pytest.approx(np.log(2), abs=1e-3)


def visited(count: int, batch: int, epochs: int):
    """Examples shown in each minibatch of each epoch."""
    network, inputs = Recorder(), np.arange(count, dtype=float)[:, None]
    nn.fit(
        network,
        np.zeros(0),
        inputs,
        inputs,
        nn.SquaredError(),
        nn.SGD(),
        constant(0.1),
        batch,
        range(epochs),
        Stream(3, "visits"),
    )
    per_epoch = len(network.seen) // epochs
    return [network.seen[e * per_epoch : (e + 1) * per_epoch] for e in range(epochs)]


def flat(epoch):
    return list(itertools.chain.from_iterable(epoch))


@pytest.mark.parametrize("batch", [1, 4, 12, 50])
def test_an_epoch_visits_every_example_once(batch):
    for epoch in visited(12, batch, 3):
        assert all(len(chosen) == min(batch, 12) for chosen in epoch)
        assert sorted(flat(epoch)) == list(range(12))


def test_an_incomplete_minibatch_is_left_out():
    """13 examples in minibatches of 4: three of them, 12 different examples, another one left each time."""
    epochs = visited(13, 4, 6)
    assert all(len(epoch) == 3 for epoch in epochs)
    assert all(len(set(flat(epoch))) == 12 for epoch in epochs)
    assert len({min(set(range(13)) - set(flat(epoch))) for epoch in epochs}) > 1


def test_every_epoch_has_another_order():
    orders = {tuple(flat(epoch)) for epoch in visited(12, 4, 10)}
    assert len(orders) == 10


def test_the_same_stream_gives_the_same_network():
    """Bit for bit; another seed gives another one."""
    _, first, history = learn_xor(2, 20)
    _, second, again = learn_xor(2, 20)
    _, other, _ = learn_xor(2, 20, seed=2)
    np.testing.assert_array_equal(first, second)
    assert history == again
    assert not np.array_equal(first, other)


def test_the_rate_follows_the_fraction_of_training_done():
    """Called once a minibatch with 0, 1/n, ..., (n-1)/n."""
    fractions = []

    def rate(fraction):
        fractions.append(fraction)
        return 0.01

    learn_xor(2, 5, rate=rate)
    np.testing.assert_allclose(fractions, np.arange(10) / 10)


def test_full_batch_gradient_descent_of_a_line():
    """One epoch of full batch is one step of theta - rate * gradient, by hand."""
    network = nn.Network(line=nn.Dense(1, 1))
    x, target = np.array([[1.0], [2.0], [4.0]]), np.array([[2.0], [3.0], [7.0]])
    theta, history = nn.fit(
        network,
        np.array([0.5, 1.0]),
        x,
        target,
        nn.SquaredError(),
        nn.SGD(),
        constant(0.1),
        3,
        range(1),
        Stream(1, "line"),
    )
    residual = 0.5 * x + 1 - target
    expected = [0.5 - 0.1 * (residual * x).mean(), 1 - 0.1 * residual.mean()]
    np.testing.assert_allclose(theta, expected, rtol=1e-13)
    assert history == [pytest.approx((residual**2).mean() / 2)]


def test_a_loss_that_is_no_number_stops_a_training():
    require_finite([1.0, 0.5], "here", "rate")
    with pytest.raises(DivergenceError, match=r"here: the loss of epoch 1 is nan\. Lower rate"):
        require_finite([1.0, math.nan, 0.5], "here", "rate")
