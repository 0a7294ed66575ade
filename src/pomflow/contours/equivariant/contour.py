"""A contour that respects the symmetries of the theory; its weights are shared by all sites."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pomflow.contours.base import Contour, SharedPoint
from pomflow.contours.equivariant import force_loops, stencil_kernels
from pomflow.contours.equivariant.kernels import EquivariantKernels
from pomflow.contours.equivariant.odd_stencil import Couplings, Terms
from pomflow.contours.offsets import Stencil, orbits
from pomflow.contours.scales import scales_from
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.models.complex_scalar import by_charge, kernel, stable_slope
from pomflow.numerics import backend, cyclic
from pomflow.numerics.batch import groups

# The slopes of the starting path are held here; farther out the path saturates anyway.
START_SLOPE = 0.9 * stable_slope(4)
# bytes of the Jacobians in memory at a time: on a CPU few enough that the allocator keeps the pages; on a GPU
# one part in so many of its memory, because every group costs hundreds of kernel launches. With what is made
# of them they take some four times as much.
GROUP_BYTES, GPU_SHARE = 2**22, 16


@dataclass(frozen=True)
class Weights:
    """Parameters in the form that an evaluation needs.

    Attributes
    ----------
    kernel : array, shape (D, 2, K, K)
        A and H for every displacement of the lattice, r-th sign included.
    hop, gate : array, shape (K V, K V)
        A and H as matrices from (k, y) to (j, x).
    couplings : Couplings or None
        A and H for the compiled loops of a CPU.
    """

    kernel: object
    hop: object
    gate: object
    couplings: Couplings | None


class Equivariant(Contour):
    r"""u = phi + F, v = phi* - F* with a displacement F that commutes with the symmetries.

    .. math::
        F_x = \sum_r s(r) \sum_{jk} \big[ A_{rjk}\, p_j(\rho_x)\, \phi_{x+r} q_k(\rho_{x+r})
            + H_{rjk}\, \phi_x q_j(\rho_x)\, q_k(\rho_{x+r}) \big], \qquad \rho = \phi \phi^*

    with q_k = 1 / (1 + rho / s_k), scales s_k = s 4^k for k = 0 ... K - 1, and p = (1, q_0, ..., q_{K-2}).
    Here phi = t_1 + i t_2, u = z_1 + i z_2 and v = z_1 - i z_2; s(r) is the sign of the time component of r.
    The real coefficients are even under reflections of space. F commutes with translations, U(1), reflections
    of space, and with both anti-unitary symmetries of the theory (see ``offsets``).

    phi q_k(rho) is at most sqrt(s_k) / 2 and all other factors at most 1, so F is bounded whatever the
    parameters are, and the path keeps the asymptotic directions of the real plane, in which Re S grows.

    Parameters
    ----------
    model : Model
        A complex scalar field.
    reach : int
        Largest |r_0| + sum_i |r_i|.
    spatial_reach : int
        Largest sum_i |r_i|.
    features : int
        Number K of scales.
    scale : float
        The smallest scale s of rho.

    Notes
    -----
    In the basis (phi, phi*) the Jacobian is [[1 + P, Q], [-Q*, 1 - P*]] with P = dF/dphi and Q = dF/dphi*.
    F is linear in the parameters.
    """

    network_settings = ("reach", "spatial_reach", "features", "scale")
    needs_complex_scalar = True
    optimizer = "natural_gradient"
    transferable = True

    def __init__(self, model, reach: int, spatial_reach: int, features: int, scale: float):
        self.lattice, self.xp, self._model = model.lattice, model.xp, model
        self.features = features
        scales = scales_from(scale, features)
        self.orbits = orbits(self.lattice.dimension, reach, spatial_reach)
        self.n_parameters = len(self.orbits) * 2 * features**2
        self.scales = self.xp.asarray(scales)
        stencil = Stencil.of(self.lattice, self.orbits)
        self.ring = cyclic.Ring.cheapest(self.lattice, stencil.displacements)
        self.neighbours = self.xp.asarray(stencil.neighbours)
        self.spread = self.xp.asarray(stencil.spread)
        self.terms = Terms.of(self.lattice, stencil)
        self.kernels = EquivariantKernels(stencil, scales, self.ring, self.xp)

    def initial_parameters(self, stream):
        """The kernel of the Gaussian path with a self-consistent mass, on the widest saturating field."""
        theta = np.zeros((len(self.orbits), 2, self.features, self.features))
        theta[:, 0, 0, -1] = kernel(self.orbits, self._start_slopes)
        return self.xp.asarray(theta.ravel())

    def _start_slopes(self, lattice):
        return self._model.gaussian_slopes(lattice, START_SLOPE)

    def transferred(self, theta, source):
        """The same weights: they do not know the lattice."""
        return theta

    def prepare(self, theta) -> Weights:
        xp, k, volume = self.xp, self.features, self.lattice.volume
        kernel = (self.spread @ theta.reshape(len(self.orbits), -1)).reshape(-1, 2, k, k)
        matrices = xp.zeros((2, k, volume, k, volume))
        sites = xp.arange(volume)[:, None]
        matrices[:, :, self.neighbours, :, sites] = kernel.transpose(0, 1, 3, 2)
        matrices = matrices.reshape(2, k * volume, k * volume)
        couplings = Couplings.of(kernel, self.terms) if xp is np else None
        return Weights(kernel, matrices[0], matrices[1], couplings)

    def at(self, weights, t):
        return EquivariantPoint(self, weights, t)

    def force(self, weights, model, t):
        # the kernels and the compiled loops hold the gradient of phi^4: they serve no other action
        if type(model) is not ComplexPhi4:
            return super().force(weights, model, t)
        if self.kernels.usable:
            return self.kernels.force(weights.kernel, t, model)
        if weights.couplings is not None:
            return force_loops.force(weights.couplings, self.scales, self.terms, model, t)
        return super().force(weights, model, t)


class EquivariantPoint(SharedPoint):
    """The equivariant path at real points t, shape (batch, 2V)."""

    def __init__(self, contour: Equivariant, weights: Weights, t):
        self._contour, self._weights, self._t = contour, weights, t
        self._xp = contour.xp

    @cached_property
    def z(self):
        if self._contour.kernels.usable:
            return self._contour.kernels.points(self._weights.kernel, self._t)
        displacement = self._displacement
        return self._t + 1j * self._xp.concatenate((displacement.imag, -displacement.real), axis=1)

    @cached_property
    def _phi(self):
        volume = self._contour.lattice.volume
        return self._t[:, :volume] + 1j * self._t[:, volume:]

    @cached_property
    def _rho(self):
        return self._phi.real**2 + self._phi.imag**2

    @cached_property
    def _q(self):
        """q_k, shape (batch, K, V)."""
        return 1 / (1 + self._rho[:, None] / self._scales)

    @cached_property
    def _slope(self):
        """dq_k/drho, shape (batch, K, V)."""
        return -self._q * self._q / self._scales

    @property
    def _scales(self):
        return self._contour.scales[:, None]

    def pull_back(self, w):
        # Re S changes by Re(c dF) beside Re w
        volume = w.shape[1] // 2
        c = -w.imag[:, volume:] - 1j * w.imag[:, :volume]
        gradient = self._pull_displacement(-c)
        return w.real + self._xp.concatenate((gradient.real, -gradient.imag), axis=1)

    def log_det(self):
        ring = self._contour.ring
        parts = [cyclic.log_det(self._jacobian(rows), ring.edges) for rows in self._groups]
        return self._xp.concatenate(parts)

    def derivatives(self, w):
        contour = self._contour
        force = by_charge(w)
        parts = []
        for rows in self._groups:
            inverse = cyclic.inverse(self._jacobian(rows), contour.ring.edges)
            parts.append(self._derivatives(rows, inverse, *(part[rows] for part in force)))
        by_displacement = self._xp.concatenate(parts)
        by_orbit = self._xp.tensordot(by_displacement, contour.spread, axes=(1, 0))
        return self._xp.moveaxis(by_orbit, -1, 1).reshape(len(w), -1)

    @cached_property
    def _hopped(self):
        """sum_r s(r) sum_k A_rjk (phi q_k)_{x+r}, complex, shape (batch, K, V)."""
        return _times_complex(self._phi[:, None] * self._q, self._weights.hop)

    @cached_property
    def _gates(self):
        """sum_r s(r) sum_k H_rjk (q_k)_{x+r}, real, shape (batch, K, V)."""
        return _times(self._q, self._weights.gate)

    @property
    def _displacement(self):
        """F, complex, shape (batch, V)."""
        hopped, q = self._hopped, self._q
        gated = (q * self._gates).sum(axis=1)
        return hopped[:, 0] + (q[:, :-1] * hopped[:, 1:]).sum(axis=1) + self._phi * gated

    def _pull_displacement(self, c):
        """The field g with Re sum_x c dF = Re sum_x g dphi, complex, shape (batch, V)."""
        phi, q, hopped, gates = self._phi, self._q, self._hopped, self._gates
        along = (c * phi).real[:, None]
        to_hopped = self._xp.concatenate((c[:, None], c[:, None] * q[:, :-1]), axis=1)
        to_fields = _times_complex(to_hopped, self._weights.hop.T)
        to_q = along * gates + _times(along * q, self._weights.gate.T) + (to_fields * phi[:, None]).real
        to_q[:, :-1] += (c[:, None] * hopped[:, 1:]).real
        to_rho = (to_q * self._slope).sum(axis=1)
        return (to_fields * q).sum(axis=1) + c * (q * gates).sum(axis=1) + 2 * phi.conj() * to_rho

    @cached_property
    def _diagonal(self):
        """What the factors at x add to the diagonals of P and Q, each of shape (batch, V)."""
        phi, slope, gates = self._phi, self._slope, self._gates
        turned = (slope[:, :-1] * self._hopped[:, 1:]).sum(axis=1)
        bent = (slope * gates).sum(axis=1)
        straight = turned * phi.conj() + (self._q * gates).sum(axis=1) + self._rho * bent
        return straight, (turned + phi * bent) * phi

    def _jacobian(self, rows):
        contour = self._contour
        if contour.kernels.usable:
            return contour.kernels.jacobian(self._weights.kernel, self._t[rows])
        return stencil_kernels.jacobian(
            self._phi[rows],
            self._q[rows],
            self._slope[rows],
            self._weights.kernel,
            [part[rows] for part in self._diagonal],
            contour.neighbours,
            contour.ring,
        )

    def _derivatives(self, rows, inverse, su, sv):
        contour = self._contour
        if contour.kernels.usable:
            return contour.kernels.derivatives(self._weights.kernel, self._t[rows], inverse, su, sv)
        fields = self._phi[rows], self._q[rows], self._slope[rows]
        return stencil_kernels.derivatives(*fields, inverse, su, sv, contour.neighbours, contour.ring)

    @property
    def _groups(self):
        """Slices of the batch whose Jacobians fit in memory together."""
        batch, n = self._t.shape
        limit = GROUP_BYTES if self._xp is np else backend.memory(self._xp) // GPU_SHARE
        return groups(batch, 16 * n * n, limit)


def _times(fields, matrix):
    """A batch of fields, shape (batch, K, V), times a matrix of K V rows and columns."""
    return (fields.reshape(len(fields), -1) @ matrix).reshape(fields.shape)


def _times_complex(fields, matrix):
    """The same for complex fields and a real matrix."""
    return _times(fields.real, matrix) + 1j * _times(fields.imag, matrix)
