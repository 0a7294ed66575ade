"""Every model of spins by what a study asks of it, and two samplers of the cubic lattice."""

import numpy as np
import pytest

from pomflow import registry
from pomflow.io import netcdf
from pomflow.lattice import Lattice
from pomflow.models.ising.model import Ising
from pomflow.models.potts.model import Potts
from pomflow.random.stream import Stream
from pomflow.studies.ising.dataset import Configurations, dataset
from pomflow.studies.ising.designs import pattern_frequencies
from pomflow.studies.ising.settings import studies, systems

MODELS = [
    Ising(Lattice((7,))),
    Ising(Lattice((4, 6))),
    Ising(Lattice((3, 2, 4))),
    Potts(Lattice((4, 5)), 3),
    Potts(Lattice((4, 4)), 4),
    Potts(Lattice((4, 4)), 10),
]
GRID = {"start": 0.2, "stop": 0.4, "num": 6}


def test_every_model_is_tested():
    assert {type(model) for model in MODELS} == {
        registry.load("spin model", name) for name in registry.SPIN_MODELS
    }


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_a_model_keeps_its_promises(model, rng):
    """Bonds give the energy; patterns are numbers of the window; a cold start has the lowest energy."""
    spins = rng.choice(model.values, (20, model.lattice.volume))
    bonds = model.bonds
    unequal = (spins[:, bonds.first] != spins[:, bonds.second]) @ bonds.strength
    cold = model.energy(np.full(model.lattice.volume, model.values[0]))
    np.testing.assert_allclose(model.energy(spins), cold + model.gap * unequal, atol=1e-12)
    frequencies = pattern_frequencies(model, spins)
    assert frequencies.shape == (20, len(model.window))
    np.testing.assert_allclose(frequencies.sum(axis=1), 1, rtol=1e-12)
    assert ((model.order(spins) >= 0) & (model.order(spins) <= 1)).all()


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_files_keep_the_spins(model, rng, tmp_path):
    spins = rng.choice(model.values, (2, 3, model.lattice.volume))
    written = Configurations(spins, model.energy(spins), 1)
    path = tmp_path / "training.nc"
    about = netcdf.describe_run({"seed": 1}, "CPU", netcdf.Clock.start())
    netcdf.write(dataset([0.1, 0.2], written, model), path, "ising", about)
    found = Configurations.read(path, model)
    np.testing.assert_array_equal(found.spins, spins)
    np.testing.assert_array_equal(found.energy, written.energy)


@pytest.mark.parametrize("algorithm", Ising.algorithms)
def test_samplers_of_the_cubic_lattice(algorithm):
    """The mean energy of 2x2x4 sites within 4 standard errors of the sum over all states."""
    model, beta = Ising(Lattice((2, 2, 4))), 0.15
    settings = {"thermalization": 40, "record_every": 4, "records": 60}
    spins = model.sample(algorithm, beta, ["hot", "cold"] * 20, settings, Stream(7, algorithm))
    means = model.energy(spins).mean(axis=1)
    known = model.exact(beta)
    assert abs(means.mean() - known.energy[0]) < 4 * means.std(ddof=1) / np.sqrt(len(means))


def test_lattices_of_different_models_and_dimensions_stand_in_tables_of_their_own():
    """Squares and rings of the Ising model where they stood; what is never fitted together is apart."""
    ising = {
        "lattices": [
            {"shape": [4, 4], "beta": GRID},
            {"shape": [6], "beta": GRID, "decay": 2.0},
            {"shape": [4, 4, 4], "beta": GRID, "training": 80},
            {"shape": [4, 4], "beta": GRID, "model": {"name": "potts", "states": 3}, "record_every": 9},
            {"shape": [6, 4], "beta": GRID, "model": {"name": "potts", "states": 3}},
        ],
        "classifiers": ["tied"],
        "sample": {"training": 40, "record_every": 5},
    }
    known = systems(ising)
    assert {name: system.lattices for name, system in known.items()} == {
        "": ["4x4", "6"],
        "ising3d_": ["4x4x4"],
        "potts3_": ["4x4", "6x4"],
    }
    assert [system.growing for system in known.values()] == [["4x4"], ["4x4x4"], ["4x4"]]
    titles = ["Ising model", "Ising model in 3 dimensions", "3-state Potts model"]
    assert [system.title for system in known.values()] == titles
    assert known["ising3d_"].known["temperature"] == pytest.approx(1 / 0.221654626)
    places = studies(ising)
    assert places["ising3d_", "4x4x4"]["sample"] == {"training": 80, "record_every": 5}
    assert places["potts3_", "4x4"]["sample"] == {"training": 40, "record_every": 9}
    assert places["", "6"]["model"] == {"name": "ising", "decay": 2.0}
