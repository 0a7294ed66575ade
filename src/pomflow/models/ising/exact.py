r"""Exact thermodynamics of Ising models: ln Z, mean energy and its variance at inverse temperature beta.

.. math:: \langle E \rangle = -\partial_\beta \ln Z, \qquad C = \beta^2 \partial_\beta^2 \ln Z

Sources: Kaufman, Phys. Rev. 76 (1949) 1232 (torus); transfer matrix (ring); enumeration.
"""

import math

import numpy as np

from pomflow.models.ising.model import TRANSITIONS, Ising
from pomflow.models.spins.base import Thermodynamics, of_levels, unknown
from pomflow.nn.configurations import configurations

# 2 / ln(1 + sqrt 2), of the infinite square lattice (Onsager 1944)
CRITICAL_TEMPERATURE = TRANSITIONS[2].temperature
# sites of a lattice whose states can be counted
ENUMERABLE = 20


def thermodynamics(model: Ising, beta) -> Thermodynamics:
    """Exact values of the ring and the torus, and of any lattice of at most 20 sites."""
    beta = np.atleast_1d(np.asarray(beta, dtype=float))
    if model.decay is None and model.lattice.dimension == 1:
        return ring(model.lattice.volume, beta)
    if model.decay is None and model.lattice.dimension == 2:
        return torus(*model.lattice.shape, beta)
    if model.lattice.volume <= ENUMERABLE:
        return enumerated(model, beta)
    return unknown(beta)


def states(sites: int) -> np.ndarray:
    """All 2^sites configurations of +-1, shape (2^sites, sites)."""
    return configurations(sites).astype(np.int8)


def enumerated(model: Ising, beta: np.ndarray) -> Thermodynamics:
    """Sums over all states."""
    levels, counts = np.unique(model.energy(states(model.lattice.volume)), return_counts=True)
    return of_levels(beta, levels, np.log(counts))


def ring(sites: int, beta: np.ndarray) -> Thermodynamics:
    """Z = (2 cosh beta)^N + (2 sinh beta)^N = (2 cosh beta)^N (1 + t^N) with t = tanh beta."""
    t = np.tanh(beta)
    slope, tail = 1 - t * t, t**sites
    # u = t^(N-1) / (1 + t^N) and its derivative with respect to t
    u = t ** (sites - 1) / (1 + tail)
    du = ((sites - 1) * t ** max(sites - 2, 0) - t ** (2 * sites - 2)) / (1 + tail) ** 2
    log_z = sites * np.logaddexp(beta, -beta) + np.log1p(tail)
    first = sites * (t + slope * u)
    second = sites * slope * (1 - 2 * t * u + slope * du)
    return Thermodynamics(beta, log_z, -first, second)


def torus(rows: int, columns: int, beta: np.ndarray) -> Thermodynamics:
    r"""Kaufman's sum of four products for the square lattice with equal couplings.

    .. math:: Z = \tfrac12 (2 \sinh 2\beta)^{V/2} \left[ \prod_r 2\cosh\tfrac{m\gamma_{2r+1}}2
              + \prod_r 2\sinh\tfrac{m\gamma_{2r+1}}2 + \prod_r 2\cosh\tfrac{m\gamma_{2r}}2
              + \prod_r 2\sinh\tfrac{m\gamma_{2r}}2 \right]

    with r = 0 ... n - 1 for m = ``rows`` and n = ``columns``, cosh gamma_l = cosh 2 beta coth 2 beta
    - cos(pi l / n), and gamma_0 = 2 beta + ln tanh beta, whose sign changes at the critical point.
    """
    values = [_torus(rows, columns, one) if one > 0 else _free(rows * columns) for one in beta]
    return Thermodynamics(beta, *np.array(values).T)


def _free(volume: int) -> tuple[float, float, float]:
    """At beta = 0: every bond, of which there are two a site, has variance 1."""
    return volume * math.log(2), 0.0, 2.0 * volume


def _torus(m: int, n: int, beta: float) -> tuple[float, float, float]:
    """ln Z, <E>, Var E at one beta > 0, by the chain rule through gamma."""
    gamma = _gammas(n, beta)
    odd, even = gamma[:, 1::2], gamma[:, 0::2]
    products = [_log_product(part, m / 2, sign) for part in (odd, even) for sign in (+1, -1)]
    # the factor that changes its sign stays outside of the logarithm, but for its size e^|x|
    x, first, second = m / 2 * even[:, 0]
    size, *others = _log_product(even[:, 1:], m / 2, -1)
    products[3] = (size + abs(x), *others)
    sinh, cosh = (math.exp(x - abs(x)) + sign * math.exp(-x - abs(x)) for sign in (-1, +1))
    factor = (sinh, cosh * first, sinh * first**2 + cosh * second)
    highest = max(product[0] for product in products)
    sums = np.zeros(3)
    for product, outside in zip(products, [(1, 0, 0)] * 3 + [factor], strict=True):
        weight = math.exp(product[0] - highest)
        sums += weight * _times_exponential(outside, product)
    first, second = sums[1:] / sums[0]
    coth = 1 / math.tanh(2 * beta)
    log_z = m * n / 2 * math.log(2 * math.sinh(2 * beta)) + highest + math.log(sums[0] / 2)
    return log_z, -(m * n * coth + first), 2 * m * n * (1 - coth**2) + second - first**2


def _gammas(n: int, beta: float) -> np.ndarray:
    """gamma_l for l = 0 ... 2n - 1 with first and second derivative, shape (3, 2n)."""
    sinh, cosh = math.sinh(2 * beta), math.cosh(2 * beta)
    # of c = cosh 2 beta coth 2 beta = sinh + 1 / sinh
    slope = 2 * cosh * (1 - 1 / sinh**2)
    bend = 4 * sinh + 4 / sinh + 8 / sinh**3
    argument = sinh + 1 / sinh - np.cos(np.pi * np.arange(2 * n) / n)
    gamma = np.arccosh(argument[1:])
    root = np.sinh(gamma)
    first = slope / root
    second = (bend - argument[1:] * first**2) / root
    zero = [2 * beta + math.log(math.tanh(beta)), 2 + 2 / sinh, -4 * cosh / sinh**2]
    return np.column_stack([zero, [gamma, first, second]])


def _log_product(gamma: np.ndarray, half: float, sign: int) -> tuple[float, float, float]:
    """sum ln(e^x + sign e^-x) with x = half * gamma, and its derivatives."""
    x, first, second = half * gamma
    # overflow is impossible: x > 0 but for gamma_0, which may be anything where sign = +1
    size = np.abs(x)
    value = (size + np.log1p(sign * np.exp(-2 * size))).sum()
    ratio = np.tanh(x) if sign > 0 else 1 / np.tanh(x)
    return value, (ratio * first).sum(), (ratio * second + (1 - ratio**2) * first**2).sum()


def _times_exponential(factor: tuple, exponent: tuple) -> np.ndarray:
    """f e^g over e^g, with first and second derivative."""
    f, df, ddf = factor
    _, dg, ddg = exponent
    return np.array([f, df + f * dg, ddf + 2 * df * dg + f * (ddg + dg * dg)])
