"""The critical value of the first axis from all lattices of a study, by contour and by exact simulation."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr

from pomflow import registry
from pomflow.analysis import gates
from pomflow.analysis.finite_size.fit import Curve, Fit
from pomflow.analysis.finite_size.geometry import JUMP, ONSET, extent, geometry, stiffness_factor
from pomflow.analysis.finite_size.methods import fits
from pomflow.config.finite_size import within
from pomflow.config.scan import row_at, values_of
from pomflow.io import netcdf
from pomflow.lattice import Lattice
from pomflow.models.simulation import EXACT
from pomflow.models.simulation import ONSET as ONSET_COLUMN
from pomflow.stages.scan.columns import words_of
from pomflow.stages.scan.results import axis_words

KIND = "finite_size"
STATUS = "status"
# columns in the units of the first axis
OF_AXIS = ("critical", "critical_err", "critical_sys", "low", "high")


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['finite_size']`` (NetCDF, with the data) and ``outputs['table']`` (csv).

    Parameters
    ----------
    inputs : dict
        ``tables``, one for each of ``params['pairs']``: that of a contour or of the exact simulation.
    params : dict
        ``pairs`` (lattice, source), ``axes``, ``nodes`` (names of the points that the exact simulation knows,
        by which it knows them), ``finite_size``, and ``model`` and ``parameters``.
    """
    started = netcdf.Clock.start()
    data = pd.concat(
        [
            points(path, lattice, source, params)
            for (lattice, source), path in zip(params["pairs"], inputs["tables"], strict=True)
        ],
        ignore_index=True,
    )
    table = pd.DataFrame([row for group in groups(data, params) for row in rows(*group, params)])
    dataset = xr.merge([_dataset(table, "fit", "", params), _dataset(data, "point", "data_", params)])
    netcdf.write(dataset, outputs["finite_size"], KIND, netcdf.describe_run(params, "CPU", started))
    netcdf.write_table(table, outputs["table"])


def points(path, lattice: str, source: str, params: dict) -> pd.DataFrame:
    """The points of one table: axes, lattice, source, and the number that is fitted (``curve``), with errors.

    ``used`` says which of them are fitted: those that passed their gates, are known, and lie in the window.
    """
    wanted, axes = params["finite_size"], params["axes"]
    name = ONSET_COLUMN if wanted["method"] == ONSET else wanted["quantity"]
    kind, theory = ("exact" if source == EXACT else "scan"), params | {"lattice": lattice}
    table = netcdf.read(path, kind, [name, f"{name}_err", STATUS], theory).to_dataframe().reset_index()
    if source == EXACT and wanted["method"] != ONSET:
        # other nodes belong to an integral; an onset is the same at all of them
        known = [row_at(table, node).to_dict() | values_of(point) for point, node in params["nodes"].items()]
        table = pd.DataFrame(known)
    factor = factor_of(lattice, params)
    good = (table[STATUS] == gates.OK) & np.isfinite(table[name]) & (table[f"{name}_err"] > 0)
    inside = np.array([within(value, wanted["window"]) for value in table[axes[0]]])
    return table[axes].assign(
        lattice=lattice,
        source=source,
        extent=extent(lattice),
        curve=factor * table[name],
        curve_err=factor * table[f"{name}_err"],
        used=good & inside,
    )


def factor_of(lattice: str, params: dict) -> float:
    """What makes a number without units of the quantity on a lattice."""
    wanted = params["finite_size"]
    if wanted["method"] == JUMP:
        return stiffness_factor(lattice, geometry(dict(params["pairs"])))
    return float(extent(lattice)) ** wanted["power"]


def groups(data: pd.DataFrame, params: dict) -> Iterator[tuple[dict, pd.DataFrame]]:
    """Source and values of the other axes, with the points that are fitted together."""
    names = ["source", *params["axes"][1:]]
    for values, part in data.groupby(names, sort=False):
        yield dict(zip(names, values, strict=True)), part


def rows(where: dict, part: pd.DataFrame, params: dict) -> list[dict]:
    """The rows of finite_size.csv of one source, at one value of the other axes."""
    wanted, axis = params["finite_size"], params["axes"][0]
    curves = []
    for lattice, all_points in part.groupby("lattice", sort=False):
        used = all_points[all_points["used"]].sort_values(axis)
        numbers = (used[name].to_numpy(float) for name in (axis, "curve", "curve_err"))
        curves.append(Curve(lattice, extent(lattice), *numbers))
    space = Lattice.parse(curves[0].lattice).dimension - 1
    found = fits(wanted["method"], curves, wanted["degree"], wanted["exponent"] or None, space)
    return [where | row_of(fit) for fit in found]


def row_of(fit: Fit) -> dict:
    """The columns of a fit."""
    return {
        "method": fit.method,
        "lattices": " ".join(fit.lattices),
        "critical": fit.critical.value,
        "critical_err": fit.critical.error,
        "critical_sys": fit.systematic,
        "exponent": fit.exponent.value,
        "exponent_err": fit.exponent.error,
        "constant": fit.constant,
        "chi2_per_dof": fit.chi2 / fit.dof if fit.dof else math.nan,
        "dof": fit.dof,
        "low": fit.low,
        "high": fit.high,
        STATUS: fit.status,
    }


def _dataset(table: pd.DataFrame, dimension: str, prefix: str, params: dict) -> xr.Dataset:
    """A table as a dataset along a dimension, with names and units of its columns."""
    model, variables = registry.load("model", params["model"]), {}
    units_of_axis = axis_words(model, params["axes"][0])[1]
    for name, values in table.items():
        long_name, units = axis_words(model, name) if name in params["axes"] else words_of(name, {})
        about = netcdf.about(long_name, units_of_axis if name in OF_AXIS else units)
        kind = values.dtype if values.dtype.kind in "bif" else object
        variables[f"{prefix}{name}"] = (dimension, values.to_numpy(kind), about)
    return xr.Dataset(variables)
