"""The Potts model: energy, exact numbers of states, duality, the Ising model inside it, what filters see."""

import itertools

import numpy as np
import pytest

from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.ising.model import Ising
from pomflow.models.potts import exact
from pomflow.models.potts.model import Potts
from pomflow.models.spins.base import windows
from pomflow.studies.ising.designs import pattern_frequencies

SQUARE = Lattice((4, 4))


def all_states(model):
    return np.array(list(itertools.product(model.values, repeat=model.lattice.volume)), dtype=np.int8)


def as_potts(spins):
    """0 for +1, 1 for -1."""
    return ((1 - spins) // 2).astype(np.int8)


@pytest.mark.parametrize(
    ("shape", "states"), [((3, 2), 3), ((2, 4), 3), ((3, 3), 3), ((2, 2), 10), ((4, 4), 2)]
)
def test_the_transfer_matrix_counts_all_states(shape, states):
    """As many at each energy as enumeration finds, also where an extent of 2 joins a pair by two bonds."""
    model = Potts(Lattice(shape), states)
    bonds = 2 * model.lattice.volume
    expected = np.bincount(-model.energy(all_states(model)).astype(int), minlength=bonds + 1)
    found = exact.numbers_of_states(max(shape), min(shape), states)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_two_states_are_the_ising_model():
    """delta = (1 + s s') / 2: E = (E_Ising - bonds) / 2, so ln Z(2 beta) = ln Z_Ising(beta) + bonds beta."""
    beta, ising, potts = np.array([0.0, 0.3, 0.44, 0.7]), Ising(Lattice((6, 6))), Potts(Lattice((6, 6)), 2)
    known, found = ising.exact(beta), potts.exact(2 * beta)
    np.testing.assert_allclose(found.log_z, known.log_z + 72 * beta, rtol=1e-12)
    np.testing.assert_allclose(found.variance, known.variance / 4, rtol=1e-9)
    np.testing.assert_allclose(found.specific_heat, known.specific_heat, rtol=1e-9)
    assert potts.transition.temperature == pytest.approx(ising.transition.temperature / 2, rel=1e-12)
    spins = np.random.default_rng(1).choice(ising.values, (5, 36))
    np.testing.assert_array_equal(potts.energy(as_potts(spins)), (ising.energy(spins) - 72) / 2)
    np.testing.assert_allclose(potts.order(as_potts(spins)), ising.order(spins), atol=1e-15)
    # equal signs are all that the patterns of a Potts model show: half as many
    assert (len(potts.window), len(ising.window)) == (8, 16)


@pytest.mark.parametrize("states", [2, 3])
def test_duality(states):
    """v v* = q with v = exp(beta) - 1: ln Z(beta*) - ln q = ln Z(beta) + V ln(q / v^2).

    Exact for the infinite lattice. A torus deviates by loops around it, (v / q)^L at high temperature.
    """
    lattice, v = Lattice((6, 6)), 0.25
    model = Potts(lattice, states)
    hot, cold = model.exact([np.log1p(v), np.log1p(states / v)]).log_z
    left = cold - np.log(states)
    right = hot + lattice.volume * np.log(states / v**2)
    loops = 2 * 6 * states * (v / states) ** 6
    assert abs(left - right) < loops
    # the bound tells: at another temperature the two sides are far apart
    other = model.exact([np.log1p(1.01 * states / v)]).log_z[0] - np.log(states)
    assert abs(other - right) > 100 * loops


@pytest.mark.parametrize("states", [2, 3, 10])
def test_the_transition_is_the_self_dual_point(states):
    v = np.expm1(1 / Potts(SQUARE, states).transition.temperature)
    assert v**2 == pytest.approx(states)


def test_known_temperatures():
    """Three and ten states, and how their peaks move: 1 / nu = 6 / 5, and the dimension at first order."""
    three, ten = Potts(SQUARE, 3).transition, Potts(SQUARE, 10).transition
    assert (three.temperature, three.shift) == (pytest.approx(0.994973, abs=1e-6), 1.2)
    assert (ten.temperature, ten.shift) == (pytest.approx(0.701232, abs=1e-6), 2)


def test_high_temperatures():
    """At beta = 0 every bond is satisfied with probability 1 / q, independently of the others."""
    known, bonds = Potts(SQUARE, 3).exact(0.0), 32
    assert known.log_z[0] == pytest.approx(16 * np.log(3), rel=1e-12)
    assert known.energy[0] == pytest.approx(-bonds / 3, rel=1e-12)
    assert known.variance[0] == pytest.approx(bonds * 2 / 9, rel=1e-9)


def test_what_cannot_be_counted_is_unknown():
    for model in (Potts(Lattice((16, 16)), 3), Potts(Lattice((8, 8)), 10), Potts(Lattice((4, 1000)), 100)):
        assert np.isnan(model.exact([0.5, 0.9]).log_z).all()


def test_patterns_are_equal_pairs(rng):
    """A window shows its own pattern: +1 where a pair of its sites is equal; 15 of four values or more."""
    model = Potts(SQUARE, 10)
    spins = rng.choice(model.values[:4], (3, 16))
    seen = model.window[model.patterns(spins)]
    pairs = list(itertools.combinations(windows(model.lattice, spins), 2))
    for pair, (one, other) in enumerate(pairs):
        np.testing.assert_array_equal(seen[..., pair], np.where(one == other, 1, -1))
    assert len(model.window) == 15
    assert len(Potts(SQUARE, 3).window) == 14


def test_the_energy_is_linear_in_what_filters_see(rng):
    """The first pair of a window is a bond: so are the others, and the frequencies know the energy."""
    model = Potts(Lattice((5, 4)), 3)
    spins = rng.choice(model.values, (200, 20))
    frequencies = pattern_frequencies(model, spins)
    equal = (1 + frequencies @ model.window) / 2
    # of the pairs (0,0)-(0,1) and (0,0)-(1,0)
    np.testing.assert_allclose(-20 * (equal[:, 0] + equal[:, 1]), model.energy(spins), atol=1e-12)
    permuted = np.array([2, 0, 1], dtype=np.int8)[spins]
    np.testing.assert_array_equal(pattern_frequencies(model, permuted), frequencies)


def test_order():
    """1 where all spins are equal, 0 where every value has its share."""
    model = Potts(Lattice((3, 3)), 3)
    spins = np.array([[1] * 9, [0, 1, 2] * 3])
    np.testing.assert_allclose(model.order(spins), [1, 0], atol=1e-15)


def test_only_the_square_lattice():
    with pytest.raises(ConfigError, match="no square lattice"):
        Potts(Lattice((4, 4, 4)), 3).check()
