"""The network library on the double of CuPy, and on a GPU where one works: the numbers of NumPy."""

import numpy as np
import pytest

from on_device import assert_same, real
from pomflow import nn
from pomflow.nn.configurations import configurations
from pomflow.random.stream import Stream


def small_network():
    return nn.Network(
        first=nn.Dense(4, 6), squash=nn.Activation("tanh"), second=nn.Dense(6, 3), scale=nn.Scale(3, 2.0)
    )


@pytest.mark.parametrize("name", nn.ELEMENTWISE)
def test_activations(name, device):
    def case(xp):
        function, x = nn.ELEMENTWISE[name], real(xp, 5, 3)
        y = function.value(x)
        return y, function.slope(x, y)

    assert_same(case, device)


def test_network_and_softmax(device):
    def case(xp):
        network = nn.Network(**small_network().layers, probabilities=nn.Softmax())
        theta = network.initial(Stream(1, "network", xp=xp))
        y, tape = network.forward(theta, real(xp, 5, 4))
        return theta, y, network.backward(theta, tape, y + 1)

    assert_same(case, device)


def test_losses(device):
    def case(xp):
        prediction, labels = real(xp, 5, 3), xp.asarray(np.array([0, 2, 1, 1, 0]))
        squared, entropy = nn.SquaredError(), nn.CrossEntropy()
        target = 2 * prediction[::-1]
        return (
            squared.value(prediction, target),
            squared.gradient(prediction, target),
            entropy.value(prediction, labels),
            entropy.gradient(prediction, labels),
        )

    assert_same(case, device)


@pytest.mark.parametrize("optimizer", [nn.SGD(), nn.Momentum(), nn.Adam()], ids=repr)
def test_optimizers(optimizer, device):
    def case(xp):
        theta, state = real(xp, 7), optimizer.start(real(xp, 7))
        for _ in range(3):
            theta, state = optimizer.step(theta, theta**3, state, 0.1)
        return theta, state

    assert_same(case, device)


def test_fit(device):
    """One wait for the device an epoch is allowed: the loss is written down."""

    def case(xp):
        network, stream = small_network(), Stream(1, "fit", xp=xp)
        inputs, labels = real(xp, 20, 4), xp.asarray(np.arange(20) % 3)
        theta = network.initial(stream.child("start"))
        return nn.fit(
            network,
            theta,
            inputs,
            labels,
            nn.CrossEntropy(),
            nn.Adam(),
            nn.hold_then_cosine(0.01),
            8,
            range(4),
            stream,
        )

    assert_same(case, device, synchronizes=True)


@pytest.mark.parametrize(
    ("layer", "lattice"),
    [
        (nn.Convolution((3,), 2, 3), (5,)),
        (nn.Convolution((3, 2), 2, 3), (4, 6)),
        (nn.Convolution((2, 5, 1), 2, 3), (2, 2, 3)),
        (nn.MeanPool((2, 3)), (4, 6)),
        (nn.MaxPool((2, 3)), (4, 6)),
        (nn.GlobalMean(), (4, 6)),
        (nn.Flatten(), (4, 6)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Layer) else str(value),
)
def test_lattice_layers(layer, lattice, device):
    def case(xp):
        parameters, x = layer.initial(Stream(1, "layer", xp=xp)), real(xp, 3, *lattice, 2)
        y, tape = layer.forward(parameters, x)
        return parameters, y, layer.backward(parameters, tape, y + 1)

    assert_same(case, device)


def test_principal_components(device):
    def case(xp):
        x = real(xp, 20, 5)
        components, variances = nn.principal_components(x, 3)
        return components, variances, nn.reconstruction_error(x, components)

    assert_same(case, device)


def test_rbm(device):
    def case(xp):
        machine, stream = nn.RBM(4, 3), Stream(1, "rbm", xp=xp)
        theta, v = machine.initial(stream) + 0.1, nn.configurations(4, xp)
        chains = machine.gibbs(theta, v, range(3), stream)
        exact = machine.log_partition(theta), machine.exact_gradient(theta, chains)
        arguments = nn.Adam(), nn.hold_then_cosine(0.01), 4, 2, range(3), stream
        return machine.free_energy(theta, v), chains, *exact, *nn.fit_rbm(machine, theta, v, v, *arguments)

    assert_same(case, device)


def test_pattern_convolution(device):
    def case(xp):
        layer, x = nn.PatternConvolution(configurations(2), 3, "square"), real(xp, 5, 4)
        parameters = layer.initial(Stream(1, "patterns", xp=xp))
        y, tape = layer.forward(parameters, x)
        return y, layer.backward(parameters, tape, y)

    assert_same(case, device)


def test_standardization_and_tied_head(device):
    def case(xp):
        x, head = real(xp, 5, 1), nn.TiedHead(xp.asarray(np.array([0.1, 0.2, 0.4])))
        standardize = nn.Standardize.of(x)
        y, tape = head.forward(head.initial(Stream(1, "head", xp=xp)), standardize.forward({}, x)[0])
        dx, gradients = head.backward({}, tape, y + 1)
        return y, standardize.backward({}, None, dx), gradients

    assert_same(case, device)


def test_balanced_minibatches(device):
    assert_same(lambda xp: nn.balanced(3)(33, 12, 5, Stream(1, "balanced", xp=xp)), device)
