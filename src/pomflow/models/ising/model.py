"""Ising models: which spins couple, and how strongly."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.random.stream import Stream


@dataclass(frozen=True)
class Bonds:
    """Pairs of coupled sites, E = - sum_b strength_b s_{first_b} s_{second_b}; arrays of shape (bonds,)."""

    first: np.ndarray
    second: np.ndarray
    strength: np.ndarray


@dataclass(frozen=True)
class Ising:
    r"""E = - \sum_{i<j} J_ij s_i s_j with ferromagnetic couplings on a periodic lattice.

    Parameters
    ----------
    lattice : Lattice
    decay : float, optional
        Without it nearest neighbours couple with J = 1; where an extent is 2 they are joined by two bonds.
        With it every pair of a ring couples with J = 1 / r^decay, r the distance along the ring.
    """

    lattice: Lattice
    decay: float | None = None

    @cached_property
    def bonds(self) -> Bonds:
        """Every coupled pair."""
        return self._neighbours() if self.decay is None else self._all_pairs()

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

    def _neighbours(self) -> Bonds:
        sites = np.tile(np.arange(self.lattice.volume), self.lattice.dimension)
        return Bonds(sites, self.lattice.forward.ravel(), np.ones(len(sites)))

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


def start(volume: int, starts: list[str], stream: Stream):
    """Spins of chains that begin 'hot', at random, or 'cold', all +1; int8, shape (chains, volume)."""
    xp = stream.xp
    hot = 1 - 2 * (stream.child("start").words(0, len(starts), volume) >> np.uint64(63)).astype(xp.int8)
    cold = xp.asarray(np.array(starts)[:, None] == "cold")
    return xp.where(cold, xp.int8(1), hot)
