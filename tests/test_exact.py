"""The table of exact values and the closed forms at lambda = 0."""

import math

import pytest

from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import exact

SQUARE = Lattice((4, 4))


def test_table():
    known = exact.lookup(SQUARE, 1.0, 1.0, 1.2)
    assert known["density"].value == pytest.approx(0.44580917)
    assert known["density"].error == pytest.approx(0.00027499681)
    assert known["apf0"].value == pytest.approx(0.36961461)


def test_density_is_odd_in_mu():
    plus, minus = (exact.lookup(SQUARE, 1.0, 1.0, mu) for mu in (0.6, -0.6))
    assert minus["density"].value == -plus["density"].value
    assert minus["phi2"] == plus["phi2"]


@pytest.mark.parametrize(
    "point", [(SQUARE, 1.0, 2.0, 1.2), (SQUARE, 1.0, 1.0, 1.234), (Lattice((4, 4, 4)), 1.0, 1.0, 1.2)]
)
def test_unknown_points_are_nan(point):
    assert all(math.isnan(value.value) for value in exact.lookup(*point).values())


def test_gaussian_theory_is_known_everywhere():
    known = exact.lookup(Lattice((3, 2, 2)), 1.0, 0.0, 0.5)
    assert all(math.isfinite(value.value) and value.error == 0 for value in known.values())
    assert 0 < known["apf0"].value < 1
