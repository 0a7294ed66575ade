"""A contour for large volumes: changes of one time slice after another, and a linear path above them."""

import math
from functools import cached_property
from typing import ClassVar, NamedTuple

import numpy as np

from pomflow.contours.base import Contour, SharedPoint
from pomflow.contours.layered.layer_loops import CompiledLayers
from pomflow.contours.layered.layers import Layers
from pomflow.contours.layered.tables import Seen, within
from pomflow.contours.linear import Linear
from pomflow.contours.offsets import images, orbits
from pomflow.contours.scales import middle_of, scales_from
from pomflow.models.complex_scalar import by_charge


class Prepared(NamedTuple):
    """Parameters in the form that an evaluation needs.

    Attributes
    ----------
    slope, slope_gradient : array, shape (V,), (V, linear parameters)
        a_k and its derivatives.
    factors : array, complex, shape (2, *lattice)
        1 + i a_k of u_k and 1 - i a_k of v_k.
    weights : array, shape (2, orbits, K, K)
        A and H from k to j.
    current_weights : array, shape (orbits,) or (0,)
        C, if the layers see currents.
    """

    slope: object
    slope_gradient: object
    factors: object
    weights: object
    current_weights: object


class Layered(Contour):
    r"""u = (1 + i a) u' above changes of one time slice after another, by what it sees of the others.

    .. math::
        u_x \to u_x (1 + h_x) + F_x, \qquad v_x \to v_x (1 - h_x) - G_x, \qquad
        F_x = \sum_r s(r) \sum_{jk} A_{rjk}\, p_j(\rho_x)\, u_{x+r} q_k(\rho_{x+r}), \qquad
        h_x = \sum_r s(r) \Big[ \sum_{jk} H_{rjk}\, q_j(\rho_x)\, q_k(\rho_{x+r})
            + C_r\, q_{K-1}(\rho_x)\, e_{x+r} \Big]

    G is F with v in place of u; rho = u v, q_k = exp(-rho / s_k) with s_k = s 4^k, and
    p = (1, q_0, ..., q_{K-2}). With ``currents``, e_y is the sum of the squares of the currents of u q_m and
    v q_m, m = K // 2, over the spatial links of y (``layered.currents``); without, C is absent. On the plane
    u = phi and v = phi*. Slices change in the order of time, with the same weights: a slice sees those before
    it as they are after their change, and those behind it as they were. Displacements r lead out of the
    slice, so that a change has a block of 2 x 2 at each of its sites, whose determinants are multiplied. Last
    comes the linear map of ``Linear``, u_k -> (1 + i a_k) u_k and v_k -> (1 - i a_k) v_k, of which the
    determinant is a constant: ln det J costs O(V).

    The path commutes with U(1), with translations, reflections and exchanges of axes in space; with
    translations in time but for the seam between the last slice and the first.

    Parameters
    ----------
    model : Model
        A complex scalar field whose ``growth`` is known.
    reach : int
        Largest |r_0| + sum_i |r_i|; at most half around the lattice in every direction counts (``within``).
    spatial_reach : int
        Largest sum_i |r_i|.
    features : int
        Number K of scales.
    scale : float
        The smallest scale s of rho.
    currents : bool
        Whether a slice sees the squares of spatial currents in others: in a condensate gradients of the angle
        of phi turn it elsewhere, which is what spin waves do to one another. Lattices of one site in space
        have no currents to see.

    Notes
    -----
    Re z is not t, other than on most contours: a change moves both parts of a complex field.

    Re S grows far out as it does on the linear path, whatever the weights are. If |u - phi| and |v - phi*|
    are at most B before a change, then |rho - |phi|^2| <= 2 B |phi| + B^2, so that all q, u q and v q are
    bounded, with them e, a polynomial in u q and v q, and the change. After the last one (u', v') is at a
    bounded distance from the plane. The linear map leads it to a bounded distance from the linear path. The
    same holds for all parameters scaled down, whose paths join it to the plane.
    """

    network_settings = ("reach", "spatial_reach", "features", "scale", "currents")
    later_settings: ClassVar = {"currents": False}
    needs_complex_scalar = True
    keeps_real_part = False
    optimizer = "natural_gradient"
    transferable = True

    def __init__(self, model, reach: int, spatial_reach: int, features: int, scale: float, currents: bool):
        self.lattice, self.xp = model.lattice, model.xp
        self.linear = Linear(model)
        self.orbits = within(self.lattice.shape, reach, spatial_reach)
        self.seen = Seen(*map(self.xp.asarray, Seen.of(self.lattice, self.orbits)))
        scales = scales_from(scale, features)
        self.scales = self.xp.asarray(scales)
        self.weight_unit = 1 / (features * math.sqrt(_terms(self.lattice.dimension, reach, spatial_reach)))
        # e grows like the square of its scale
        self.current_unit = self.weight_unit / scales[middle_of(features)] ** 2
        self.shape = (2, len(self.orbits), features, features)
        has_space = max(self.lattice.shape[1:], default=1) > 1
        self.n_currents = len(self.orbits) if currents and has_space else 0
        self.n_parameters = self.linear.n_parameters + math.prod(self.shape) + self.n_currents

    @classmethod
    def misfit(cls, model):
        """What does not fit the linear map."""
        return Linear.misfit(model)

    def initial_parameters(self, stream):
        """The Gaussian path of the model, and layers that change nothing."""
        nothing = self.xp.zeros(self.shape), self.xp.zeros(self.n_currents)
        return self._joined(self.linear.initial_parameters(stream), *nothing)

    def transferred(self, theta, source):
        """The same linear map and weights, with none for displacements that the source has no room for."""
        linear, weights, current_weights = source.parts(theta)
        ours, our_currents = self.xp.zeros(self.shape), self.xp.zeros(self.n_currents)
        for number, orbit in enumerate(self.orbits):
            if orbit in source.orbits:
                theirs = source.orbits.index(orbit)
                ours[:, number] = weights[:, theirs]
                if self.n_currents and source.n_currents:
                    our_currents[number] = current_weights[theirs]
        return self._joined(self.linear.transferred(linear, source.linear), ours, our_currents)

    def parts(self, theta):
        """The parameters of the linear map; A and H in units of ``weight_unit``; C in ``current_unit``."""
        first, last = self.linear.n_parameters, len(theta) - self.n_currents
        return theta[:first], theta[first:last].reshape(self.shape), theta[last:]

    def _joined(self, linear, weights, current_weights):
        return self.xp.concatenate((linear, weights.ravel(), current_weights))

    def prepare(self, theta) -> Prepared:
        linear, weights, current_weights = self.parts(theta)
        slope, slope_gradient = self.linear.slopes(linear)
        a = slope.reshape(self.lattice.shape)
        factors = self.xp.stack((1 + 1j * a, 1 - 1j * a))
        units = self.weight_unit * weights, self.current_unit * current_weights
        return Prepared(slope, slope_gradient, factors, *units)

    def at(self, prepared, t):
        return LayeredPoint(self, prepared, t)


