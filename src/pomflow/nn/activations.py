"""Elementwise activation functions with their first and second derivatives."""

from collections.abc import Callable
from dataclasses import dataclass

from pomflow.backend import namespace


@dataclass(frozen=True)
class Elementwise:
    """y = f(x) for each number.

    The derivatives are functions of (x, y), whichever is cheaper. The second one is needed where a
    network's Jacobian is itself trained, as in a determinant.
    """

    name: str
    value: Callable
    slope: Callable
    curvature: Callable


def _tanh(x):
    return namespace(x).tanh(x)


def _sigmoid(x):
    # 1 / (1 + exp(-x)) without overflow for any x
    return (1 + namespace(x).tanh(x / 2)) / 2


def _relu(x):
    return namespace(x).maximum(x, 0)


def _step(x):
    return (x > 0).astype(x.dtype)


def _ones(x, y):
    return namespace(x).ones_like(x)


def _zeros(x, y):
    return namespace(x).zeros_like(x)


ELEMENTWISE = {
    "identity": Elementwise("identity", lambda x: x, _ones, _zeros),
    "step": Elementwise("step", _step, _zeros, _zeros),
    "relu": Elementwise("relu", _relu, lambda x, y: _step(x), _zeros),
    "sigmoid": Elementwise(
        "sigmoid", _sigmoid, lambda x, y: y * (1 - y), lambda x, y: y * (1 - y) * (1 - 2 * y)
    ),
    "tanh": Elementwise("tanh", _tanh, lambda x, y: 1 - y * y, lambda x, y: -2 * y * (1 - y * y)),
}


def softmax(x):
    """exp(x_k) / sum_j exp(x_j) along the last axis, shifted by the maximum against overflow."""
    xp = namespace(x)
    weights = xp.exp(x - x.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)
