"""A network with a window, whose weights all sites share: a path for any field content, in any dimension."""

import itertools
from functools import cached_property

import numpy as np

from pomflow.contours.base import Contour, SharedPoint, parts_of
from pomflow.numerics import backend
from pomflow.numerics.batch import groups

# The displacement starts at about this size, near the plane, yet not so near that its gradient vanishes.
START_AMPLITUDE = 0.05
# Bytes of what the derivatives of a group of configurations need at a time: on a CPU few enough to stay in
# the cache, on a GPU one part in so many of its memory.
GROUP_BYTES, GPU_SHARE = 2**23, 16


class Local(Contour):
    r"""The height of every component a at every site x, from what stands in a window around x.

    .. math::
        y_a(x) = \beta_a + \sum_h U_{ah} \tanh p_h(x) + \sum_{q f} V_{aqf}\, \phi_f(s_b(x + r)), \qquad
        p_h(x) = c_h + \sum_{q = (b, r)} \sum_f W_{hqf}\, \phi_f(s_b(x + r)), \qquad s = M t

    The network sees fields s_b at the displacements r of a window. They are the variables t_b themselves,
    with the feature phi = t where they are real, and cos ks and sin ks for k = 1, 2, ... of angles; of angles
    on links also the sums along closed loops, which fermions see: the straight line in every direction that
    closes around the lattice, and every plaquette. Where S depends on differences of angles alone, so does y:
    the fields are the differences of neighbours. Real variables whose sums along a direction the action
    knows as angles (``Model.angular_sums``) have those sums beside them, and s, cos ks and sin ks of all.

    The part V without a hidden layer is of cos ks and sin ks alone: of real s it would not be bounded. |y_a|
    is at most |beta_a| + sum_h |U_ah| + sum_qf |V_aqf|, so a real path keeps the directions of the plane in
    which Re S grows; of angles it has the period. The weights are the same at all sites and on all lattices;
    displacements that coincide on a small lattice add up.

    Parameters
    ----------
    model : Model
    window, spatial_window : int
        The window: |r_0| <= window in time and |r_i| <= spatial_window in every direction of space.
    hidden_units : int
        Number H of hidden units of a site.
    harmonics : int
        The largest k of the features, where there are angles.

    Notes
    -----
    J = 1 + i K M with K_{(a,x),(b,y)} = sum_f [sum_h U_ah tanh'(p_h(x)) W_hqf + V_aqf] phi_f'(s_b(y)) at
    y = x + r; with G = M J^{-1} the derivative of ln det J is i tr(G dK). Networks with a window as paths:
    Alexandru, Bedaque, Lamm, Lawrence, Warrington, Phys. Rev. Lett. 121 (2018) 191602; with gauge-invariant
    input Namekawa, Kashiwa, Ohnishi, Takase, Phys. Rev. D 105 (2022) 034502.
    """

    kinds = ("real", "angle")
    optimizer = "natural_gradient"
    transferable = True
    network_settings = ("window", "spatial_window", "hidden_units", "harmonics")

    def __init__(self, model, window: int, spatial_window: int, hidden_units: int, harmonics: int):
        lattice, xp = model.lattice, model.xp
        self.xp, self.volume, self.components = xp, lattice.volume, model.components
        self.hidden = hidden_units
        angles = model.variables.kind == "angle"
        self.direct = angles or bool(model.angular_sums)
        # s itself where it is real, then cos ks and sin ks for k = 1, 2, ...
        self.linear = 0 if angles else 1
        self.orders = xp.arange(1, 1 + (harmonics if self.direct else 0))
        self.features = self.linear + 2 * len(self.orders)
        seen = _seen(model)
        self.fields = len(seen)
        # s = M t, (fields V, n)
        self.matrix = xp.asarray(np.concatenate([matrix for matrix, _ in seen]))
        reaches = [window, *[spatial_window] * (lattice.dimension - 1)]
        inputs = [
            (field, r)
            for field, (_, fixed) in enumerate(seen)
            for r in itertools.product(*(range(-reach, reach + 1) for reach in reaches))
            if fixed is None or r[fixed] == 0
        ]
        wrapped = [(field, tuple(np.mod(r, lattice.shape).tolist())) for field, r in inputs]
        distinct = list(dict.fromkeys(wrapped))
        # (Q, D): which of the D distinct inputs on this lattice an input is
        self.joined = xp.asarray(
            np.array([[one == other for other in distinct] for one in wrapped], dtype=float)
        )
        self.field_of = xp.asarray([field for field, _ in distinct])
        ahead = [field * self.volume + lattice.translated(r) for field, r in distinct]
        behind = [lattice.translated(tuple(-step for step in r)) for _, r in distinct]
        # (V, D): the place of s_b(x + r), and the site x - r
        self.ahead, self.behind = (xp.asarray(np.stack(tables, axis=1)) for tables in (ahead, behind))
        self.shapes = {
            "constant": (self.components,),
            "output": (self.components, hidden_units),
            "bias": (hidden_units,),
            "weight": (hidden_units, len(inputs), self.features),
        }
        if self.direct:
            self.shapes["direct"] = (self.components, len(inputs), 2 * harmonics)
        self.n_parameters = sum(int(np.prod(shape)) for shape in self.shapes.values())

    def initial_parameters(self, stream):
        """Random weights, and outputs so small that the path is near the plane."""
        noise = stream.normals(0, 1, self.n_parameters)[0]
        parts = parts_of(noise, self.shapes)
        parts["constant"] *= 0
        parts["output"] *= START_AMPLITUDE / self.hidden**0.5
        parts["weight"] /= (parts["weight"].shape[1] * self.features) ** 0.5
        if self.direct:
            parts["direct"] *= 0
        return noise

    def transferred(self, theta, source):
        """The same weights: they do not know the lattice."""
        return theta

    def prepare(self, theta):
        """The parameters by name; the weights of inputs that coincide on this lattice are joined."""
        parts = parts_of(theta, self.shapes)
        parts["weight"] = self._joined(parts["weight"])
        if self.direct:
            of_all = self.xp.zeros((*parts["direct"].shape[:2], self.features))
            of_all[:, :, self.linear :] = parts["direct"]
            parts["direct"] = self._joined(of_all)
        return parts

    def _joined(self, weight):
        """Weights (rows, Q, F) of the distinct inputs, (rows, D F)."""
        return self.xp.tensordot(weight, self.joined, axes=(1, 0)).swapaxes(1, 2).reshape(len(weight), -1)

    def at(self, prepared, t):
        return LocalPoint(self, prepared, t)