def _terms(dimension: int, reach: int, spatial_reach: int) -> int:
    """Displacements within reach."""
    return sum(len(images(orbit)) for orbit in orbits(dimension, reach, spatial_reach)) or 1


class LayeredPoint(SharedPoint):
    """The path at real points t, shape (batch, 2V)."""

    def __init__(self, contour: Layered, prepared: Prepared, t):
        self._contour, self._prepared = contour, prepared
        self._xp, self._shape = contour.xp, (2, *contour.lattice.shape)
        layers = CompiledLayers if self._xp is np else Layers
        extent = contour.lattice.shape[0]
        weights = prepared.weights, prepared.current_weights
        self._layers = layers(contour.seen, *weights, contour.scales, extent, t)

    @cached_property
    def z(self):
        u, v = _pair(self._field(self._prepared.factors * self._spectrum))
        return self._xp.concatenate(((u + v) / 2, (u - v) / 2j), axis=1)

    @cached_property
    def _spectrum(self):
        return self._transform(self._layers.fields)

    def log_det(self):
        return self._layers.log_det() + self._xp.log1p(self._prepared.slope**2).sum()

    def pull_back(self, w):
        to_u, to_v = _pair(self._layers.pull_back(self._to_layers(w)))
        return self._xp.concatenate(((to_u + to_v).real, (to_v - to_u).imag), axis=1)

    def derivatives(self, w):
        return self._xp.concatenate((self._by_linear(w), self._by_weights(w)), axis=1)

    def _by_linear(self, w):
        """Derivatives of ln det J - S by the parameters of the linear map."""
        slope = self._prepared.slope
        # sum_x f_x g_x is sum_k f_{-k} g_k / V, and f_{-k} / V the inverse transform
        spectrum = self._xp.fft.ifftn(self._by_charge(w).reshape(-1, *self._shape), axes=self._axes)
        by_u, by_v = _pair((spectrum * self._spectrum).reshape(len(w), 2, -1))
        return (2 * slope / (1 + slope**2) - 1j * (by_u - by_v)) @ self._prepared.slope_gradient

    def _by_weights(self, w):
        """Derivatives of ln det J - S by the parameters of the layers."""
        by_weights, by_currents = self._layers.derivatives(-self._to_layers(w))
        by_weights = self._contour.weight_unit * by_weights.reshape(len(w), -1)
        return self._xp.concatenate((by_weights, self._contour.current_unit * by_currents), axis=1)

    def _to_layers(self, w):
        """Derivatives by u and v after the layers from those by z, complex, shape (batch, 2, V)."""
        # beside 1 the matrix of the linear map is antisymmetric: its transpose exchanges the factors
        return self._field(self._prepared.factors[::-1] * self._transform(self._by_charge(w)))

    def _by_charge(self, w):
        """Derivatives by u and v from those by z, complex, shape (batch, 2, V)."""
        return self._xp.stack(by_charge(w), axis=1)

    def _transform(self, fields):
        """Fourier transforms of fields, shape (batch, 2, V), on the shape of the lattice."""
        return self._xp.fft.fftn(fields.reshape(-1, *self._shape), axes=self._axes)

    def _field(self, spectrum):
        return self._xp.fft.ifftn(spectrum, axes=self._axes).reshape(len(spectrum), 2, -1)

    @property
    def _axes(self):
        return tuple(range(2, 1 + len(self._shape)))


def _pair(fields):
    """The two fields of an array of shape (batch, 2, V)."""
    return fields[:, 0], fields[:, 1]
