"""The complex phi^4 theory on a path as one writes it with JAX or PyTorch.

The programs build the Jacobian of every configuration, take its complex ``slogdet`` and leave derivatives to
the library's automatic differentiation, in float64. They share no code with pomflow.
"""

import itertools
import math

import numpy as np


class Program:
    """The complex phi^4 theory on a path, in any library with NumPy's names.

    Parameters
    ----------
    lib : module
        ``jax.numpy`` or ``torch``.
    shape : tuple of int
        Extents of the lattice, time first.
    mass, coupling, mu : float
    """

    # rows of the identity that the determinant is built from
    rows: int

    def __init__(self, lib, shape, mass, coupling, mu):
        self.lib, self.shape, self.size = lib, shape, 2 * math.prod(shape)
        self.mass, self.coupling, self.mu = mass, coupling, mu

    def evaluate(self, theta, t, identity):
        """The points z and the determinants' sign and ln|det|."""
        raise NotImplementedError

    def objective(self, theta, t, weight, identity):
        """The batch mean of Re[weight (ln det J - S)]."""
        return (weight * self.log_weight(theta, t, identity)).real.mean()

    def log_weight(self, theta, t, identity):
        """ln det J - S."""
        z, (sign, modulus) = self.evaluate(theta, t, identity)
        return modulus + 1j * self.lib.angle(sign) - self.action(z)

    def action(self, z):
        """S of the complex phi^4 theory."""
        field = z.reshape(-1, 2, *self.shape)
        modulus = field[:, 0] ** 2 + field[:, 1] ** 2
        quadratic = (2 * len(self.shape) + self.mass**2) / 2 * modulus + self.coupling / 4 * modulus**2
        for axis in range(1, len(self.shape)):
            ahead = self.lib.roll(field, -1, 2 + axis)
            quadratic = quadratic - field[:, 0] * ahead[:, 0] - field[:, 1] * ahead[:, 1]
        ahead = self.lib.roll(field, -1, 2)
        straight = field[:, 0] * ahead[:, 0] + field[:, 1] * ahead[:, 1]
        turned = field[:, 0] * ahead[:, 1] - field[:, 1] * ahead[:, 0]
        total = quadratic - math.cosh(self.mu) * straight + 1j * math.sinh(self.mu) * turned
        return total.reshape(len(z), -1).sum(1)


class DenseProgram(Program):
    """On the dense contour.

    Parameters
    ----------
    hidden : int
    narrow : bool
        Whether the determinant is taken of 1 + i D_1 W_1 D_2 W_2, which has H rows, by Sylvester's identity.
    """

    def __init__(self, lib, shape, hidden, narrow=False, **theory):
        super().__init__(lib, shape, **theory)
        self.hidden, self.narrow = hidden, narrow
        self.rows = hidden if narrow else self.size

    def prepare(self, theta):
        """W_1, b_1, W_2, b_2, alpha, beta."""
        n, h = self.size, self.hidden
        edges = np.cumsum([0, h * n, h, n * h, n, n, n]).tolist()
        w1, b1, w2, b2, alpha, beta = (theta[start:stop] for start, stop in itertools.pairwise(edges))
        return w1.reshape(h, n), b1, w2.reshape(n, h), b2, alpha, beta

    def points(self, prepared, t):
        """z alone."""
        return self._layers(prepared, t)[0]

    def evaluate(self, theta, t, identity):
        prepared = w1, _, w2, _, alpha, _ = self.prepare(theta)
        z, a, f = self._layers(prepared, t)
        outer, inner = alpha * (1 - f * f), 1 - a * a
        if self.narrow:
            k = (inner[:, :, None] * w1 * outer[:, None, :]) @ w2
        else:
            k = (outer[:, :, None] * w2 * inner[:, None, :]) @ w1
        return z, self.lib.linalg.slogdet(identity + 1j * k)

    def _layers(self, prepared, t):
        w1, b1, w2, b2, alpha, beta = prepared
        a = self.lib.tanh(t @ w1.T + b1)
        f = self.lib.tanh(a @ w2.T + b2)
        return t + 1j * (alpha * f + beta), a, f


