"""The published contour: a fully connected network with one hidden layer."""

from functools import cached_property

import numpy as np

from pomflow.contours.base import Contour, ContourPoint
from pomflow.nn import ELEMENTWISE, Activation, Network, Scale
from pomflow.nn import Dense as DenseLayer
from pomflow.numerics import determinant
from pomflow.numerics.backend import namespace

# alpha at the start: near the real plane, yet not so near that its gradient vanishes
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
    Source: Mori, Kashiwa, Ohnishi, PTEP 2018, 023B04.
    """

    network_settings = ("hidden_ratio",)

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
    def build(cls, model, settings):
        hidden = max(1, round(settings["hidden_ratio"] * model.size))
        return cls(model.size, hidden, model.xp)

    def initial_parameters(self, stream):
        return self.network.initial(stream)

    def at(self, theta, t):
        return DensePoint(self, theta, t)


class DensePoint(ContourPoint):
    """The dense path at real points t, shape (batch, n)."""

    def __init__(self, contour: Dense, theta, t):
        self._network, self._theta = contour.network, theta
        self._narrow = contour.hidden < contour.size
        displacement, self._tape = self._network.forward(theta, t)
        self.z = t + 1j * displacement

    def pull_back(self, w):
        d_out, w_out, d_in, w_in = self._jacobian
        return w.real - (w.imag * d_out @ w_out * d_in) @ w_in

    def log_det(self):
        return determinant.log_det_of_product(*self._turn(self._jacobian))

    def parameter_gradient(self, weight, w):
        weight = weight / len(weight)
        factors = determinant.log_det_gradient(*self._turn(self._jacobian), weight)
        dy = weight.real[:, None] * w.imag + weight.imag[:, None] * w.real
        return self._back_propagate(dy, *self._turn(factors))

    @cached_property
    def _parameters(self):
        return self._network.unpack(self._theta)

    @cached_property
    def _slopes(self):
        """1 - f^2 and 1 - a^2, the slopes of tanh at the outputs and at the hidden units."""
        slope = ELEMENTWISE["tanh"].slope
        return slope(*self._tape["bound"]), slope(*self._tape["squash"])

    @cached_property
    def _jacobian(self):
        """The factors of K = D_2 W_2 D_1 W_1."""
        parameters, (slope_out, slope_in) = self._parameters, self._slopes
        d_out = parameters["scale"]["alpha"] * slope_out
        return d_out, parameters["output"]["weight"], slope_in, parameters["hidden"]["weight"]

    def _turn(self, factors):
        """Swap between the order of K and that of the smaller determinant; its own inverse."""
        return (*factors[2:], *factors[:2]) if self._narrow else tuple(factors)

    def _back_propagate(self, dy, g_out, g_w_out, g_in, g_w_in):
        r"""Chain rule through the layers, from derivatives with respect to y and to the factors of K.

        The diagonal factors alpha (1 - f^2) and 1 - a^2 depend on the units too, with tanh'' = -2 tanh tanh':
        at the arguments q and p of the two tanh,

        .. math::
            dq = \alpha (1 - f^2) (dy - 2 f g_2), \qquad dp = (1 - a^2) (dq\, W_2 - 2 a g_1).
        """
        t, (_, a), (_, f) = (self._tape[name] for name in ("hidden", "squash", "bound"))
        d_out, w_out, d_in, _ = self._jacobian
        dq = d_out * (dy - 2 * f * g_out)
        dp = d_in * (dq @ w_out - 2 * a * g_in)
        alpha = (dy * f + g_out * self._slopes[0]).sum(axis=0)
        gradient = namespace(dy).empty_like(self._theta)
        for name, values in {
            "hidden": {"weight": dp.T @ t + g_w_in, "bias": dp.sum(axis=0)},
            "output": {"weight": dq.T @ a + g_w_out, "bias": dq.sum(axis=0)},
            "scale": {"alpha": alpha, "beta": dy.sum(axis=0)},
        }.items():
            self._network.store(gradient, name, values)
        return gradient
