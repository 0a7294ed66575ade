"""Cluster updates: the same as their readable twin, and the right distribution."""

import numpy as np
import pytest
from scipy import stats

from pomflow.lattice import Lattice
from pomflow.models.ising import exact
from pomflow.models.ising.model import Ising
from pomflow.models.potts.model import Potts
from pomflow.models.spins import cluster
from pomflow.random import xoshiro
from pomflow.random.stream import Stream

MODELS = {
    "ring": Ising(Lattice((7,))),
    "torus": Ising(Lattice((4, 6))),
    "cube": Ising(Lattice((3, 3, 3))),
    "long range": Ising(Lattice((9,)), decay=2.0),
    "three states": Potts(Lattice((4, 4)), 3),
    "ten states": Potts(Lattice((3, 4)), 10),
}


def draw(model, beta, chains=8, records=400, every=5, label="test"):
    settings = {"thermalization": 40, "record_every": every, "records": records}
    starts = ["hot", "cold"] * (chains // 2)
    return cluster.sample(model, beta, starts, settings, Stream(20, label))


@pytest.mark.parametrize("name", MODELS)
def test_the_compiled_update_equals_its_twin(name, rng):
    model = MODELS[name]
    spins = rng.choice(model.values, model.lattice.volume)
    state, twin_state = xoshiro.states(Stream(3, "twin"), 1)[0], xoshiro.states(Stream(3, "twin"), 1)[0]
    tables = model.bonds.first, model.bonds.second, cluster.thresholds(model, 0.3)
    parents = np.empty(len(spins), dtype=np.int32)
    for _ in range(30):
        expected = cluster.update_plainly(spins.copy(), model.values, *tables, twin_state)
        cluster.update(spins, model.values, *tables, state, parents)
        np.testing.assert_array_equal(spins, expected)
        np.testing.assert_array_equal(state, twin_state)


def test_energies_of_a_torus_have_the_exact_distribution():
    """Chi-square over the energy levels of 4x4 at the critical point; 3200 configurations 8 updates apart."""
    model, beta = Ising(Lattice((4, 4))), 1 / exact.CRITICAL_TEMPERATURE
    energies = model.energy(draw(model, beta, every=8).reshape(-1, 16))
    levels, counts = np.unique(model.energy(exact.states(16)), return_counts=True)
    weights = counts * np.exp(-beta * (levels - levels.min()))
    expected = weights / weights.sum() * len(energies)
    observed = np.array([(energies == level).sum() for level in levels])
    # rare levels together, as the test wants it
    rare = expected < 8
    observed, expected = (np.append(part[~rare], part[rare].sum()) for part in (observed, expected))
    assert stats.chisquare(observed, expected).pvalue > 0.01
    assert observed.sum() == len(energies)


@pytest.mark.parametrize(
    ("name", "beta"),
    [
        ("ring", 0.7),
        ("torus", 0.35),
        ("torus", 0.6),
        ("long range", 0.2),
        ("three states", 0.9),
        ("ten states", 1.3),
    ],
)
def test_mean_energy(name, beta):
    """Within 4 standard errors of the exact value, from 32 independent chains."""
    model = MODELS[name]
    known = model.exact(beta)
    means = model.energy(draw(model, beta, chains=32, records=100)).mean(axis=1)
    assert abs(means.mean() - known.energy[0]) < 4 * means.std(ddof=1) / np.sqrt(len(means))


def test_detailed_balance_of_two_spins():
    """The transition matrix of a pair: p(equal -> opposite) = exp(-4K) / 2, p(opposite -> equal) = 1/2."""
    model, coupling = Ising(Lattice((2,))), 0.4
    spins = draw(model, coupling, chains=2, records=20000, every=1)
    equal = spins[..., 0] == spins[..., 1]
    # two bonds of strength K join the pair
    expected = np.exp(-4 * coupling) / 2
    left = ~equal[:, 1:][equal[:, :-1]]
    assert abs(left.mean() - expected) < 4 * np.sqrt(expected / left.size)
    back = equal[:, 1:][~equal[:, :-1]]
    assert abs(back.mean() - 0.5) < 4 * 0.5 / np.sqrt(back.size)


def test_a_chain_is_the_same_alone_and_among_others():
    """The numbers of a chain depend on its place only."""
    model = MODELS["torus"]
    np.testing.assert_array_equal(draw(model, 0.4, 2, 3), draw(model, 0.4, 8, 3)[:2])
    assert not np.array_equal(draw(model, 0.4, 2, 3), draw(model, 0.4, 2, 3, label="other"))


def test_starts():
    settings = {"thermalization": 0, "record_every": 0, "records": 1}
    spins = cluster.sample(MODELS["torus"], 0.4, ["hot", "cold"], settings, Stream(1, "start"))[:, 0]
    assert (spins[1] == 1).all()
    assert 0 < (spins[0] == 1).sum() < 24
