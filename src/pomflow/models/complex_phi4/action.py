"""Complex lambda-phi^4 theory at chemical potential mu on a periodic lattice of any dimension."""

import math

import numpy as np

from pomflow.lattice import Lattice
from pomflow.models.base import Action
from pomflow.models.complex_phi4 import kernels as phi4
from pomflow.models.complex_phi4 import mean_field as meanfield
from pomflow.numerics import backend


class ComplexPhi4(Action):
    r"""The complex scalar field with two real components phi_1, phi_2 per site.

    .. math::
        S = \sum_x \Big[ \tfrac{2d+m^2}{2} \phi_a\phi_a + \tfrac{\lambda}{4} (\phi_a\phi_a)^2
            - \sum_{i \ge 1} \phi_{a,x}\phi_{a,x+\hat\imath}
            - \phi_{a,x}\phi_{b,x+\hat 0} (\delta_{ab}\cosh\mu - i\epsilon_{ab}\sinh\mu) \Big]

    Variables are ordered component first: z = (phi_1 on all sites, phi_2 on all sites), n = 2V. At
    lambda = 0 the theory is Gaussian. Z is real, so its phase is zero.

    Parameters
    ----------
    lattice : Lattice
        Direction 0 is time, which the chemical potential couples to.
    mass, coupling, mu : float
        m, lambda and mu in lattice units.
    xp : module, optional
        NumPy or CuPy.

    Notes
    -----
    Source: Mori, Kashiwa, Ohnishi, PTEP 2018, 023B04, where d = 2.
    """

    def __init__(self, lattice: Lattice, mass: float, coupling: float, mu: float, xp=np):
        self.lattice, self.mass, self.coupling, self.mu, self.xp = lattice, mass, coupling, mu, xp
        self.size = 2 * lattice.volume
        self._forward = [xp.asarray(table) for table in lattice.forward]
        self._backward = [xp.asarray(table) for table in lattice.backward]
        self.neighbours = phi4.neighbours(lattice, xp)

    def fields(self, z):
        """The two components by site, shape (batch, 2, V)."""
        return z.reshape(z.shape[0], 2, self.lattice.volume)

    def value(self, z):
        if backend.has_kernels(self.xp):
            return phi4.value(self, z)
        field = self.fields(z)
        quadratic = (field * self._linear(field)).sum(axis=(1, 2)) / 2
        modulus = (field * field).sum(axis=1)
        return quadratic + self.coupling / 4 * (modulus * modulus).sum(axis=1)

    def gradient(self, z):
        if backend.has_kernels(self.xp):
            return phi4.gradient(self, z)
        field = self.fields(z)
        modulus = (field * field).sum(axis=1, keepdims=True)
        return (self._linear(field) + self.coupling * modulus * field).reshape(z.shape)

    def forward_in_time(self, field):
        """The field at x + 0 for every x."""
        return self._at(self._forward[0], field)

    def ordered_start(self, stream, rows: int, first_row: int = 0):
        """The mean-field condensate with a random U(1) angle for each chain."""
        angle = 2 * math.pi * stream.uniforms(0, rows, 1, first_row)
        amplitude = math.sqrt(meanfield.condensate(self.mass, self.coupling, self.mu))
        one = self.xp.ones((1, self.lattice.volume))
        parts = (amplitude * self.xp.cos(angle) * one, amplitude * self.xp.sin(angle) * one)
        return self.xp.concatenate(parts, axis=1)

    def _linear(self, field):
        """M phi, where S = phi M phi / 2 + lambda (phi phi)^2 / 4."""
        ahead, behind = self.forward_in_time(field), self._at(self._backward[0], field)
        # complex at real points too
        result = (2 * self.lattice.dimension + self.mass**2) * field.astype(self.xp.complex128, copy=False)
        result -= math.cosh(self.mu) * (ahead + behind)
        for forward, backward in zip(self._forward[1:], self._backward[1:], strict=True):
            result -= self._at(forward, field)
            result -= self._at(backward, field)
        if self.mu:
            turned = 1j * math.sinh(self.mu) * (ahead - behind)
            result[:, 0] += turned[:, 1]
            result[:, 1] -= turned[:, 0]
        return result

    def _at(self, sites, field):
        """The field at other sites; ``take`` is several times faster than indexing with a table."""
        return self.xp.take(field, sites, axis=-1)
