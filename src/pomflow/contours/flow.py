"""A step of the holomorphic flow, bounded, with a network on top: a path for weights that are pure phases."""

from functools import cached_property

import numpy as np

from pomflow.contours.base import Contour, SharedPoint, parts_of
from pomflow.models.base import Model
from pomflow.numerics import determinant

# Largest height B of the bounded step, that with which it starts, and the share of it that the network has.
# Larger ones have a better phase near the origin, and far from it regions of a weight that is larger still.
LARGEST_BOUND, START_BOUND, SHARE = 1.3, 1.0, 0.9
# Longest time of the step, in units of the fastest mode; it starts with half of it.
LONGEST_STEP = 5.0
# The height of the step at j falls off beyond this |t_j|, that of the network beyond this |t|.
REACH = 4.0
# of the hidden units, whose output starts at zero
START_WEIGHT = 0.5


class Flow(Contour):
    r"""The first step of the holomorphic flow from the real plane, saturated, and a bounded network.

    .. math::
        y_j = e(t_j)\, B_j \tanh\frac{\tau_j F_j(t)}{B_j} + e(|t|)\, b_j \tanh\frac{p_j(t)}{b_j}, \qquad
        F = -\mathrm{Im}\, \partial S(t), \quad
        p = K t + U \tanh(W t), \quad b_j = 0.9\, B_j, \quad e(r) = (1 + r^2 / R^2)^{-1/2}

    Where exp(-S) is a phase on the real plane, and so does not fall off, its modulus is to first order in y

    .. math:: \mathrm{Re}\, S(t + iy) = \mathrm{Re}\, S(t) + \sum_j F_j y_j + \dots

    As b < B, y_j has the sign of F_j wherever F_j is large, whatever K, U and W are: Re S grows. The other
    orders stay bounded there, as y falls off; ``docs/models/oscillator.md`` has the argument. The
    flow itself would be tau F without any bound. So this contour serves also models whose ``plane`` is
    False. It is odd in t.

    It starts with U = K = 0, a bounded step of the flow. Without interaction (``growth`` 2) nothing must be
    bounded: y = K t, which starts on the Gaussian path of the model and is exact there.

    Parameters
    ----------
    model : Model
        With a ``hessian``.
    hidden_ratio : float
        Rows of W, divided by the number of variables.

    Notes
    -----
    With L_ij = dp_i/dt_j, the two heights h and envelopes e, and the slopes D of the two tanh, J is
    1 + i [e_1 D_1 tau dF/dt + diag(h_1 de_1/dt) + e_2 D_2 L + h_2 (de_2/dt)^T]. Flow: Alexandru,
    Basar, Bedaque, Vartak, Warrington, Phys. Rev. Lett. 117 (2016) 081602.
    """

    optimizer = "natural_gradient"
    network_settings = ("hidden_ratio",)
    leaves_plane = True

    def __init__(self, model: Model, hidden_ratio: float):
        self.xp, self.model = model.xp, model
        self.bounded, n = model.growth != 2, model.size
        hidden = max(1, round(hidden_ratio * n))
        self.shapes = {"link": (n, n)}
        if self.bounded:
            self.shapes |= {"output": (n, hidden), "weight": (hidden, n), "step": (n,), "bound": (n,)}
            curvature = model.hessian(self.xp.zeros((1, n), dtype=complex))[0].imag
            self.longest = LONGEST_STEP / abs(self.xp.linalg.eigvalsh(curvature)).max()
        self.n_parameters = sum(int(np.prod(shape)) for shape in self.shapes.values())

    @classmethod
    def misfit(cls, model):
        if super().misfit(model) is None and not model.has_hessian:
            return "it follows the flow of S, for which this model would have to state its hessian"
        return super().misfit(model)

    def initial_parameters(self, stream):
        """A bounded step of the flow, or the Gaussian path where nothing is bounded."""
        theta = self.xp.zeros(self.n_parameters)
        parts = parts_of(theta, self.shapes)
        if self.bounded:
            parts["weight"][:] = START_WEIGHT * stream.normals(0, *self.shapes["weight"])
            parts["bound"][:] = -np.log(LARGEST_BOUND / START_BOUND - 1)
        else:
            parts["link"][:] = self.xp.asarray(self.model.gaussian_path())
        return theta

    def prepare(self, theta):
        """The parameters by name; tau and B come from behind a sigmoid, with what is left above them."""
        parts = parts_of(theta, self.shapes)
        if self.bounded:
            for name, largest in (("step", self.longest), ("bound", LARGEST_BOUND)):
                fraction = 1 / (1 + self.xp.exp(-parts[name]))
                parts[name], parts[f"{name}_left"] = largest * fraction, 1 - fraction
            parts["inner"] = SHARE * parts["bound"]
        return parts

    def at(self, prepared, t):
        return (FlowPoint if self.bounded else LinkPoint)(self, prepared, t)


