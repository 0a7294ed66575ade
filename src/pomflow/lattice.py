"""Periodic hypercubic lattices in any number of dimensions; direction 0 is time."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pomflow.errors import ConfigError


@dataclass(frozen=True)
class Lattice:
    """A periodic lattice.

    Parameters
    ----------
    shape : tuple of int
        Extents, time first. An extent of 1 makes a site its own neighbour and an extent of 2 joins
        the same pair by two links, as the periodic sums of an action want it.

    Examples
    --------
    >>> lattice = Lattice.parse("4x6")
    >>> lattice.volume, lattice.dimension
    (24, 2)
    >>> lattice.forward[0, :3]  # the neighbours of sites 0, 1, 2 one step later in time
    array([6, 7, 8])
    """

    shape: tuple[int, ...]

    def __post_init__(self):
        if not self.shape or any(extent < 1 for extent in self.shape):
            raise ConfigError(
                "lattice", f"{list(self.shape)} has no sites", "Every extent must be at least 1."
            )

    @classmethod
    def parse(cls, text: str) -> "Lattice":
        """The lattice named by a text such as ``4x4`` (time first)."""
        extents = text.split("x")
        if not all(extent.isdecimal() for extent in extents):
            raise ConfigError("lattice", f"{text!r} is no lattice", "Write extents joined by x, such as 4x4.")
        return cls(tuple(map(int, extents)))

    def __str__(self) -> str:
        return "x".join(map(str, self.shape))

    @property
    def dimension(self) -> int:
        return len(self.shape)

    @property
    def volume(self) -> int:
        """Number of sites."""
        return math.prod(self.shape)

    @property
    def momenta(self) -> list[np.ndarray]:
        """The components k_0, k_1, ... of every momentum, each of the shape of the lattice."""
        axes = (2 * np.pi * np.fft.fftfreq(extent) for extent in self.shape)
        return np.meshgrid(*axes, indexing="ij")

    @cached_property
    def forward(self) -> np.ndarray:
        """Index of the neighbour x + e_i of every site, shape (dimension, volume)."""
        return self._neighbours(+1)

    @cached_property
    def backward(self) -> np.ndarray:
        """Index of the neighbour x - e_i of every site, shape (dimension, volume)."""
        return self._neighbours(-1)

    def one_turn(self, direction: int) -> np.ndarray:
        """Angles 2 pi x_nu / L_nu of the sites, which make one turn around a direction, shape (V,)."""
        return 2 * np.pi * np.indices(self.shape)[direction].reshape(-1) / self.shape[direction]

    def translated(self, vector: tuple[int, ...]) -> np.ndarray:
        """Index of the site x + vector of every site x, shape (volume,)."""
        sites = np.arange(self.volume).reshape(self.shape)
        return np.roll(sites, [-step for step in vector], tuple(range(self.dimension))).ravel()

    def _neighbours(self, sign: int) -> np.ndarray:
        units = np.eye(self.dimension, dtype=int)
        return np.stack([self.translated(tuple(sign * unit)) for unit in units])
