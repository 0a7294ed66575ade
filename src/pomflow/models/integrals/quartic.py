"""A one-variable integral: the phi^4 theory on a single point, with a complex mass."""

import cmath

import numpy as np
from scipy.special import kve

from pomflow.models.base import Action


class Quartic(Action):
    r"""S(x) = sigma x^2 / 2 + lambda x^4 / 4 with complex sigma, Re sigma > 0.

    .. math::
        Z = \sqrt{\frac{\sigma}{2\lambda}}\; e^{y} K_{1/4}(y), \qquad
        \langle x^2 \rangle = -2\, \partial_\sigma \ln Z
            = \frac{\sigma}{2\lambda} \left[ \frac{K_{3/4}(y)}{K_{1/4}(y)} - 1 \right], \qquad
        y = \frac{\sigma^2}{8\lambda}

    Parameters
    ----------
    sigma : complex
        The mass squared.
    coupling : float
        lambda > 0.
    """

    size = 1

    def __init__(self, sigma: complex, coupling: float, xp=np):
        self.sigma, self.coupling, self.xp = complex(sigma), coupling, xp
        self.partition_phase = cmath.phase(self.partition_function())

    def value(self, z):
        square = z * z
        return (self.sigma / 2 * square + self.coupling / 4 * square * square)[:, 0]

    def gradient(self, z):
        return self.sigma * z + self.coupling * z**3

    def partition_function(self) -> complex:
        """Z in closed form."""
        y = self._argument()
        return complex(cmath.sqrt(self.sigma / (2 * self.coupling)) * kve(0.25, y))

    def second_moment(self) -> complex:
        """<x^2> in closed form."""
        y = self._argument()
        return complex(self.sigma / (2 * self.coupling) * (kve(0.75, y) / kve(0.25, y) - 1))

    # kve(nu, y) = e^y K_nu(y) does not overflow at weak coupling, where y is large
    def _argument(self) -> complex:
        return self.sigma**2 / (8 * self.coupling)
