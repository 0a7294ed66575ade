"""The table that compares methods, from files of one or two axes."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from pomflow import registry
from pomflow.analysis.estimates import Estimate
from pomflow.config.scan import label_of, texts_of
from pomflow.io import netcdf
from pomflow.stages.scan import compare_contours
from pomflow.stages.scan.results import results_dataset

OBSERVABLES = registry.observables("complex_phi4", registry.load("model", "complex_phi4"))
NUMBERS = {"acceptance": 0.9, "acceptance_min": 0.8, "tau_phase": 1.0, "tau_int": 1.0, "ess": 400.0}
NUMBERS |= {"chain_length": 100, "largest_weight": 0.01, "n_samples": 1000, "thermalization": 1.0}
COLUMNS = ["lattice", "method", "mu", "apf_re", "apf_re_err", "apf_im", "apf_im_err"]
COLUMNS += ["density", "density_err", "density_pull", "phi2", "phi2_err", "phi2_pull"]
COLUMNS += ["drift_tail", "train_seconds", "sample_seconds", "ess"]
COLUMNS += ["ess_per_second", "seconds_to_percent", "status"]
PAIRS = [("2x2", "plane"), ("2x4", "plane"), ("2x4", "dense")]


def density(point: str) -> float:
    """A number that tells every point from the others, and vanishes at mu = 0."""
    at = {axis: float(text) for axis, text in texts_of(point).items()}
    return at["mu"] * (1 + at.get("coupling", 0.0))


def made(folder, points, exact=True):
    """Files of every pair and point, and the parameters of the stage; measured numbers are 0.02 too large."""
    axes = list(texts_of(points[0]))
    clock = netcdf.Clock.start()
    about = netcdf.describe_run({}, "CPU", clock) | {"cpu_seconds": 2.0, "training_seconds": 7.0}
    inputs = {"observables": [], "samples": [], "contour": [], "scan": []}
    for (lattice, method), point in itertools.product(PAIRS, points):
        here = folder / lattice / method / point
        values = {
            "apf_re": Estimate(0.8, 0.01),
            "apf_im": Estimate(0.0, 0.01),
            "dh_balance": Estimate(0.0, 0.01),
        }
        for name, value in (("density", density(point)), ("phi2", 0.5)):
            values |= {name: Estimate(value + 0.02, 0.01), f"{name}_im": Estimate(0.0, 0.01)}
        measured = results_dataset(values | NUMBERS, OBSERVABLES)
        kinds = {"observables": measured, "samples": xr.Dataset(), "contour": xr.Dataset()}
        for kind, dataset in kinds.items():
            if kind != "contour" or method == "dense":
                inputs[kind].append(here / f"{kind}.nc")
                netcdf.write(dataset, here / f"{kind}.nc", kind, about)
    for lattice in ("2x2", "2x4"):
        table = pd.DataFrame(
            [{axis: float(text) for axis, text in texts_of(point).items()} for point in points]
        )
        known = [density(point) if exact else math.nan for point in points]
        table = table.assign(apf_re=0.8, density_exact=known, density_exact_err=0.0, phi2_exact=0.5)
        table = table.assign(phi2_exact_err=0.0)
        table = table.set_index(axes) if len(axes) == 1 else table.rename_axis("point")
        dataset = (
            table.to_xarray() if len(axes) == 1 else table.to_xarray().set_coords(axes).drop_vars("point")
        )
        inputs["scan"].append(folder / lattice / "scan.nc")
        netcdf.write(dataset, folder / lattice / "scan.nc", "scan", about)
    params = {"model": "complex_phi4", "pairs": PAIRS, "axes": axes, "points": points}
    fixed = {"mass": 1.0, "coupling": 1.0}
    params["parameters"] = {name: value for name, value in fixed.items() if name not in axes}
    return inputs, params


def compared(folder, points, **options):
    """The table and the dataset that the stage writes."""
    inputs, params = made(folder, points, **options)
    outputs = {"comparison": folder / "contours.nc", "table": folder / "contours.csv"}
    compare_contours.run(inputs, outputs, params)
    return pd.read_csv(outputs["table"]), netcdf.read(
        outputs["comparison"], "comparison", ["apf_re", "status"]
    )


@pytest.mark.parametrize(("off", "status"), [(0.0, "ok"), (0.08, "trainings")])
def test_trainings_that_disagree_are_marked_here_too(tmp_path, off, status):
    """Of the one contour and point at which they do; 0.08 are 5.7 combined errors."""
    points = ["mu=0", "mu=0.5"]
    inputs, params = made(tmp_path, points)
    inputs["trainings"], params["trainings"] = [], [("2x4", "dense", 2)]
    for place, point in enumerate(points):
        first = netcdf.read(tmp_path / "2x4/dense" / point / "observables.nc", "observables", ["density"])
        further = first.assign(density=first["density"] + off * place)
        inputs["trainings"].append(tmp_path / f"{point}.nc")
        netcdf.write(
            further.drop_attrs(deep=False),
            inputs["trainings"][-1],
            "observables",
            netcdf.describe_run({}, "CPU", netcdf.Clock.start()),
        )
    outputs = {"comparison": tmp_path / "contours.nc", "table": tmp_path / "contours.csv"}
    compare_contours.run(inputs, outputs, params)
    assert list(pd.read_csv(outputs["table"])["status"]) == [*["ok"] * 5, status]


def test_one_axis(tmp_path):
    table, dataset = compared(tmp_path, ["mu=0", "mu=0.5"])
    assert list(table) == COLUMNS
    assert list(table["mu"]) == [0.0, 0.5] * 3
    assert list(table["density_pull"]) == pytest.approx([2.0] * 6)
    assert list(table["train_seconds"]) == [0.0] * 4 + [7.0] * 2
    # 0.01 of 0.5 is two percent, which takes four times the 4 seconds of sampling and measuring to become one
    assert list(table["seconds_to_percent"].fillna(-1)) == pytest.approx([-1, 16] * 3)
    assert dataset["density"].dims == ("lattice", "method", "mu")
    assert dataset["mu"].attrs["long_name"] == "chemical potential"
    run = dataset.sel({"lattice": "2x4", "method": "dense", "mu": 0.5})
    assert run["density"] == pytest.approx(0.52)
    assert np.isnan(dataset.sel({"lattice": "2x2", "method": "dense"})["density"]).all()


def test_two_axes(tmp_path):
    points = [label_of({"mu": mu, "coupling": coupling}) for mu in ("0", "0.5") for coupling in ("2", "3")]
    table, dataset = compared(tmp_path, points)
    assert list(table) == [*COLUMNS[:3], "coupling", *COLUMNS[3:]]
    expected = [(0.0, 2.0), (0.0, 3.0), (0.5, 2.0), (0.5, 3.0)] * 3
    assert list(table[["mu", "coupling"]].itertuples(index=False, name=None)) == expected
    assert list(table["density"]) == pytest.approx([density(point) + 0.02 for point in points] * 3)
    assert list(table["density_pull"]) == pytest.approx([2.0] * 12)
    assert list(table["seconds_to_percent"].isna()) == [True, True, False, False] * 3
    assert dataset["density"].dims == ("lattice", "method", "point")
    assert list(dataset["coupling"].values) == [2.0, 3.0, 2.0, 3.0]
    run = dataset.sel({"lattice": "2x4", "method": "dense"}).isel(point=2)
    assert (float(run["mu"]), float(run["coupling"])) == (0.5, 2.0)
    assert run["density"] == pytest.approx(1.52)
    assert dataset["phi2_pull"].attrs["units"] == "1"


def test_an_odd_observable_vanishes_where_no_exact_value_is_known(tmp_path):
    """There is nothing that its error could be relative to; elsewhere it is relative to what was measured."""
    table, _ = compared(tmp_path, ["mu=0", "mu=0.5"], exact=False)
    assert list(table["density_pull"].fillna(-1)) == pytest.approx([2, -1] * 3)
    expected = 4 * (0.01 / 0.52 / 0.01) ** 2
    assert list(table["seconds_to_percent"].fillna(-1)) == pytest.approx([-1, expected] * 3)
