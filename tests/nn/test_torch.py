"""Every layer, loss and optimizer against PyTorch in float64; skipped where PyTorch is not installed.

``pip install -e '.[torch]'`` installs it. PyTorch has channels first: ``first`` and ``last`` move them.
"""

import numpy as np
import pytest

from pomflow import nn
from pomflow.nn.configurations import configurations

torch = pytest.importorskip("torch")
functional = torch.nn.functional

TOLERANCE = {"rtol": 1e-12, "atol": 1e-12}
CONVOLUTIONS = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
MAX_POOLS = {1: functional.max_pool1d, 2: functional.max_pool2d, 3: functional.max_pool3d}
MEAN_POOLS = {1: functional.avg_pool1d, 2: functional.avg_pool2d, 3: functional.avg_pool3d}
ACTIVATIONS = {
    "identity": lambda x: x,
    "step": lambda x: torch.relu(torch.sign(x)),
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "square": torch.square,
}


def first(x):
    return x.movedim(-1, 1)


def last(x):
    return x.movedim(1, -1)


def convolution(x, weight, bias):
    """Their circular padding, after the last site of each direction only; the last direction comes first."""
    kernel = weight.shape[1:-1]
    padding = [number for width in reversed(kernel) for number in (0, width - 1)]
    padded = functional.pad(first(x), padding, mode="circular")
    return last(CONVOLUTIONS[len(kernel)](padded, first(weight), bias))


def pool(functions, window):
    return lambda x: last(functions[len(window)](first(x), window))


LABELS = np.array([0.1, 0.2, 0.4])
STANDARD = (LABELS - LABELS.mean()) / LABELS.std()


def patterns(x, weight, bias):
    """Of a window of two sites, in the order --, +-, -+, ++."""
    spins = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]], dtype=torch.float64)
    return x @ torch.square(functional.linear(spins, weight, bias))


# layer, shape of the input, the same in PyTorch as a function of the input and of the parameters by name
CASES = {
    "dense": (nn.Dense(4, 3), (5, 4), lambda x, weight, bias: functional.linear(x, weight, bias)),
    "scale": (nn.Scale(4), (5, 4), lambda x, alpha, beta: alpha * x + beta),
    "softmax": (nn.Softmax(), (5, 4), lambda x: torch.softmax(x, dim=-1)),
    "convolution, ring": (nn.Convolution((3,), 2, 4), (3, 7, 2), convolution),
    "convolution, plane": (nn.Convolution((3, 2), 2, 4), (3, 4, 6, 2), convolution),
    "convolution, space": (nn.Convolution((2, 3, 2), 2, 4), (3, 4, 3, 5, 2), convolution),
    "max, ring": (nn.MaxPool((3,)), (2, 6, 3), pool(MAX_POOLS, (3,))),
    "max, plane": (nn.MaxPool((2, 3)), (2, 4, 6, 3), pool(MAX_POOLS, (2, 3))),
    "max, space": (nn.MaxPool((2, 1, 3)), (2, 4, 2, 6, 3), pool(MAX_POOLS, (2, 1, 3))),
    "mean, ring": (nn.MeanPool((3,)), (2, 6, 3), pool(MEAN_POOLS, (3,))),
    "mean, plane": (nn.MeanPool((2, 3)), (2, 4, 6, 3), pool(MEAN_POOLS, (2, 3))),
    "mean, space": (nn.MeanPool((2, 1, 3)), (2, 4, 2, 6, 3), pool(MEAN_POOLS, (2, 1, 3))),
    "global mean": (nn.GlobalMean(), (2, 4, 6, 3), lambda x: x.mean(dim=(1, 2))),
    "flatten": (nn.Flatten(), (2, 4, 6, 3), lambda x: x.flatten(1)),
    "patterns": (nn.PatternConvolution(configurations(2), 3, "square"), (5, 4), patterns),
    "standardize": (nn.Standardize(0.5, 2.0), (5, 4), lambda x: (x - 0.5) / 2),
    "tied head": (nn.TiedHead(LABELS), (5, 1), lambda x, bias: bias - x * torch.tensor(STANDARD)),
    **{name: (nn.Activation(name), (5, 4), f) for name, f in ACTIVATIONS.items()},
}
OPTIMIZERS = {
    "sgd": (nn.SGD(), lambda theta: torch.optim.SGD(theta, lr=0.1)),
    "momentum": (nn.Momentum(0.8), lambda theta: torch.optim.SGD(theta, lr=0.1, momentum=0.8)),
    "adam": (nn.Adam(0.8, 0.95, 1e-6), lambda theta: torch.optim.Adam(theta, 0.1, (0.8, 0.95), 1e-6)),
}


