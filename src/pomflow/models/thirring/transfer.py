r"""Exact values of the Thirring model in 1+1 dimensions by its transfer matrix in time.

After the integral over its angle a link is, up to I_0 e^{-beta},

    1 + r (a + b) + a b,    a = D_xy chi-bar_x chi_y,    b = D_yx chi-bar_y chi_x,    r = I_1 / I_0.

What reaches a slice of L sites from the past is an element of the Grassmann algebra of its 2L generators: 4^L
numbers. The slice multiplies it by a fixed element g, the product of all exp(m chi-bar chi) and of its links
in space. Then the links in time replace what stands at every site by generators of the next slice,

    chi-bar chi -> 1,   1 -> chi-bar chi / 4,   chi -> -(r/2) e^{mu} chi,   chi-bar -> (r/2) e^{-mu} chi-bar.

Both steps are the transfer matrix W. Hops in space change their sign from slice to slice, as if the lone
generators of all odd x did: W_odd = P W P with P their parity. The fermion is antiperiodic, so that closing
time is a trace, Z = Tr (W P W P)^{T/2}.

W conserves the charge Q, the number of chi less that of chi-bar, and mu enters as e^{mu Q} alone:

.. math::
    Z(\mu) = \big( I_0(\beta)\, e^{-\beta} \big)^{2V} \sum_{Q=-L}^{L} e^{\mu Q T} Z_Q, \qquad Z_{-Q} = Z_Q,
    \qquad n = \frac{\langle Q \rangle}{L} .

It commutes with translations, too, so every Z_Q is a sum over momenta: at L = 8 the largest matrix has 1620
rows in place of 65536.

Source of the links: Rossi and Wolff, Nucl. Phys. B 248 (1984) 105.
"""

import functools
import math

import numpy as np
from scipy.special import ive, softmax, xlogy

from pomflow.lattice import Lattice

# L = 8 takes less than a minute and 0.8 GB; at L = 10 the largest matrices would have 18504 rows.
LARGEST_SPACE = 8


def densities(lattice: Lattice, mass: float, beta: float, mu: float) -> tuple[float, float]:
    """Number density and condensate, (1/V) d ln Z / d mu and (1/V) d ln Z / dm.

    Examples
    --------
    >>> print("{:.6f} {:.6f}".format(*densities(Lattice((8, 4)), mass=0.5, beta=1.0, mu=0.8)))
    0.002026 0.714298
    """
    time, space = lattice.shape
    logarithms, slopes = canonical(lattice, mass, ive(1, beta) / ive(0, beta))
    charges = np.arange(-space, space + 1)
    weights = softmax(logarithms[abs(charges)] + mu * time * charges)
    return float(weights @ charges) / space, float(weights @ slopes[abs(charges)]) / lattice.volume


@functools.lru_cache(maxsize=4)
def canonical(lattice: Lattice, mass: float, ratio: float) -> tuple[np.ndarray, np.ndarray]:
    """ln Z_Q and d ln Z_Q / dm of the charges Q = 0, 1, ..., L, which all mu share."""
    time, space = lattice.shape
    element = slice_element(space, mass, ratio)
    charges = [Charge(space, charge, ratio) for charge in range(space + 1)]
    found = [_traces(charge, element, _by_mass(element), time) for charge in charges]
    logarithms, slopes = (np.array(values) for values in zip(*found, strict=True))
    return logarithms + time * xlogy(np.arange(space + 1), ratio), slopes


# --- one slice ----------------------------------------------------------------------------------------------


def slice_element(space: int, mass: float, ratio: float) -> np.ndarray:
    """g of an even slice: its coefficients, shape (4^L,).

    A monomial is the integer whose bit 2x stands for chi-bar_x and bit 2x + 1 for chi_x, in ascending order.
    """
    element = np.zeros(4**space)
    element[0] = 1.0
    for x in range(space):
        element = element + mass * _times(2 * x, 2 * x + 1, element)
    for x in range(space):
        y = (x + 1) % space
        there = _times(2 * x, 2 * y + 1, element) / 2
        back = -_times(2 * y, 2 * x + 1, element) / 2
        pair = _times(2 * x, 2 * y + 1, back) / 2
        element = element + ratio * (there + back) + pair
    return element


def _by_mass(element: np.ndarray) -> np.ndarray:
    """dg/dm = sum_x chi-bar_x chi_x g."""
    chi_bars = range(0, len(element).bit_length() - 1, 2)
    return sum(_times(bit, bit + 1, element) for bit in chi_bars)


def _times(first: int, second: int, element: np.ndarray) -> np.ndarray:
    """The product of two generators and an element."""
    states = np.arange(len(element))
    for bit in (second, first):
        passed = np.bitwise_count(states & ((1 << bit) - 1))
        element = np.where(states >> bit & 1, _sign(passed) * element[states ^ (1 << bit)], 0.0)
    return element


def _sign(exchanges: np.ndarray) -> np.ndarray:
    return 1.0 - 2.0 * (exchanges & 1)


# --- the transfer matrix ------------------------------------------------------------------------------------


