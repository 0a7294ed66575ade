"""A one-variable integral with a sign problem that grows with a power."""

import cmath
import math

import numpy as np
from numpy.polynomial import hermite_e

from pomflow.models.base import Action


class Power(Action):
    r"""exp(-S(x)) = (x + i a)^p exp(-x^2 / 2).

    .. math::
        Z = \sqrt{2\pi}\, i^p\, He_p(a), \qquad
        \langle x^2 \rangle = 1 + p (p-1) \frac{Z_{p-2}}{Z_p}

    with He_p the probabilists' Hermite polynomial. Where He_p(a) = 0 the phases cancel completely.

    Parameters
    ----------
    power : int
        p >= 0.
    shift : float
        a, which keeps the zero of the weight off the real axis.

    Notes
    -----
    Source of the integral: Nishimura and Shimasaki, Phys. Rev. D 92 (2015) 011501, where it shows how
    complex Langevin dynamics fails.
    """

    size = 1

    def __init__(self, power: int, shift: float, xp=np):
        self.power, self.shift, self.xp = power, shift, xp
        self.partition_phase = cmath.phase(self.partition_function())

    def value(self, z):
        return (z * z / 2 - self.power * self.xp.log(z + 1j * self.shift))[:, 0]

    def gradient(self, z):
        return z - self.power / (z + 1j * self.shift)

    def partition_function(self) -> complex:
        """Z in closed form."""
        return self._integral(self.power)

    def second_moment(self) -> complex:
        """<x^2> in closed form."""
        lower = self._integral(self.power - 2) if self.power >= 2 else 0.0
        return 1 + self.power * (self.power - 1) * lower / self._integral(self.power)

    def _integral(self, power: int) -> complex:
        return math.sqrt(2 * math.pi) * 1j**power * hermite_e.hermeval(self.shift, [0] * power + [1])
