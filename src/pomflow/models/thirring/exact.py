r"""Exact values of the Thirring model: a closed form in 0+1 dimensions, a sum, a transfer matrix.

With r = I_1(beta) / I_0(beta) the integral over the angle of a link, whose hops are a = D_xy chi-bar_x chi_y
and b = D_yx chi-bar_y chi_x, is

    I_0 e^{-beta} [1 + r (a + b) + a b],    1 + r (a + b) + a b = (1 + r a)(1 + r b) + (1 - r^2) a b.

Every link is either free, with its hops times r, or taken by a pair a b that leaves nothing else to do for
the fermions of its two sites:

.. math::
    Z = \big( I_0(\beta)\, e^{-\beta} \big)^{dV} \sum_{\text{matchings } M}
        \Big( \frac{1 - r^2}{4} \Big)^{|M|} \det D_r[\text{sites that } M \text{ leaves}],

D_r being D at A = 0 with its hops times r. On a ring of N slices the sum is

.. math::
    Z = 2^{1-N} e^{-N\beta} \big[ I_1^N \cosh N\mu + I_0^N \cosh(N \operatorname{arsinh} m) \big].

Source of the ring: Fujii, Kamata, Kikukawa, JHEP 11 (2015) 078. Monomers and dimers of staggered fermions:
Rossi and Wolff, Nucl. Phys. B 248 (1984) 105.
"""

import functools
import math

import numpy as np
from scipy.integrate import quad
from scipy.special import ive, logsumexp, softmax, xlogy

from pomflow.analysis.estimates import Estimate
from pomflow.lattice import Lattice
from pomflow.models.base import closed_form
from pomflow.models.thirring import transfer
from pomflow.models.thirring.staggered import Links
from pomflow.numerics.batch import groups

# The sum is for lattices of so many sites: 4x4 has 10750 sets of matched sites, and the next one, 4x6, has
# 1.6 million, whose determinants take minutes. Beyond, the transfer matrix takes over.
LARGEST_SUM = 16
# bytes of the matrices of a group, which fit a core's second-level cache
GROUP_BYTES = 2**18
# The imaginary step of derivatives; without differences it may be as small as it likes.
STEP = 1e-30


def values(model) -> dict[str, Estimate]:
    """Density and condensate: on rings with apf0, on 4x4, and in 1+1 dimensions up to a spatial extent of 8.

    Beyond 0+1 dimensions nothing exact is known of the phase-quenched theory, and in 2+1 dimensions nothing
    at all: 16 sites in a slice make 4^16 numbers.
    """
    lattice, theory = model.lattice, (model.mass, model.beta, model.mu)
    if lattice.dimension == 1:
        ring = Ring(lattice.volume, *theory)
        return closed_form(density=ring.density, condensate=ring.condensate, apf0=ring.average_phase_factor)
    if lattice.volume <= LARGEST_SUM:
        density, condensate = densities(lattice, *theory)
    elif lattice.dimension == 2 and lattice.shape[1] <= transfer.LARGEST_SPACE:
        density, condensate = transfer.densities(lattice, *theory)
    else:
        return {}
    return closed_form(density=density, condensate=condensate)


