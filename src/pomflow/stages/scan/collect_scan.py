"""All mu of one lattice and contour in one table, beside the plane, the mean field and exact values."""

import math

import pandas as pd
import xarray as xr

from pomflow import registry
from pomflow.analysis import gates
from pomflow.analysis.estimates import Estimate, pull
from pomflow.errors import LostError
from pomflow.io import netcdf as store
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import exact
from pomflow.models.complex_phi4 import mean_field as meanfield
from pomflow.stages.scan.columns import words_of

KIND = "scan"
STATUS = ("status", "status0")
HEALTH = (
    "acceptance",
    "acceptance_min",
    "exp_dh",
    "exp_dh_err",
    "tau_phase",
    "tau_int",
    "ess",
    "largest_weight",
    "n_samples",
    "thermalization",
)


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['scan']`` (NetCDF) and ``outputs['table']`` (csv).

    ``inputs['contour']`` and ``inputs['plane']`` are lists of files in the order of ``params['mu']``;
    ``inputs['exact']`` is the table of the dual simulations, where they were made.
    """
    started = store.Clock.start()
    simulated = store.read(inputs["exact"], "exact", exact.QUANTITIES) if "exact" in inputs else None
    rows = [
        scan_row(_measured(contour), _measured(plane), _known(params, float(mu), simulated), params, mu)
        for contour, plane, mu in zip(inputs["contour"], inputs["plane"], params["mu"], strict=True)
    ]
    table = pd.DataFrame(rows).sort_values("mu", ignore_index=True)
    provenance = store.describe_run(params, "CPU", started)
    store.write(_dataset(table), outputs["scan"], KIND, provenance)
    store.write_table(table, outputs["table"])


def scan_row(contour: dict, plane: dict, known: dict[str, Estimate], params: dict, mu: str) -> dict:
    """One row of scan.csv: ``apf`` and NAME on the contour, ``apf0`` and NAME0 on the undeformed plane.

    ``known`` are exact values by name.
    """
    value = float(mu)
    row = {"mu": value}
    for part in ("apf_re", "apf_im"):
        row |= _with_error(contour, part, part)
    for part in ("apf_re", "apf_im"):
        row |= _with_error(plane, part, part.replace("apf", "apf0"))
    for name in registry.OBSERVABLES:
        row |= _with_error(contour, name, name) | _with_error(contour, f"{name}_im", f"{name}_im")
        row |= _with_error(plane, name, f"{name}0")
    row["density_mf"] = meanfield.density(params["mass"], params["coupling"], value)
    row |= _exact_columns(row, known)
    row |= {name: contour[name] for name in HEALTH}
    row["status"] = gates.DIVERGED if contour is NO_NUMBERS else gates.status(contour)
    row["status0"] = gates.DIVERGED if plane is NO_NUMBERS else gates.status(plane)
    return row


class _NoNumbers(dict):
    """Of a run that diverged every number is NaN."""

    def __missing__(self, name: str) -> float:
        return math.nan


NO_NUMBERS = _NoNumbers()


def _measured(path) -> dict[str, float]:
    try:
        dataset = store.read(path, "observables", ["apf_re", "apf_im", *registry.OBSERVABLES, *HEALTH])
    except LostError:
        return NO_NUMBERS
    return {name: dataset[name].item() for name in dataset.data_vars}


def _with_error(source: dict, name: str, column: str) -> dict:
    return {column: source[name], f"{column}_err": source[f"{name}_err"]}


def _known(params: dict, mu: float, simulated: xr.Dataset | None) -> dict[str, Estimate]:
    if simulated is not None:
        return exact.simulated(simulated, mu)
    return exact.lookup(Lattice.parse(params["lattice"]), params["mass"], params["coupling"], mu)


def _exact_columns(row: dict, known: dict[str, Estimate]) -> dict:
    """Exact values and, where they exist, the pull: difference in combined standard errors."""
    columns = {}
    for name, value in known.items():
        columns |= {f"{name}_exact": value.value, f"{name}_exact_err": value.error}
        measured = "apf0_re" if name == "apf0" else name
        here = Estimate(row[measured], row[f"{measured}_err"])
        columns[f"{name}_pull"] = pull(here, value)
    return columns


def _dataset(table: pd.DataFrame) -> xr.Dataset:
    variables = {
        column: ("mu", table[column].to_numpy(float), store.about(*words_of(column)))
        for column in table.columns.drop(["mu", *STATUS])
    }
    for column in STATUS:
        about = {"long_name": "ok, or the gate that failed"}
        variables[column] = ("mu", table[column].to_numpy(object), about)
    mu = ("mu", table["mu"].to_numpy(), store.about("chemical potential", "lattice units"))
    return xr.Dataset(variables, coords={"mu": mu})
