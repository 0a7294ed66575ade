r"""Determinants and inverses of Jacobians of a ring of coupled slices of the lattice.

If a path couples sites at most R slices apart in some direction, the slices joined into blocks of at least R
make its Jacobian block tridiagonal and periodic. The blocks but the last are eliminated one after another,
each of which touches only its successor and the last block; this costs O(N_b B^3) for N_b blocks of B rows
instead of O((N_b B)^3). For a volume V = L^d it is a factor of order (L / R)^2 less than dense elimination.

Source: Golub and Van Loan, "Matrix Computations", section 4.5 (block tridiagonal systems); the inverse on
the blocks of the ring from Takahashi, Fagan, Chin, Proc. 8th PICA Conf. (1973) 63 (selected inversion).
"""

import itertools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pomflow.lattice import Lattice
from pomflow.numerics.backend import namespace
from pomflow.numerics.batch import eliminated

# Flops of one elimination step on B x B blocks over B^3, and what a flop on small blocks costs relative to
# one of a large dense factorization (measured on a CPU, blocks of 32 to 128 rows)
STEP_COST, SMALL_BLOCKS = 51.0, 1.5
DENSE_COST = 8 / 3


@dataclass(frozen=True)
class Ring:
    """How the variables phi_x and phi*_x of a lattice are ordered and cut into blocks.

    Attributes
    ----------
    rows, conjugate_rows : array, int, shape (V,)
        Row of phi_x and of phi*_x in the Jacobian.
    edges : tuple of int
        First row of every block, and the number of rows; two entries are one dense block.
    """

    rows: np.ndarray
    conjugate_rows: np.ndarray
    edges: tuple[int, ...]

    @classmethod
    def cheapest(cls, lattice: Lattice, displacements: np.ndarray) -> "Ring":
        """The cut along the direction that costs least, or none where dense elimination costs less."""
        reaches = (_range(displacements, axis, extent) for axis, extent in enumerate(lattice.shape))
        cuts = [_cut(extent, reach) for extent, reach in zip(lattice.shape, reaches, strict=True)]
        costs = [_cost(slices, 2 * lattice.volume // slices[-1]) for slices in cuts]
        axis = int(np.argmin(costs))
        dense = DENSE_COST * (2.0 * lattice.volume) ** 3
        return cls.along(lattice, axis, cuts[axis] if costs[axis] < dense else (0, lattice.shape[axis]))

    @classmethod
    def along(cls, lattice: Lattice, axis: int, slices: tuple[int, ...]) -> "Ring":
        """The ring of blocks that begin at the given slices of one direction."""
        extent = lattice.shape[axis]
        across = lattice.volume // extent
        sites = np.arange(lattice.volume).reshape(lattice.shape)
        by_slice = np.moveaxis(sites, axis, 0).reshape(extent, across)
        first = 2 * across * np.arange(extent)[:, None] + np.arange(across)
        rows = np.empty(lattice.volume, dtype=np.int64)
        rows[by_slice] = first
        return cls(rows, rows + across, tuple(2 * across * start for start in slices))


def _range(displacements: np.ndarray, axis: int, extent: int) -> int:
    """The largest number of slices between two coupled sites."""
    steps = displacements[:, axis]
    return int(np.minimum(steps, extent - steps).max(initial=0))


def _cut(extent: int, reach: int) -> tuple[int, ...]:
    """First slices of as many and as even blocks of at least ``reach`` slices as there are; the extent."""
    count = max(1, extent // max(reach, 1))
    return tuple(extent * block // count for block in range(count + 1))


def _cost(slices: tuple[int, ...], slice_rows: int) -> float:
    """Of the elimination on a ring, which needs three blocks."""
    sizes = slice_rows * np.diff(slices).astype(float)
    return SMALL_BLOCKS * STEP_COST * (sizes**3).sum() if len(sizes) >= 3 else np.inf


def log_det(matrices, edges):
    """ln|det| + i arg det of complex matrices, shape (batch,); ``edges`` as in ``Ring``.

    The phase of a ring is a sum over its blocks, so it may leave (-pi, pi].
    """
    if len(edges) == 2:
        return eliminated(matrices).log_det()
    return sum(step.pivot.log_det() for step in _eliminate(matrices, edges))


def inverse(matrices, edges):
    """The inverse on the blocks of the ring, where the matrices themselves live; zero elsewhere."""
    xp = namespace(matrices)
    if len(edges) == 2:
        return eliminated(matrices).inverse()
    result = xp.zeros_like(matrices)
    *steps, corner = _eliminate(matrices, edges)
    rows = [slice(start, stop) for start, stop in itertools.pairwise(edges)]
    last = rows[-1]
    result[:, last, last] = corner.pivot.inverse()
    for here, ahead, step in reversed(list(zip(rows, rows[1:], steps, strict=False))):
        neighbours = (last,) if ahead == last else (ahead, last)
        around = xp.concatenate(
            [xp.concatenate([result[:, row, column] for column in neighbours], axis=2) for row in neighbours],
            axis=1,
        )
        own = step.pivot.inverse()
        left = step.below @ own
        to_neighbours, from_neighbours = -step.solved @ around, -around @ left
        result[:, here, here] = own - to_neighbours @ left
        first = 0
        for neighbour in neighbours:
            stop = first + neighbour.stop - neighbour.start
            result[:, here, neighbour] = to_neighbours[:, :, first:stop]
            result[:, neighbour, here] = from_neighbours[:, first:stop]
            first = stop
    return result


class Step(NamedTuple):
    """One block: its ``eliminated`` pivot, the columns below it, and pivot^{-1} times the rows beside it.

    Below and beside are the successor and the last block, in this order.
    """

    pivot: object
    below: object = None
    solved: object = None


def _eliminate(matrices, edges):
    """Eliminate block after block; yield a ``Step`` for each, the last block's being its pivot only."""
    xp = namespace(matrices)
    rows = [slice(start, stop) for start, stop in itertools.pairwise(edges)]
    first, last = rows[0], rows[-1]
    pivot, corner = matrices[:, first, first], matrices[:, last, last]
    to_last, from_last = matrices[:, first, last], matrices[:, last, first]
    for here, ahead in itertools.pairwise(rows[:-1]):
        beside = xp.concatenate((matrices[:, here, ahead], to_last), axis=2)
        below = xp.concatenate((matrices[:, ahead, here], from_last), axis=1)
        own = eliminated(pivot)
        solved = own.solve(beside)
        yield Step(own, below, solved)
        fill = below @ solved
        m = ahead.stop - ahead.start
        pivot = matrices[:, ahead, ahead] - fill[:, :m, :m]
        to_last = matrices[:, ahead, last] - fill[:, :m, m:]
        from_last = matrices[:, last, ahead] - fill[:, m:, :m]
        corner = corner - fill[:, m:, m:]
    own = eliminated(pivot)
    solved = own.solve(to_last)
    yield Step(own, from_last, solved)
    yield Step(eliminated(corner - from_last @ solved))
