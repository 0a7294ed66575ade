"""The heat bath: exact energies, and the same bits in array code and by kernels."""

import numpy as np
import pytest

from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.ising import exact, heat_bath
from pomflow.models.ising.model import Ising
from pomflow.random.stream import Stream

MODELS = {
    "ring": Ising(Lattice((8,))),
    "torus": Ising(Lattice((4, 6))),
    "cube": Ising(Lattice((2, 4, 2))),
}


def draw(model, beta, chains=8, records=5, every=1, xp=np):
    settings = {"thermalization": 40, "record_every": every, "records": records}
    starts = ["hot", "cold"] * (chains // 2)
    return heat_bath.sample(model, beta, starts, settings, Stream(20, "heat bath", xp=xp))


@pytest.mark.parametrize(("name", "beta"), [("ring", 0.7), ("torus", 0.35), ("torus", 0.6), ("cube", 0.2)])
def test_mean_energy(name, beta):
    """Within 4 standard errors of the exact value, from 64 independent chains."""
    model = MODELS[name]
    known = exact.thermodynamics(model, beta)
    means = model.energy(draw(model, beta, chains=64, records=200)).mean(axis=1)
    assert abs(means.mean() - known.energy[0]) < 4 * means.std(ddof=1) / np.sqrt(len(means))


@pytest.mark.parametrize("name", MODELS)
def test_the_same_bits_on_a_device(name, device):
    """Fourteen sweeps of six chains, in array code, by the kernel on a CPU and, with one, on a GPU."""
    model = MODELS[name]
    np.testing.assert_array_equal(draw(model, 0.4, 6, xp=device), draw(model, 0.4, 6), strict=True)


def test_one_update_has_the_probabilities_of_the_heat_bath():
    """A spin of a 4x4 torus beside neighbours of every sum h; 20000 draws, 4.5 standard errors."""
    model, beta, count = Ising(Lattice((4, 4))), 0.3, 20000
    table = np.concatenate((model.lattice.forward, model.lattice.backward))
    limits, words = heat_bath.thresholds(model, beta), Stream(3, "one").words(0, count, 16) >> np.uint64(1)
    for ups in range(5):
        spins = np.full((count, 16), -1, dtype=np.int8)
        spins[:, table[:ups, 5]] = 1
        heat_bath.draw(spins, np.array([5]), table, limits, words)
        expected = 1 / (1 + np.exp(-2 * beta * (2 * ups - 4)))
        error = np.sqrt(expected * (1 - expected) / count)
        assert abs((spins[:, 5] == 1).mean() - expected) < 4.5 * error


def test_no_spin_of_the_other_colour_changes():
    model, stream = MODELS["torus"], Stream(1, "colours")
    sweep = heat_bath.Sweep(model, 0.4, stream)
    even = (np.indices((4, 6)).sum(axis=0) % 2 == 0).ravel()
    for sites, own in zip(sweep._colours, (even, ~even), strict=True):
        np.testing.assert_array_equal(sites, np.flatnonzero(own))


def test_zero_temperature_keeps_order():
    assert (draw(MODELS["torus"], 40.0, chains=2)[1] == 1).all()


@pytest.mark.parametrize("model", [Ising(Lattice((4, 3))), Ising(Lattice((8,)), decay=2.0)])
def test_sites_without_a_checkerboard_are_refused(model):
    with pytest.raises(ConfigError, match="cannot colour the sites of"):
        draw(model, 0.3)