class Charge:
    """The monomials of a charge Q, of which one stands for all its translations.

    Attributes
    ----------
    orbits : array of int, shape (L, orbits)
        The translations of the smallest monomial of every orbit.
    parity : array, shape (orbits,)
        P of the smallest monomials: the sign of a lone chi or chi-bar at every odd x.
    """

    def __init__(self, space: int, charge: int, ratio: float):
        self.space, self.charge, self._ratio = space, charge, ratio
        # a bit for every chi-bar
        self._sites = (4**space - 1) // 3
        states = np.arange(4**space)
        charges = np.bitwise_count(states >> 1 & self._sites).astype(int)
        charges -= np.bitwise_count(states & self._sites)
        orbits, signs = self._translated(states[charges == charge])
        smallest = orbits.min(axis=0) == orbits[0]
        self.orbits, signs = orbits[:, smallest], signs[:, smallest]
        # a period below L comes round again
        self._signs = signs / (self.orbits == self.orbits[0]).sum(axis=0)
        odd_sites = self._sites // 5 << 2
        self.parity = _sign(np.bitwise_count(self._alone(self.orbits[0]) & odd_sites))

    def _translated(self, states) -> tuple[np.ndarray, np.ndarray]:
        """The L translations of monomials, and the sign that brings each into ascending order."""
        orbits, signs, last = [states], [np.ones(len(states))], 2 * self.space - 2
        for _ in range(self.space - 1):
            behind, before = orbits[-1] >> last, orbits[-1] & ((1 << last) - 1)
            orbits.append(before << 2 | behind)
            # what stood behind all others comes before them
            signs.append(signs[-1] * _sign(np.bitwise_count(behind) * np.bitwise_count(before)))
        return np.array(orbits), np.array(signs)

    def transfer_matrix(self, element: np.ndarray) -> np.ndarray:
        """r^{-Q} W at mu = 0 from the first monomial of every orbit to all, shape (L, orbits, orbits).

        Its Fourier transform over L is W at every momentum, in a basis that is not normalized: an orbit that
        has no such momentum gives a row of zeros.
        """
        start = self.orbits[0]
        above = _parity_above(start)
        matrix = np.empty((self.space, len(start), len(start)))
        for rows, end, sign in zip(matrix, self.orbits, self._signs, strict=True):
            alone = self._alone(end)
            # before the links in time: both generators where there are none now
            here = (end ^ 3 * (self._sites ^ alone))[:, None]
            exchanges = np.bitwise_count((_parity_above(here) ^ above) & start)
            product = np.where(start & ~here, 0.0, _sign(exchanges) * element[start ^ here])
            rows[:] = (sign * self._link_weights(end, alone))[:, None] * product
        return matrix

    def _alone(self, states):
        """The sites with one of their two generators, by the bits of chi-bar."""
        return (states ^ states >> 1) & self._sites

    def _link_weights(self, end, alone) -> np.ndarray:
        """Of the links in time that lead to a monomial: r/2, -r/2 and 1/4 for chi-bar, chi and both."""
        singles = np.bitwise_count(alone).astype(int)
        pairs = np.bitwise_count(end & end >> 1 & self._sites).astype(int)
        sign = _sign(np.bitwise_count(end >> 1 & alone))
        return sign * self._ratio ** (singles - self.charge) * 0.5 ** (singles + 2 * pairs)


def _parity_above(states: np.ndarray) -> np.ndarray:
    """The integers whose bits say whether the number of higher bits is odd."""
    parity = states >> 1
    for step in (1, 2, 4, 8):
        parity = parity ^ parity >> step
    return parity


def _traces(charge: Charge, element, by_mass, time: int) -> tuple[float, float]:
    """ln Z_Q, up to T Q ln r, and d ln Z_Q / dm, from g and dg/dm."""
    matrix, slope = charge.transfer_matrix(element), charge.transfer_matrix(by_mass)
    space, parity = charge.space, charge.parity
    # P of an odd charge changes its sign with every translation
    moved = space // 2 * charge.charge
    scales, traces, slopes = [], [], []
    for k in range(space // 2 + 1):
        # momenta k and -k contribute the same
        weight = 1 if 2 * k % space == 0 else 2
        even = _at_momentum(k, matrix)
        odd = parity[:, None] * _at_momentum((k + moved) % space, matrix) * parity
        both = even @ odd
        if not both.any():
            # a momentum that no monomial of this charge has
            continue
        power, scale = _power(both, time // 2 - 1)
        others = (odd @ power).T
        scales.append(scale)
        traces.append(weight * (even * others).sum().real)
        slopes.append(weight * time * (_at_momentum(k, slope) * others).sum().real)
    shares = np.exp(np.array(scales) - max(scales))
    total = float(shares @ traces)
    return max(scales) + math.log(total), float(shares @ slopes) / total


def _at_momentum(k: int, matrix: np.ndarray) -> np.ndarray:
    """sum_x e^{2 pi i k x / L} of matrices, shape (L, n, n): real at momenta 0 and pi."""
    space = len(matrix)
    angles = 2 * np.pi * k / space * np.arange(space)
    real = np.tensordot(np.cos(angles), matrix, 1)
    if 2 * k % space == 0:
        return real
    return real + 1j * np.tensordot(np.sin(angles), matrix, 1)


def _power(matrix: np.ndarray, exponent: int) -> tuple[np.ndarray, float]:
    """matrix^exponent / e^scale and the scale, so that nothing overflows; the exponent is at least 1."""
    if exponent == 1:
        power, scale = matrix, 0.0
    else:
        half, scale = _power(matrix, exponent // 2)
        power, scale = half @ half, 2 * scale
        if exponent % 2:
            power = power @ matrix
    largest = float(abs(power).max())
    return power / largest, scale + math.log(largest)