class Ring:
    """The theory in 0+1 dimensions, on a ring of N slices.

    Examples
    --------
    >>> ring = Ring(slices=4, mass=0.6, beta=0.9, mu=0.7)
    >>> print(f"{ring.partition_function:.12f} {ring.average_phase_factor:.6f}")
    0.038075713462 0.565491
    """

    def __init__(self, slices: int, mass: float, beta: float, mu: float):
        self.slices, self.mass, self.beta, self.mu = slices, mass, beta, mu
        self._level = slices * math.asinh(mass)
        hop = xlogy(slices, ive(1, beta) / ive(0, beta))
        winding = slices * mu
        # Z is a sum of four exponentials; these are their logarithms, up to N ln(I_0 e^{-beta} / 2)
        self._terms = np.array([hop + winding, hop - winding, self._level, -self._level])

    @property
    def partition_function(self) -> float:
        """Z, with the measure dA / 2 pi."""
        return float(np.exp(self.slices * math.log(ive(0, self.beta) / 2) + logsumexp(self._terms)))

    @property
    def density(self) -> float:
        """n = I_1^N sinh(N mu) / [I_1^N cosh(N mu) + I_0^N cosh(N arsinh m)]."""
        forward, backward, _, _ = softmax(self._terms)
        return float(forward - backward)

    @property
    def condensate(self) -> float:
        """I_0^N sinh(N arsinh m) / (sqrt(1 + m^2) [the same])."""
        _, _, above, below = softmax(self._terms)
        return float((above - below) / math.hypot(1, self.mass))

    @property
    def average_phase_factor(self) -> float:
        r"""Z / Z_pq on the undeformed torus.

        .. math::
            Z_{pq} \propto \int_{-\pi}^{\pi} \frac{d\Theta}{2\pi} \sum_k \Big( \frac{I_k}{I_0} \Big)^N
                e^{ik\Theta}\, \big| \cosh(N\mu + i\Theta) + \cosh(N \operatorname{arsinh} m) \big|,

        since det D depends on the sum Theta of the angles alone.
        """
        # where |det D| is largest, at Theta = 0
        winding = self.slices * abs(self.mu)
        scale = max(winding, self._level)
        level = (math.exp(self._level - scale) + math.exp(-self._level - scale)) / 2
        forward, backward = math.exp(winding - scale) / 2, math.exp(-winding - scale) / 2
        orders = np.arange(1, 40 + int(12 * math.sqrt(self.beta / self.slices)))
        harmonics = (ive(orders, self.beta) / ive(0, self.beta)) ** self.slices

        def weight(theta: float) -> float:
            density = 1 + 2 * harmonics @ np.cos(orders * theta)
            real = (forward + backward) * math.cos(theta) + level
            return density * math.hypot(real, (forward - backward) * math.sin(theta))

        quenched = quad(weight, 0, math.pi, epsabs=0, epsrel=1e-11, limit=500)[0] / math.pi
        return float(np.exp(logsumexp(self._terms) - scale) / 2 / quenched)


def partition_function(lattice: Lattice, mass: complex, beta: float, mu: complex) -> complex:
    """Z by the sum over matchings, with the measure dA / 2 pi; holomorphic in mass and mu.

    Examples
    --------
    >>> print(f"{partition_function(Lattice((4, 4)), mass=0.5, beta=1.0, mu=0.5):.7e}")
    1.6492577e-11
    """
    links, ratio = Links(lattice), ive(1, beta) / ive(0, beta)
    boost = np.exp(mu * links.in_time)
    dirac = links.dirac_matrix(mass, ratio * links.amplitude * boost, -ratio * links.amplitude / boost)
    matched, counts = matchings(lattice)
    weights = counts * ((1 - ratio**2) / 4) ** (matched.sum(axis=1) / 2)
    one, total = np.eye(lattice.volume), 0.0
    for rows in groups(len(matched), dirac.nbytes, GROUP_BYTES):
        gone = matched[rows, :, None] | matched[rows, None, :]
        total += weights[rows] @ np.linalg.det(np.where(gone, one, dirac))
    return total * ive(0, beta) ** len(links.start)


def densities(lattice: Lattice, mass: float, beta: float, mu: float) -> tuple[float, float]:
    r"""Number density and condensate, (1/V) d ln Z / d mu and (1/V) d ln Z / dm.

    f'(x) = Im f(x + i h) / h to rounding, as no difference is taken and h may be tiny.

    Source: Squire and Trapp, SIAM Rev. 40 (1998) 110.
    """
    by_mu = partition_function(lattice, mass, beta, mu + 1j * STEP)
    by_mass = partition_function(lattice, mass + 1j * STEP, beta, mu)
    return tuple(float(z.imag / z.real) / STEP / lattice.volume for z in (by_mu, by_mass))


@functools.lru_cache(maxsize=4)
def matchings(lattice: Lattice) -> tuple[np.ndarray, np.ndarray]:
    """The sets of sites that matchings of the lattice cover, and how many matchings cover each.

    Link by link, every set so far stays as it is or, where both sites are free, takes the link in.

    Returns
    -------
    matched : array of bool, shape (sets, V)
    counts : array, shape (sets,)
    """
    links = Links(lattice)
    pairs = (1 << links.start) | (1 << links.end)
    sets, counts = np.zeros(1, dtype=np.int64), np.ones(1)
    # in the order of the first site, so that sets which differ only behind are counted together early
    for pair in pairs[np.argsort(np.minimum(links.start, links.end), kind="stable")]:
        free = (sets & pair) == 0
        longer = np.concatenate((sets, sets[free] | pair))
        sets, place = np.unique(longer, return_inverse=True)
        counts = np.bincount(place, np.concatenate((counts, counts[free])))
    return (sets[:, None] >> np.arange(lattice.volume) & 1).astype(bool), counts
