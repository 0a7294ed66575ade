r"""The XY model in its dual variables: conserved currents, which have no sign problem.

With exp(beta cos d) = sum_k I_k(beta) e^{i k d} on every link and the angles integrated out,

.. math::
    Z = \sum_{\{k\}} \prod_{\text{links}} I_{k}(\beta)\, e^{\mu k_0} \prod_x \delta(\nabla k),

and the phase-quenched theory is the same sum with I_k(beta cosh mu) on the links in time, without e^{mu k}:
both are simulated by the same worms. The current is conserved, so mu enters only through e^{mu L_t w}, w
being the winding number around the lattice in time.

With slopes r_k = I_k' / I_k the action density is -(1/V) sum beta r_k, and n_pq = (sinh mu / V) <C> with
C = sum r_k(beta cosh mu) over the links in time.

Source: Banerjee, Chandrasekharan, Phys. Rev. D 81 (2010) 125007.
"""

import math
from dataclasses import dataclass

import numpy as np

from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.dual.windings import hopping_amplitudes
from pomflow.models.xy import bessel

SMALLEST_TABLE = 1024
LARGEST_TABLE = 2**17


@dataclass(frozen=True)
class DualXY:
    """The theory on a lattice; mu enters where it is needed.

    Parameters
    ----------
    lattice : Lattice
    beta : float
        Above 0.
    """

    lattice: Lattice
    beta: float

    at_every_mu = True

    @property
    def threshold(self) -> float:
        """Where a particle costs nothing, to leading order of steps in space; 0 where spins are ordered."""
        step = bessel.ratios(self.beta, 1)[0]
        in_space = 2 * (self.lattice.dimension - 1) * step
        return max(0.0, -math.log(step) - in_space)

    def amplitudes(self, mu: float) -> np.ndarray:
        """Amplitudes of forward and backward steps in each direction, shape (dimension, 2)."""
        return hopping_amplitudes(self.lattice.dimension, mu)

    def typical_current(self, mu: float) -> int:
        """The current of the classical configuration, in which all angles are the same."""
        return round(self.beta * math.sinh(mu))

    def couplings(self, mu: float) -> list[float]:
        """Of the phase-quenched theory in every direction: beta cosh(mu) in time."""
        return [self.beta * math.cosh(mu)] + [self.beta] * (self.lattice.dimension - 1)

    def table_size(self, mu: float) -> int:
        """Currents that have a place in the tables at this mu, far more than occur.

        Raises
        ------
        ConfigError
            If the currents are so large that the tables would be.
        """
        size = SMALLEST_TABLE + 2 * self.typical_current(mu)
        if size > LARGEST_TABLE:
            raise ConfigError(
                "worm",
                f"at mu = {mu:g} a link has a current of about {self.typical_current(mu):.3g}, "
                "too many for the dual simulation",
                "Switch it off (enabled: false), or lower mu or beta.",
            )
        return size

    def full_tables(self, mu: float) -> tuple[list[float], np.ndarray]:
        """Couplings of every direction, and beta r_k, summed over the links, shape (1, dimension, size)."""
        dimension = self.lattice.dimension
        slopes = bessel.slopes(self.beta, self.table_size(mu))
        return [self.beta] * dimension, np.tile(slopes, (1, dimension, 1))

    def quenched_tables(self, mu: float) -> tuple[list[float], np.ndarray]:
        """The same of the phase-quenched theory, of which the sums have the shape (4, dimension, size).

        b r_k of every link; and of links in time r_k, its derivative by b, and the logarithm of the weight
        in the theory with a sign problem, without e^{mu k}, over the weight here; b being the coupling of
        the link.
        """
        couplings, size = self.couplings(mu), self.table_size(mu)
        strong = couplings[0]
        sums = np.zeros((4, len(couplings), size))
        sums[0] = [bessel.slopes(coupling, size) for coupling in couplings]
        sums[1, 0] = bessel.slopes(strong, size) / strong
        sums[2, 0] = bessel.curvatures(strong, size) / strong**2
        weak = bessel.logarithms(self.beta, size) + self.beta
        sums[3, 0] = weak - bessel.logarithms(strong, size) - strong
        return couplings, sums
