"""A one-variable integral: the phi^4 theory on a single point, with a complex mass."""

import cmath

from scipy.special import kve

from pomflow.models.base import Parameter
from pomflow.models.integrals.integral import Integral


class Quartic(Integral):
    r"""S(x) = sigma x^2 / 2 + lambda x^4 / 4 with complex sigma, Re sigma > 0.

    .. math::
        Z = \sqrt{\frac{\sigma}{2\lambda}}\; e^{y} K_{1/4}(y), \qquad
        \langle x^2 \rangle = -2\, \partial_\sigma \ln Z
            = \frac{\sigma}{2\lambda} \left[ \frac{K_{3/4}(y)}{K_{1/4}(y)} - 1 \right], \qquad
        y = \frac{\sigma^2}{8\lambda}

    On the real line |exp(-S)| is the weight of Re sigma, so that Z_pq = Z(Re sigma).
    """

    title = "quartic integral"
    parameters = {
        "sigma_re": Parameter(
            "Real part of the mass squared sigma.",
            1.0,
            above=0,
            maximum=100,
            symbol=r"\mathrm{Re}\,\sigma",
            long_name="real mass squared",
            units="1",
        ),
        "sigma_im": Parameter(
            "Imaginary part of the mass squared sigma.",
            minimum=-100,
            maximum=100,
            symbol=r"\mathrm{Im}\,\sigma",
            long_name="imaginary mass squared",
            units="1",
        ),
        "coupling": Parameter(
            "Coupling lambda.", 1.0, minimum=1e-4, maximum=10000, symbol=r"\lambda", units="1"
        ),
    }
    growth = 4
    exact = Integral.closed_forms

    @property
    def sigma(self) -> complex:
        """The mass squared."""
        return complex(self.sigma_re, self.sigma_im)

    def value(self, z):
        square = z * z
        return (self.sigma / 2 * square + self.coupling / 4 * square * square)[:, 0]

    def gradient(self, z):
        return self.sigma * z + self.coupling * z**3

    def partition_function(self) -> complex:
        return partition_function(self.sigma, self.coupling)

    def quenched_partition_function(self) -> float:
        return partition_function(self.sigma_re, self.coupling).real

    def mean_square(self) -> complex:
        y = self.sigma**2 / (8 * self.coupling)
        return complex(self.sigma / (2 * self.coupling) * (kve(0.75, y) / kve(0.25, y) - 1))


def partition_function(sigma: complex, coupling: float) -> complex:
    """Z in closed form; kve(nu, y) = e^y K_nu(y) does not overflow at weak coupling, where y is large."""
    return complex(cmath.sqrt(sigma / (2 * coupling)) * kve(0.25, sigma**2 / (8 * coupling)))
