"""The Ising study in real runs and dry runs."""

import copy

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from ising_study import STUDY
from pictures import drawn
from pomflow.io import provenance
from pomflow.lattice import Lattice
from pomflow.models.ising import exact
from pomflow.models.ising.model import Ising
from small_scan import Project

FIGURES = ["specific_heat", "free_energy", "energy", "critical_temperature", "exponents"]
FIGURES += [f"L4x4_{name}" for name in ("heads", "minibatches", "controls", "couplings")] + ["L5_couplings"]
FIGURES += [f"{system}_{name}" for system in ("potts3", "ising3d") for name in FIGURES[:3]]


def table(project, name):
    return pd.read_csv(project.folder / f"results/small/ising/{name}.csv")


def test_thermodynamics(studied):
    """One row for each beta of each lattice with the leading classifier; exact values from closed forms."""
    rows = table(studied, "thermodynamics")
    columns = ["minus_bias", "free_energy_exact", "specific_heat", "specific_heat_err", "specific_heat_exact"]
    assert list(rows.columns[:2]) == ["L", "beta"]
    assert set(columns) <= set(rows.columns)
    assert rows["L"].tolist() == [4] * 9 + [6] * 9
    dataset = provenance.of_file(studied.folder / "results/small/ising/thermodynamics.nc")
    assert list(dataset["variables"]) == list(rows.columns)
    assert dataset["seed"] == 20180204
    first = rows[rows["L"] == 4]
    assert first["beta"].values == pytest.approx(np.linspace(0.2, 0.6, 9))
    known = exact.thermodynamics(Ising(Lattice((4, 4))), first["beta"].values)
    np.testing.assert_allclose(first["specific_heat_exact"][1:-1], known.specific_heat[1:-1] / 16, rtol=1e-8)
    assert first["specific_heat"].isna().tolist() == [True] + [False] * 7 + [True]
    # both without their affine parts
    for name in ("minus_bias", "free_energy_exact"):
        assert np.polyfit(first["beta"], first[name], 1) == pytest.approx(0, abs=1e-8)
    # a short training already follows the curve
    assert np.corrcoef(first["minus_bias"], first["free_energy_exact"])[0, 1] > 0.9


def test_critical_temperature(studied):
    """From the two square lattices only."""
    [row] = table(studied, "critical_temperature").to_dict("records")
    assert row["t_c_exact"] == pytest.approx(2.269185314213)
    assert abs(row["t_c"] - row["t_c_exact"]) < 5 * row["t_c_err"]
    # a straight line through the exact peaks of two lattices, whatever their weights
    peaks = table(studied, "classifiers").query("classifier == 'tied'")["t_peak_exact"].to_numpy()
    assert row["t_c_exact_peaks"] == pytest.approx((6 * peaks[1] - 4 * peaks[0]) / (6 - 4), rel=1e-8)
    # two lattices leave room for a straight line only, whose systematic error knows that it bends
    assert row["t_c_corrected_corrections"] == 0
    assert row["t_c_corrected_exact_peaks"] == pytest.approx(row["t_c_exact_peaks"], rel=1e-4)
    error = np.hypot(row["t_c_corrected_err"], row["t_c_corrected_systematic"])
    assert abs(row["t_c_corrected"] - row["t_c_exact"]) < 4 * error


def test_reweighting(studied):
    """Energies and free energies of the same configurations, within 5 of their errors; none is missing."""
    rows = table(studied, "thermodynamics")
    for name in ("energy", "free_energy"):
        off = (rows[f"{name}_reweighted"] - rows[f"{name}_exact"]) / rows[f"{name}_reweighted_err"]
        assert off.abs().max() < 5
    known = exact.thermodynamics(Ising(Lattice((4, 4))), np.linspace(0.2, 0.6, 9)).specific_heat / 16
    first = rows[rows["L"] == 4]
    off = (first["specific_heat_reweighted"] - known) / first["specific_heat_reweighted_err"]
    assert off.abs().max() < 5
    assert rows["specific_heat_pull"].isna().tolist() == ([True] + [False] * 7 + [True]) * 2


def test_exponents(studied):
    """A row for each source and mark; two lattices leave no freedom for what grows above a background."""
    rows = table(studied, "exponents").set_index(["source", "estimator"])
    assert rows.index.tolist() == [
        (source, mark) for source in ("network", "reweighting") for mark in ("steepness", "width", "height")
    ]
    assert rows["nu"].isna().tolist() == [False, False, True] * 2
    assert (rows["nu_exact"] == 1).all()
    widths = rows.xs("width", level="estimator")
    assert ((widths["nu"] - 1).abs() < 5 * np.hypot(widths["nu_err"], widths["nu_systematic"])).all()


