"""What a site sees: tables of a lattice for the layers."""

from typing import NamedTuple

import numpy as np

from pomflow.contours.offsets import Stencil, orbits
from pomflow.lattice import Lattice


class Seen(NamedTuple):
    """The sites that a site sees, none of its own time slice.

    Attributes
    ----------
    neighbours : array, int, shape (V, D)
        The site x + r.
    opposite : array, int, shape (D,)
        The number of the displacement -r.
    times : array, int, shape (D,)
        r_0, from 1 to the extent in time less 1.
    spread : array, shape (D, orbits)
        c(r) = spread @ c(orbit).
    first : array, int, shape (orbits + 1,)
        Where the displacements of each orbit begin in the following.
    images : array, int
        The displacements of an orbit.
    signs : array
        Their entries of ``spread``.
    """

    neighbours: np.ndarray
    opposite: np.ndarray
    times: np.ndarray
    spread: np.ndarray
    first: np.ndarray
    images: np.ndarray
    signs: np.ndarray

    @classmethod
    def of(cls, lattice: Lattice, near: list) -> "Seen":
        """Those of a lattice, for orbits of displacements that leave the time slice (``leaving``)."""
        stencil = Stencil.of(lattice, near)
        vectors = [tuple(r) for r in stencil.displacements.tolist()]
        opposite = [vectors.index(tuple(np.mod(np.negative(r), lattice.shape).tolist())) for r in vectors]
        orbit, image = np.nonzero(stencil.spread.T)
        return cls(
            stencil.neighbours,
            np.array(opposite, dtype=np.int64),
            stencil.displacements[:, 0],
            stencil.spread,
            np.searchsorted(orbit, np.arange(len(near) + 1)),
            image,
            stencil.spread[image, orbit],
        )


def leaving(shape: tuple[int, ...], reach: int, spatial_reach: int) -> list[tuple[int, ...]]:
    """The orbits of displacements within reach that lead to another time slice of a lattice of this shape."""
    return [r for r in orbits(len(shape), reach, spatial_reach) if r[0] % shape[0]]