def _seen(model) -> list[tuple[np.ndarray, int | None]]:
    """The rows (V, n) of M of every field seen, and the direction along which it is constant, if any."""
    lattice, variables = model.lattice, model.variables
    unit = np.eye(model.size).reshape(model.components, lattice.volume, model.size)
    fields = [(component, None) for component in unit]
    if variables.kind == "real":
        return fields + [(_line(lattice, one, i), i) for i in model.angular_sums for one in unit]
    if model.differences_only:
        steps = [_along(lattice, direction, 1) for direction in range(lattice.dimension)]
        return [(component[ahead] - component, None) for component in unit for ahead in steps]
    for kind in range(variables.per_link):
        first = variables.per_site + kind
        links = unit[first :: variables.per_link][: lattice.dimension]
        for direction, link in enumerate(links):
            fields.append((_line(lattice, link, direction), direction))
        for i, j in itertools.combinations(range(lattice.dimension), 2):
            ahead_i, ahead_j = (_along(lattice, direction, 1) for direction in (i, j))
            fields.append((links[i] + links[j][ahead_i] - links[i][ahead_j] - links[j], None))
    return fields


def _line(lattice, field: np.ndarray, direction: int) -> np.ndarray:
    """The sum of a field, shape (V, n), over the line along a direction through every site."""
    return sum(field[_along(lattice, direction, step)] for step in range(lattice.shape[direction]))


def _along(lattice, direction: int, step: int) -> np.ndarray:
    """The site a number of steps along a direction from every site."""
    return lattice.translated(tuple(step * (i == direction) for i in range(lattice.dimension)))


