"""A chain of named layers over one flat vector of parameters."""

import math

from pomflow.nn.layers import Layer
from pomflow.numerics.backend import namespace


class Network:
    """Layers applied one after another.

    Parameters
    ----------
    **layers : Layer
        In order; the names are those of ``layers`` and of ``unpack``.

    Attributes
    ----------
    size : int
        Number of parameters.
    """

    def __init__(self, **layers: Layer):
        self.layers = layers
        self._places, start = {}, 0
        for name, layer in layers.items():
            self._places[name] = {}
            for part, shape in layer.shapes.items():
                stop = start + math.prod(shape)
                self._places[name][part] = (slice(start, stop), shape)
                start = stop
        self.size = start

    def initial(self, stream):
        """Starting parameters, shape (size,)."""
        theta = stream.xp.zeros(self.size)
        for name, layer in self.layers.items():
            self.store(theta, name, layer.initial(stream.child(name)))
        return theta

    def unpack(self, theta) -> dict[str, dict]:
        """Views of the flat vector by layer and name."""
        return {
            name: {part: theta[place].reshape(shape) for part, (place, shape) in places.items()}
            for name, places in self._places.items()
        }

    def store(self, theta, name: str, values: dict) -> None:
        """Write a layer's arrays (parameters or gradients) into their places of a flat vector."""
        for part, value in values.items():
            theta[self._places[name][part][0]] = value.reshape(-1)

    def forward(self, theta, x):
        """Return (y, tape) for a batch x of shape (batch, inputs)."""
        parameters, tape = self.unpack(theta), {}
        for name, layer in self.layers.items():
            x, tape[name] = layer.forward(parameters[name], x)
        return x, tape

    def backward(self, theta, tape, dy):
        """Return (dx, dtheta) of a loss from its gradient ``dy`` with respect to the output."""
        parameters = self.unpack(theta)
        gradient = namespace(theta).empty_like(theta)
        for name, layer in reversed(self.layers.items()):
            dy, parts = layer.backward(parameters[name], tape[name], dy)
            self.store(gradient, name, parts)
        return dy, gradient
