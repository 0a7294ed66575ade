r"""Exact values of U(1) gauge theory on a two-dimensional torus, by the Fourier coefficients of a plaquette.

.. math::
    w(P) = e^{\beta\cos P - \frac{i\theta}{2\pi} \sin P} = \sum_n z_n e^{inP}, \qquad
    z_n = \Big( \frac{b - c}{b + c} \Big)^{n/2} I_n\big( \sqrt{b^2 - c^2} \big), \quad
    b = \beta, \quad c = \frac{\theta}{2\pi}

Every link belongs to two plaquettes that it runs around in opposite directions, so its integral demands the
same n of both:

.. math::
    Z = \sum_n z_n^V, \qquad
    \langle \cos P \rangle = \frac{1}{Z} \sum_n z_n^{V-1}\, \frac{z_{n-1} + z_{n+1}}{2}, \qquad
    \langle W_{\mathrm{area}\ A} \rangle = \frac{1}{Z} \sum_n z_n^{V-A}\, \frac{z_{n-1}^A + z_{n+1}^A}{2}

Source: Migdal, Sov. Phys. JETP 42 (1975) 413; Rusakov, Mod. Phys. Lett. A 5 (1990) 693.
"""

import math
from functools import cached_property

import numpy as np

from pomflow.analysis.estimates import Estimate
from pomflow.models.base import closed_form

# Nodes of the trapezoidal rule for z_n: it is exact to rounding, as z_n falls like 1/n! beyond |b| + |c|.
NODES = 1024
# Z relative to the sum of the moduli of its terms: below this rounding is all that is left of it
SMALLEST = 1e-10


def values(model) -> dict[str, Estimate]:
    """All observables and apf0, with their imaginary parts."""
    volume = model.lattice.volume
    torus = Torus(volume, model.beta, model.theta)
    return closed_form(
        plaquette=torus.cosine,
        charge=torus.sine / (2 * math.pi),
        wilson_1x2=torus.wilson_loop(2),
        wilson_2x2=torus.wilson_loop(4),
        apf0=torus.average_phase_factor,
    )


class Torus:
    """The theory on a torus of V plaquettes.

    Examples
    --------
    >>> torus = Torus(16, 1 + 0.5j)
    >>> print(f"{abs(torus.average_phase_factor):.3f}")
    0.492
    """

    def __init__(self, volume: int, beta: complex, theta: float = 0.0):
        self.volume, self.beta = volume, beta
        self._z = coefficients(beta, theta)
        self._top = self._z[abs(self._z).argmax()]
        # z_n relative to the largest, and those of the neighbours n - 1 and n + 1
        self._ratio = self._z / self._top
        self._below, self._above = np.roll(self._ratio, 1), np.roll(self._ratio, -1)

    @cached_property
    def _sum(self) -> complex:
        """Z in units of the power V of the largest z_n."""
        return complex((self._ratio**self.volume).sum())

    @property
    def cancels(self) -> bool:
        """Whether the terms of Z cancel as far as can be told."""
        return abs(self._sum) < SMALLEST * (abs(self._ratio) ** self.volume).sum()

    @property
    def partition_phase(self) -> float:
        """arg Z."""
        return float(np.angle(np.exp(1j * self.volume * np.angle(self._top)) * self._sum))

    @property
    def cosine(self) -> complex:
        """<cos P>."""
        return self._mean(1, (self._below + self._above) / 2)

    @property
    def sine(self) -> complex:
        """<sin P>."""
        return self._mean(1, (self._below - self._above) / 2j)

    def wilson_loop(self, area: int) -> complex:
        """<cos> of the sum of the links around so many plaquettes."""
        return self._mean(area, (self._below**area + self._above**area) / 2)

    @property
    def average_phase_factor(self) -> complex:
        """Z / Z_pq on the undeformed torus, where |exp(-S)| is the weight of Re beta alone."""
        quenched = Torus(self.volume, self.beta.real)
        scale = (abs(self._top) / quenched._top.real) ** self.volume
        return complex(scale * abs(self._sum) / quenched._sum * np.exp(1j * self.partition_phase))

    def _mean(self, area: int, inside) -> complex:
        """With other Fourier coefficients inside an area."""
        return complex((self._ratio ** (self.volume - area) * inside).sum() / self._sum)


def coefficients(beta: complex, theta: float) -> np.ndarray:
    """z_n exp(-|Re beta|), n = 0, 1, ..., -2, -1, by the trapezoidal rule."""
    angle = 2 * np.pi * np.arange(NODES) / NODES
    exponent = beta * np.cos(angle) - 1j * theta / (2 * np.pi) * np.sin(angle)
    return np.fft.fft(np.exp(exponent - abs(beta.real))) / NODES
