"""What the Ising study must reach on a fresh seed, about two minutes of one core."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pomflow.lattice import Lattice
from pomflow.models.ising import exact
from pomflow.models.ising.model import Ising
from small_scan import SMALL, Project

pytestmark = pytest.mark.slow

STUDY = SMALL | {
    "seed": 77,
    "ising": {
        "enabled": True,
        "lattices": [
            {
                "shape": [8, 8],
                "beta": {"start": 0.28, "stop": 0.58, "num": 21},
                "classifiers": ["tied", "magnetization", "shuffled"],
            },
            {"shape": [16, 16], "beta": {"start": 0.32, "stop": 0.54, "num": 23}},
            {"shape": [32, 32], "beta": {"start": 0.395, "stop": 0.475, "num": 21}},
            {"shape": [64], "beta": {"start": 0.0, "stop": 1.5, "num": 31}, "training": 20000},
        ],
    },
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("targets"))
    done = project.run("ising", config=STUDY)
    assert done.returncode == 0, done.stdout + done.stderr
    return project.folder / "results/small/ising"


@pytest.fixture(scope="module")
def classifiers(folder):
    return pd.read_csv(folder / "classifiers.csv").set_index(["lattice", "classifier"])


@pytest.mark.parametrize(
    ("extent", "rms", "most"), [(8, 0.05, 0.1), (16, 0.05, 0.1), (32, 0.05, 0.1), (64, 0.02, 0.1)]
)
def test_specific_heat(folder, extent, rms, most):
    rows = pd.read_csv(folder / "thermodynamics.csv")
    rows = rows[(rows["L"] == extent) & rows["specific_heat"].notna()]
    deviation = rows["specific_heat"] / rows["specific_heat_exact"] - 1
    assert np.sqrt((deviation**2).mean()) < rms
    assert deviation.abs().max() < most


def test_critical_temperature(folder):
    """Within 0.5 %, and 3 standard errors."""
    [row] = pd.read_csv(folder / "critical_temperature.csv").to_dict("records")
    assert abs(row["t_c"] / exact.CRITICAL_TEMPERATURE - 1) < 0.005
    assert abs(row["t_c"] - exact.CRITICAL_TEMPERATURE) < 3 * row["t_c_err"]
    error = np.hypot(row["t_c_corrected_err"], row["t_c_corrected_systematic"])
    assert abs(row["t_c_corrected"] - exact.CRITICAL_TEMPERATURE) < 3 * error < 0.02


def test_exponents(folder):
    """nu = 1 to 0.15, and within 3 standard errors."""
    for row in pd.read_csv(folder / "exponents.csv").itertuples():
        error = np.hypot(row.nu_err, row.nu_systematic)
        assert abs(row.nu - 1) < 3 * error < 0.45, row
        assert abs(row.nu_exact_curves - 1) < 0.05, row


@pytest.mark.parametrize("lattice", ["8x8", "16x16", "32x32"])
def test_the_classifier_is_as_good_as_the_best(classifiers, lattice):
    worth = classifiers.loc[(lattice, "tied")]
    assert worth["excess"] < 1e-3
    assert 1 - worth["correlation"] < 1e-3


def test_free_energy_of_the_ring(folder):
    """ln Z(beta) - ln Z(0) within 1 % once the slope at 0, which is - <E> = 0, fixes the affine part."""
    with xr.open_dataset(folder / "L64/tied/thermodynamics.nc", engine="h5netcdf") as file:
        beta, minus_bias = file["beta"].values, file["minus_bias"].values
    known = exact.thermodynamics(Ising(Lattice((64,))), beta)
    # the slope at the first point, by the one-sided difference of fourth order
    slope = np.array([-25, 48, -36, 16, -3]) @ minus_bias[:5] / (12 * (beta[1] - beta[0]))
    found = minus_bias - minus_bias[0] - slope * beta
    np.testing.assert_allclose(found[1:], (known.log_z - known.log_z[0])[1:], rtol=0.01)


def test_controls(folder, classifiers):
    """The magnetization is not enough; shuffled labels give ln K (3 errors), no bend above 1 % of it."""
    assert classifiers["excess"]["8x8", "magnetization"] > 0.01
    assert classifiers["cross_entropy"]["8x8", "shuffled"] == pytest.approx(
        np.log(21), abs=3 / np.sqrt(21 * 4000)
    )
    with xr.open_dataset(folder / "L8x8/shuffled/thermodynamics.nc", engine="h5netcdf") as file:
        beta = file["beta"].values[1:-1]
        second_difference = file["specific_heat"].values / beta**2
        peak = (file["specific_heat_exact"].values / beta**2).max()
    assert np.abs(second_difference).max() < 0.01 * peak
