"""Layers of a network: shapes of the parameters, forward pass and back-propagation."""

import math
from abc import ABC, abstractmethod

from pomflow.nn.activations import ELEMENTWISE, softmax


class Layer(ABC):
    """A differentiable map of a batch.

    Attributes
    ----------
    shapes : dict
        Name and shape of every parameter array; empty for a layer without parameters.
    """

    shapes: dict[str, tuple[int, ...]] = {}

    def initial(self, stream) -> dict:
        """Starting values of the parameters, drawn from a random stream."""
        return {}

    @abstractmethod
    def forward(self, parameters: dict, x):
        """Return (y, tape): the output, shape (batch, outputs), and what ``backward`` needs."""

    @abstractmethod
    def backward(self, parameters: dict, tape, dy):
        """Return (dx, gradients) of a loss from its gradient ``dy`` with respect to the output."""


class Dense(Layer):
    """y = x W^T + b; W of shape (outputs, inputs), drawn normal with variance 1/inputs; b = 0."""

    def __init__(self, inputs: int, outputs: int):
        self.shapes = {"weight": (outputs, inputs), "bias": (outputs,)}

    def initial(self, stream):
        outputs, inputs = self.shapes["weight"]
        weight = stream.normals(0, outputs, inputs) / math.sqrt(inputs)
        return {"weight": weight, "bias": stream.xp.zeros(outputs)}

    def forward(self, parameters, x):
        return x @ parameters["weight"].T + parameters["bias"], x

    def backward(self, parameters, tape, dy):
        return dy @ parameters["weight"], {"weight": dy.T @ tape, "bias": dy.sum(axis=0)}


class Scale(Layer):
    """y = alpha x + beta for each output; alpha starts at ``alpha``, beta at 0."""

    def __init__(self, outputs: int, alpha: float = 1.0):
        self.shapes = {"alpha": (outputs,), "beta": (outputs,)}
        self._alpha = alpha

    def initial(self, stream):
        one = stream.xp.ones(self.shapes["alpha"])
        return {"alpha": self._alpha * one, "beta": 0 * one}

    def forward(self, parameters, x):
        return parameters["alpha"] * x + parameters["beta"], x

    def backward(self, parameters, tape, dy):
        return dy * parameters["alpha"], {"alpha": (dy * tape).sum(axis=0), "beta": dy.sum(axis=0)}


class Activation(Layer):
    """y = f(x) with an elementwise function named in ``ELEMENTWISE``."""

    def __init__(self, name: str):
        self.function = ELEMENTWISE[name]

    def forward(self, parameters, x):
        y = self.function.value(x)
        return y, (x, y)

    def backward(self, parameters, tape, dy):
        return dy * self.function.slope(*tape), {}


class Softmax(Layer):
    """Probabilities from logits.

    A cross-entropy loss takes the logits themselves instead, which is exact for any size of them.
    """

    def forward(self, parameters, x):
        y = softmax(x)
        return y, y

    def backward(self, parameters, tape, dy):
        return tape * (dy - (tape * dy).sum(axis=-1, keepdims=True)), {}
