"""Curves between the points in a real run, of the Gaussian theory, whose values are known everywhere."""

import copy

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pictures import settings_of
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import gaussian
from small_scan import SMALL, Project

LATTICE, MU = Lattice((4, 2)), [0.0, 0.3, 0.6]
FOLDER = "results/small/phi4/L4x2/dense"
GAUSSIAN = copy.deepcopy(SMALL)
GAUSSIAN["studies"]["phi4"] |= {
    "lattices": [[4, 2]],
    "parameters": {"mass": 1.0, "coupling": 0.0},
    "over": {"mu": MU},
    "hmc": {"chains": 16, "trajectories": 100, "thermalization": 40, "record_every": 1, "start": "hot"},
    "curves": {"points": 2},
}


def without_curves() -> dict:
    config = copy.deepcopy(GAUSSIAN)
    del config["studies"]["phi4"]["curves"]
    return config


@pytest.fixture(scope="module")
def curved(tmp_path_factory) -> Project:
    """The scan with its curves, made on one core."""
    project = Project(tmp_path_factory.mktemp("curved"))
    done = project.run("scan", "curves", config=GAUSSIAN, cores=1)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


@pytest.fixture(scope="module")
def table(curved) -> pd.DataFrame:
    return pd.read_csv(curved.folder / FOLDER / "curves.csv")


def test_a_row_for_every_value(table, curved):
    assert list(table["mu"]) == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    parts = ["density", "density_im", "phi2", "phi2_im", "ln_z", "ln_z_im", "pressure"]
    names = [name for part in parts for name in (part, f"{part}_err")]
    assert list(table) == ["mu", *names, "ess", "status", "ln_z_status"]
    assert set(table["status"]) == set(table["ln_z_status"]) == {"ok"}
    np.testing.assert_allclose(table["pressure"], table["ln_z"] / LATTICE.volume)
    curves = xr.open_dataset(curved.folder / FOLDER / "curves.nc", engine="h5netcdf")
    np.testing.assert_allclose(curves["density"].sel(mu=0.1), table["density"][1])
    assert curves["pressure"].attrs["units"] == "per site"


def test_values_against_the_gaussian_theory(table):
    """Within 4 errors; that of ln Z is small beside it."""
    for name, theory in (("density", gaussian.density), ("phi2", gaussian.phi2)):
        exact = np.array([theory(LATTICE, 1.0, mu) for mu in table["mu"]])
        assert (abs(table[name] - exact) < 4 * table[f"{name}_err"] + 1e-12).all()
        assert (abs(table[f"{name}_im"]) < 4 * table[f"{name}_im_err"] + 1e-12).all()
    exact = np.array([gaussian.log_partition_ratio(LATTICE, 1.0, mu) for mu in table["mu"]])
    assert (abs(table["ln_z"] - exact) < 4 * table["ln_z_err"] + 1e-12).all()
    assert (abs(table["ln_z_im"]) < 4 * table["ln_z_im_err"] + 1e-12).all()
    assert table["ln_z_err"].iloc[-1] < 0.25 * exact[-1]


def test_points_of_the_scan_are_on_the_curve(table, curved):
    scan = pd.read_csv(curved.folder / FOLDER / "scan.csv").set_index("mu")
    here = table.set_index("mu").loc[MU]
    for name in ("density", "density_err", "density_im", "phi2", "phi2_err", "ess"):
        np.testing.assert_allclose(here[name], scan[name], rtol=1e-9)


def test_figures(curved):
    for name in ("density", "phi2", "pressure"):
        picture = curved.folder / f"results/small/figures/phi4_L4x2_dense_curve_{name}.png"
        assert settings_of(picture)["figure"] == name


def test_the_same_bytes_on_several_cores(curved, tmp_path):
    other = curved.copy(tmp_path / "copy")
    made = [other.folder / FOLDER / f"curves.{kind}" for kind in ("csv", "nc")]
    for path in made:
        path.unlink()
    done = other.run(f"{FOLDER}/curves.csv", config=GAUSSIAN, cores=3)
    assert done.returncode == 0, done.stderr
    assert made[0].read_bytes() == (curved.folder / FOLDER / "curves.csv").read_bytes()


def test_curves_change_nothing_else(curved):
    """Switched off they are not made, and switching them on, or more values, runs no simulation."""
    assert "reweight_curves" not in curved.planned(without_curves())
    assert not {"sample_contour", "collect_scan"} & curved.planned(without_curves()).keys()
    more = copy.deepcopy(GAUSSIAN)
    more["studies"]["phi4"]["curves"]["points"] = 5
    planned = curved.planned(more)
    assert planned["reweight_curves"] == 1
    assert planned["plot_curve"] == 3
    assert not {"sample_contour", "measure_observables", "collect_scan"} & planned.keys()
