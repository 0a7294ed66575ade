"""The published contour: a fully connected network with one hidden layer."""

from functools import cached_property

import numpy as np

from pomflow.contours import determinant
from pomflow.contours.base import Contour, ContourPoint
from pomflow.nn import ELEMENTWISE, Activation, Network, Scale
from pomflow.nn import Dense as DenseLayer

START_AMPLITUDE = 0.05


class Dense(Contour):
    r"""z = t + i y with y = alpha tanh(W_2 tanh(W_1 t + b_1) + b_2) + beta.

    The displacement is bounded by |alpha| + |beta|, so the path keeps the asymptotic directions of the real
    plane, in which Re S grows. The Jacobian is J = 1 + i D_2 W_2 D_1 W_1 with D_1 = diag(1 - a^2) and
    D_2 = diag(alpha (1 - f^2)); if the hidden layer is narrower than n, all linear algebra is H x H.

    Parameters
    ----------
    size : int
        Number n of variables.
    hidden : int
        Number H of hidden units.

    Notes
    -----
    Source: Mori, Kashiwa, Ohnishi, PTEP 2018, 023B04, eqs. (4)-(6).
    """

    def __init__(self, size: int, hidden: int, xp=np):
        self.size, self.hidden, self.xp = size, hidden, xp
        self.network = Network(
            hidden=DenseLayer(size, hidden),
            squash=Activation("tanh"),
            output=DenseLayer(hidden, size),
            bound=Activation("tanh"),
            scale=Scale(size, START_AMPLITUDE),
        )
        self.n_parameters = self.network.size

    @classmethod
    def build(cls, action, settings):
        hidden = max(1, round(settings["hidden_ratio"] * action.size))
        return cls(action.size, hidden, action.xp)

    def initial_parameters(self, stream):
        return self.network.initial(stream)

    def evaluate(self, theta, t):
        return DensePoint(self, theta, t)


class DensePoint(ContourPoint):
    def __init__(self, contour: Dense, theta, t):
        self._network, self._theta = contour.network, theta
        self._narrow = contour.hidden < contour.size
        displacement, self._tape = self._network.forward(theta, t)
        self.z = t + 1j * displacement

    def pull_back(self, w):
        slope, _ = self._network.backward(self._theta, self._tape, -w.imag)
        return w.real + slope

    def log_det(self):
        _, product = determinant.product(*self._factors)
        return determinant.log_det(product)

    def parameter_gradient(self, weight, w):
        weight = weight / len(weight)
        factors = self._turn(determinant.log_det_gradient(*self._factors, weight))
        return self._back_propagate((weight[:, None] * w).imag, *factors)

    @cached_property
    def _parameters(self):
        return self._network.unpack(self._theta)

    @cached_property
    def _factors(self):
        """The factors of K in the order that leaves the smaller determinant."""
        parameters, tanh = self._parameters, ELEMENTWISE["tanh"]
        d_out = parameters["scale"]["alpha"] * tanh.slope(*self._tape["bound"])
        d_in = tanh.slope(*self._tape["squash"])
        return self._turn((d_out, parameters["output"]["weight"], d_in, parameters["hidden"]["weight"]))

    def _turn(self, factors):
        """Swap between the orders (output, hidden) and (hidden, output); its own inverse."""
        return (*factors[2:], *factors[:2]) if self._narrow else tuple(factors)

    def _back_propagate(self, dy, d_out, w_out, d_in, w_in):
        """Chain rule through the layers.

        ``dy`` is the derivative with respect to the displacement, the others those with respect to the
        factors of K. The diagonal factors alpha (1 - f^2) and 1 - a^2 depend on the parameters through
        the units too, which adds the curvature of tanh at each activation.
        """
        parameters, tape, layers = self._parameters, self._tape, self._network.layers
        tanh = ELEMENTWISE["tanh"]
        df, scale = layers["scale"].backward(parameters["scale"], tape["scale"], dy)
        scale["alpha"] += (d_out * tanh.slope(*tape["bound"])).sum(axis=0)
        dq, _ = layers["bound"].backward({}, tape["bound"], df)
        dq += d_out * parameters["scale"]["alpha"] * tanh.curvature(*tape["bound"])
        da, output = layers["output"].backward(parameters["output"], tape["output"], dq)
        output["weight"] += w_out
        dp, _ = layers["squash"].backward({}, tape["squash"], da)
        dp += d_in * tanh.curvature(*tape["squash"])
        _, hidden = layers["hidden"].backward(parameters["hidden"], tape["hidden"], dp)
        hidden["weight"] += w_in
        gradient = self._theta * 0
        for name, values in {"hidden": hidden, "output": output, "scale": scale}.items():
            self._network.store(gradient, name, values)
        return gradient
