"""Geometry of periodic lattices, against coordinates written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pomflow.errors import ConfigError
from pomflow.lattice import Lattice

SHAPES = [(1,), (2,), (7,), (1, 1), (2, 1), (1, 2), (4, 3), (2, 2, 2), (3, 1, 4), (2, 3, 1, 4), (3, 3, 2, 2)]
EXTENTS = st.lists(st.integers(1, 6), min_size=1, max_size=4).map(tuple)


def neighbour(shape, site: int, direction: int, sign: int) -> int:
    """The site one step away, by its coordinates."""
    coordinates = list(np.unravel_index(site, shape))
    coordinates[direction] = (coordinates[direction] + sign) % shape[direction]
    return int(np.ravel_multi_index(coordinates, shape))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_neighbours_are_one_step_away(shape):
    """forward and backward against coordinates modulo the extent, for every site and direction."""
    lattice = Lattice(shape)
    assert (lattice.dimension, lattice.volume) == (len(shape), np.prod(shape))
    for table, sign in ((lattice.forward, 1), (lattice.backward, -1)):
        assert table.shape == (lattice.dimension, lattice.volume)
        for (direction, site), found in np.ndenumerate(table):
            assert found == neighbour(shape, site, direction, sign)


@given(shape=EXTENTS)
def test_backward_inverts_forward(shape):
    lattice = Lattice(shape)
    for forward, backward in zip(lattice.forward, lattice.backward, strict=True):
        np.testing.assert_array_equal(forward[backward], np.arange(lattice.volume))
        np.testing.assert_array_equal(backward[forward], np.arange(lattice.volume))


def test_extents_of_one_and_two():
    """A site is its own neighbour along an extent of 1; both neighbours coincide along an extent of 2."""
    lattice = Lattice((2, 1))
    np.testing.assert_array_equal(lattice.forward, [[1, 0], [0, 1]])
    np.testing.assert_array_equal(lattice.backward, lattice.forward)


@given(shape=EXTENTS)
def test_text_round_trip(shape):
    """The name in a path gives the lattice back, time first."""
    lattice = Lattice(shape)
    assert Lattice.parse(str(lattice)) == lattice
    assert str(lattice) == "x".join(str(extent) for extent in shape)


@pytest.mark.parametrize("shape", [(), (0,), (4, 0), (-2, 4)], ids=str)
def test_a_lattice_without_sites_is_refused(shape):
    with pytest.raises(ConfigError, match="Every extent must be at least 1"):
        Lattice(shape)


@pytest.mark.parametrize("text", ["0x4", "4x-1"])
def test_a_name_without_sites_is_refused(text):
    with pytest.raises(ConfigError, match="lattice"):
        Lattice.parse(text)


@pytest.mark.parametrize("text", ["", "4x", "x4", "4 by 4", "4xfour", "4.5x4"])
def test_a_name_that_is_no_lattice_is_refused(text):
    """Such a text comes from a user's config or path: the error says what to do."""
    with pytest.raises(ConfigError, match="lattice"):
        Lattice.parse(text)
