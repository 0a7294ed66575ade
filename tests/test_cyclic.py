"""Elimination on a ring of slices against dense linear algebra."""

import numpy as np
import pytest

from pomflow.contours.offsets import Stencil, orbits
from pomflow.lattice import Lattice
from pomflow.numerics import cyclic
from pomflow.numerics.cyclic import Ring

# lattice, reach, spatial reach, direction of the cut
CASES = [
    ((6, 8), 4, 1, 1),
    ((9, 4), 2, 2, 0),
    ((3, 10), 3, 2, 1),
    ((7, 3), 2, 0, 0),
    ((3, 6, 2), 2, 1, 1),
    ((12,), 3, 0, 0),
]


def ring_and_matrices(shape, reach, spatial, axis, batch=3):
    """A ring along one direction and random matrices that couple the sites of the stencil."""
    lattice, rng = Lattice(shape), np.random.default_rng(4)
    stencil = Stencil.of(lattice, orbits(len(shape), reach, spatial))
    extent = shape[axis]
    steps = stencil.displacements[:, axis]
    most = int(np.minimum(steps, extent - steps).max())
    count = extent // max(most, 1)
    ring = Ring.along(lattice, axis, tuple(extent * block // count for block in range(count + 1)))
    matrices = np.zeros((batch, 2 * lattice.volume, 2 * lattice.volume), complex)
    sites = np.arange(lattice.volume)[:, None]
    for first in (ring.rows, ring.conjugate_rows):
        for second in (ring.rows, ring.conjugate_rows):
            shape_of_block = (batch, *stencil.neighbours.shape)
            block = rng.normal(size=shape_of_block) + 1j * rng.normal(size=shape_of_block)
            matrices[:, first[sites], second[stencil.neighbours]] = 0.3 * block
    diagonal = np.arange(matrices.shape[1])
    matrices[:, diagonal, diagonal] += 1
    return ring, matrices


@pytest.mark.parametrize(("shape", "reach", "spatial", "axis"), CASES)
def test_determinant_and_inverse_are_those_of_dense_elimination(shape, reach, spatial, axis):
    ring, matrices = ring_and_matrices(shape, reach, spatial, axis)
    assert len(ring.edges) > 3
    sign, logarithm = np.linalg.slogdet(matrices)
    found = cyclic.log_det(matrices, ring.edges)
    np.testing.assert_allclose(found.real, logarithm, rtol=1e-10)
    np.testing.assert_allclose(np.exp(1j * found.imag), sign, atol=1e-10)
    inverse, selected = np.linalg.inv(matrices), cyclic.inverse(matrices, ring.edges)
    scale = np.abs(inverse).max()
    np.testing.assert_allclose(selected[matrices != 0], inverse[matrices != 0], atol=1e-10 * scale)


@pytest.mark.parametrize(("shape", "reach", "spatial", "axis"), CASES)
def test_cut_keeps_coupled_sites_in_neighbouring_blocks(shape, reach, spatial, axis):
    """Every coupling of the matrices lies on the ring: changing nothing else changes the determinant."""
    ring, matrices = ring_and_matrices(shape, reach, spatial, axis, batch=1)
    block_of = np.repeat(np.arange(len(ring.edges) - 1), np.diff(ring.edges))
    first, second = np.nonzero(matrices[0])
    apart = np.abs(block_of[first] - block_of[second])
    assert np.isin(apart, (0, 1, len(ring.edges) - 2)).all()


def test_ring_is_a_permutation_of_all_variables():
    ring = Ring.along(Lattice((4, 6)), 1, (0, 2, 4, 6))
    np.testing.assert_array_equal(np.sort(np.concatenate((ring.rows, ring.conjugate_rows))), np.arange(48))
    assert ring.edges == (0, 16, 32, 48)
    # sites of slices 0 and 1 of direction 1 fill the first block
    in_first = np.isin(np.arange(24) % 6, (0, 1))
    np.testing.assert_array_equal(ring.rows < 16, in_first)


@pytest.mark.parametrize("extent", [8, 16])
def test_cheapest_cut(extent):
    """Short range in space: blocks along space on large lattices, one dense block on small ones."""
    lattice = Lattice((extent, extent))
    ring = Ring.cheapest(lattice, Stencil.of(lattice, orbits(2, 7, 2)).displacements)
    assert len(ring.edges) - 1 == (1 if extent == 8 else 8)


def test_all_to_all_coupling_is_one_block():
    lattice = Lattice((5, 5))
    ring = Ring.cheapest(lattice, Stencil.of(lattice, orbits(2, 6, 4)).displacements)
    assert ring.edges == (0, 50)
