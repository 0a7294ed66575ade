"""The comparison in a real run: contours, plane and complex Langevin dynamics side by side."""

import copy
import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pictures import settings_of
from pomflow.analysis import gates
from small_scan import SMALL, Project

COLUMNS = ["lattice", "method", "mu", "status", "drift_tail", "train_seconds", "sample_seconds"]
COLUMNS += ["ess", "ess_per_second", "seconds_to_percent", "density_pull", "phi2_pull"]
COLUMNS += [f"{name}{part}" for name in ("apf_re", "apf_im", "density", "phi2") for part in ("", "_err")]


def comparing(**compare):
    """A scan of Gaussian theory, so that exact values are known, with the comparison on."""
    config = copy.deepcopy(SMALL)
    config["studies"]["phi4"] |= {
        "lattices": [[2, 4]],
        "parameters": {"mass": 1.0, "coupling": 0.0},
        "over": {"mu": [0.0, 0.6]},
        "langevin": {"chains": 16, "steps": 400, "thermalization": 200, "step_size": 0.02},
        "compare": {"enabled": True} | compare,
    }
    return config


@pytest.fixture(scope="module")
def compared(tmp_path_factory) -> Project:
    """A finished comparison."""
    project = Project(tmp_path_factory.mktemp("compared"))
    done = project.run("compare", config=comparing(), cores=1)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


@pytest.fixture(scope="module")
def table(compared) -> pd.DataFrame:
    return pd.read_csv(compared.folder / "results/small/phi4/compare/contours.csv")


def test_one_row_for_each_lattice_method_and_mu(table):
    assert set(table.columns) >= set(COLUMNS)
    rows = [("2x4", method, mu) for method in ("plane", "dense", "langevin") for mu in (0.0, 0.6)]
    assert list(table[["lattice", "method", "mu"]].itertuples(index=False, name=None)) == rows


def test_values_and_pulls(table, compared):
    """The values of the files; Langevin dynamics has no phase, and the drift of a Gaussian no tail."""
    known = table.set_index(["method", "mu"])
    for method in ("plane", "dense", "langevin"):
        path = compared.folder / f"results/small/phi4/L2x4/{method}/mu=0.6/observables.nc"
        measured = xr.open_dataset(path, engine="h5netcdf")
        for name in ("density", "density_err", "phi2", "ess"):
            assert known[name][method, 0.6] == pytest.approx(float(measured[name]), rel=1e-9)
    assert table["density_pull"].abs().max() < 5
    assert table["phi2_pull"].abs().max() < 5
    langevin = table["method"] == "langevin"
    assert table["apf_re"].isna().equals(langevin)
    assert table["drift_tail"].notna().equals(langevin)
    assert (table["drift_tail"][langevin] < gates.LARGEST_TAIL).all()


def test_costs(table):
    """Only the contour is trained; costs follow from one another, and at mu = 0 there is no density."""
    assert ((table["train_seconds"] > 0) == (table["method"] == "dense")).all()
    assert (table["sample_seconds"] > 0).all()
    assert table["ess_per_second"].values == pytest.approx(table["ess"] / table["sample_seconds"], rel=1e-8)
    assert table["seconds_to_percent"].isna().equals(table["mu"] == 0)
    later = table[table["mu"] > 0]
    scan_exact = later["density"] - later["density_pull"] * later["density_err"]
    expected = later["sample_seconds"] * (later["density_err"] / scan_exact / 0.01) ** 2
    assert later["seconds_to_percent"].values == pytest.approx(expected.values, rel=1e-6)


def test_seconds_are_those_of_the_files(table, compared):
    """CPU seconds, from the provenance of sampling and measuring."""
    folder = compared.folder / "results/small/phi4/L2x4/dense/mu=0.6"
    spent = {
        name: xr.open_dataset(folder / f"{name}.nc", engine="h5netcdf").attrs["cpu_seconds"]
        for name in ("network", "contour", "samples", "observables")
    }
    row = table[(table["method"] == "dense") & (table["mu"] == 0.6)].iloc[0]
    assert row["train_seconds"] == pytest.approx(spent["network"] + spent["contour"])
    assert row["sample_seconds"] == pytest.approx(spent["samples"] + spent["observables"])


def test_dataset_agrees_with_the_table(table, compared):
    path = compared.folder / "results/small/phi4/compare/contours.nc"
    dataset = xr.open_dataset(path, engine="h5netcdf")
    assert list(dataset["method"].values) == ["plane", "dense", "langevin"]
    assert dataset["volume"].values.tolist() == [8]
    assert json.loads(dataset.attrs["config"])["points"] == ["mu=0", "mu=0.6"]
    assert dataset["sample_seconds"].attrs["units"] == "s"
    np.testing.assert_allclose(dataset["density"].values.ravel(), table["density"], rtol=1e-9)


def test_langevin_file(compared):
    """Imaginary parts, quantiles of the drift in order, settings and seconds."""
    path = compared.folder / "results/small/phi4/L2x4/langevin/mu=0.6/observables.nc"
    file = xr.open_dataset(path, engine="h5netcdf")
    for name in ("density", "density_im", "phi2", "phi2_im", "virial", "drift_tail"):
        assert np.isfinite(file[name])
        assert file[f"{name}_err"] >= 0
    assert (np.diff(file["drift"]) > 0).all()
    assert json.loads(file.attrs["config"])["langevin"]["steps"] == 400
    assert file.attrs["cpu_seconds"] > 0


def test_figure(compared):
    for kind in ("png", "pdf"):
        made = settings_of(compared.folder / f"results/small/figures/phi4_compare.{kind}")
        assert made["study"] == "phi4"


@pytest.mark.parametrize(
    ("compare", "langevin", "figures"), [({}, 2, 1), ({"langevin": False}, 0, 1), ({"enabled": False}, 0, 0)]
)
def test_what_belongs_to_the_scan(project, compare, langevin, figures):
    planned = project.planned(comparing(**compare))
    assert planned.get("sample_langevin", 0) == langevin
    assert planned.get("compare_contours", 0) == planned.get("plot_compare", 0) == figures


def test_the_scan_makes_no_comparison_twice(compared):
    assert not {"sample_langevin", "compare_contours", "plot_compare"} & set(compared.planned(comparing()))


def test_langevin_settings_rerun_langevin_only(compared):
    config = comparing()
    config["studies"]["phi4"]["langevin"]["steps"] = 500
    planned = compared.planned(config)
    assert planned["sample_langevin"] == 2
    assert not {"sample_plane", "optimize_contour", "sample_contour", "collect_scan"} & set(planned)
