"""The table of exact values of phi^4 and the closed forms at lambda = 0."""

import math

import pytest

from builders import phi4


def test_table():
    known = phi4(4, 4, mu=1.2).exact_values()
    assert known["density"].value == pytest.approx(0.44580917)
    assert known["density"].error == pytest.approx(0.00027499681)
    assert known["apf0"].value == pytest.approx(0.36961461)


def test_density_is_odd_in_mu():
    plus, minus = (phi4(4, 4, mu=mu).exact_values() for mu in (0.6, -0.6))
    assert minus["density"].value == -plus["density"].value
    assert minus["phi2"] == plus["phi2"]


@pytest.mark.parametrize(
    ("shape", "theory"), [((4, 4), {"coupling": 2.0}), ((4, 4), {"mu": 1.234}), ((4, 4, 4), {})], ids=str
)
def test_nothing_is_known_beyond_the_table(shape, theory):
    assert phi4(*shape, **{"mu": 1.2} | theory).exact_values() == {}


def test_gaussian_theory_is_known_everywhere():
    known = phi4(3, 2, 2, coupling=0.0, mu=0.5).exact_values()
    assert set(known) == {"density", "phi2", "apf0"}
    assert all(math.isfinite(value.value) and value.error == 0 for value in known.values())
    assert 0 < known["apf0"].value < 1
