"""Descent on a flat vector of parameters.

An optimizer holds settings only. ``start`` gives the state as a dict of arrays, and ``step`` returns the
new parameters and the new state, so that a checkpoint is the parameters, the state and the step.
"""

from dataclasses import dataclass

from pomflow.numerics.backend import namespace


@dataclass(frozen=True)
class SGD:
    """theta <- theta - rate * gradient."""

    def start(self, theta) -> dict:
        return {}

    def step(self, theta, gradient, state, rate):
        return theta - rate * gradient, state


@dataclass(frozen=True)
class Momentum:
    """velocity <- momentum * velocity - rate * gradient; theta <- theta + velocity (Polyak 1964)."""

    momentum: float = 0.9

    def start(self, theta) -> dict:
        return {"velocity": theta * 0}

    def step(self, theta, gradient, state, rate):
        velocity = self.momentum * state["velocity"] - rate * gradient
        return theta + velocity, {"velocity": velocity}


@dataclass(frozen=True)
class Adam:
    """Steps scaled by running moments of the gradient (Kingma and Ba, ICLR 2015, algorithm 1)."""

    first: float = 0.9
    second: float = 0.999
    epsilon: float = 1e-8

    def start(self, theta) -> dict:
        return {"mean": theta * 0, "square": theta * 0, "count": 0}

    def step(self, theta, gradient, state, rate):
        count = state["count"] + 1
        mean = self.first * state["mean"] + (1 - self.first) * gradient
        square = self.second * state["square"] + (1 - self.second) * gradient * gradient
        unbiased_mean = mean / (1 - self.first**count)
        unbiased_square = square / (1 - self.second**count)
        theta = theta - rate * unbiased_mean / (namespace(theta).sqrt(unbiased_square) + self.epsilon)
        return theta, {"mean": mean, "square": square, "count": count}
