"""The Potts model on the square lattice."""

import itertools
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

DIMENSION = 2
# 1 / nu where the transition is continuous (den Nijs, J. Phys. A 12 (1979) 1857); beyond four states it is of
# first order (Baxter, J. Phys. C 6 (1973) L445), and peaks approach it like 1 / L^2 (Lee, Kosterlitz, Phys.
# Rev. B 43 (1991) 3265)
INVERSE_NU = {2: 1.0, 3: 6 / 5, 4: 3 / 2}


@dataclass(frozen=True)
class Potts(SpinModel):
    r"""E = - \sum_{<ij>} delta(s_i, s_j) with spins s = 0, ..., q - 1 on a periodic square lattice.

    With two states it is the Ising model: delta(s, s') = (1 + s s') / 2, so its beta is twice that of Ising.
    T_c = 1 / ln(1 + sqrt q) on the infinite lattice, by duality.

    Source: Wu, Rev. Mod. Phys. 54 (1982) 235.

    Parameters
    ----------
    lattice : Lattice
    states : int
        q.
    """

    parameters: ClassVar = {
        "states": Parameter("Values q of a spin.", minimum=2, maximum=100, integer=True, symbol="q")
    }
    gap: ClassVar = 1.0

    lattice: Lattice
    states: int

    @property
    def system(self) -> str:
        """One table for each number of states."""
        return f"potts{self.states}"

    @property
    def words(self) -> tuple[str, dict]:
        """The number of states belongs to it."""
        return "{states}-state Potts model", {"states": self.states}

    @property
    def values(self) -> np.ndarray:
        """0, ..., q - 1."""
        return np.arange(self.states, dtype=np.int8)

    @cached_property
    def bonds(self) -> Bonds:
        """Nearest neighbours."""
        return neighbours(self.lattice)

    def energy(self, spins: np.ndarray) -> np.ndarray:
        """Minus the number of bonds between equal spins."""
        bonds = self.bonds
        return -(spins[..., bonds.first] == spins[..., bonds.second]).sum(axis=-1, dtype=float)

    def order(self, spins: np.ndarray) -> np.ndarray:
        """(q sum_s x_s^2 - 1) / (q - 1), with x_s the share of the spins that have the value s."""
        shares = np.stack([(spins == value).mean(axis=-1) for value in self.values])
        return (self.states * (shares**2).sum(axis=0) - 1) / (self.states - 1)

    @property
    def window(self) -> np.ndarray:
        """Which pairs of sites of the window have equal spins, +1 or -1, whatever their values are.

        A convolution over q channels would see q^4 patterns, 10^4 of ten states; of these there are 15.
        """
        return 2.0 * _kinds(self.states) - 1

    def patterns(self, spins: np.ndarray) -> np.ndarray:
        """The number of the pattern in the window at every site."""
        code = np.zeros(spins.shape, dtype=np.int64)
        for bit, (one, other) in enumerate(itertools.combinations(windows(self.lattice, spins), 2)):
            code += (one == other).astype(np.int64) << bit
        kinds = _kinds(self.states)
        number = np.full(2 ** kinds.shape[1], -1)
        number[kinds @ (1 << np.arange(kinds.shape[1]))] = np.arange(len(kinds))
        return number[code]

    def exact(self, beta) -> Thermodynamics:
        """Of lattices whose states a transfer matrix counts within half a minute."""
        # it imports this module
        from pomflow.models.potts import exact

        return exact.thermodynamics(self, beta)

    @property
    def transition(self) -> Transition | None:
        """At the temperature that duality maps to itself."""
        temperature = 1 / math.log1p(math.sqrt(self.states))
        return Transition(temperature, INVERSE_NU.get(self.states, float(DIMENSION)), "exact")

    def check(self) -> None:
        """The square lattice only."""
        if self.lattice.dimension != DIMENSION:
            what = f"{self.lattice} is no square lattice, for which the Potts model is made"
            raise ConfigError("shape", what, "Give two extents.")


def _kinds(states: int) -> np.ndarray:
    """All ways in which the pairs of sites of a window are equal, 1, or not, 0; shape (patterns, pairs)."""
    sites = WINDOW**DIMENSION
    colours = itertools.product(range(min(states, sites)), repeat=sites)
    pairs = {tuple(int(a == b) for a, b in itertools.combinations(site, 2)) for site in colours}
    return np.array(sorted(pairs))
