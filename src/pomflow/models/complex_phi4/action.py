"""Complex lambda-phi^4 theory at chemical potential mu on a periodic lattice of any dimension."""

import math

import numpy as np

from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.base import CHEMICAL_POTENTIAL, Model, Parameter, Variables
from pomflow.models.complex_phi4 import gaussian, identities, kernels, mean_field
from pomflow.models.complex_scalar import displacement
from pomflow.models.observables import observable
from pomflow.numerics import backend


class ComplexPhi4(Model):
    r"""The complex scalar field with two real components phi_1, phi_2 per site.

    .. math::
        S = \sum_x \Big[ \tfrac{2d+m^2}{2} \phi_a\phi_a + \tfrac{\lambda}{4} (\phi_a\phi_a)^2
            - \sum_{i \ge 1} \phi_{a,x}\phi_{a,x+\hat\imath}
            - \phi_{a,x}\phi_{b,x+\hat 0} (\delta_{ab}\cosh\mu - i\epsilon_{ab}\sinh\mu) \Big]

    Variables are ordered component first: z = (phi_1 on all sites, phi_2 on all sites), n = 2V. At
    lambda = 0 the theory is Gaussian. Z is real, so its phase is zero. Direction 0 of the lattice is time,
    which the chemical potential couples to.

    Notes
    -----
    Source: Mori, Kashiwa, Ohnishi, PTEP 2018, 023B04, where d = 2.
    """

    title = r"complex $\varphi^4$"
    variables = Variables("real", per_site=2)
    parameters = {
        "mass": Parameter("Bare mass m in lattice units.", 1.0, minimum=0, maximum=100, symbol="m"),
        "coupling": Parameter(
            "Coupling lambda. At 0 the theory is Gaussian and needs cosh(mu) < 1 + m^2/2.",
            1.0,
            minimum=0,
            maximum=10000,
            symbol=r"\lambda",
        ),
        "mu": CHEMICAL_POTENTIAL,
    }
    growth = 4
    complex_scalar = True
    orders_phase = True
    has_windings = True
    has_hartree_start = True
    partition_phase = 0.0
    vanishing = ("apf_im", "density_im", "phi2_im")
    exact = "pomflow.models.complex_phi4.exact:values"
    mean_field = "pomflow.models.complex_phi4.mean_field:values"
    simulation = "pomflow.models.complex_phi4.simulation:DUAL"
    quantities = "pomflow.models.complex_phi4.quantities"
    published = "models/complex_phi4/published.csv"
    data = ("models/complex_phi4/exact.csv",)

    def __init__(self, lattice: Lattice, xp=np, **values):
        super().__init__(lattice, xp, **values)
        # without a coupling only the quadratic term grows; what a subclass adds is not known here
        if type(self) is ComplexPhi4 and not self.coupling:
            self.growth = 2
        self._forward = [xp.asarray(table) for table in lattice.forward]
        self._backward = [xp.asarray(table) for table in lattice.backward]
        self.neighbours = kernels.neighbours(lattice, xp)

    @classmethod
    def check(cls, lattice: Lattice, values: dict) -> None:
        if values["coupling"] == 0 and math.cosh(values["mu"]) >= 1 + values["mass"] ** 2 / 2:
            raise ConfigError(
                "parameters.coupling",
                "without a coupling the action has no minimum for cosh(mu) >= 1 + m^2/2",
                "Raise the coupling or the mass, or lower mu.",
            )
        if not math.isfinite(mean_field.condensate(values["mass"], values["coupling"], values["mu"])):
            raise ConfigError(
                "parameters.coupling",
                f"{values['coupling']:g} is so small that the field has no finite size",
                "Raise it, or take 0.",
            )

    def value(self, z):
        if backend.has_kernels(self.xp):
            return kernels.value(self, z)
        field = self.fields(z)
        quadratic = (field * self._linear(field)).sum(axis=(1, 2)) / 2
        modulus = (field * field).sum(axis=1)
        return quadratic + self.coupling / 4 * (modulus * modulus).sum(axis=1)

    def gradient(self, z):
        if backend.has_kernels(self.xp):
            return kernels.gradient(self, z)
        field = self.fields(z)
        modulus = (field * field).sum(axis=1, keepdims=True)
        return (self._linear(field) + self.coupling * modulus * field).reshape(z.shape)

    @observable("number density", "particles per site", symbol="n", odd=("mu",))
    def density(self, point):
        r"""n = (1/V) d ln Z / d mu, per configuration.

        .. math::
            n = \frac1V \sum_x (\delta_{ab} \sinh\mu - i \epsilon_{ab} \cosh\mu)\, z_{a,x} z_{b,x+\hat 0}
        """
        field = point.fields
        ahead = self.forward_in_time(field)
        aligned = (field * ahead).sum(axis=(1, 2))
        turned = (field[:, 0] * ahead[:, 1] - field[:, 1] * ahead[:, 0]).sum(axis=1)
        return (math.sinh(self.mu) * aligned - 1j * math.cosh(self.mu) * turned) / self.lattice.volume

    @observable("squared field", "per site", symbol=r"\langle\varphi_a\varphi_a\rangle")
    def phi2(self, point):
        """phi_a phi_a averaged over the sites, per configuration."""
        return (point.z * point.z).sum(axis=1) / self.lattice.volume

    def identities(self, point):
        """Charged fields, moved by propagators, and their zero modes: see ``identities.of_fields``."""
        return identities.of_fields(point, self._hartree_mass_squared)

    def forward_in_time(self, field):
        """The field at x + 0 for every x."""
        return self._at(self._forward[0], field)

    def ordered_start(self, stream, rows: int):
        """The mean-field condensate with a random U(1) angle for each chain."""
        return self._uniform(mean_field.condensate(self.mass, self.coupling, self.mu), stream, rows)

    def hartree_start(self, stream, rows: int):
        """The same with the self-consistent Hartree mass, in four dimensions none below mu = 1.15."""
        mass = math.sqrt(self._hartree_mass_squared)
        return self._uniform(mean_field.condensate(mass, self.coupling, self.mu), stream, rows)

    def _uniform(self, condensate: float, stream, rows: int):
        """Constant fields of this square and a random U(1) angle for each row."""
        angle = 2 * math.pi * stream.uniforms(0, rows, 1)
        amplitude = math.sqrt(condensate)
        one = self.xp.ones((1, self.lattice.volume))
        parts = (amplitude * self.xp.cos(angle) * one, amplitude * self.xp.sin(angle) * one)
        return self.xp.concatenate(parts, axis=1)

    def wound(self, t, direction: int, signs):
        """The field times exp(+-2 pi i x_nu / L_nu)."""
        angle = signs[:, None] * self.xp.asarray(self.lattice.one_turn(direction))
        cos, sin = self.xp.cos(angle), self.xp.sin(angle)
        first, second = t[:, : self.lattice.volume], t[:, self.lattice.volume :]
        return self.xp.concatenate((cos * first - sin * second, sin * first + cos * second), axis=1)

    def orbits(self) -> np.ndarray:
        """U(1) turns the two components into each other, so all variables are alike."""
        return np.zeros(self.size, dtype=int)

    def gaussian_slopes(self, lattice: Lattice, limit: float) -> np.ndarray:
        """Those of the Gaussian theory with a self-consistent mass."""
        return gaussian.slopes(lattice, self._hartree_mass_squared, self.mu, limit)

    @property
    def _hartree_mass_squared(self) -> float:
        """That of the infinite lattice at mu = 0."""
        return gaussian.self_consistent_mass_squared(self.lattice.dimension, self.mass, self.coupling)

    def warm_start_target(self, t):
        """Im z of the Gaussian path of mass squared m^2 + 2 lambda <phi_a phi_a> of these configurations."""
        phi2 = float((t * t).sum(axis=1).mean()) / self.lattice.volume
        mass_squared = gaussian.effective_mass_squared(self.mass, self.coupling, phi2)
        slopes = gaussian.slopes(self.lattice, mass_squared, self.mu)
        return displacement(self.lattice, slopes, t)

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
