"""From tables of scans to critical points: the stage, its files, the figure, and the page of the report."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from overlaps import LOOKS, unreadable
from pomflow import registry
from pomflow.analysis.finite_size.collapse import universal_stiffness
from pomflow.analysis.finite_size.geometry import extent
from pomflow.config.scan import Study
from pomflow.io import netcdf
from pomflow.plotting import common
from pomflow.report import findings, finite_size
from pomflow.stages.scan import fit_finite_size

BOXES = ("4x4x4x4", "4x6x6x6", "4x8x8x8", "4x12x12x12")
LAYERS = ("2x8x8", "2x16x16", "2x32x32")
GAS = ("32x3x3x3", "32x4x4x4", "32x6x6x6")
MU = np.linspace(1.07, 1.13, 7).round(4)
CRITICAL, NU, ERROR = 1.1, 0.6717, 0.002
WANTED = {"method": "scaling", "quantity": "binder", "power": 0, "window": [], "degree": 2, "exponent": 0}
ABOUT = {"model": "complex_phi4", "parameters": {"mass": 1.0, "coupling": 1.0}, "seed": 1, "axes": ["mu"]}


def scaled(mu, lattice: str):
    x = (mu - CRITICAL) * extent(lattice) ** (1 / NU)
    return 0.3 + 0.25 * x + 0.05 * x * x


def write(path, kind: str, lattice: str, mu, status="ok", **columns) -> str:
    """A table of points as the collectors write it; a column has errors of ``ERROR`` and their noise."""
    noise = np.random.default_rng([ord(letter) for letter in lattice])
    variables = {}
    for name, values in columns.items():
        variables[name] = ("mu", values + ERROR * noise.normal(size=len(mu)))
        variables[f"{name}_err"] = ("mu", np.full(len(mu), ERROR))
    variables["status"] = ("mu", np.array(np.broadcast_to(status, len(mu)), dtype=object))
    settings = ABOUT | {"lattice": lattice}
    about = netcdf.describe_run(settings, "CPU", netcdf.Clock.start())
    netcdf.write(xr.Dataset(variables, {"mu": mu}), path, kind, about)
    return str(path)


def fitted(tmp_path, tables: list[str], pairs, **wanted) -> tuple[pd.DataFrame, xr.Dataset, dict]:
    """finite_size.csv, finite_size.nc, and the settings that made them."""
    params = ABOUT | {"pairs": pairs, "finite_size": WANTED | wanted, "nodes": {}}
    params["nodes"] = {f"mu={value:.10g}": f"mu={value:.10g}" for value in MU}
    outputs = {"finite_size": tmp_path / "finite_size.nc", "table": tmp_path / "finite_size.csv"}
    fit_finite_size.run({"tables": tables}, outputs, params)
    names = ["critical", "data_curve"]
    return pd.read_csv(outputs["table"]), netcdf.read(outputs["finite_size"], "finite_size", names), params


def of_boxes(tmp_path, **wanted):
    tables = [write(tmp_path / f"{name}.nc", "scan", name, MU, binder=scaled(MU, name)) for name in BOXES]
    return fitted(tmp_path, tables, [(name, "linear") for name in BOXES], **wanted)


def of_layers(tmp_path):
    """K = 2 Upsilon jumps at mu = 1.1."""
    tables = []
    for name in LAYERS:
        stiffness = universal_stiffness(extent(name), 2.0) + 2 * (MU - CRITICAL)
        tables.append(write(tmp_path / f"{name}.nc", "scan", name, MU, helicity=stiffness / 2))
    pairs = [(name, "linear") for name in LAYERS]
    return fitted(tmp_path, tables, pairs, method="jump", quantity="helicity", degree=1)


def of_gas(tmp_path):
    mu = np.array([0.0, *MU])
    tables = []
    for name in GAS:
        onset = np.full(len(mu), 1.1 + 30 * extent(name) ** -1.5 * math.exp(-1.1 * extent(name)))
        tables.append(write(tmp_path / f"{name}.nc", "exact", name, mu, onset=onset))
    return fitted(tmp_path, tables, [(name, "exact") for name in GAS], method="onset", quantity="")


def test_scaling(tmp_path):
    table, dataset, _ = of_boxes(tmp_path)
    (row,) = table.to_dict("records")
    assert (row["source"], row["method"], row["status"]) == ("linear", "scaling", "ok")
    assert row["lattices"] == " ".join(BOXES)
    assert abs(row["critical"] - CRITICAL) < 4 * row["critical_err"] < 4e-3
    assert abs(row["exponent"] - NU) < 4 * row["exponent_err"] < 0.2
    assert (row["dof"], row["low"], row["high"]) == (4 * 7 - 5, MU[0], MU[-1])
    assert dataset["critical"].attrs["units"] == "lattice units"
    assert dataset["data_mu"].attrs["long_name"] == "chemical potential"
    assert (
        dataset["exponent_err"].attrs["long_name"]
        == "nu of a scaling, w of an extrapolation of crossings, error"
    )


def test_crossings_in_a_window(tmp_path):
    table, dataset, _ = of_boxes(tmp_path, method="crossing", window=[1.08, 1.12])
    assert list(table["lattices"]) == list(map(" ".join, itertools.pairwise(BOXES)))
    assert (abs(table["critical"] - CRITICAL) < 4 * table["critical_err"]).all()
    assert set(table["low"]) == {1.08}
    assert dataset["data_used"].values.sum() == 4 * 5


def test_points_behind_a_gate_are_left_out(tmp_path):
    status = np.array(["ok"] * 6 + ["ess"], dtype=object)
    tables = [
        write(tmp_path / f"{name}.nc", "scan", name, MU, status, binder=scaled(MU, name) + (status == "ess"))
        for name in BOXES
    ]
    table, *_ = fitted(tmp_path, tables, [(name, "linear") for name in BOXES])
    assert table["status"].item() == "ok"
    assert table["high"].item() == MU[-2]


def test_a_power_of_the_extent(tmp_path):
    """xi / L, from xi."""
    tables = [
        write(tmp_path / f"{name}.nc", "scan", name, MU, binder=extent(name) * scaled(MU, name))
        for name in BOXES
    ]
    table, *_ = fitted(tmp_path, tables, [(name, "linear") for name in BOXES], power=-1)
    assert abs(table["critical"].item() - CRITICAL) < 4 * table["critical_err"].item() < 1e-3


def test_the_jump_of_the_stiffness(tmp_path):
    table, *_ = of_layers(tmp_path)
    (row,) = table.to_dict("records")
    assert row["status"] == "ok"
    assert abs(row["critical"] - CRITICAL) < 4 * row["critical_err"] < 0.04


def test_the_onset_of_all_nodes(tmp_path):
    table, *_ = of_gas(tmp_path)
    assert list(table["method"]) == ["onset"] * 3 + ["extrapolation"]
    assert list(table["status"]) == ["ok"] * 4
    assert set(table["low"]) == {0}
    assert table["critical_err"].iloc[0] == pytest.approx(ERROR / math.sqrt(len(MU) + 1))
    limit = table.iloc[-1]
    assert abs(limit["critical"] - 1.1) < 4 * limit["critical_err"] < 0.01


def test_of_the_exact_simulation_only_the_points_count(tmp_path):
    """Its nodes between them are there for an integral."""
    mu, tables = np.array([0.5, *MU]), []
    for name in BOXES:
        values = np.array([5.0, *scaled(MU, name)])
        tables.append(write(tmp_path / f"{name}.nc", "exact", name, mu, binder=values))
    table, dataset, _ = fitted(tmp_path, tables, [(name, "exact") for name in BOXES])
    assert table["status"].item() == "ok"
    assert set(dataset["data_mu"].values) == set(MU)


def test_every_contour_and_every_other_axis_is_a_fit_of_its_own(tmp_path):
    tables, pairs = [], []
    for source, shift in (("linear", 0.0), ("equivariant", 0.01)):
        for name in BOXES:
            path = tmp_path / f"{source}_{name}.nc"
            tables.append(write(path, "scan", name, MU, binder=scaled(MU - shift, name)))
            pairs.append((name, source))
    table, *_ = fitted(tmp_path, tables, pairs)
    assert list(table["source"]) == ["linear", "equivariant"]
    assert table["critical"].diff().iloc[-1] == pytest.approx(0.01, abs=2e-3)


@pytest.mark.parametrize(("style", "language"), LOOKS)
@pytest.mark.parametrize("made", [of_boxes, of_layers, of_gas])
def test_nothing_overlaps_in_any_style(tmp_path, made, style, language):
    common.styled(style, language)
    _, dataset, params = made(tmp_path)
    sheet = registry.load("figure", "finite_size")(dataset, params)
    assert unreadable(sheet, language) == []
    left, right = sheet.axes
    assert "dof" in right.get_title()
    assert len(left.containers) == len(params["pairs"])


def test_collapsed_curves_are_one(tmp_path):
    _, dataset, params = of_boxes(tmp_path)
    right = registry.load("figure", "finite_size")(dataset, params).axes[1]
    x, y = (np.concatenate([one.lines[0].get_data()[k] for one in right.containers]) for k in (0, 1))
    off = y - np.polynomial.Polynomial.fit(x.astype(float), y.astype(float), 2)(x)
    assert np.sqrt(np.mean(off**2)) < 1.5 * ERROR


def test_what_failed_stands_in_the_figure_and_the_report(tmp_path):
    table, dataset, params = of_boxes(tmp_path, method="crossing", window=[1.11, 1.13], degree=1)
    assert set(table["status"]) == {"no_crossing"}
    sheet = registry.load("figure", "finite_size")(dataset, params)
    assert sheet.axes[1].get_title() == "no critical point: no crossing"
    settings = {"model": "complex_phi4", "over": {"mu": list(MU)}, "finite_size": params["finite_size"]}
    study = Study("bose", settings)
    page = finite_size.critical_points(table, study)
    assert "the crossings of binder of neighbouring lattices" in page
    assert page.count("the curves do not cross in the window") == 3
    found = list(findings.of_finite_size(table, study))
    assert [one.what for one in found] == ["no critical point (crossing)"] * 3
    assert found[0].where == "bose 4×4×4×4, 4×6×6×6 linear"
