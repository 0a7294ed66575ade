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

    Of angles the network sees cos t and sin t in place of t, so that y has their period.

    Parameters
    ----------
    size : int
        Number n of variables.
    hidden : int
        Number H of hidden units.
    xp : module
    angles : bool
        Whether the variables are angles.

    Notes
    -----
    Source: Mori, Kashiwa, Ohnishi, PTEP 2018, 023B04.
    """

    kinds = ("real", "angle")
    network_settings = ("hidden_ratio",)

    def __init__(self, size: int, hidden: int, xp=np, angles: bool = False):
        self.size, self.hidden, self.xp, self.angles = size, hidden, xp, angles
        self.kinds = ("angle",) if angles else ("real",)
        self.network = Network(
            hidden=DenseLayer(2 * size if angles else size, hidden),
            squash=Activation("tanh"),
            output=DenseLayer(hidden, size),
            bound=Activation("tanh"),
            scale=Scale(size, START_AMPLITUDE),
        )
        self.n_parameters = self.network.size

    @classmethod
    def build(cls, model, settings):
        hidden = max(1, round(settings["hidden_ratio"] * model.size))
        return cls(model.size, hidden, model.xp, model.variables.kind == "angle")

    def initial_parameters(self, stream):
        return self.network.initial(stream)

    def at(self, theta, t):
        return (DenseAnglesPoint if self.angles else DensePoint)(self, theta, t)


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

        Of the last factor, W_1 or what stands in its place, the derivative is with respect to W_1.

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


class DenseAnglesPoint(DensePoint):
    r"""The dense path at real angles t, shape (batch, n).

    The network sees u = (cos t, sin t). With the two halves W_c and W_s of W_1 the last factor of
    K = D_2 W_2 D_1 A depends on the configuration,

    .. math:: A_{hj} = -W_{c,hj} \sin t_j + W_{s,hj} \cos t_j.
    """

    def __init__(self, contour: Dense, theta, t):
        self._network, self._theta, self._xp = contour.network, theta, namespace(t)
        self._cos, self._sin = self._xp.cos(t), self._xp.sin(t)
        features = self._xp.concatenate((self._cos, self._sin), axis=1)
        displacement, self._tape = self._network.forward(theta, features)
        self.z = t + 1j * displacement

    def pull_back(self, w):
        d_out, w_out, d_in, w_in = self._jacobian
        hidden = (w.imag * d_out @ w_out * d_in) @ w_in
        n = w.shape[1]
        return w.real + self._sin * hidden[:, :n] - self._cos * hidden[:, n:]

    def log_det(self):
        sign, logarithm = self._xp.linalg.slogdet(self._matrix)
        return logarithm + 1j * self._xp.angle(sign)

    def parameter_gradient(self, weight, w):
        xp, weight = self._xp, weight / len(weight)
        d_out, w_out, d_in, _ = self._jacobian
        # Re[weight d ln det J] = sum_ij c_ij dK_ij
        c = -(weight[:, None, None] * xp.linalg.inv(self._matrix)).imag.swapaxes(1, 2)
        scaled = d_out[:, :, None] * c
        to_product = scaled @ self._inner.swapaxes(1, 2)
        to_inner = d_in[:, :, None] * (w_out.T @ scaled)
        factors = (
            (c * (w_out @ (d_in[:, :, None] * self._inner))).sum(axis=2),
            (to_product * d_in[:, None, :]).sum(axis=0),
            (to_product * w_out).sum(axis=1),
            xp.concatenate(
                (
                    -(to_inner * self._sin[:, None, :]).sum(axis=0),
                    (to_inner * self._cos[:, None, :]).sum(axis=0),
                ),
                axis=1,
            ),
        )
        dy = weight.real[:, None] * w.imag + weight.imag[:, None] * w.real
        return self._back_propagate(dy, *factors)

    @cached_property
    def _inner(self):
        """A, shape (batch, H, n)."""
        _, _, _, w_in = self._jacobian
        n = self._cos.shape[1]
        return w_in[:, n:] * self._cos[:, None, :] - w_in[:, :n] * self._sin[:, None, :]

    @cached_property
    def _matrix(self):
        """J = 1 + iK, shape (batch, n, n)."""
        d_out, w_out, d_in, _ = self._jacobian
        k = d_out[:, :, None] * (w_out @ (d_in[:, :, None] * self._inner))
        return self._xp.eye(k.shape[-1]) + 1j * k
