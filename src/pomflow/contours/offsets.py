r"""Displacements r that a translation-invariant path couples, and their images under the symmetries.

The contours displace phi_x by sums over r of s(r) c(r) (function of phi_x and phi_{x+r}), where s(r) is the
sign of the time component of r. The symmetries of the theory (time reversal with charge conjugation, and
complex conjugation with charge conjugation) demand real coefficients that are odd in time; those that are
even under reflections of space, and equal for equivalent directions of space, make the path respect these
too. One coefficient therefore belongs to an orbit of displacements.
"""

import itertools
from dataclasses import dataclass

import numpy as np

from pomflow.lattice import Lattice


def orbits(dimension: int, reach: int, spatial_reach: int) -> list[tuple[int, ...]]:
    """One representative of every orbit with |r_0| + sum_i |r_i| <= reach and sum_i |r_i| <= spatial_reach.

    Representatives have a time component of at least 1 and spatial components in falling order.
    """
    spatial = itertools.combinations_with_replacement(range(spatial_reach, -1, -1), dimension - 1)
    short = sorted((r for r in spatial if sum(r) <= spatial_reach), key=lambda r: (sum(r), r))
    return [(time, *r) for r in short for time in range(1, reach - sum(r) + 1)]


def reflection_orbits(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """One representative of every displacement of a lattice, up to the symmetries of ``images``.

    Left out are those half around the lattice in time, which their own reversal cancels.
    """
    whole = itertools.product(range(1, (shape[0] + 1) // 2), *(range(n // 2 + 1) for n in shape[1:]))
    return [r for r in whole if r[1:] == max(exchanged(r[1:], shape[1:]))]


def exchanged(space: tuple, extents: tuple) -> set[tuple]:
    """A vector of space after exchanges of axes that have the same extent."""
    axes = itertools.permutations(range(len(space)))
    same = (order for order in axes if all(extents[a] == extents[b] for a, b in enumerate(order)))
    return {tuple(space[axis] for axis in order) for order in same}


def images(orbit: tuple[int, ...], extents: tuple | None = None) -> list[tuple[int, tuple[int, ...]]]:
    """All (s(r), r) of an orbit: reversal of time, reflections and exchanges of spatial axes.

    Exchanged are axes of the same extent, or all where no extents of space are given.
    """
    time, *space = orbit
    extents = extents or (0,) * len(space)
    turned = {
        tuple(sign * length for sign, length in zip(signs, order, strict=True))
        for order in exchanged(tuple(space), extents)
        for signs in itertools.product((1, -1), repeat=len(space))
    }
    return [(sign, (sign * time, *r)) for sign in (1, -1) for r in sorted(turned)]


@dataclass(frozen=True)
class Stencil:
    """The displacements of some orbits on one lattice, those that coincide there joined.

    Attributes
    ----------
    displacements : array, int, shape (D, d)
        One vector r for every distinct displacement of the torus.
    neighbours : array, int, shape (V, D)
        The site x + r.
    spread : array, shape (D, orbits)
        Sum of s(r) over the images of an orbit that are this displacement: c(r) = spread @ c(orbit).
    """

    displacements: np.ndarray
    neighbours: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, lattice: Lattice, orbit_list: list[tuple[int, ...]]) -> "Stencil":
        signs: dict[tuple[int, ...], np.ndarray] = {}
        for number, orbit in enumerate(orbit_list):
            for sign, r in images(orbit):
                wrapped = tuple(
                    component % extent for component, extent in zip(r, lattice.shape, strict=True)
                )
                signs.setdefault(wrapped, np.zeros(len(orbit_list)))[number] += sign
        # images that cancel, such as r and -r half around the torus, couple nothing
        kept = [r for r, row in sorted(signs.items()) if row.any()]
        neighbours = [lattice.translated(r) for r in kept]
        return cls(
            np.array(kept, dtype=int).reshape(len(kept), lattice.dimension),
            np.array(neighbours, dtype=np.int64).reshape(len(kept), lattice.volume).T.copy(),
            np.array([signs[r] for r in kept]).reshape(len(kept), len(orbit_list)),
        )