class LinkPoint(SharedPoint):
    """The path y = K t at real points t, shape (batch, n)."""

    def __init__(self, contour: Flow, parts: dict, t):
        self._xp, self._link, self._t = contour.xp, parts["link"], t
        self.z = t + 1j * (t @ self._link.T)

    def pull_back(self, w):
        return w.real - w.imag @ self._link

    def log_det(self):
        return determinant.log_det(self._link[None]).repeat(len(self._t))

    def derivatives(self, w):
        n = w.shape[1]
        inverse = self._xp.linalg.inv(self._xp.eye(n) + 1j * self._link)
        by_link = 1j * inverse.T - 1j * w[:, :, None] * self._t[:, None, :]
        return by_link.reshape(len(w), n * n)


class FlowPoint(SharedPoint):
    """The path at real points t, shape (batch, n)."""

    def __init__(self, contour: Flow, parts: dict, t):
        self._xp, self._parts, self._t = contour.xp, parts, t
        xp, plane = contour.xp, t.astype(complex)
        # F and dF/dt
        self._force = -contour.model.gradient(plane).imag
        self._curvature = -contour.model.hessian(plane).imag
        self._units = xp.tanh(t @ parts["weight"].T)
        network = t @ parts["link"].T + self._units @ parts["output"].T
        # arguments and values of the two tanh
        self._a, self._q = parts["step"] * self._force / parts["bound"], network / parts["inner"]
        self._tanh_a, self._tanh_q = xp.tanh(self._a), xp.tanh(self._q)
        self._heights = parts["bound"] * self._tanh_a, parts["inner"] * self._tanh_q
        distances = t * t, (t * t).sum(axis=1, keepdims=True)
        self._envelopes = tuple(1 / xp.sqrt(1 + square / REACH**2) for square in distances)
        self.z = t + 1j * sum(e * height for e, height in zip(self._envelopes, self._heights, strict=True))

    def pull_back(self, w):
        return w.real - (w.imag[:, None, :] @ self._jacobian)[:, 0]

    def log_det(self):
        return determinant.log_det(self._jacobian)

    def derivatives(self, w):
        parts, t, units = self._parts, self._t, self._units
        (by_step, by_curvature), (by_height, by_slope) = self._weights(w)
        flow, network = (
            (weight * slopes).sum(axis=2)
            for weight, slopes in ((by_curvature, self._curvature), (by_slope, self._network))
        )
        slope_a, slope_q = self._slopes
        bend_a, bend_q = -2 * self._tanh_a * slope_a, -2 * self._tanh_q * slope_q
        # ln tau moves a alone; ln B moves a and q the other way
        to_a = self._a * (by_step * parts["bound"] * slope_a + flow * parts["step"] * bend_a)
        to_q = self._q * (by_height * parts["inner"] * slope_q + network * bend_q)
        step = to_a + flow * parts["step"] * slope_a
        bound = by_step * self._heights[0] + by_height * self._heights[1] - to_a - to_q
        # p itself, and L
        to_p = by_height * slope_q + network * bend_q / parts["inner"]
        to_matrix = by_slope * slope_q[:, :, None]
        by_unit, hidden = to_matrix @ parts["weight"].T, 1 - units**2
        link = to_p[:, :, None] * t[:, None, :] + to_matrix
        output = to_p[:, :, None] * units[:, None, :] + by_unit * hidden[:, None, :]
        bent = to_p @ parts["output"] - 2 * units * (by_unit * parts["output"]).sum(axis=1)
        weight = bent[:, :, None] * t[:, None, :] + parts["output"].T @ to_matrix
        matrices = [part.reshape(len(w), -1) for part in (link, output, hidden[:, :, None] * weight)]
        vectors = [step * parts["step_left"], bound * parts["bound_left"]]
        return self._xp.concatenate([*matrices, *vectors], axis=1)

    def _weights(self, w):
        """Of both parts the derivatives of ln det J - S by the heights and by the slopes dh_i/dt_j."""
        inverse = self._xp.linalg.inv(self._xp.eye(w.shape[1]) + 1j * self._jacobian).swapaxes(1, 2)
        own, common = self._bends
        bent = own * inverse.diagonal(axis1=1, axis2=2), (inverse @ common[:, :, None])[:, :, 0]
        return tuple(
            (1j * (turned - e * w), 1j * e[:, :, None] * inverse)
            for turned, e in zip(bent, self._envelopes, strict=True)
        )

    @cached_property
    def _slopes(self):
        return 1 - self._tanh_a**2, 1 - self._tanh_q**2

    @cached_property
    def _bends(self):
        """The derivatives of both envelopes, each of shape (batch, n)."""
        return tuple(-self._t / REACH**2 * e**3 for e in self._envelopes)

    @cached_property
    def _network(self):
        """L, shape (batch, n, n)."""
        parts = self._parts
        return parts["link"] + (parts["output"] * (1 - self._units**2)[:, None, :]) @ parts["weight"]

    @cached_property
    def _jacobian(self):
        """dy_i / dt_j, shape (batch, n, n)."""
        (slope_a, slope_q), (own, common) = self._slopes, self._bends
        first, second = self._envelopes
        matrix = (first * slope_a * self._parts["step"])[:, :, None] * self._curvature
        matrix = matrix + (second * slope_q)[:, :, None] * self._network
        matrix = matrix + self._heights[1][:, :, None] * common[:, None, :]
        n = matrix.shape[1]
        matrix.reshape(-1, n * n)[:, :: n + 1] += own * self._heights[0]
        return matrix
