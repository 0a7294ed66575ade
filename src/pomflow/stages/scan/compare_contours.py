"""Every contour and the baselines side by side: what each number costs, on all lattices and at every point.

The costs are times, which differ from run to run. They stand in the tables of this stage only, which
therefore are no part of the promise of identical bytes; every other column of them is.
"""

import itertools
import math

import pandas as pd
import xarray as xr

from pomflow import registry
from pomflow.analysis import gates
from pomflow.analysis.estimates import UNKNOWN, Estimate, pull
from pomflow.analysis.independence import largest_pulls, with_independence
from pomflow.config.scan import PLANE, row_at, values_of
from pomflow.errors import LostError
from pomflow.io import netcdf
from pomflow.lattice import Lattice
from pomflow.models.base import Model
from pomflow.models.observables import Observable
from pomflow.stages.scan.columns import words_of
from pomflow.stages.scan.results import axis_variables
from pomflow.stages.scan.trainings import judged

KIND = "comparison"
KINDS = ("observables", "samples", "contour")
LANGEVIN = "langevin"
PERCENT = 0.01
ABOUT = {
    "train_seconds": ("start and optimization of the contour, smaller lattices included", "s"),
    "sample_seconds": ("sampling and measuring", "s"),
    "ess": ("effective sample size", "1"),
    "ess_per_second": ("effective samples a second of sampling and measuring", "1/s"),
    "seconds_to_percent": ("sampling for a relative error of the first observable of 1 %", "s"),
}


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['comparison']`` (NetCDF) and ``outputs['table']`` (csv).

    Parameters
    ----------
    inputs : dict
        Lists of files: ``observables`` in the order of ``product(pairs, points)``; ``samples`` the same
        without Langevin dynamics, which has none; ``contour`` the same for what is trained; ``scan``, one a
        lattice in the order of their first appearance, for the exact values; ``trainings`` in the order of
        ``product(params['trainings'], points)``.
    params : dict
        ``pairs`` (lattice, method); ``trainings``, where there are some after the first ones, (lattice,
        contour, training), those of one contour in their order; ``axes``, ``points`` (their names), ``model``
        and ``parameters``, those that are the same at all points.
    """
    started = netcdf.Clock.start()
    model = registry.load("model", params["model"])
    observables = registry.observables(params["model"], model)
    table = pd.DataFrame(comparison_rows(inputs, params, observables))
    provenance = netcdf.describe_run(params, "CPU", started)
    netcdf.write(_dataset(table, params, model, observables), outputs["comparison"], KIND, provenance)
    netcdf.write_table(table, outputs["table"])


def comparison_rows(inputs: dict, params: dict, observables: dict[str, Observable]) -> list[dict]:
    """The rows of contours.csv, one for each lattice, method and point."""
    scans = {
        lattice: netcdf.read(path, "scan", ["apf_re"], params | {"lattice": lattice})
        .to_dataframe()
        .reset_index()
        for lattice, path in zip(_names(params, 0), inputs["scan"], strict=True)
    }
    files, values = files_by_point(inputs, params), {}
    for (lattice, method, point), paths in files.items():
        theory = params | {"lattice": lattice, "parameters": params["parameters"] | values_of(point)}
        values[lattice, method, point] = _values(paths["observables"], list(observables), theory)
    statuses, rows = statuses_of(values, list(observables)), []
    for key, runs in _trained_again(inputs, params, values, list(observables)).items():
        own = [_own_status(key[1], run) for run in runs]
        statuses[key] = judged(statuses[key], runs, own, list(observables))
    for (lattice, method, point), measured in values.items():
        parameters = params["parameters"] | values_of(point)
        exact = _exact(row_at(scans[lattice], point), observables, parameters)
        row = {"lattice": lattice, "method": method} | values_of(point)
        row |= comparison_row(measured, files[lattice, method, point], exact)
        rows.append(row | {"status": statuses[lattice, method, point]})
    return rows


def statuses_of(values: dict[tuple, dict], names: list[str]) -> dict[tuple, str]:
    """The statuses of all lattices, methods and points from what was measured there.

    The contours of a point are compared with each other; complex Langevin dynamics is none.
    """
    found = {key: _own_status(key[1], measured) for key, measured in values.items()}
    contours = {}
    for lattice, method, point in values:
        if method != LANGEVIN:
            contours.setdefault((lattice, point), []).append((lattice, method, point))
    for keys in contours.values():
        own = {key: found[key] for key in keys}
        found |= with_independence(own, largest_pulls({key: values[key] for key in keys}, own, names))
    return found


def _own_status(method: str, measured: dict) -> str:
    """The gate that a run by itself failed, or 'ok'."""
    if not measured:
        return gates.DIVERGED
    return gates.status(measured, gates.LANGEVIN if method == LANGEVIN else gates.HYBRID_MONTE_CARLO)


def _trained_again(inputs: dict, params: dict, values: dict, names: list[str]) -> dict[tuple, list[dict]]:
    """What was measured on all trainings of the contours that have several, by lattice, contour and point."""
    places = itertools.product(params.get("trainings", ()), params["points"])
    found = {}
    for ((lattice, contour, _), point), path in zip(places, inputs.get("trainings", []), strict=True):
        key = (lattice, contour, point)
        theory = params | {"lattice": lattice, "parameters": params["parameters"] | values_of(point)}
        found.setdefault(key, [values[key]]).append(_values(path, names, theory))
    return found


def files_by_point(inputs: dict, params: dict) -> dict[tuple, dict]:
    """For each lattice, method and point: its files by kind."""
    pairs, points = [tuple(pair) for pair in params["pairs"]], params["points"]
    sampled = [pair for pair in pairs if pair[1] != LANGEVIN]
    trained = [pair for pair in sampled if pair[1] != PLANE]
    files = {(*pair, point): {} for pair, point in itertools.product(pairs, points)}
    for kind, members in zip(KINDS, (pairs, sampled, trained), strict=True):
        for (pair, point), path in zip(itertools.product(members, points), inputs[kind], strict=True):
            files[*pair, point][kind] = path
    return files


def _names(params: dict, position: int) -> list[str]:
    """The lattices (0) or the methods (1) of the pairs, in the order of their first appearance."""
    return list(dict.fromkeys(pair[position] for pair in params["pairs"]))


def _exact(row: pd.Series, observables: dict[str, Observable], values: dict) -> dict[str, Estimate]:
    """The exact value of every observable at one point: of scan.csv, or zero where it is odd.

    ``values`` are the parameters of the model.
    """
    found = {}
    for name, one in observables.items():
        known = Estimate(row.get(f"{name}_exact", math.nan), row.get(f"{name}_exact_err", math.nan))
        vanishes = any(values[parameter] == 0 for parameter in one.odd)
        found[name] = Estimate(0.0, 0.0) if vanishes and math.isnan(known.value) else known
    return found


def comparison_row(values: dict, files: dict, exact: dict[str, Estimate]) -> dict:
    """What one row says of a method at a point: values, their pulls, and what they cost.

    ``values`` are the measured numbers, none of a run that diverged; ``files`` are those of this point by
    kind; ``exact`` holds the exact values of all observables, NaN where they are unknown.
    """
    row = {}
    for name in ("apf_re", "apf_im", *exact):
        row |= {key: values.get(key, math.nan) for key in (name, f"{name}_err")}
        if name in exact:
            row[f"{name}_pull"] = pull(Estimate.of(row, name), exact[name])
    row["drift_tail"] = values.get("drift_tail", math.nan)
    if not values:
        # what a run that diverged has cost buys nothing
        return row | dict.fromkeys(ABOUT, math.nan)
    first, known = next(iter(exact.items()), ("", UNKNOWN))
    measured = Estimate(row.get(first, math.nan), row.get(f"{first}_err", math.nan))
    return row | costs(files, values["ess"], measured, known)


def _values(path, names: list[str], theory: dict) -> dict[str, float]:
    """Every measured number; none of a run that diverged."""
    try:
        measured = netcdf.read(path, "observables", [*names, "ess"], theory)
    except LostError:
        return {}
    return {name: array.item() for name, array in measured.data_vars.items() if array.size == 1}


def costs(files: dict, ess: float, measured: Estimate, exact: Estimate) -> dict:
    """Seconds and what they buy; ``measured`` and ``exact`` are of the first observable of the model.

    train_seconds : start and optimization, with those of smaller lattices that it continues; 0 where nothing
        is trained; without the plane dataset
    sample_seconds : sampling with its thermalization, and measuring
    ess, ess_per_second : effective sample size, and divided by sample_seconds
    seconds_to_percent : sample_seconds (relative error / 1 %)^2, with the error of the observable relative
        to its exact value where that is known; where it is zero there is nothing to be relative to
    """
    sampling = sum(
        netcdf.cost(netcdf.read_provenance(files[kind], kind)) for kind in KINDS[:2] if kind in files
    )
    trained = netcdf.read_provenance(files["contour"], "contour") if "contour" in files else {}
    value = exact.value if math.isfinite(exact.value) else measured.value
    relative = abs(measured.error / value) if value else math.nan
    return {
        "train_seconds": trained.get("training_seconds", 0.0),
        "sample_seconds": sampling,
        "ess": ess,
        "ess_per_second": ess / sampling,
        "seconds_to_percent": sampling * (relative / PERCENT) ** 2,
    }


def _dataset(
    table: pd.DataFrame, params: dict, model: type[Model], observables: dict[str, Observable]
) -> xr.Dataset:
    """The table on a grid of lattice, method and point; what was not compared is NaN or an empty text.

    xarray has an option named ``method``: select by ``sel({"method": ...})``.
    """
    axes, points = params["axes"], params["points"]
    # the points of a row follow each other in their own order
    placed = table.drop(columns=axes).assign(point=list(range(len(points))) * len(params["pairs"]))
    dataset = placed.set_index(["lattice", "method", "point"]).to_xarray()
    lattices, methods = (_names(params, position) for position in (0, 1))
    dataset = dataset.sel({"lattice": lattices, "method": methods}).drop_vars("point")
    dimension, coordinates = axis_variables(table.iloc[: len(points)], axes, model)
    dataset = dataset.rename({} if dimension == "point" else {"point": dimension}).assign_coords(coordinates)
    volumes = [Lattice.parse(lattice).volume for lattice in lattices]
    dataset["status"] = dataset["status"].fillna("")
    texts = {name: dataset[name].astype(object) for name in ("lattice", "method", "status")}
    dataset = dataset.assign_coords(volume=("lattice", volumes)).assign(texts)
    for name in dataset.data_vars:
        if name != "status":
            dataset[name].attrs |= netcdf.about(*(ABOUT.get(name) or words_of(name, observables)))
    return dataset
