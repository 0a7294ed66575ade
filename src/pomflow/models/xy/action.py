"""The XY model at chemical potential on a periodic lattice of any dimension."""

import math
from functools import cached_property

import numpy as np

from pomflow.lattice import Lattice
from pomflow.models.base import CHEMICAL_POTENTIAL, Model, ModelPoint, Parameter, Variables
from pomflow.models.observables import observable


class XY(Model):
    r"""One angle phi on every site, the U(1) spin of a superfluid, at chemical potential.

    .. math::
        S = -\beta \sum_{x,\nu} \cos(\phi_x - \phi_{x+\hat\nu} - i\mu\,\delta_{\nu 0})

    Direction 0 of the lattice is time. In three dimensions the theory is disordered below beta = 0.454 at
    mu = 0; there a density sets in at a mu_c > 0, above it at once. S depends on differences of angles
    alone, so a displacement that is the same at all sites changes nothing. Z is positive, so its phase is
    zero.

    Notes
    -----
    Source: Banerjee, Chandrasekharan, Phys. Rev. D 81 (2010) 125007 (world lines); Aarts,
    James, JHEP 08 (2010) 020, arXiv:1005.3468 (complex Langevin dynamics).
    """

    title = "XY model"
    variables = Variables("angle", per_site=1)
    parameters = {
        "beta": Parameter(
            "Inverse coupling beta; the spins are independent at 0 and ordered where it is large.",
            1.0,
            minimum=0,
            maximum=10000,
            symbol=r"\beta",
            long_name="inverse coupling",
            units="1",
        ),
        "mu": CHEMICAL_POTENTIAL,
    }
    differences_only = True
    orders_phase = True
    has_windings = True
    partition_phase = 0.0
    vanishing = ("apf_im", "density_im", "action_density_im")
    exact = "pomflow.models.xy.exact:values"
    simulation = "pomflow.models.xy.simulation:DUAL"

    def __init__(self, lattice: Lattice, xp=np, **values):
        super().__init__(lattice, xp, **values)
        self.forward, self.backward = (
            [xp.asarray(table) for table in tables] for tables in (lattice.forward, lattice.backward)
        )

    def at(self, z) -> "XYPoint":
        return XYPoint(self, z)

    def value(self, z):
        return self.at(z).value

    def gradient(self, z):
        return self.at(z).gradient

    def wound(self, t, direction: int, signs):
        """The angles plus or minus 2 pi x_nu / L_nu."""
        return t + signs[:, None] * self.xp.asarray(self.lattice.one_turn(direction))

    @observable("number density", "particles per site", symbol="n", odd=("mu",))
    def density(self, point):
        r"""n = (1/V) d ln Z / d mu, per configuration.

        .. math:: n = \frac{i\beta}{V} \sum_x \sin(\phi_x - \phi_{x+\hat 0} - i\mu)
        """
        ahead, back = point.hops[0]
        return self.beta / 2 * (ahead - back).sum(axis=1) / self.lattice.volume

    @observable("action density", "per site", symbol=r"\langle S\rangle/V")
    def action_density(self, point):
        """S / V = -(beta / V) d ln Z / d beta, per configuration."""
        return point.value / self.lattice.volume


class XYPoint(ModelPoint):
    """Configurations with the exponentials of their links, computed once for all who need them."""

    @cached_property
    def hops(self):
        """e^{i d} and e^{-i d}, d = phi_x - phi_{x+nu} - i mu delta_{nu 0}, of the links by direction."""
        model, take = self.model, self.model.xp.take
        turn = model.xp.exp(1j * self.z)
        back = 1 / turn
        found = []
        for direction, sites in enumerate(model.forward):
            boost = math.exp(model.mu) if direction == 0 else 1.0
            found.append((boost * turn * take(back, sites, 1), back * take(turn, sites, 1) / boost))
        return found

    @cached_property
    def value(self):
        return -self.model.beta / 2 * sum((ahead + back).sum(axis=1) for ahead, back in self.hops)

    @cached_property
    def gradient(self):
        model, found = self.model, 0
        for (ahead, back), sites in zip(self.hops, model.backward, strict=True):
            # 2i sin d of the link that starts at a site, less that of the one that ends there
            twice = ahead - back
            found = found + twice - model.xp.take(twice, sites, 1)
        return -0.5j * model.beta * found
