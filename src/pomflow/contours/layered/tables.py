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
    ahead, behind : array, int, shape (V, d - 1)
        The next site of the slice and the one before in every direction of space.
    """

    neighbours: np.ndarray
    opposite: np.ndarray
    times: np.ndarray
    spread: np.ndarray
    first: np.ndarray
    images: np.ndarray
    signs: np.ndarray
    ahead: np.ndarray
    behind: np.ndarray

    @classmethod
    def of(cls, lattice: Lattice, near: list) -> "Seen":
        """Those of a lattice, for orbits of displacements that leave the time slice (``within``)."""
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
            lattice.forward[1:].T.copy(),
            lattice.backward[1:].T.copy(),
        )


def within(shape: tuple[int, ...], reach: int, spatial_reach: int) -> list[tuple[int, ...]]:
    """The orbits of displacements within reach, at most half around a lattice of this shape.

    Longer ones lead where shorter ones lead, too, and on a larger lattice elsewhere: weights that both share
    on a small lattice would be wrong on a large one. Half around in time a displacement and its reversal
    cancel. None leads to the time slice that it comes from.
    """
    narrow = min(shape[1:], default=0)
    near = orbits(len(shape), reach, spatial_reach)
    return [
        (time, *space) for time, *space in near if 2 * time < shape[0] and all(2 * a <= narrow for a in space)
    ]
