"""Activation functions, their slopes, and what slopes do to the gradient of a deep network.

Back-propagation multiplies the gradient by a slope and a weight matrix for each layer. With weights of
variance 1/inputs the matrix keeps its norm on average: what is left is the slope, at most 1/4 for a sigmoid,
0 or 1 for relu (half of the squared norm, a factor of 1/sqrt(2)), and close to 1 for tanh near 0.

Source: Glorot and Bengio, AISTATS 2010; He et al., ICCV 2015.
"""

import math

import numpy as np
import xarray as xr

from pomflow.nn.activations import ELEMENTWISE
from pomflow.nn.layers import Activation, Dense
from pomflow.nn.network import Network
from pomflow.random.stream import Stream
from pomflow.studies.lessons.base import Lesson, Row, above, below, near, variable

# an even number of points, so that none is at 0, where step and relu have no slope
X = np.linspace(-4, 4, 200)
STEP = 1e-5
DEPTH = 10
WIDTH = 64
NETWORKS = 20
DEEP = ("identity", "tanh", "relu", "sigmoid")


def teach(stream: Stream) -> Lesson:
    """Slopes against central differences, and the gradient at every layer of deep networks."""
    norms = np.array([gradient_norms(name, stream.child(name)) for name in DEEP])
    functions = list(ELEMENTWISE.values())
    values = np.array([function.value(X) for function in functions])
    slopes = np.array([function.slope(X, function.value(X)) for function in functions])
    data = xr.Dataset(
        {
            "function": variable(("activation", "x"), values, "activation function"),
            "slope": variable(("activation", "x"), slopes, "slope of the activation function"),
            "norm": variable(("deep", "layer"), norms, "norm of the gradient at a layer, 1 at the last"),
        },
        coords={
            "activation": np.array(list(ELEMENTWISE), dtype=object),
            "x": X,
            "deep": np.array(DEEP, dtype=object),
            "layer": np.arange(1, DEPTH + 1),
        },
    )
    return Lesson(_rows(slopes, dict(zip(DEEP, norms, strict=True))), data)


def gradient_norms(name: str, stream: Stream) -> np.ndarray:
    """Norm of the gradient at the input of every activation, relative to the last one, shape (DEPTH,).

    The root mean square over random networks; what enters and the gradient at the output are normal numbers.
    """
    layers = {}
    for layer in range(DEPTH):
        layers |= {f"dense {layer}": Dense(WIDTH, WIDTH), f"activation {layer}": Activation(name)}
    network, squares = Network(**layers), np.zeros(DEPTH)
    for number in range(NETWORKS):
        draws = stream.child(str(number))
        theta = network.initial(draws)
        x, dy = draws.normals(0, 2, WIDTH)[:, None]
        _, gradient = network.backward(theta, network.forward(theta, x)[1], dy)
        # the gradient of one example with respect to a bias is that with respect to the activation's input
        parts = network.unpack(gradient)
        squares += [(parts[f"dense {layer}"]["bias"] ** 2).sum() for layer in range(DEPTH)]
    return np.sqrt(squares / squares[-1])


def _rows(slopes: np.ndarray, norms: dict) -> list[Row]:
    differences = [
        (function.value(X + STEP) - function.value(X - STEP)) / (2 * STEP)
        for function in ELEMENTWISE.values()
    ]
    per_layer = {name: norm[0] ** (1 / (DEPTH - 1)) for name, norm in norms.items()}
    return [
        below("largest error of a slope", np.abs(slopes - differences).max(), 1e-8),
        near("factor of the gradient a layer, identity", per_layer["identity"], 1, 0.05),
        near("factor of the gradient a layer, relu", per_layer["relu"], math.sqrt(0.5), 0.05),
        below("factor of the gradient a layer, sigmoid", per_layer["sigmoid"], 0.25),
        below(f"gradient at the first of {DEPTH} layers, sigmoid", norms["sigmoid"][0], 0.25 ** (DEPTH - 1)),
        above(f"gradient at the first of {DEPTH} layers, tanh", norms["tanh"][0], 0.1),
    ]