def tracked(array):
    return torch.tensor(array, requires_grad=True)


def test_every_layer_and_activation_is_compared():
    """A layer that is exported later fails here until it has a case."""
    layers = {value for value in vars(nn).values() if isinstance(value, type) and issubclass(value, nn.Layer)}
    assert {type(layer) for layer, _, _ in CASES.values()} == layers - {nn.Layer}
    assert ACTIVATIONS.keys() == nn.ELEMENTWISE.keys()


@pytest.mark.parametrize("name", CASES)
def test_layer(name, rng):
    """y, dx and the gradients of all parameters for the loss sum(c y) with random c."""
    layer, shape, theirs = CASES[name]
    parameters = {part: rng.normal(size=size) for part, size in layer.shapes.items()}
    x = rng.normal(size=shape)
    y, tape = layer.forward(parameters, x)
    c = rng.normal(size=y.shape)
    dx, gradients = layer.backward(parameters, tape, c)
    their_x, their_parameters = tracked(x), {part: tracked(value) for part, value in parameters.items()}
    their_y = theirs(their_x, **their_parameters)
    np.testing.assert_allclose(y, their_y.detach().numpy(), **TOLERANCE)
    their_y.backward(torch.tensor(c))
    np.testing.assert_allclose(dx, their_x.grad.numpy(), **TOLERANCE)
    for part, value in their_parameters.items():
        np.testing.assert_allclose(gradients[part], value.grad.numpy(), **TOLERANCE)


def test_equal_maxima_choose_the_same_site(rng):
    """Spins +-1 have ties in nearly every block; PyTorch takes the first site too."""
    layer, x = nn.MaxPool((2, 2)), rng.choice([-1.0, 1.0], size=(4, 6, 6, 2))
    y, tape = layer.forward({}, x)
    c, their_x = rng.normal(size=y.shape), tracked(x)
    pool(MAX_POOLS, (2, 2))(their_x).backward(torch.tensor(c))
    np.testing.assert_array_equal(layer.backward({}, tape, c)[0], their_x.grad.numpy())


def test_cross_entropy(rng):
    logits, labels = rng.normal(size=(6, 3)), np.array([0, 2, 1, 1, 0, 2])
    theirs = tracked(logits)
    loss = functional.cross_entropy(theirs, torch.tensor(labels))
    loss.backward()
    np.testing.assert_allclose(nn.CrossEntropy().value(logits, labels), loss.item(), **TOLERANCE)
    np.testing.assert_allclose(nn.CrossEntropy().gradient(logits, labels), theirs.grad.numpy(), **TOLERANCE)


def test_squared_error(rng):
    """Their mean is over all numbers, ours over the batch, with the factor 1/2."""
    prediction, target = rng.normal(size=(6, 3)), rng.normal(size=(6, 3))
    theirs = tracked(prediction)
    loss = functional.mse_loss(theirs, torch.tensor(target)) * 3 / 2
    loss.backward()
    np.testing.assert_allclose(nn.SquaredError().value(prediction, target), loss.item(), **TOLERANCE)
    gradient = nn.SquaredError().gradient(prediction, target)
    np.testing.assert_allclose(gradient, theirs.grad.numpy(), **TOLERANCE)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer(name, rng):
    """Three steps on sum(theta^4) / 4, one at a time."""
    ours, make = OPTIMIZERS[name]
    theta = rng.normal(size=5)
    state, their_theta = ours.start(theta), tracked(theta)
    theirs = make([their_theta])
    for _ in range(3):
        theta, state = ours.step(theta, theta**3, state, 0.1)
        theirs.zero_grad()
        (their_theta**4 / 4).sum().backward()
        theirs.step()
        np.testing.assert_allclose(theta, their_theta.detach().numpy(), **TOLERANCE)
