r"""Exact values of the XY model: closed forms on rings, and where the spins are independent.

Expanding exp(beta cos d) = sum_k I_k(beta) e^{i k d} on every link and integrating the angles out leaves a
current k that is conserved at every site. On a ring of N sites it is the same everywhere:

.. math::
    Z = \sum_k \big( I_k(\beta)\, e^{k\mu} \big)^N, \qquad
    Z_{pq} = \sum_k I_k(\beta \cosh\mu)^N .
"""

import math

import numpy as np
from scipy.special import logsumexp, softmax

from pomflow.analysis.estimates import Estimate
from pomflow.models.base import closed_form
from pomflow.models.xy import bessel

# weights of larger currents are below e^{-40} of the largest one
SMALLEST, WIDTHS = 64, 12
# a sum over so many takes a second, and one over all that beta = 10^4 and mu = 10 want half an hour
LARGEST = 2**17


def values(model) -> dict[str, Estimate]:
    """Density, action density and apf0 on rings and at beta = 0; elsewhere the simulation knows them.

    Nothing on rings whose currents are more than ``LARGEST``.
    """
    if model.beta == 0:
        return closed_form(density=0.0, action_density=0.0, apf0=1.0)
    if model.lattice.dimension > 1 or largest_current(model.beta, model.mu) > LARGEST:
        return {}
    ring = Ring(model.lattice.volume, model.beta, model.mu)
    return closed_form(
        density=ring.density, action_density=ring.action_density, apf0=ring.average_phase_factor
    )


def largest_current(beta: float, mu: float) -> int:
    """The current of the classical configuration, and so much more that nothing is missed."""
    return SMALLEST + math.ceil(beta * math.sinh(abs(mu)) + WIDTHS * math.sqrt(beta * math.cosh(mu)))


class Ring:
    """The theory in one dimension, on a ring of sites.

    Examples
    --------
    >>> print(f"{Ring(sites=8, beta=1.0, mu=0.5).average_phase_factor:.6f}")
    0.668856
    """

    def __init__(self, sites: int, beta: float, mu: float):
        self.sites, self.beta, self.mu = sites, beta, mu
        self._size = largest_current(beta, mu)
        self._current = np.arange(1 - self._size, self._size)
        # ln of (e^{-beta} I_k e^{k mu})^N
        self._terms = sites * (self._both_ways(bessel.logarithms(beta, self._size)) + self._current * mu)

    def _both_ways(self, of_modulus: np.ndarray) -> np.ndarray:
        """A function of abs(k) for all k."""
        return of_modulus[abs(self._current)]

    @property
    def log_partition_function(self) -> float:
        """ln Z, with the measure d phi / 2 pi."""
        return float(logsumexp(self._terms)) + self.sites * self.beta

    @property
    def density(self) -> float:
        """n = <k>."""
        return float(softmax(self._terms) @ self._current)

    @property
    def action_density(self) -> float:
        """<S> / V = -beta <I_k' / I_k>."""
        return -float(softmax(self._terms) @ self._both_ways(bessel.slopes(self.beta, self._size)))

    @property
    def average_phase_factor(self) -> float:
        """Z / Z_pq on the undeformed torus."""
        strong = self.beta * math.cosh(self.mu)
        quenched = self.sites * self._both_ways(bessel.logarithms(strong, self._size))
        logarithm = self.log_partition_function - logsumexp(quenched) - self.sites * strong
        return float(np.exp(logarithm))
