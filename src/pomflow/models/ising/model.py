"""Ising models: which spins couple, and how strongly."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.base import Parameter
from pomflow.models.spins.base import (
    WINDOW,
    Bonds,
    SpinModel,
    Thermodynamics,
    Transition,
    neighbours,
    windows,
)
from pomflow.nn.configurations import configurations
from pomflow.random.stream import Stream

# of the infinite lattices by dimension: Onsager 1944, nu = 1; Ferrenberg, Xu, Landau, Phys. Rev. E 97 (2018)
# 043301 for beta_c, and Kos, Poland, Simmons-Duffin, Vichi, JHEP 08 (2016) 036 for nu
TRANSITIONS = {
    2: Transition(2 / math.log1p(math.sqrt(2)), 1.0, "exact"),
    3: Transition(1 / 0.221654626, 1 / 0.629971, "published"),
}
# Of three dimensions 256 patterns of a window of 2x2x2 sites are counted; in four it would be 65536.
LARGEST_DIMENSION = 3


@dataclass(frozen=True)
class Ising(SpinModel):
    r"""E = - \sum_{i<j} J_ij s_i s_j with ferromagnetic couplings on a periodic lattice.

    Parameters
    ----------
    lattice : Lattice
    decay : float, optional
        Without it nearest neighbours couple with J = 1; where an extent is 2 they are joined by two bonds.
        With it every pair of a ring couples with J = 1 / r^decay, r the distance along the ring.
    """

    parameters: ClassVar = {
        "decay": Parameter("Couplings of a ring fall as 1 / r^decay; without it nearest neighbours couple.")
    }
    algorithms: ClassVar = ("cluster", "heat_bath")
    gap: ClassVar = 2.0

    lattice: Lattice
    decay: float | None = None

    @property
    def system(self) -> str:
        """Rings and squares stand in one table."""
        dimension = self.lattice.dimension
        return f"ising{dimension}d" if dimension > min(TRANSITIONS) else "ising"

    @property
    def words(self) -> tuple[str, dict]:
        """The dimension belongs to it beyond rings and squares."""
        dimension = self.lattice.dimension
        if dimension > min(TRANSITIONS):
            return "Ising model in {dimension} dimensions", {"dimension": dimension}
        return "Ising model", {}

    @property
    def values(self) -> np.ndarray:
        """+1 and -1."""
        return np.array([1, -1], dtype=np.int8)

    @cached_property
    def bonds(self) -> Bonds:
        """Every coupled pair."""
        return neighbours(self.lattice) if self.decay is None else self._all_pairs()

    def energy(self, spins: np.ndarray) -> np.ndarray:
        """The energy of configurations of +-1, shape (..., volume)."""
        bonds = self.bonds
        return -((spins[..., bonds.first] * spins[..., bonds.second]) @ bonds.strength)

    @property
    def couplings(self) -> np.ndarray:
        """J_ij, symmetric with zeros on the diagonal, shape (volume, volume)."""
        bonds, matrix = self.bonds, np.zeros((self.lattice.volume,) * 2)
        for pair in ((bonds.first, bonds.second), (bonds.second, bonds.first)):
            np.add.at(matrix, pair, bonds.strength)
        return matrix

    def order(self, spins: np.ndarray) -> np.ndarray:
        """The square of the magnetization per site."""
        return spins.mean(axis=-1, dtype=float) ** 2

    @property
    def window(self) -> np.ndarray:
        """The spins themselves: bit r of a pattern is set where the site at offset r of the window is +1."""
        return configurations(WINDOW**self.lattice.dimension)

    def patterns(self, spins: np.ndarray) -> np.ndarray:
        """The number of the pattern in the window at every site."""
        up = (spins > 0).astype(np.uint8)
        number = np.zeros_like(up)
        for bit, shown in enumerate(windows(self.lattice, up)):
            number |= shown << np.uint8(bit)
        return number

    def exact(self, beta) -> Thermodynamics:
        """Of the ring, the torus, and any lattice of at most 20 sites."""
        # it imports this module
        from pomflow.models.ising import exact

        return exact.thermodynamics(self, beta)

    @property
    def transition(self) -> Transition | None:
        """Of the square lattice, in whose table rings stand, or of the cubic one."""
        return TRANSITIONS[max(self.lattice.dimension, min(TRANSITIONS))]

    def check(self) -> None:
        """At most three dimensions, and couplings of long range on a ring alone."""
        dimension = self.lattice.dimension
        if dimension > LARGEST_DIMENSION:
            what = f"a window of 2 sites in {dimension} directions shows 2^(2^{dimension}) patterns"
            raise ConfigError("shape", what, f"Give at most {LARGEST_DIMENSION} extents.")
        if self.decay is not None and dimension > 1:
            remedy = "Leave decay out, or give one extent."
            raise ConfigError("decay", "couplings of long range are made for rings only", remedy)

    def check_algorithm(self, algorithm: str) -> None:
        """A heat bath needs a checkerboard."""
        if algorithm == "heat_bath":
            require_checkerboard(self)

    def sample(self, algorithm, beta, starts, settings, stream: Stream) -> np.ndarray:
        """By clusters, or by a heat bath on a checkerboard."""
        if algorithm != "heat_bath":
            return super().sample(algorithm, beta, starts, settings, stream)
        from pomflow.models.ising import heat_bath

        return heat_bath.sample(self, beta, starts, settings, stream)

    def _all_pairs(self) -> Bonds:
        first, second = np.triu_indices(self.lattice.volume, 1)
        distance = np.minimum(second - first, self.lattice.volume - second + first)
        return Bonds(first, second, distance ** -float(self.decay))


def require_checkerboard(model: Ising) -> None:
    """Refuse models in which spins of one colour couple."""
    if model.decay is not None or any(extent % 2 for extent in model.lattice.shape):
        what = f"the heat bath cannot colour the sites of {model.lattice}"
        remedy = "Give nearest neighbours and even extents, or set ising.sample.algorithm to cluster."
        raise ConfigError("ising.sample.algorithm", what, remedy)
