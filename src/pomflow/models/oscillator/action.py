"""The anharmonic oscillator in real time: one particle on the Schwinger-Keldysh contour."""

import numpy as np

from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.base import Model, Parameter, Variables
from pomflow.models.observables import observable
from pomflow.models.oscillator import keldysh


class Oscillator(Model):
    r"""A particle of mass 1 at temperature 1 / beta, in real time.

    .. math::
        S = -i \sum_j \Big[ \frac{(x_{j+1} - x_j)^2}{2 a_j} - \frac{a_j + a_{j-1}}{2}\, V(x_j) \Big],
        \qquad V(x) = \frac{m^2}{2} x^2 + \frac{\lambda}{24} x^4,

    on a closed path of N steps a_j in complex time: n_t forwards, a = dt = t / n_t, as many back, a = -dt,
    and n_b down, a = -i beta / n_b. So N = 2 n_t + n_b, and exp(-S) is the integrand of
    Tr[exp(-beta H) exp(iHt) exp(-iHt)] in symmetric Trotter factors. On the way forwards and back exp(-S) is
    a pure phase for real x, which does not fall off: the integral over the real plane does not converge
    absolutely, and ``plane`` is False.

    The factors forwards and back cancel in Z, which is that of the Euclidean steps alone and positive.

    Raises
    ------
    ConfigError
        If N - n_b is not even, or not positive.

    Notes
    -----
    Source: Alexandru, Basar, Bedaque, Vartak, Warrington, Phys. Rev. Lett. 117 (2016) 081602.
    """

    title = "anharmonic oscillator in real time"
    variables = Variables("real", per_site=1)
    parameters = {
        "mass": Parameter(
            "Frequency m of the oscillator without interaction.",
            1.0,
            above=0,
            maximum=100,
            symbol="m",
            units="1",
        ),
        "coupling": Parameter(
            "Coupling lambda of x^4 / 24.", minimum=0, maximum=10000, symbol=r"\lambda", units="1"
        ),
        "beta": Parameter(
            "Inverse temperature.",
            1.0,
            above=0,
            maximum=100,
            symbol=r"\beta",
            long_name="inverse temperature",
            units="1",
        ),
        "time": Parameter(
            "Largest real time t.", above=0, maximum=100, symbol="t", long_name="real time", units="1"
        ),
        "euclidean_steps": Parameter(
            "Number n_b of steps in imaginary time; the other N - n_b go forwards and back in real time.",
            2,
            minimum=1,
            maximum=1000,
            integer=True,
            axis=False,
            symbol="n_b",
            units="1",
        ),
    }
    growth = 4
    plane = False
    has_hessian = True
    partition_phase = 0.0
    vanishing = ("apf_im", "square_im")
    exact = "pomflow.models.oscillator.exact:values"

    def __init__(self, lattice: Lattice, xp=np, **values):
        super().__init__(lattice, xp, **values)
        self.check(lattice, {name: getattr(self, name) for name in self.parameters})
        # a particle without interaction: S grows with the square
        self.growth = 4 if self.coupling else 2
        # the site at which the path turns back
        self.turn = (lattice.volume - self.euclidean_steps) // 2
        self.steps = keldysh.steps(self.turn, self.euclidean_steps, self.time, self.beta)
        self._hop, self._weight = map(xp.asarray, keldysh.coefficients(self.steps))
        self._kinetic = xp.asarray(keldysh.quadratic_form(self.steps, 0.0))
        self._next, self._before = (xp.asarray(np.roll(np.arange(self.size), k)) for k in (-1, 1))

    @classmethod
    def check(cls, lattice: Lattice, values: dict) -> None:
        steps = values["euclidean_steps"]
        if lattice.dimension != 1:
            what = f"one particle has time alone, and {list(lattice.shape)} has more directions"
            raise ConfigError("lattices", what, "Give one extent, such as [12].")
        if lattice.volume <= steps or (lattice.volume - steps) % 2:
            what = f"{lattice.volume} steps, {steps} of them Euclidean, cannot go forwards and back"
            fitting = f"[{steps + 2}] or [{steps + 8}]"
            raise ConfigError("lattices", what, f"Give euclidean_steps and an even number more: {fitting}.")

    def value(self, z):
        square, difference = z * z, z[:, self._next] - z
        potential = self.mass**2 / 2 * square + self.coupling / 24 * square * square
        return (difference * difference) @ self._hop + potential @ self._weight

    def gradient(self, z):
        drift = self._hop * (z[:, self._next] - z)
        force = self.mass**2 * z + self.coupling / 6 * z**3
        return 2 * (drift[:, self._before] - drift) + self._weight * force

    def hessian(self, z):
        n = self.size
        matrix = self.xp.zeros((len(z), n, n), dtype=complex)
        matrix[:] = self._kinetic
        curvature = self.mass**2 + self.coupling / 2 * z * z
        matrix.reshape(len(z), n * n)[:, :: n + 1] += self._weight * curvature
        return matrix

    def gaussian_path(self) -> np.ndarray:
        mass_squared = keldysh.self_consistent_mass_squared(self.mass, self.coupling, self.beta)
        return keldysh.gaussian_path(keldysh.quadratic_form(self.steps, mass_squared))

    def orbits(self) -> np.ndarray:
        """No two points of the path are alike."""
        return np.arange(self.size)

    @observable("correlator at the largest time", symbol=r"\langle x(t)x(0)\rangle")
    def correlator(self, point):
        """x(t) x(0), the product at the turning point and at the first point, per configuration."""
        return point.z[:, self.turn] * point.z[:, 0]

    @observable("square of the position", symbol=r"\langle x(0)^2\rangle")
    def square(self, point):
        """The mean of x^2 where the path begins and where it comes back to, both at time 0."""
        return (point.z[:, 0] ** 2 + point.z[:, 2 * self.turn % self.size] ** 2) / 2
