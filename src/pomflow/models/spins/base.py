"""What a model of spins with a few values says of itself, so that the second study can run it."""

import itertools
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pomflow.lattice import Lattice
from pomflow.models.base import Parameter
from pomflow.random.stream import Stream

# extents of the window whose patterns a convolution sees: the smallest with every bond between neighbours
WINDOW = 2


@dataclass(frozen=True)
class Bonds:
    """Pairs of coupled sites with their strengths; arrays of shape (bonds,)."""

    first: np.ndarray
    second: np.ndarray
    strength: np.ndarray


@dataclass(frozen=True)
class Thermodynamics:
    """ln Z, <E> and Var E, each of the shape of beta; NaN where nothing is known."""

    beta: np.ndarray
    log_z: np.ndarray
    energy: np.ndarray
    variance: np.ndarray

    @property
    def specific_heat(self) -> np.ndarray:
        """C = beta^2 Var E of the whole lattice."""
        return self.beta**2 * self.variance


@dataclass(frozen=True)
class Transition:
    """Where the infinite lattice changes its phase, and how peaks of finite ones approach it.

    Attributes
    ----------
    temperature : float
        T_c in units of J.
    shift : float
        T_peak - T_c falls as L^-shift: 1 / nu, and the dimension where the transition is of first order.
    source : {'exact', 'published'}
        Who found T_c, for figures.
    """

    temperature: float
    shift: float
    source: str


class SpinModel(ABC):
    """A model with p(s) = exp(-beta E(s)) / Z on a periodic lattice.

    A subclass is a frozen dataclass with the fields ``lattice`` and those named in ``parameters``.

    Attributes
    ----------
    lattice : Lattice
    parameters : dict of Parameter
        What a config may give beside the shape.
    algorithms : tuple of str
        Of ``sample``; the clusters of Swendsen and Wang serve all.
    couplings : array, shape (volume, volume)
        J_ij of E = - sum_{i<j} J_ij s_i s_j; only where the energy has this form.
    """

    parameters: ClassVar[dict[str, Parameter]] = {}
    algorithms: ClassVar[tuple[str, ...]] = ("cluster",)
    lattice: Lattice

    @property
    @abstractmethod
    def system(self) -> str:
        """The name of what stands in one table; lattices of one system have one transition at most."""

    @property
    @abstractmethod
    def words(self) -> tuple[str, dict]:
        """The model in English words, with names in braces, and the numbers that stand for them."""

    @property
    def title(self) -> str:
        """The model in words, for pages and messages."""
        words, numbers = self.words
        return words.format(**numbers)

    @property
    @abstractmethod
    def values(self) -> np.ndarray:
        """The values of a spin, int8; all spins have the first one where a chain starts cold."""

    @property
    @abstractmethod
    def bonds(self) -> Bonds:
        """Every coupled pair. Two equal spins have an energy lower by ``gap`` strengths than others."""

    @property
    @abstractmethod
    def gap(self) -> float:
        """Energy of a bond between two values minus that between equal ones, in units of its strength."""

    @abstractmethod
    def energy(self, spins: np.ndarray) -> np.ndarray:
        """The energy of configurations, shape (..., volume)."""

    @abstractmethod
    def order(self, spins: np.ndarray) -> np.ndarray:
        """The square of the order parameter per site, 0 to 1, of configurations of shape (..., volume)."""

    @property
    @abstractmethod
    def window(self) -> np.ndarray:
        """What a filter sees of each pattern of a window of 2 x ... x 2 sites, shape (patterns, inputs)."""

    @abstractmethod
    def patterns(self, spins: np.ndarray) -> np.ndarray:
        """The number of the pattern in the window at every site, of the shape of ``spins``."""

    @abstractmethod
    def exact(self, beta) -> Thermodynamics:
        """Exact values at some inverse temperatures; NaN where nothing is known in closed form or by sums."""

    @property
    def transition(self) -> Transition | None:
        """Of the infinite lattice that the system tends to."""
        return None

    @property
    def approaches(self) -> bool:
        """Whether the peaks of lattices of this shape tend to the transition."""
        shape = self.lattice.shape
        return self.transition is not None and len(shape) > 1 and len(set(shape)) == 1

    def check(self) -> None:
        """Refuse lattices that the model is not made for.

        Raises
        ------
        ConfigError
        """

    def check_algorithm(self, algorithm: str) -> None:
        """Refuse lattices that one of its algorithms does not serve.

        Raises
        ------
        ConfigError
        """

    def sample(
        self, algorithm: str, beta: float, starts: list[str], settings: dict, stream: Stream
    ) -> np.ndarray:
        """Configurations of independent chains, as ``pomflow.models.spins.cluster.sample`` says."""
        # a plan of a study needs no compiled loops
        from pomflow.models.spins import cluster

        return cluster.sample(self, beta, starts, settings, stream)


def neighbours(lattice: Lattice) -> Bonds:
    """Bonds of strength 1 between nearest neighbours; where an extent is 2 two bonds join a pair."""
    sites = np.tile(np.arange(lattice.volume), lattice.dimension)
    return Bonds(sites, lattice.forward.ravel(), np.ones(len(sites)))


def windows(lattice: Lattice, spins: np.ndarray) -> list[np.ndarray]:
    """The spins at each offset of the window at every site; the last direction runs fastest."""
    grid = spins.reshape(*spins.shape[:-1], *lattice.shape)
    axes = tuple(range(-lattice.dimension, 0))
    offsets = itertools.product(range(0, -WINDOW, -1), repeat=lattice.dimension)
    # rolled, which is far faster than picked by indices on large lattices
    return [np.roll(grid, offset, axes).reshape(spins.shape) for offset in offsets]


def start(values: np.ndarray, volume: int, starts: list[str], stream: Stream):
    """Spins of chains that begin 'hot', at random, or 'cold', all alike; int8, shape (chains, volume)."""
    xp = stream.xp
    words = stream.child("start").words(0, len(starts), volume) >> np.uint64(32)
    hot = xp.asarray(values)[(words * np.uint64(len(values)) >> np.uint64(32)).astype(np.int64)]
    cold = xp.asarray(np.array(starts)[:, None] == "cold")
    return xp.where(cold, xp.int8(values[0]), hot)


def of_levels(beta: np.ndarray, levels: np.ndarray, log_counts: np.ndarray) -> Thermodynamics:
    """Sums over energies of which the numbers of states are known.

    Parameters
    ----------
    beta : array
    levels : array, shape (levels,)
        Energies.
    log_counts : array, shape (levels,)
        Logarithms of how many states have them.
    """
    exponent = log_counts - np.outer(beta, levels)
    highest = exponent.max(axis=1, keepdims=True)
    weight = np.exp(exponent - highest)
    log_z = highest[:, 0] + np.log(weight.sum(axis=1))
    probability = weight / weight.sum(axis=1, keepdims=True)
    mean = probability @ levels
    return Thermodynamics(beta, log_z, mean, probability @ levels**2 - mean**2)


def unknown(beta: np.ndarray) -> Thermodynamics:
    """Nothing is known."""
    return Thermodynamics(beta, *np.full((3, len(beta)), np.nan))