def test_classifiers(studied):
    rows = table(studied, "classifiers").set_index(["lattice", "classifier"])
    assert len(rows) == 8
    assert rows["excess"]["4x4", "shuffled"] > rows["excess"]["4x4", "tied"]
    assert rows["cross_entropy"]["4x4", "shuffled"] == pytest.approx(np.log(9), rel=0.02)
    assert rows["correlation"]["4x4", "tied"] > 0.98
    assert rows["excess"]["5", "connected"] < 0.3


@pytest.mark.parametrize(("system", "extents"), [("potts3", [4] * 6), ("ising3d", [4] * 6)])
def test_other_systems_have_tables_of_their_own(studied, system, extents):
    """Through the same stages; one lattice gives no critical temperature, which is known all the same."""
    rows = table(studied, f"{system}_thermodynamics")
    assert rows["L"].tolist() == extents
    assert list(rows.columns) == list(table(studied, "thermodynamics").columns)
    [critical] = table(studied, f"{system}_critical_temperature").to_dict("records")
    assert np.isnan(critical["t_c"])
    assert critical["t_c_exact"] == pytest.approx({"potts3": 0.994973, "ising3d": 4.511524}[system], abs=1e-6)
    [worth] = table(studied, f"{system}_classifiers").to_dict("records")
    assert worth["correlation"] > 0.98


@pytest.mark.parametrize("system", ["potts3", "ising3d"])
def test_reweighted_histograms_stand_beside_every_system(studied, system):
    """The network differs by a few errors of the difference; and so do exact values where there are some."""
    rows = table(studied, f"{system}_thermodynamics")
    names = ("free_energy", "energy", "specific_heat")
    assert rows[[f"{name}_reweighted" for name in names]].notna().all(axis=None)
    assert rows["specific_heat_pull"].abs().max() < 5
    for name in ("free_energy", "energy"):
        off = (rows[f"{name}_reweighted"] - rows[f"{name}_exact"]) / rows[f"{name}_reweighted_err"]
        assert off.isna().all() if system == "ising3d" else off.abs().max() < 5


def test_figures(studied):
    for figure in FIGURES:
        for kind in ("png", "pdf"):
            assert drawn(studied.folder / f"results/small/figures/ising_{figure}.{kind}")["git_revision"]
    assert len(list((studied.folder / "results/small/figures").glob("ising_*.png"))) == len(FIGURES)


def test_files_are_small_and_say_how_they_were_made(studied):
    with xr.open_dataset(studied.folder / "results/small/ising/L4x4/training.nc", engine="h5netcdf") as file:
        assert file["bits"].shape == (9, 200, 2)
        assert file["bits"].dtype == np.uint8
        assert '"set": "training"' in file.attrs["config"]


def test_the_same_numbers_on_one_core(studied, tmp_path):
    """The longest chain of the study, made alone."""
    other, path = Project(tmp_path), "results/small/ising/L6x6/tied/thermodynamics.nc"
    assert other.run(path, config=STUDY, cores=1).returncode == 0
    first, second = (
        xr.load_dataset(project.folder / path, engine="h5netcdf") for project in (studied, other)
    )
    xr.testing.assert_equal(first, second)
    assert first["specific_heat"].notnull().all()


@pytest.mark.parametrize(
    ("change", "rerun", "kept"),
    [
        ({"replicas": 30}, {"extract_thermodynamics": 10}, {"sample_ising", "train_classifier"}),
        ({"train": {"steps": 200}}, {"train_classifier": 10}, {"sample_ising"}),
        ({"sample": {"test": 200}}, {"sample_ising": 5, "extract_thermodynamics": 10}, {"train_classifier"}),
    ],
    ids=["replicas", "steps", "test set"],
)
def test_a_change_reruns_what_reads_it(studied, tmp_path, change, rerun, kept):
    config = copy.deepcopy(STUDY)
    for section, value in change.items():
        config["ising"][section] = config["ising"][section] | value if isinstance(value, dict) else value
    planned = studied.copy(tmp_path / "copy").planned(config)
    assert rerun.items() <= planned.items()
    assert not kept & set(planned)


def test_switched_off_it_is_no_part_of_the_scan(project):
    config = copy.deepcopy(STUDY)
    config["ising"]["enabled"] = False
    assert "sample_ising" not in project.planned(config)
