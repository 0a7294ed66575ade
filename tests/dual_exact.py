"""The dual form summed exactly, with site weights from quadrature: small enumerations and rings of sites.

Nothing here uses the code under test.
"""

import itertools
import math

import numpy as np
from scipy.special import logsumexp


def log_site_weight(eta: float, coupling: float, exponents):
    """ln W(f) for W(f) = int_0^inf dr r^{f+1} exp(-eta r^2 - lambda r^4), by the trapezoidal rule in ln r."""
    t = np.linspace(-18, 4, 4001)
    r = np.exp(t)
    logarithm = (np.asarray(exponents)[..., None] + 2) * t - eta * r**2 - coupling * r**4
    return logsumexp(logarithm, axis=-1) + math.log(t[1] - t[0])


def site_weight(eta: float, coupling: float, exponents):
    """W(f)."""
    return np.exp(log_site_weight(eta, coupling, exponents))


def closed_configurations(sites: int, amplitudes, eta: float, coupling: float, most: int) -> dict:
    """Weights of all hops (n_0, nbar_0, n_1, ...) on a ring of sites, with at most ``most`` on a link.

    One dimension: every site has a link to the next, the only one to itself.
    """
    weights = site_weight(eta, coupling, np.arange(4 * most + 1))
    links = [(n, m) for n in range(most + 1) for m in range(most + 1 - n)]
    result = {}
    for hops in itertools.product(links, repeat=sites):
        if len({n - m for n, m in hops}) > 1:
            continue
        sums = [sum(pair) for pair in hops]
        weight = math.prod(
            amplitudes[0] ** n * amplitudes[1] ** m / (math.factorial(n) * math.factorial(m)) for n, m in hops
        )
        weight *= math.prod(weights[sums[x] + sums[x - 1]] for x in range(sites))
        result[tuple(itertools.chain(*hops))] = weight
    return result


def ring(extent: int, amplitudes, eta: float, coupling: float, most: int = 30, windings: int = 30) -> dict:
    """L_t x 1 at given amplitudes: ln Z, <w>, <sum of time hops> and phi_a phi_a per site.

    The spatial link of a site leads to itself; s hops there weigh 2^s / s! and count twice, so that a site
    has G(f) = sum_s 2^s / s! W(f + 2s). On the time links n - nbar = w is the same everywhere and
    l = min(n, nbar) makes a transfer matrix.
    """
    s = np.arange(60)
    loops = 2.0**s / np.array([math.factorial(k) for k in s], dtype=float)
    size = windings + 2 * most
    weights = site_weight(eta, coupling, 2 * np.arange(size + len(s) + 1))
    table, field = (weights[np.arange(size)[:, None] + s + more] @ loops for more in (0, 1))
    sums = np.zeros(4)
    for w in range(-windings, windings + 1):
        low = np.arange(most)
        n, m = low + max(w, 0), low + max(-w, 0)
        log_link = n * np.log(amplitudes[0]) + m * np.log(amplitudes[1])
        log_link -= np.array([math.lgamma(a + 1) + math.lgamma(b + 1) for a, b in zip(n, m, strict=True)])
        half = np.exp(log_link / 2)
        # f / 2 of a site between two time links
        index = low[:, None] + low + abs(w)
        matrix, inserted = half[:, None] * table[index] * half, half[:, None] * field[index] * half
        power = np.linalg.matrix_power(matrix, extent - 1)
        z = np.trace(power @ matrix)
        hops = extent * np.trace(power @ matrix @ np.diag(n + m))
        sums += z, z * w, hops, 2 * np.trace(power @ inserted)
    z, winding, hops, phi2 = sums
    return {"log_z": math.log(z), "winding": winding / z, "time_hops": hops / z, "phi2": phi2 / z}
