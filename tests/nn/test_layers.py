"""Layers, activations and networks: every derivative against central differences."""

import math

import numpy as np
import pytest

from differences import directional, gradient
from pomflow import nn
from pomflow.nn.activations import softmax
from pomflow.random.stream import Stream

LAYERS = {
    "dense": nn.Dense(4, 3),
    "dense, one input": nn.Dense(1, 2),
    "scale": nn.Scale(4, 0.7),
    "softmax": nn.Softmax(),
    **{name: nn.Activation(name) for name in nn.ELEMENTWISE},
}
SMOOTH = [name for name in LAYERS if name != "step"]


def inputs_of(layer) -> int:
    return layer.shapes["weight"][1] if "weight" in layer.shapes else 4


def random_parameters(layer, rng) -> dict:
    return {name: rng.normal(size=shape) for name, shape in layer.shapes.items()}


@pytest.mark.parametrize("name", SMOOTH)
def test_gradient_with_respect_to_the_input(name, rng):
    """backward's dx for the loss sum(c y) with random c."""
    layer = LAYERS[name]
    parameters, x = random_parameters(layer, rng), rng.normal(size=(5, inputs_of(layer)))
    y, tape = layer.forward(parameters, x)
    c = rng.normal(size=y.shape)
    dx, _ = layer.backward(parameters, tape, c)
    expected = gradient(lambda x: (c * layer.forward(parameters, x)[0]).sum(), x)
    np.testing.assert_allclose(dx, expected, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", [name for name in LAYERS if LAYERS[name].shapes])
def test_gradient_with_respect_to_the_parameters(name, rng):
    """backward's gradients of the loss sum(c y) for every parameter array."""
    layer = LAYERS[name]
    parameters, x = random_parameters(layer, rng), rng.normal(size=(5, inputs_of(layer)))
    y, tape = layer.forward(parameters, x)
    c = rng.normal(size=y.shape)
    _, gradients = layer.backward(parameters, tape, c)
    assert gradients.keys() == layer.shapes.keys()
    for part in layer.shapes:
        expected = gradient(
            lambda value, part=part: (c * layer.forward(parameters | {part: value}, x)[0]).sum(),
            parameters[part],
        )
        np.testing.assert_allclose(gradients[part], expected, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", LAYERS)
def test_backward_leaves_its_arguments_alone(name, rng):
    """Nothing is changed in place: the caller may use dy, the tape and the parameters again."""
    layer = LAYERS[name]
    parameters, x = random_parameters(layer, rng), rng.normal(size=(5, inputs_of(layer)))
    y, tape = layer.forward(parameters, x)
    copy, dy = y.copy(), np.ones_like(y)
    first = layer.backward(parameters, tape, dy)[0]
    np.testing.assert_array_equal(layer.backward(parameters, tape, dy)[0], first)
    np.testing.assert_array_equal(dy, 1)
    np.testing.assert_array_equal(y, copy)


@pytest.mark.parametrize("name", nn.ELEMENTWISE)
def test_slope(name):
    """f' against differences of f, away from the kinks at 0."""
    function = nn.ELEMENTWISE[name]
    x = np.linspace(-3, 3, 24)
    assert np.abs(x).min() > 0.1
    one = np.ones_like(x)
    slope = directional(function.value, x, one)
    np.testing.assert_allclose(function.slope(x, function.value(x)), slope, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("identity", lambda x: x),
        ("step", lambda x: 1.0 if x > 0 else 0.0),
        ("relu", lambda x: max(x, 0.0)),
        ("sigmoid", lambda x: 1 / (1 + math.exp(-x))),
        ("tanh", math.tanh),
        ("square", lambda x: x**2),
    ],
)
def test_activations_are_the_named_functions(name, expected):
    x = np.array([-30.0, -2.0, -0.1, 0.0, 0.3, 5.0, 30.0])
    np.testing.assert_allclose(nn.ELEMENTWISE[name].value(x), [expected(v) for v in x], atol=1e-15)


def test_activations_do_not_overflow():
    """Every function and derivative is finite at |x| = 1e4 (warnings are errors here)."""
    x = np.array([-1e4, 1e4])
    for function in nn.ELEMENTWISE.values():
        y = function.value(x)
        assert np.isfinite([y, function.slope(x, y)]).all()


def test_softmax_is_a_probability_for_any_logits(rng):
    """exp(x) / sum exp(x); the shift by a constant changes nothing, and 1e4 does not overflow."""
    x = rng.normal(size=(3, 5))
    np.testing.assert_allclose(softmax(x), np.exp(x) / np.exp(x).sum(axis=1, keepdims=True), rtol=1e-14)
    np.testing.assert_allclose(softmax(x + 1e4), softmax(x), rtol=1e-11)
    np.testing.assert_array_equal(softmax(np.array([[1e4, -1e4, 0.0]])), [[1.0, 0.0, 0.0]])


def test_dense_starts_with_variance_one_over_inputs():
    """Weights: mean 0 and variance 1/inputs within 4 standard errors; bias exactly 0."""
    start = nn.Dense(50, 400).initial(Stream(1, "dense"))
    weights = start["weight"].ravel() * math.sqrt(50)
    assert abs(weights.mean()) < 4 / math.sqrt(len(weights))
    assert abs((weights**2).mean() - 1) < 4 * math.sqrt(2 / len(weights))
    assert (start["bias"] == 0).all()


def test_scale_starts_at_its_amplitude():
    start = nn.Scale(3, 0.05).initial(Stream(1, "scale"))
    np.testing.assert_array_equal(start["alpha"], [0.05] * 3)
    np.testing.assert_array_equal(start["beta"], [0.0] * 3)


@pytest.fixture
def network():
    return nn.Network(
        hidden=nn.Dense(3, 5),
        squash=nn.Activation("tanh"),
        output=nn.Dense(5, 2),
        bound=nn.Activation("sigmoid"),
        scale=nn.Scale(2, 1.5),
        probabilities=nn.Softmax(),
    )


def test_unpack_and_store_are_inverse(network, rng):
    """Every parameter has one place: the layers' arrays tile the flat vector in order."""
    theta = rng.normal(size=network.size)
    parts = network.unpack(theta)
    assert network.size == 3 * 5 + 5 + 5 * 2 + 2 + 2 + 2
    flat = [value.ravel() for layer in parts.values() for value in layer.values()]
    np.testing.assert_array_equal(np.concatenate(flat), theta)
    copy = np.full(network.size, np.nan)
    for name, values in parts.items():
        network.store(copy, name, values)
    np.testing.assert_array_equal(copy, theta)


def test_unpack_gives_views(network):
    theta = np.zeros(network.size)
    network.unpack(theta)["output"]["weight"][1, 4] = 3.0
    assert theta[20 + 9] == 3.0
    assert np.count_nonzero(theta) == 1


def test_initial_layers_draw_from_streams_of_their_own(network):
    """Layers of equal shape do not start equal, and a layer keeps its start if another is added."""
    stream = Stream(1, "network")
    twins = nn.Network(a=nn.Dense(3, 3), b=nn.Dense(3, 3))
    parts = twins.unpack(twins.initial(stream))
    assert not (parts["a"]["weight"] == parts["b"]["weight"]).any()
    alone = nn.Network(b=nn.Dense(3, 3))
    np.testing.assert_array_equal(alone.unpack(alone.initial(stream))["b"]["weight"], parts["b"]["weight"])


def test_network_gradients(network, rng):
    """Back-propagation through all layers: dx and dtheta of sum(c y) against central differences."""
    theta, x = rng.normal(size=network.size), rng.normal(size=(4, 3))
    y, tape = network.forward(theta, x)
    c = rng.normal(size=y.shape)
    dx, dtheta = network.backward(theta, tape, c)

    def loss(theta, x):
        return (c * network.forward(theta, x)[0]).sum()

    np.testing.assert_allclose(dx, gradient(lambda x: loss(theta, x), x), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(dtheta, gradient(lambda p: loss(p, x), theta), rtol=1e-7, atol=1e-9)


def test_softmax_with_squared_error(rng):
    """The published pairing of the classifier: gradient of the loss through softmax."""
    network = nn.Network(output=nn.Dense(3, 2), probabilities=nn.Softmax())
    theta, x, target = rng.normal(size=network.size), rng.normal(size=(6, 3)), np.eye(2)[[0, 1, 1, 0, 1, 0]]
    loss = nn.SquaredError()
    y, tape = network.forward(theta, x)
    _, dtheta = network.backward(theta, tape, loss.gradient(y, target))
    expected = gradient(lambda p: loss.value(network.forward(p, x)[0], target), theta)
    np.testing.assert_allclose(dtheta, expected, rtol=1e-7, atol=1e-10)