class LocalPoint(SharedPoint):
    """The local path at real points t, shape (batch, n); sites stand before components below."""

    def __init__(self, contour: Local, parts: dict, t):
        self._contour, self._parts, self._t = contour, parts, t
        self._xp = contour.xp

    @cached_property
    def z(self):
        y = self._activation @ self._parts["output"].T + self._parts["constant"]
        if self._contour.direct:
            y = y + self._features @ self._parts["direct"].T
        return self._t + 1j * y.swapaxes(1, 2).reshape(self._t.shape)

    @cached_property
    def _seen(self):
        """s, shape (batch, fields V)."""
        return self._t @ self._contour.matrix.T

    @cached_property
    def _features(self):
        """phi_f(s_b(x + r)), shape (batch, V, D F)."""
        xp, s = self._xp, self._seen[..., None]
        turned = self._contour.orders * s
        return self._windowed(self._all(s, xp.cos(turned), xp.sin(turned)))

    @cached_property
    def _slopes(self):
        """phi_f'(s_b(x)), shape (batch, fields V, F)."""
        xp, s, orders = self._xp, self._seen[..., None], self._contour.orders
        turned = orders * s
        return self._all(xp.ones_like(s), -orders * xp.sin(turned), orders * xp.cos(turned))

    def _all(self, linear, cosine, sine):
        """The features that the contour has, along the last axis."""
        return self._xp.concatenate((linear, cosine, sine)[1 - self._contour.linear :], axis=-1)

    @cached_property
    def _activation(self):
        """tanh(p_h(x)), shape (batch, V, H)."""
        return self._xp.tanh(self._features @ self._parts["weight"].T + self._parts["bias"])

    @cached_property
    def _gain(self):
        """tanh'(p_h(x)), shape (batch, V, H)."""
        return 1 - self._activation**2

    def pull_back(self, w):
        contour, batch = self._contour, len(w)
        to_hidden = (self._by_site(w.imag) @ self._parts["output"]) * self._gain
        to_inputs = to_hidden @ self._parts["weight"]
        if contour.direct:
            to_inputs = to_inputs + self._by_site(w.imag) @ self._parts["direct"]
        to_inputs = to_inputs.reshape(batch, contour.volume, -1, contour.features)
        # what the input at x = y - r says of s_b(y)
        at_field = to_inputs[:, contour.behind, self._xp.arange(len(contour.field_of))]
        slopes = self._slopes.reshape(batch, contour.fields, contour.volume, -1)
        at_field = (at_field.swapaxes(1, 2) * slopes[:, contour.field_of]).sum(axis=-1)
        of_field = contour.field_of == self._xp.arange(contour.fields)[:, None]
        to_seen = self._xp.matmul(of_field.astype(float), at_field).reshape(batch, -1)
        return w.real - to_seen @ contour.matrix

    def log_det(self):
        parts = []
        for rows in self._groups:
            sign, logarithm = self._xp.linalg.slogdet(self._jacobian(rows))
            parts.append(logarithm + 1j * self._xp.angle(sign))
        return self._xp.concatenate(parts)

    def derivatives(self, w):
        return self._xp.concatenate([self._derivatives(rows, w[rows]) for rows in self._groups])

    def _derivatives(self, rows, w):
        """Of some configurations: i tr(G dK) of the determinant, -i sum w dy of the action."""
        xp, contour, parts = self._xp, self._contour, self._parts
        batch, sites, output = len(w), contour.volume, parts["output"]
        activation, gain = self._activation[rows], self._gain[rows]
        inverse = contour.matrix @ xp.linalg.inv(self._jacobian(rows))
        # G phi' for every entry of K: (batch, V, C, D F)
        entries = inverse.reshape(batch, -1, contour.components, sites)
        entries = entries[:, contour.ahead, :, xp.arange(sites)[:, None]].transpose(2, 0, 3, 1)
        slopes = self._windowed(self._slopes[rows])
        weighted = xp.repeat(entries, contour.features, axis=-1) * slopes[:, :, None, :]
        to_product = weighted @ parts["weight"].T
        by_action = -1j * self._by_site(w)
        to_bias = -2j * activation * gain * (to_product * output).sum(axis=2)
        to_bias = to_bias + (by_action @ output) * gain
        to_output = 1j * (to_product * gain[:, :, None, :]).sum(axis=1)
        to_output = to_output + by_action.swapaxes(1, 2) @ activation
        # U tanh', the factor of the entries of K beside W phi': (batch, H, V C)
        factor = (gain[:, :, None, :] * output).reshape(batch, -1, contour.hidden).swapaxes(1, 2)
        to_weight = 1j * (factor @ weighted.reshape(batch, sites * contour.components, -1))
        to_weight = to_weight + to_bias.swapaxes(1, 2) @ self._features[rows]
        to_weight = to_weight.reshape(batch, contour.hidden, -1, contour.features)
        found = [by_action.sum(axis=1), to_output, to_bias.sum(axis=1), contour.joined @ to_weight]
        if contour.direct:
            to_direct = 1j * weighted.sum(axis=1) + by_action.swapaxes(1, 2) @ self._features[rows]
            to_direct = to_direct.reshape(batch, contour.components, -1, contour.features)
            found.append(contour.joined @ to_direct[..., contour.linear :])
        return xp.concatenate([part.reshape(batch, -1) for part in found], axis=1)

    def _jacobian(self, rows):
        """J = 1 + i K M, shape (batch, n, n)."""
        xp, contour = self._xp, self._contour
        gain, slopes = self._gain[rows], self._windowed(self._slopes[rows])
        batch, n = len(gain), contour.components * contour.volume
        factor = gain[:, :, None, :] * self._parts["output"]
        entries = factor @ self._parts["weight"]
        if contour.direct:
            entries = entries + self._parts["direct"]
        entries = entries * slopes[:, :, None, :]
        entries = entries.reshape(*entries.shape[:3], -1, contour.features).sum(axis=-1)
        k = xp.zeros((batch, contour.components, contour.volume, contour.fields * contour.volume))
        # indexing by two tables puts their axes first
        k[:, :, xp.arange(contour.volume)[:, None], contour.ahead] = entries.swapaxes(1, 2)
        return xp.eye(n) + 1j * (k.reshape(batch, n, -1) @ contour.matrix)

    def _windowed(self, fields):
        """Fields (batch, fields V, F) at the inputs of every site, shape (batch, V, D F)."""
        return fields[:, self._contour.ahead].reshape(len(fields), self._contour.volume, -1)

    def _by_site(self, w):
        """A vector of variables by site and component, shape (batch, V, C)."""
        return w.reshape(len(w), self._contour.components, -1).swapaxes(1, 2)

    @property
    def _groups(self):
        """Slices of the batch whose Jacobians and derivatives fit in memory together."""
        contour = self._contour
        batch, n = self._t.shape
        entries = n * len(contour.field_of) * contour.features
        limit = GROUP_BYTES if self._xp is np else backend.memory(self._xp) // GPU_SHARE
        return groups(batch, 16 * (n * n + n * len(contour.matrix) + entries), limit)
