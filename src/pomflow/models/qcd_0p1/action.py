"""QCD in 0+1 dimensions: quarks on a single SU(3) link, in the gauge where it is diagonal."""

import math
from functools import cached_property

import numpy as np

from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.base import Model, ModelPoint, Parameter, Variables
from pomflow.models.observables import observable

POINT = Lattice((1,))
COLOURS = 3


class QCD(Model):
    r"""Quarks of N_f flavours on one SU(3) link U, the product of the links of a ring of time slices.

    .. math::
        e^{-S} = \prod_{i<j} 4 \sin^2 \frac{\theta_i - \theta_j}{2}
            \prod_{i} \big[ 2 \cosh E + e^{\mu + i\theta_i} + e^{-\mu - i\theta_i} \big]^{N_f}, \qquad
        \theta = (a, b, -a-b)

    The last factor is the determinant of staggered quarks in the gauge U = diag(e^{i theta}), the first one
    Haar's measure of SU(3) there. It is written without a modulus, so that e^{-S} is an entire function of
    the variables a and b. Units are those of the temperature T: ``mass`` is E = m / T in the continuum, and
    E = N_t arsinh m on N_t slices of a staggered quark of mass m in lattice units; ``mu`` is mu / T.

    Z is the trace of e^{-H/T} over states of free quarks that are colour singlets. It is positive, so its
    phase is zero.

    Notes
    -----
    Source: Bilic, Demeterfi, Phys. Lett. B 212 (1988) 83; Ravagli, Verbaarschot, Phys. Rev. D 76 (2007)
    054506; on optimized paths Mori, Kashiwa, Ohnishi, PTEP 2019, 113B01, arXiv:1904.11140.
    """

    title = "QCD in 0+1 dimensions"
    variables = Variables("angle", per_site=2)
    parameters = {
        "mass": Parameter(
            "Energy E of a quark at rest over the temperature; N_t arsinh m on N_t slices.",
            1.0,
            minimum=0,
            maximum=100,
            symbol="E/T",
            long_name="quark mass",
            units="temperature",
        ),
        "flavours": Parameter(
            "Number N_f of flavours of the same mass.",
            1,
            minimum=1,
            maximum=12,
            integer=True,
            symbol="N_f",
            long_name="flavours",
            units="1",
        ),
        "mu": Parameter(
            "Chemical potential of quarks over the temperature.",
            minimum=-100,
            maximum=100,
            symbol=r"\mu/T",
            long_name="chemical potential",
            units="temperature",
        ),
    }
    partition_phase = 0.0
    vanishing = ("apf_im", "polyakov_loop_im", "quark_number_im", "condensate_im")
    exact = "pomflow.models.qcd_0p1.exact:values"

    def __init__(self, lattice: Lattice = POINT, xp=np, **values):
        super().__init__(lattice, xp, **values)
        self.check(lattice, values)

    @classmethod
    def check(cls, lattice: Lattice, values: dict) -> None:
        if lattice != POINT:
            raise ConfigError(
                "lattices",
                f"a single link has no lattice {list(lattice.shape)}",
                "Take [1]; the time slices are in mass and mu, which are over the temperature.",
            )

    def at(self, z) -> "LinkPoint":
        return LinkPoint(self, z)

    def value(self, z):
        return self.at(z).value

    def gradient(self, z):
        return self.at(z).gradient

    @observable("Polyakov loop", symbol=r"\langle\mathrm{tr}\,U\rangle/3")
    def polyakov_loop(self, point):
        """tr U / 3, per configuration."""
        return point.turns.sum(axis=1) / COLOURS

    @observable("quark number", "quarks", symbol="N_q", odd=("mu",))
    def quark_number(self, point):
        """d ln Z / d mu, per configuration: the occupations of quarks less those of antiquarks."""
        return self.flavours * (point.quarks - point.antiquarks).sum(axis=1)

    @observable("condensate", symbol=r"\partial \ln Z/\partial E")
    def condensate(self, point):
        """d ln Z / dE, per configuration; T d ln Z / dm on N_t = 1 / T slices is it over sqrt(1 + m^2)."""
        return self.flavours * (1 - point.quarks - point.antiquarks).sum(axis=1)

    def ordered_start(self, stream, rows: int):
        """Where the measure is largest: the third roots of unity; at U = 1 it vanishes."""
        return 2 * math.pi / 3 * self.xp.asarray([1.0, -1.0]) * self.xp.ones((rows, 1))


class LinkPoint(ModelPoint):
    """Links with what their action, gradient and observables share."""

    @cached_property
    def angles(self):
        """theta_i of the three colours, shape (batch, 3)."""
        a, b = self.z[:, 0], self.z[:, 1]
        return self.model.xp.stack((a, b, -a - b), axis=1)

    @cached_property
    def turns(self):
        """e^{i theta_i}, shape (batch, 3)."""
        return self.model.xp.exp(1j * self.angles)

    @cached_property
    def value(self):
        """S modulo 2 pi i; the quarks are e^E (1 + e^{mu - E + i theta}) (1 + e^{-mu - E - i theta})."""
        xp, model = self.model.xp, self.model
        quarks = xp.log(1 + self._boosts[0]) + xp.log(1 + self._boosts[1])
        haar = xp.log(4 * xp.sin(self._halves) ** 2).sum(axis=1)
        return -haar - model.flavours * (COLOURS * model.mass + quarks.sum(axis=1))

    @cached_property
    def gradient(self):
        """Of a and of b: the derivative by its own angle less that by the third one, -a-b."""
        xp, model = self.model.xp, self.model
        pull = 1 / xp.tan(self._halves)
        ab, bc, ac = pull[:, 0], pull[:, 1], pull[:, 2]
        haar = xp.stack((-ab - ac, ab - bc, bc + ac), axis=1)
        slopes = haar - 1j * model.flavours * (self.quarks - self.antiquarks)
        return slopes[:, :2] - slopes[:, 2:]

    @cached_property
    def quarks(self):
        """Occupation of a quark of each colour, 1 / (e^{E - mu - i theta} + 1), shape (batch, 3)."""
        return self._boosts[0] / (1 + self._boosts[0])

    @cached_property
    def antiquarks(self):
        """Occupation of an antiquark, 1 / (e^{E + mu + i theta} + 1), shape (batch, 3)."""
        return self._boosts[1] / (1 + self._boosts[1])

    @cached_property
    def _boosts(self):
        """e^{mu - E + i theta} and e^{-mu - E - i theta}."""
        energy, mu = self.model.mass, self.model.mu
        return math.exp(mu - energy) * self.turns, math.exp(-mu - energy) / self.turns

    @cached_property
    def _halves(self):
        """Half of the differences of the colours, 0 and 1, 1 and 2, 0 and 2, shape (batch, 3)."""
        a, b, c = (self.angles[:, colour] for colour in range(COLOURS))
        return self.model.xp.stack((a - b, b - c, a - c), axis=1) / 2
