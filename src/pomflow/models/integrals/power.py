"""A one-variable integral with a sign problem that grows with a power."""

import math

from numpy.polynomial import hermite_e
from scipy.integrate import quad

from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.base import Parameter
from pomflow.models.integrals.integral import Integral


class Power(Integral):
    r"""exp(-S(x)) = (x + i a)^p exp(-x^2 / 2).

    .. math::
        Z = \sqrt{2\pi}\, i^p\, He_p(a), \qquad
        \langle x^2 \rangle = 1 + p (p-1) \frac{Z_{p-2}}{Z_p}

    with He_p the probabilists' Hermite polynomial. Where He_p(a) = 0 the phases cancel completely.

    Notes
    -----
    Source of the integral: Nishimura and Shimasaki, Phys. Rev. D 92 (2015) 011501, where it shows how
    complex Langevin dynamics fails.
    """

    title = "power integral"
    parameters = {
        "power": Parameter(
            "Power p of x + i a in the weight.",
            2,
            minimum=0,
            maximum=100,
            integer=True,
            symbol="p",
            units="1",
        ),
        "shift": Parameter(
            "Shift a, which keeps the zero of the weight off the real axis.",
            minimum=-100,
            maximum=100,
            symbol="a",
            units="1",
        ),
    }
    growth = 2
    vanishing = ("second_moment_im",)
    exact = Integral.closed_forms

    @classmethod
    def check(cls, lattice: Lattice, values: dict) -> None:
        super().check(lattice, values)
        if hermite(values["power"], values["shift"]) == 0:
            raise ConfigError(
                "parameters.shift",
                f"the integral is zero there, He_{values['power']}({values['shift']:g}) = 0",
                "Take another shift or power.",
            )

    def value(self, z):
        gaussian = z * z / 2
        # 0^0 is 1 at the zero of x + i a
        return (gaussian - self.power * self.xp.log(z + 1j * self.shift) if self.power else gaussian + 0j)[
            :, 0
        ]

    def gradient(self, z):
        return z - self.power / (z + 1j * self.shift) if self.power else z + 0j

    def ordered_start(self, stream, rows: int):
        """The origin, or, where the weight is zero there, its maxima at plus and minus sqrt(p)."""
        if self.shift or not self.power:
            return super().ordered_start(stream, rows)
        sign = 1 - 2 * self.xp.round(stream.uniforms(0, rows, 1))
        return math.sqrt(self.power) * sign

    def partition_function(self) -> complex:
        return self._integral(self.power)

    def quenched_partition_function(self) -> float:
        r"""Z_pq = int (x^2 + a^2)^{p/2} exp(-x^2 / 2) dx, by quadrature."""
        # where the integrand has its maximum, at the origin for a^2 >= p
        top = math.sqrt(max(self.power - self.shift**2, 0.0))

        def weight(x: float) -> float:
            return math.exp(self.power * math.log(math.hypot(x, self.shift)) - x * x / 2)

        return 2 * sum(quad(weight, *part, epsabs=0, epsrel=1e-12)[0] for part in ((0, top), (top, math.inf)))

    def mean_square(self) -> complex:
        lower = self._integral(self.power - 2) if self.power >= 2 else 0.0
        return 1 + self.power * (self.power - 1) * lower / self._integral(self.power)

    def _integral(self, power: int) -> complex:
        return math.sqrt(2 * math.pi) * 1j**power * hermite(power, self.shift)


def hermite(power: int, x: float) -> float:
    """He_p(x), the probabilists' Hermite polynomial."""
    return float(hermite_e.hermeval(x, [0] * power + [1]))
