"""The complex phi^4 theory on a ring by quadrature of its fields. Nothing here uses the code under test.

With phi = r e^{i theta} the hops of a link are an expansion in Bessel functions, exp(e^mu phi_x phi*_{x+1} +
e^{-mu} phi*_x phi_{x+1}) = sum_m I_m(2 r r') e^{m mu} e^{i m (theta_x - theta_{x+1})}. The angles make m the
same on all links, or one larger from phi* to phi, and what is left are matrices in the radius.
"""

import numpy as np
from scipy.special import iv, ivp

POINTS, LARGEST, MODES = 60, 4.5, 24


class Ring:
    """Sites x = 0, ..., L - 1 with the action sum_x (eta r^2 + lambda r^4) minus the hops along the ring."""

    def __init__(self, extent: int, eta: float, coupling: float, mu: float):
        nodes, weights = np.polynomial.legendre.leggauss(POINTS)
        self._r = (nodes + 1) * LARGEST / 2
        self._extent, self._eta, self._coupling, self._mu = extent, eta, coupling, mu
        site = weights * self._r * np.exp(-eta * self._r**2 - coupling * self._r**4)
        self._argument = 2 * np.multiply.outer(self._r, self._r)
        self._half = np.sqrt(np.multiply.outer(site, site))
        self._modes = np.arange(-MODES, MODES + 1)
        self._links = {m: self._half * iv(abs(m), self._argument) for m in range(-MODES, MODES + 2)}
        self._z = sum(self._sector(m) for m in self._modes)

    def _sector(self, m: int, *inserted) -> float:
        """e^{m mu L} Tr of the links and of functions of r that stand at sites; (site, function) of each."""
        product = np.eye(POINTS)
        for site in range(self._extent):
            for _, function in (one for one in inserted if one[0] == site):
                product = product * function(self._r)
            product = product @ self._links[m]
        return np.exp(m * self._mu * self._extent) * np.trace(product)

    def mean(self, *inserted) -> float:
        """< prod f(r_x) > of functions at sites."""
        return sum(self._sector(m, *inserted) for m in self._modes) / self._z

    def correlator(self) -> np.ndarray:
        """<phi_t phi*_0> for t = 0, ..., L - 1."""
        values = np.zeros(self._extent)
        for t in range(self._extent):
            for m in self._modes:
                there = np.linalg.matrix_power(self._links[m + 1], t)
                back = np.linalg.matrix_power(self._links[m], self._extent - t)
                trace = np.trace((there * self._r[:, None] * self._r) @ back)
                values[t] += np.exp(self._mu * (m * self._extent + t)) * trace
        return values / self._z

    def winding_squared(self) -> float:
        return sum(m**2 * self._sector(m) for m in self._modes) / self._z

    def phi2_susceptibility(self) -> float:
        """V (<phi2^2> - <phi2>^2) of phi2 = sum_x 2 r_x^2 / V."""
        square = self.mean((0, lambda r: r**2))
        both = (self.mean((0, lambda r: r**2), (x, lambda r: r**2)) for x in range(self._extent))
        return 4 * sum(one - square**2 for one in both)

    def action_density(self) -> float:
        """<S> / V."""
        hops = 0.0
        for m in self._modes:
            derivative = self._half * self._argument * ivp(abs(m), self._argument)
            rest = np.linalg.matrix_power(self._links[m], self._extent - 1)
            hops += np.exp(m * self._mu * self._extent) * np.trace(rest @ derivative)
        sites = self.mean((0, lambda r: self._eta * r**2 + self._coupling * r**4))
        return sites - hops / self._z
