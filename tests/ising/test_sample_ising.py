"""The stage that samples: both algorithms give the same ensemble."""

import numpy as np
import pytest

from pomflow.errors import DivergenceError
from pomflow.io import netcdf
from pomflow.lattice import Lattice
from pomflow.models.ising.model import Ising
from pomflow.stages.ising import sample_ising
from pomflow.studies.ising.dataset import Configurations

MODEL = Ising(Lattice((6, 6)))
PARAMS = {
    "seed": 4,
    "system": "",
    "lattice": "6x6",
    "model": {"name": "ising"},
    "beta": [0.3, 0.42],
    "set": "test",
}
SETTINGS = {"chains": 40, "records": 40, "thermalization": 60, "record_every": 4}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples")
    for algorithm, backend in (("cluster", {}), ("heat_bath", {"backend": "numpy"})):
        settings = {"sample": SETTINGS | {"algorithm": algorithm}}
        sample_ising.run({}, {"samples": folder / f"{algorithm}.nc"}, PARAMS | settings | backend)
    return folder


def test_clusters_and_heat_bath_agree(files):
    """Energy and square of the magnetization, within 4 standard errors from 40 independent chains each."""
    means, variances = [], []
    for name in ("cluster", "heat_bath"):
        found = Configurations.read(files / f"{name}.nc", MODEL)
        squares = found.spins.mean(axis=-1) ** 2
        by_chain = np.array([found.energy, squares]).reshape(2, 2, 40, 40).mean(axis=-1)
        means.append(by_chain.mean(axis=-1))
        variances.append(by_chain.var(axis=-1, ddof=1) / 40)
    assert (np.abs(means[0] - means[1]) < 4 * np.sqrt(sum(variances))).all()


def test_halves_that_disagree_are_refused_with_a_remedy(tmp_path):
    """Ten states near the transition of first order: chains that start ordered stay in their phase."""
    params = {"seed": 4, "system": "potts10_", "lattice": "20x20", "model": {"name": "potts", "states": 10}}
    settings = {"algorithm": "cluster", "chains": 16, "records": 6, "thermalization": 2, "record_every": 1}
    params |= {"set": "test", "beta": [1.42], "sample": settings}
    with pytest.raises(DivergenceError, match=r"beta = 1.42 .* Where two phases coexist, .* a smaller one"):
        sample_ising.run({}, {"samples": tmp_path / "test.nc"}, params)
    assert not list(tmp_path.iterdir())


def test_the_file_names_the_device(files):
    assert netcdf.read_provenance(files / "heat_bath.nc", "ising")["device"].startswith("numpy")
    assert netcdf.read_provenance(files / "cluster.nc", "ising")["device"] == "CPU"
