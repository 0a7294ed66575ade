"""The Gaussian (lambda = 0) theory at chemical potential mu: its exact path and partition function.

The action is S = sum_k |phi_k|^2 (M_R(k) + i M_I(k)) / 2 in momentum space, with

    M_R = 2d + m^2 - 2 sum_{i >= 1} cos k_i - 2 cosh(mu) cos k_0,    M_I = 2 sinh(mu) sin k_0.

The path u_k = (1 + i a_k) phi_k, a_k = -tan(arctan(M_I / M_R) / 2), makes every term real.
"""

import math

import numpy as np

from pomflow.lattice import Lattice
from pomflow.models.complex_scalar import infinite_extent, stable_slope

# how far the ends of a bracket are moved outwards, against rounding
MARGIN = 1e-9
# sin(pi) is not quite zero
ROUNDING = 1e-12
# Slopes that would leave the sector where the quartic term grows are held here.
CLIPPED_SLOPE = 0.9 * stable_slope(4)


def matrix(lattice: Lattice, mass_squared: float, mu: float) -> tuple[np.ndarray, np.ndarray]:
    """M_R and M_I for every momentum, each of the shape of the lattice."""
    momenta = lattice.momenta
    spatial = sum((np.cos(k) for k in momenta[1:]), np.zeros(lattice.shape))
    constant = 2 * lattice.dimension + mass_squared
    return (
        constant - 2 * spatial - 2 * math.cosh(mu) * np.cos(momenta[0]),
        2 * math.sinh(mu) * np.sin(momenta[0]),
    )


def slopes(lattice: Lattice, mass_squared: float, mu: float, limit: float = CLIPPED_SLOPE) -> np.ndarray:
    """a_k of the exact path, of the shape of the lattice.

    Beyond the threshold cosh(mu) = 1 + m^2/2 some M_R are negative and no Gaussian path exists; there, and
    wherever |a_k| would leave the stable sector, it is held at the limit, by default 0.9 tan(pi/8).
    """
    real, imaginary = matrix(lattice, mass_squared, mu)
    # modes that are their own time reversal have no slope, also where M_R < 0 puts the angle at pi
    turning = np.abs(imaginary) > ROUNDING
    exact = np.where(turning, -np.tan(np.arctan2(imaginary, real) / 2), 0.0)
    return np.clip(exact, -limit, limit)


def effective_mass_squared(mass: float, coupling: float, phi2: float) -> float:
    """The Hartree mass of the O(N) theory, m^2 + lambda (1 + 2/N) <phi_a phi_a> with N = 2."""
    return mass**2 + 2 * coupling * phi2


def self_consistent_mass_squared(dimension: int, mass: float, coupling: float) -> float:
    """The solution M of M = m^2 + 2 lambda <phi_a phi_a>_M, the Gaussian theory of mass^2 M at mu = 0.

    It serves at every mu: below its threshold the Gaussian theory does not know mu.
    """
    if coupling == 0:
        return mass**2
    lattice = Lattice((infinite_extent(dimension),) * dimension)
    # 2 - 2 cos k without the rounding of a difference, which would hide a small mass
    kinetic = sum(4 * np.sin(k / 2) ** 2 for k in lattice.momenta)

    def excess(mass_squared):
        fluctuations = float((2 / (kinetic + mass_squared)).mean())
        return effective_mass_squared(mass, coupling, fluctuations) - mass_squared

    # the mode k = 0 alone gives phi2 = 2 / (V M), and if all modes were like it 2 / M: with either of them
    # the equation is quadratic, and its solutions enclose that of the true phi2
    low, high = (
        (mass**2 + math.sqrt(mass**4 + 16 * coupling / number)) / 2 for number in (lattice.volume, 1)
    )
    # scipy.optimize takes half a second to import, and every job and every plan of a scan imports this module
    from scipy.optimize import brentq

    return brentq(excess, low * (1 - MARGIN), high * (1 + MARGIN), xtol=1e-12 * low)


def log_partition_ratio(lattice: Lattice, mass: float, mu: float) -> float:
    """ln Z(mu) - ln Z(0) at lambda = 0, for cosh(mu) < 1 + m^2/2: -sum_k ln(M(k; mu) / M(k; 0))."""
    real, imaginary = matrix(lattice, mass**2, mu)
    free, _ = matrix(lattice, mass**2, 0.0)
    return float(-np.log((real + 1j * imaginary) / free).sum().real)


def average_phase_factor(lattice: Lattice, mass: float, mu: float) -> float:
    """APF of the plane at lambda = 0: Z / Z_pq = prod_k M_R / (M_R + i M_I), real by pairs of momenta.

    Examples
    --------
    >>> round(average_phase_factor(Lattice((4, 4)), mass=1.0, mu=0.5), 6)
    0.801779
    >>> round(average_phase_factor(Lattice((2, 4)), mass=1.0, mu=0.5), 6)  # two slices have no sign problem
    1.0
    """
    real, imaginary = matrix(lattice, mass**2, mu)
    return float((real / (real + 1j * imaginary)).prod().real)


def density(lattice: Lattice, mass: float, mu: float) -> float:
    """n = (1/V) d ln Z / d mu at lambda = 0, per site.

    Examples
    --------
    >>> lattice, step = Lattice((4, 4)), 1e-4
    >>> above, below = (log_partition_ratio(lattice, 1.0, 0.5 + shift) for shift in (step, -step))
    >>> abs((above - below) / (2 * step * lattice.volume) - density(lattice, 1.0, 0.5)) < 1e-8
    True
    """
    real, imaginary = matrix(lattice, mass**2, mu)
    momentum = 2 * np.pi * np.fft.fftfreq(lattice.shape[0]).reshape(-1, *[1] * (lattice.dimension - 1))
    derivative = -2 * math.sinh(mu) * np.cos(momentum) + 2j * math.cosh(mu) * np.sin(momentum)
    return float(-(derivative / (real + 1j * imaginary)).sum().real / lattice.volume)


def phi2(lattice: Lattice, mass: float, mu: float) -> float:
    """<phi_a phi_a> per site at lambda = 0: (1/V) sum_k 2 / M(k)."""
    real, imaginary = matrix(lattice, mass**2, mu)
    return float((2 / (real + 1j * imaginary)).sum().real / lattice.volume)
