"""Every contour and the baselines side by side: what each number costs, on all lattices and at every mu.

The costs are times, which differ from run to run. They stand in the tables of this stage only, which
therefore are no part of the promise of identical bytes; every other column of them is.
"""

import itertools
import math

import pandas as pd
import xarray as xr

from pomflow.analysis import gates
from pomflow.analysis.estimates import Estimate, pull
from pomflow.errors import LostError
from pomflow.io import netcdf as store
from pomflow.lattice import Lattice
from pomflow.stages.scan.columns import words_of

KIND = "comparison"
INDEX = ("lattice", "method", "mu")
KINDS = ("observables", "samples", "contour")
COMPARED = ("density", "phi2")
PERCENT = 0.01
ABOUT = {
    "train_seconds": ("start and optimization of the contour, smaller lattices included", "s"),
    "sample_seconds": ("sampling and measuring", "s"),
    "ess": ("effective sample size", "1"),
    "ess_per_second": ("effective samples a second of sampling and measuring", "1/s"),
    "seconds_to_percent": ("sampling for a relative error of the density of 1 %", "s"),
}


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['comparison']`` (NetCDF) and ``outputs['table']`` (csv).

    Parameters
    ----------
    inputs : dict
        Lists of files: ``observables`` in the order of ``product(pairs, mu)``; ``samples`` the same without
        Langevin dynamics, which has none; ``contour`` the same for what is trained; ``scan``, one a lattice
        in the order of their first appearance, for the exact values.
    params : dict
        ``pairs`` (lattice, method) and ``mu`` as texts, and the theory.
    """
    started = store.Clock.start()
    table = pd.DataFrame(comparison_rows(inputs, params))
    provenance = store.describe_run(params, "CPU", started)
    store.write(_dataset(table, params), outputs["comparison"], KIND, provenance)
    store.write_table(table, outputs["table"])


def comparison_rows(inputs: dict, params: dict) -> list[dict]:
    """The rows of contours.csv, one for each lattice, method and mu."""
    columns = [f"{name}_exact{suffix}" for name in COMPARED for suffix in ("", "_err")]
    scans = {
        lattice: store.read(path, "scan", columns)
        for lattice, path in zip(_names(params, 0), inputs["scan"], strict=True)
    }
    return [
        comparison_row(lattice, method, mu, files, scans[lattice].sel(mu=float(mu)))
        for (lattice, method, mu), files in files_by_point(inputs, params).items()
    ]


def files_by_point(inputs: dict, params: dict) -> dict[tuple, dict]:
    """For each lattice, method and mu: its files by kind."""
    pairs, mus = [tuple(pair) for pair in params["pairs"]], params["mu"]
    sampled = [pair for pair in pairs if pair[1] != "langevin"]
    trained = [pair for pair in sampled if pair[1] != "plane"]
    files = {(*pair, mu): {} for pair, mu in itertools.product(pairs, mus)}
    for kind, members in zip(KINDS, (pairs, sampled, trained), strict=True):
        for (pair, mu), path in zip(itertools.product(members, mus), inputs[kind], strict=True):
            files[*pair, mu][kind] = path
    return files


def _names(params: dict, position: int) -> list[str]:
    """The lattices (0) or the methods (1) of the pairs, in the order of their first appearance."""
    return list(dict.fromkeys(pair[position] for pair in params["pairs"]))


def comparison_row(lattice: str, method: str, mu: str, files: dict, exact: xr.Dataset) -> dict:
    """One row: values, their pulls, and what they cost.

    ``files`` are those of this point by kind; ``exact`` holds the exact values, NaN where they are unknown.
    """
    values = _values(files["observables"])
    row = {"lattice": lattice, "method": method, "mu": float(mu)}
    for name in ("apf_re", *COMPARED):
        row |= {key: values.get(key, math.nan) for key in (name, f"{name}_err")}
        if name in COMPARED:
            row[f"{name}_pull"] = pull(_estimate(row, name), _estimate(exact, f"{name}_exact"))
    row["drift_tail"] = values.get("drift_tail", math.nan)
    if values:
        row |= costs(files, row | {"ess": values["ess"]}, float(exact["density_exact"]))
        row["status"] = gates.status(values, _gates(method))
        return row
    # what a run that diverged has cost buys nothing
    return row | dict.fromkeys(ABOUT, math.nan) | {"status": gates.DIVERGED}


def _values(path) -> dict[str, float]:
    """Every measured number; none of a run that diverged."""
    try:
        measured = store.read(path, "observables", [*COMPARED, "ess"])
    except LostError:
        return {}
    return {name: array.item() for name, array in measured.data_vars.items() if array.size == 1}


def _gates(method: str) -> tuple[str, ...]:
    return gates.LANGEVIN if method == "langevin" else gates.HYBRID_MONTE_CARLO


def costs(files: dict, row: dict, exact_density: float) -> dict:
    """Seconds and what they buy.

    train_seconds : start and optimization, with those of smaller lattices that it continues; 0 where nothing
        is trained; without the plane dataset
    sample_seconds : sampling with its thermalization, and measuring
    ess, ess_per_second : effective sample size, and divided by sample_seconds
    seconds_to_percent : sample_seconds (relative error / 1 %)^2, with the error of the density relative to
        its exact value where that is known; at mu = 0 there is no density to be relative to
    """
    sampling = sum(
        store.cost(store.read_provenance(files[kind], kind)) for kind in KINDS[:2] if kind in files
    )
    trained = store.read_provenance(files["contour"], "contour") if "contour" in files else {}
    training = trained.get("training_seconds", 0.0)
    density = exact_density if math.isfinite(exact_density) else row["density"]
    relative = abs(row["density_err"] / density) if row["mu"] and density else math.nan
    return {
        "train_seconds": training,
        "sample_seconds": sampling,
        "ess": row["ess"],
        "ess_per_second": row["ess"] / sampling,
        "seconds_to_percent": sampling * (relative / PERCENT) ** 2,
    }


def _estimate(row: dict, name: str) -> Estimate:
    return Estimate(float(row[name]), float(row[f"{name}_err"]))


def _dataset(table: pd.DataFrame, params: dict) -> xr.Dataset:
    """The table on a grid of lattice, method and mu; what was not compared is NaN or an empty text.

    xarray has an option named ``method``: select by ``sel({"method": ...})``.
    """
    dataset = table.set_index(list(INDEX)).to_xarray()
    lattices, methods = (_names(params, position) for position in (0, 1))
    dataset = dataset.sel({"lattice": lattices, "method": methods})
    volumes = [Lattice.parse(lattice).volume for lattice in lattices]
    dataset["status"] = dataset["status"].fillna("")
    texts = {name: dataset[name].astype(object) for name in ("lattice", "method", "status")}
    dataset = dataset.assign_coords(volume=("lattice", volumes)).assign(texts)
    for name in dataset.data_vars:
        if name != "status":
            dataset[name].attrs |= store.about(*(ABOUT.get(name) or words_of(name)))
    return dataset
