"""What the integrals of one variable share: a single real variable, and exact values in closed form."""

import cmath
from abc import abstractmethod

import numpy as np

from pomflow.analysis.estimates import Estimate
from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.base import Model, Variables, closed_form
from pomflow.models.observables import observable

POINT = Lattice((1,))


class Integral(Model):
    """An integral of one real variable x, on the lattice of a single site.

    Raises
    ------
    ConfigError
        On another lattice.
    """

    variables = Variables("real", per_site=1)

    def __init__(self, lattice: Lattice = POINT, xp=np, **values):
        super().__init__(lattice, xp, **values)
        self.check(lattice, {name: getattr(self, name) for name in self.parameters})
        self.partition_phase = cmath.phase(self.partition_function())

    @classmethod
    def check(cls, lattice: Lattice, values: dict) -> None:
        if lattice != POINT:
            raise ConfigError(
                "lattices", f"an integral of one variable has no lattice {list(lattice.shape)}", "Take [1]."
            )

    @abstractmethod
    def partition_function(self) -> complex:
        """Z = int exp(-S(x)) dx."""

    @abstractmethod
    def quenched_partition_function(self) -> float:
        """Z_pq = int |exp(-S(x))| dx."""

    @abstractmethod
    def mean_square(self) -> complex:
        """<x^2>, exactly."""

    @observable("square of the variable", symbol=r"\langle x^2\rangle")
    def second_moment(self, point):
        """x^2, per configuration."""
        return point.z[:, 0] ** 2

    def closed_forms(self) -> dict[str, Estimate]:
        """<x^2> and APF0 = Z / Z_pq, both complex."""
        apf0 = self.partition_function() / self.quenched_partition_function()
        return closed_form(second_moment=complex(self.mean_square()), apf0=complex(apf0))