class EquivariantProgram(Program):
    """On the equivariant contour, for JAX: its stencil as matrices, its Jacobian in closed form and dense.

    Parameters
    ----------
    contour : Equivariant
        Gives scales, neighbours and signs of the stencil.
    """

    def __init__(self, lib, shape, contour, **theory):
        super().__init__(lib, shape, **theory)
        self.rows, self.features = self.size, contour.features
        self.scales = contour.scales[:, None]
        self.neighbours, self.spread = contour.neighbours, contour.spread
        # for every pair of sites the number of its displacement, or the number after the last
        volume, displacements = self.neighbours.shape
        self.pairs = np.full((volume, volume), displacements)
        self.pairs[np.arange(volume)[:, None], self.neighbours] = np.arange(displacements)

    def prepare(self, theta):
        """A and H as matrices from (k, y) to (j, x)."""
        lib, k, volume = self.lib, self.features, self.size // 2
        kernel = self._kernel(theta)
        padded = lib.concatenate([kernel, lib.zeros((1, 2, k, k))])[self.pairs]
        matrices = padded.transpose(2, 4, 1, 3, 0).reshape(2, k * volume, k * volume)
        return matrices[0], matrices[1]

    def points(self, prepared, t):
        """z alone."""
        return self._fields(prepared, t)[0]

    def evaluate(self, theta, t, identity):
        lib, kernel = self.lib, self._kernel(theta)
        z, phi, rho, q, hopped, gates = self._fields(self.prepare(theta), t)
        slope = -q * q / self.scales
        # what the factors at x add to the diagonal, then the stencil
        turned = (slope[:, :-1] * hopped[:, 1:]).sum(1)
        bent = (slope * gates).sum(1)
        p_diagonal = turned * phi.conj() + (q * gates).sum(1) + rho * bent
        q_diagonal = (turned + phi * bent) * phi
        p_of_x = lib.concatenate([lib.ones_like(q[:, :1]), q[:, :-1]], 1)
        hop = lib.einsum("bjx,djk->bkxd", p_of_x, kernel[:, 0])
        gate = lib.einsum("bjx,djk->bkxd", q, kernel[:, 1])
        q_y, slope_y, rho_y, phi_y = (part[..., self.neighbours] for part in (q, slope, rho, phi))
        curved, gated = (hop * slope_y).sum(1), (gate * slope_y).sum(1)
        p_stencil = (hop * q_y).sum(1) + rho_y * curved + gated * phi[..., None] * phi_y.conj()
        q_stencil = (curved * phi_y + gated * phi[..., None]) * phi_y
        p, q = self._matrix(p_stencil, p_diagonal), self._matrix(q_stencil, q_diagonal)
        upper, lower = lib.concatenate([p, q], 2), lib.concatenate([-q.conj(), -p.conj()], 2)
        return z, lib.linalg.slogdet(identity + lib.concatenate([upper, lower], 1))

    def _kernel(self, theta):
        k = self.features
        return (self.spread @ theta.reshape(self.spread.shape[1], -1)).reshape(-1, 2, k, k)

    def _fields(self, prepared, t):
        lib, (hop, gate) = self.lib, prepared
        volume = t.shape[1] // 2
        phi = t[:, :volume] + 1j * t[:, volume:]
        rho = phi.real**2 + phi.imag**2
        q = 1 / (1 + rho[:, None] / self.scales)
        waves, flat = (phi[:, None] * q).reshape(len(t), -1), q.reshape(len(t), -1)
        hopped = (waves.real @ hop + 1j * (waves.imag @ hop)).reshape(q.shape)
        gates = (flat @ gate).reshape(q.shape)
        shift = hopped[:, 0] + (q[:, :-1] * hopped[:, 1:]).sum(1) + phi * (q * gates).sum(1)
        return t + 1j * lib.concatenate([shift.imag, -shift.real], 1), phi, rho, q, hopped, gates

    def _matrix(self, stencil, diagonal):
        """A matrix of sites from its elements at the neighbours and what is added to its diagonal."""
        sites = np.arange(self.size // 2)
        empty = self.lib.zeros((len(stencil), len(sites), len(sites)), dtype=complex)
        return empty.at[:, sites[:, None], self.neighbours].set(stencil).at[:, sites, sites].add(diagonal)
