"""Back-propagation gives the gradient of every layer exactly; central differences agree within their error.

The error of (f(x + h) - f(x - h)) / 2h is h^2 f'''/6 for large h, rounding of order epsilon / h for small h.
"""

import numpy as np
import xarray as xr

from pomflow.nn.activations import ELEMENTWISE
from pomflow.nn.configurations import configurations
from pomflow.nn.convolution import Convolution
from pomflow.nn.heads import TiedHead
from pomflow.nn.layers import Activation, Dense, Layer, Scale, Softmax
from pomflow.nn.network import Network
from pomflow.nn.patterns import PatternConvolution
from pomflow.nn.pooling import GlobalMean, MaxPool, MeanPool
from pomflow.nn.standardization import Standardize
from pomflow.random.stream import Stream
from pomflow.studies.lessons.base import Lesson, Row, below, near, variable

# a step has no gradient to propagate
SMOOTH = [name for name in ELEMENTWISE if name != "step"]
# every layer with the shape of an example
LAYERS: dict[str, tuple[Layer, tuple[int, ...]]] = {
    "dense": (Dense(4, 3), (4,)),
    "scale": (Scale(4), (4,)),
    "softmax": (Softmax(), (4,)),
    "convolution": (Convolution((2, 2), 2, 3), (4, 4, 2)),
    "mean pooling": (MeanPool((2, 2)), (4, 4, 2)),
    "max pooling": (MaxPool((2, 2)), (4, 4, 2)),
    "global mean": (GlobalMean(), (4, 4, 2)),
    "pattern convolution": (PatternConvolution(configurations(2), 3, "square"), (4,)),
    "standardization": (Standardize(0.5, 2.0), (4,)),
    "tied head": (TiedHead(np.array([0.1, 0.2, 0.4])), (1,)),
    **{name: (Activation(name), (4,)) for name in SMOOTH},
}
BATCH = 5
STEP = 1e-5
STEPS = np.geomspace(1e-12, 1, 49)
DIRECTIONS = 20
# where the error is that of the formula, not of rounding
FORMULA = (STEPS > 1e-3) & (STEPS < 1e-1)


def central(function, x, direction, step: float) -> float:
    """d/ds function(x + s direction) at s = 0 by central differences."""
    return (function(x + step * direction) - function(x - step * direction)) / (2 * step)


def relative_error(layer: Layer, shape: tuple[int, ...], stream: Stream) -> float:
    """Largest error of a component of the gradient of sum(c y), c random, relative to the largest component.

    The gradient is that with respect to all parameters and the input.
    """
    network = Network(layer=layer)
    theta, x = _normals(stream, "theta", (network.size,)), _normals(stream, "x", (BATCH, *shape))
    y, tape = network.forward(theta, x)
    c = _normals(stream, "c", y.shape)
    dx, dtheta = network.backward(theta, tape, c)

    def loss(both):
        parameters, inputs = both[: network.size], both[network.size :].reshape(x.shape)
        return (c * network.forward(parameters, inputs)[0]).sum()

    both, exact = np.concatenate((theta, x.ravel())), np.concatenate((dtheta, dx.ravel()))
    differences = [central(loss, both, direction, STEP) for direction in np.eye(both.size)]
    return np.abs(exact - differences).max() / np.abs(exact).max()


def errors_by_step(stream: Stream) -> np.ndarray:
    """Relative error of differences along random directions, root mean square, for every step."""
    network = Network(hidden=Dense(4, 8), squash=Activation("tanh"), output=Dense(8, 3), p=Softmax())
    theta, x = network.initial(stream.child("initial")), _normals(stream, "x", (BATCH, 4))
    y, tape = network.forward(theta, x)
    c = _normals(stream, "c", y.shape)
    _, exact = network.backward(theta, tape, c)
    directions = _normals(stream, "directions", (DIRECTIONS, network.size))
    differences = np.array(
        [
            [central(lambda p: (c * network.forward(p, x)[0]).sum(), theta, one, step) for one in directions]
            for step in STEPS
        ]
    )
    return np.sqrt(((differences - directions @ exact) ** 2).mean(axis=1)) / np.linalg.norm(exact)


def _normals(stream: Stream, name: str, shape: tuple[int, ...]) -> np.ndarray:
    return stream.child(name).normals(0, 1, int(np.prod(shape))).reshape(shape)


def teach(stream: Stream) -> Lesson:
    """Every layer at one step, and a network at many."""
    by_layer = {name: relative_error(*layer, stream.child(name)) for name, layer in LAYERS.items()}
    by_step = errors_by_step(stream.child("network"))
    data = xr.Dataset(
        {
            "layer_error": variable(("layer",), list(by_layer.values()), "largest relative error of a layer"),
            "error": variable(("step",), by_step, "relative error of central differences"),
        },
        coords={"layer": np.array(list(by_layer), dtype=object), "step": STEPS},
    )
    return Lesson(_rows(by_layer, by_step), data)


def _rows(by_layer: dict, by_step: np.ndarray) -> list[Row]:
    exponent = np.polyfit(np.log(STEPS[FORMULA]), np.log(by_step[FORMULA]), 1)[0]
    return [
        *(below(f"relative error of the gradient, {name}", error, 1e-6) for name, error in by_layer.items()),
        near("exponent of the error in the step", exponent, 2, 0.1),
        below("smallest error of a network's gradient", by_step.min(), 1e-8),
    ]
