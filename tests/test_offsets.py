"""The displacements of the symmetric contours and their images on small lattices."""

import itertools

import numpy as np
import pytest

from pomflow.contours.offsets import Stencil, images, orbits, reflection_orbits
from pomflow.lattice import Lattice


@pytest.mark.parametrize(("dimension", "reach", "spatial"), [(1, 3, 2), (2, 4, 2), (3, 4, 3), (4, 3, 2)])
def test_orbits_and_images_are_all_displacements_in_reach(dimension, reach, spatial):
    """The images of all orbits are each vector with r_0 != 0 in reach, once, with the sign of r_0."""
    found = [image for orbit in orbits(dimension, reach, spatial) for image in images(orbit)]
    box = itertools.product(range(-reach, reach + 1), repeat=dimension)
    wanted = {r for r in box if r[0] and sum(map(abs, r)) <= reach and sum(map(abs, r[1:])) <= spatial}
    assert len(found) == len(wanted)
    assert {r for _, r in found} == wanted
    assert all(sign == np.sign(r[0]) for sign, r in found)


def test_two_dimensional_orbits():
    """Reach 3, one step in space: (1,0) (2,0) (3,0) (1,1) (2,1)."""
    assert orbits(2, 3, 1) == [(1, 0), (2, 0), (3, 0), (1, 1), (2, 1)]
    assert images((2, 1)) == [(1, (2, -1)), (1, (2, 1)), (-1, (-2, -1)), (-1, (-2, 1))]


def test_only_axes_of_the_same_extent_are_exchanged():
    assert {r for _, r in images((1, 2, 0), extents=(4, 5))} == {
        (1, 2, 0),
        (1, -2, 0),
        (-1, 2, 0),
        (-1, -2, 0),
    }
    assert (1, (1, 0, 2)) in images((1, 2, 0))
    assert images((1, 2, 0), extents=(5, 5)) == images((1, 2, 0))


def test_reflection_orbits_leave_out_what_cancels():
    """On 4 x 3 sites r_0 = 2 is its own reversal, and r_1 is 0 or 1."""
    assert reflection_orbits((4, 3)) == [(1, 0), (1, 1)]
    assert reflection_orbits((2, 2)) == []


def test_reflection_orbits_know_equal_axes():
    """On 3 x 4 x 4 sites (1, 0, 1) and (1, 1, 0) are one; on 3 x 4 x 6 they are two."""
    assert [r for r in reflection_orbits((3, 4, 4)) if sum(r) == 2] == [(1, 1, 0)]
    assert [r for r in reflection_orbits((3, 4, 6)) if sum(r) == 2] == [(1, 0, 1), (1, 1, 0)]


@pytest.mark.parametrize("shape", [(5, 4), (3, 4, 4), (5, 3, 4), (3, 2, 3, 2)])
def test_reflection_orbits_are_every_displacement_once(shape):
    """Up to what their own reversal cancels."""
    found = [
        tuple(np.mod(r, shape).tolist())
        for orbit in reflection_orbits(shape)
        for r in {tuple(np.mod(image, shape).tolist()) for _, image in images(orbit, shape[1:])}
    ]
    wanted = {r for r in itertools.product(*map(range, shape)) if 2 * r[0] % shape[0]}
    assert len(found) == len(wanted)
    assert set(found) == wanted


@pytest.mark.parametrize("shape", [(1,), (2, 2), (3, 2), (4, 5), (5, 1), (3, 2, 3)])
def test_stencil_sums_all_images(shape):
    """sum_d c_d phi(neighbour d) = sum over images of s(r) c(orbit) phi_{x+r}, wrapped around the torus."""
    lattice, rng = Lattice(shape), np.random.default_rng(0)
    orbit_list = orbits(len(shape), 4, 2)
    stencil = Stencil.of(lattice, orbit_list)
    coefficients, field = rng.normal(size=len(orbit_list)), rng.normal(size=lattice.volume)
    expected = sum(
        sign * coefficient * field[lattice.translated(r)]
        for orbit, coefficient in zip(orbit_list, coefficients, strict=True)
        for sign, r in images(orbit)
    )
    found = field[stencil.neighbours] @ (stencil.spread @ coefficients)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert len(np.unique(stencil.displacements, axis=0)) == len(stencil.displacements)
    assert stencil.spread.any(axis=1).all()
