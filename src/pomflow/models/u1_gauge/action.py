"""U(1) gauge theory in two dimensions with a complex coupling and a theta term."""

import math

import numpy as np

from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.base import Model, ModelPoint, Parameter, Variables
from pomflow.models.observables import observable
from pomflow.models.u1_gauge.torus import Torus
from pomflow.plaquettes import Plaquettes


class U1Gauge(Model):
    r"""Angles A on the links of a torus, whose plaquettes P have a complex coupling and a theta term.

    .. math::
        S = -\beta \sum_x \cos P(x) + \frac{i\theta}{2\pi} \sum_x \sin P(x), \qquad
        P(x) = A_0(x) + A_1(x + \hat 0) - A_0(x + \hat 1) - A_1(x)

    Variables are the angles A, those of direction 0 first. exp(-S) is entire in them.

    Notes
    -----
    Source: Kashiwa and Mori, Phys. Rev. D 102 (2020) 054519 (complex beta, by path optimization); Hirasawa,
    Matsumoto, Nishimura, Yosprakob, JHEP 09 (2020) 023 (theta term of sines, on the torus).
    """

    title = "U(1) gauge theory"
    variables = Variables("angle", per_link=1)
    parameters = {
        "beta_re": Parameter(
            "Real part of the inverse coupling beta.",
            1.0,
            minimum=-50,
            maximum=50,
            symbol=r"\mathrm{Re}\,\beta",
            long_name="real inverse coupling",
            units="1",
        ),
        "beta_im": Parameter(
            "Imaginary part of the inverse coupling beta.",
            minimum=-50,
            maximum=50,
            symbol=r"\mathrm{Im}\,\beta",
            long_name="imaginary inverse coupling",
            units="1",
        ),
        "theta": Parameter(
            "Vacuum angle theta in radian.",
            0.0,
            minimum=-100,
            maximum=100,
            symbol=r"\theta",
            long_name="vacuum angle",
            units="radian",
        ),
    }
    gauge_field = True
    exact = "pomflow.models.u1_gauge.torus:values"
    best = "pomflow.models.u1_gauge.best:of_independent_plaquettes"

    def __init__(self, lattice: Lattice, xp=np, **values):
        super().__init__(lattice, xp, **values)
        self.check(lattice, {name: getattr(self, name) for name in self.parameters})
        self.plaquettes = Plaquettes(lattice, xp)
        self.partition_phase = Torus(lattice.volume, self.beta, self.theta).partition_phase

    @classmethod
    def check(cls, lattice: Lattice, values: dict) -> None:
        if lattice.dimension != 2 or min(lattice.shape) < 2:
            raise ConfigError(
                "lattices",
                f"the theory is for two dimensions of at least two sites each, not for {list(lattice.shape)}",
                "Take a lattice such as [4, 4].",
            )
        beta = complex(values["beta_re"], values["beta_im"])
        if Torus(lattice.volume, beta, values["theta"]).cancels:
            raise ConfigError(
                "parameters.beta_im",
                f"the partition function is zero at beta = {beta:g}, theta = {values['theta']:g}",
                "Take another value.",
            )

    @property
    def beta(self) -> complex:
        """The inverse coupling."""
        return complex(self.beta_re, self.beta_im)

    def at(self, z) -> "GaugePoint":
        return GaugePoint(self, z)

    def value(self, z):
        return self.at(z).value

    def gradient(self, z):
        return self.at(z).gradient

    @observable("plaquette", "per plaquette", symbol=r"\langle\cos P\rangle")
    def plaquette(self, point):
        """(1/V) d ln Z / d beta: cos P averaged over the plaquettes, per configuration."""
        return self.xp.cos(point.angles).mean(axis=1)

    @observable("charge density", "per plaquette", symbol=r"\langle q\rangle", odd=("theta",))
    def charge(self, point):
        """(i/V) d ln Z / d theta: sin P / 2 pi averaged over the plaquettes, per configuration."""
        return self.xp.sin(point.angles).mean(axis=1) / (2 * math.pi)

    @observable("Wilson loop of 1x2", symbol=r"\langle W_{1\times 2}\rangle")
    def wilson_1x2(self, point):
        """The cosine of the links around two neighbouring plaquettes, both directions, per configuration."""
        cosines = [self.xp.cos(point.angles + point.angles[:, ahead]) for ahead in self._ahead]
        return sum(cosines).mean(axis=1) / 2

    @observable("Wilson loop of 2x2", symbol=r"\langle W_{2\times 2}\rangle")
    def wilson_2x2(self, point):
        """The cosine of the links around four plaquettes, averaged over places, per configuration."""
        in_time, in_space = self._ahead
        column = point.angles + point.angles[:, in_time]
        return self.xp.cos(column + column[:, in_space]).mean(axis=1)

    @property
    def _ahead(self):
        """The plaquettes one step later in time, and one step ahead in space."""
        return tuple(map(self.xp.asarray, self.lattice.forward))


class GaugePoint(ModelPoint):
    """Configurations with their plaquettes."""

    def __init__(self, model: U1Gauge, z):
        super().__init__(model, z)
        self.angles = model.plaquettes.of(z)

    @property
    def value(self):
        xp, model = self.model.xp, self.model
        turn = model.theta / (2 * math.pi)
        return (1j * turn * xp.sin(self.angles) - model.beta * xp.cos(self.angles)).sum(axis=1)

    @property
    def gradient(self):
        xp, model = self.model.xp, self.model
        turn = model.theta / (2 * math.pi)
        return model.plaquettes.transposed(model.beta * xp.sin(self.angles) + 1j * turn * xp.cos(self.angles))
