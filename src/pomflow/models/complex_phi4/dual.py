r"""The complex phi^4 theory in its dual variables: hops, which have no sign problem.

With phi_a phi_a = 2 |phi|^2 the action is S = sum_x (eta |phi|^2 + lambda |phi|^4) minus hopping terms,
eta = 2d + m^2. Expanding the exponential of every hopping term and integrating over the fields leaves, on
each link from x to x + i, a number n of forward and a number nbar of backward hops:

.. math::
    Z = \sum_{\{n, \bar n\}} \prod_{\text{links}} \frac{a^{n}\, \bar a^{\bar n}}{n!\, \bar n!}
        \prod_x \delta(\nabla (n - \bar n))\, 2\pi W(f_x), \qquad
    W(f) = \int_0^\infty dr\, r^{f+1} e^{-\eta r^2 - \lambda r^4},

f_x being the number of hops on the links of x, where a link from a site to itself counts twice. The current
n - nbar is conserved at every site. In terms of it, k = n - nbar and l = min(n, nbar).

Time links have amplitudes (a, abar) = (e^mu, e^-mu), all others (1, 1). As the current is conserved, mu
enters only through e^{mu L_t w}, with w the winding number around the lattice in time.

Source: Endres, Phys. Rev. D 75 (2007) 065012; Gattringer, Kloiber, Nucl. Phys. B 869 (2013) 56.
"""

import math
from dataclasses import dataclass

import numpy as np

from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import mean_field
from pomflow.models.dual.windings import hopping_amplitudes

SMALLEST_TABLE = 4096
LARGEST_TABLE = 2**20


@dataclass(frozen=True)
class DualTheory:
    """The theory on a lattice; mu enters where it is needed.

    Parameters
    ----------
    lattice : Lattice
    mass, coupling : float
        m and lambda; at lambda = 0 the theory exists for cosh(mu) < 1 + m^2/2.
    """

    lattice: Lattice
    mass: float
    coupling: float

    @property
    def eta(self) -> float:
        """Coefficient of |phi|^2 in the action, 2d + m^2."""
        return 2 * self.lattice.dimension + self.mass**2

    @property
    def threshold(self) -> float:
        """Where the free theory condenses, cosh(mu) = 1 + m^2/2."""
        return math.acosh(1 + self.mass**2 / 2)

    @property
    def at_every_mu(self) -> bool:
        """Without a coupling there is nothing beyond the threshold."""
        return self.coupling > 0

    def amplitudes(self, mu: float) -> np.ndarray:
        """Amplitudes of forward and backward hops in each direction, shape (dimension, 2)."""
        return hopping_amplitudes(self.lattice.dimension, mu)

    def typical_square(self, mu: float) -> float:
        """|phi|^2 in mean field; in the background of such a field a link has |phi|^2 times a hops."""
        return mean_field.condensate(self.mass, self.coupling, mu) / 2

    def typical_exponent(self, mu: float) -> int:
        """f / 2 in mean field: half of 2 eta r^2 + 4 lambda r^4 with r^2 = |phi|^2, up to 1 as <f> is."""
        square = self.typical_square(mu)
        return round(self.eta * square + 2 * (self.coupling * square) * square)

    def table_size(self, mu: float) -> int:
        """Entries of the table of ``site_ratios``.

        Raises
        ------
        ConfigError
            If the fields are so large that the table would be.
        """
        size = max(SMALLEST_TABLE, 4 * self.typical_exponent(mu))
        if size > LARGEST_TABLE:
            raise ConfigError(
                "worm",
                f"at mu = {mu:g} a site has about {size / 2:.3g} hops, too many for the dual simulation",
                "Switch it off (enabled: false), lower mu, or raise the coupling.",
            )
        return size

    def site_ratios(self, mu: float) -> np.ndarray:
        """W(2j + 2) / W(2j) for j = 0, 1, ... far beyond what occurs at this mu; the last is zero.

        The zero closes the table: no update passes it.
        """
        ratios = site_ratios(self.eta, self.coupling, self.table_size(mu))
        ratios[-1] = 0
        return ratios


def site_ratios(eta: float, coupling: float, size: int) -> np.ndarray:
    r"""rho_j = W(2j + 2) / W(2j) for j < size.

    Integration by parts gives (f + 2) W(f) = 2 eta W(f + 2) + 4 lambda W(f + 4), that is

    .. math:: \rho_j = \frac{j + 1}{\eta + 2 \lambda \rho_{j+1}}.

    Downwards all terms are positive and errors shrink; it begins at twice the size with the expansion of
    a smooth solution for large j.
    """
    ratio = _large_exponent_ratio(eta, coupling, 2 * size)
    ratios = np.empty(size)
    for j in range(2 * size - 1, -1, -1):
        ratio = (j + 1) / (eta + 2 * coupling * ratio)
        if j < size:
            ratios[j] = ratio
    return ratios


def _large_exponent_ratio(eta: float, coupling: float, j: int) -> float:
    """rho_j from eta rho + 2 lambda rho (rho + d rho / d j) = j + 1."""

    def root(right):
        return 2 * right / (eta + math.sqrt(eta**2 + 8 * coupling * right))

    leading = root(j + 1)
    return root(j + 1 - 2 * coupling * leading / (eta + 4 * coupling * leading))
