"""Which sites change together, and what they see: tables of a lattice for the layers."""

from typing import NamedTuple

import numpy as np

from pomflow.contours.offsets import Stencil, orbits
from pomflow.lattice import Lattice

# Slices of time are of one colour only if they are at least so far apart: displacements that join equal colours are
# lost, and those by four slices are missed (docs/contours.md).
FEWEST_COLOURS = 8


def colours_of(extent: int) -> int:
    """Number of colours: the smallest divisor of the extent in time from ``FEWEST_COLOURS`` on, or all slices.

    Examples
    --------
    >>> [colours_of(extent) for extent in (4, 8, 12, 16, 22, 32)]
    [4, 8, 12, 8, 11, 8]
    """
    return next((n for n in range(FEWEST_COLOURS, extent) if extent % n == 0), extent)


class Colours(NamedTuple):
    """Sites by the colour of their time slice, and the displacements that join different colours.

    Attributes
    ----------
    sites : array, int, shape (colours, V / colours)
    neighbours : array, int, shape (V, D)
        The site x + r.
    spread : array, shape (D, orbits)
        c(r) = spread @ c(orbit).
    first : array, int, shape (orbits + 1,)
        Where the images of each orbit begin in the following.
    images : array, int
        The displacements of an orbit, as columns of ``neighbours``.
    signs : array
        Their entries of ``spread``.
    """

    sites: np.ndarray
    neighbours: np.ndarray
    spread: np.ndarray
    first: np.ndarray
    images: np.ndarray
    signs: np.ndarray

    @classmethod
    def of(cls, lattice: Lattice, near: list) -> "Colours":
        """Those of a lattice, for the orbits of displacements of ``joining``."""
        count = colours_of(lattice.shape[0])
        stencil = Stencil.of(lattice, near)
        images, numbers = np.nonzero(stencil.spread)
        by_orbit = np.lexsort((images, numbers))
        images, numbers = images[by_orbit], numbers[by_orbit]
        slices = np.arange(lattice.volume).reshape(lattice.shape[0], -1)
        return cls(
            np.array([slices[colour::count].ravel() for colour in range(count)]),
            stencil.neighbours,
            stencil.spread,
            np.searchsorted(numbers, np.arange(len(near) + 1)),
            images,
            stencil.spread[images, numbers],
        )


def joining(shape: tuple[int, ...], reach: int, spatial_reach: int) -> list[tuple[int, ...]]:
    """The orbits of displacements within reach that join different colours on a lattice of this shape."""
    count = colours_of(shape[0])
    return [r for r in orbits(len(shape), reach, spatial_reach) if r[0] % count]
