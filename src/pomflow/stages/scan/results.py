"""Measured numbers as a dataset: what the stages that measure have in common."""

import pandas as pd
import xarray as xr

from pomflow.analysis.estimates import Estimate
from pomflow.io import netcdf as store
from pomflow.stages.scan.columns import words_of


def results_dataset(results: dict[str, float | Estimate]) -> xr.Dataset:
    """One variable a number, with its name and units; an Estimate NAME also gives NAME_err."""
    variables = {}
    for name, result in results.items():
        variables |= variables_of(name, result, *words_of(name))
    return xr.Dataset(variables)


def variables_of(name: str, result: float | Estimate, long_name: str, units: str) -> dict:
    """The variable of a number; an Estimate NAME has NAME_err beside it."""
    if not isinstance(result, Estimate):
        return {name: ((), result, store.about(long_name, units))}
    return {
        name: ((), result.value, store.about(long_name, units)),
        f"{name}_err": ((), result.error, store.about(f"{long_name}, error", units)),
    }


def table_dataset(table: pd.DataFrame, units: dict[str, str]) -> xr.Dataset:
    """A table as a dataset along ``row``; a column without units is a pure number or a text."""
    texts = table.select_dtypes(exclude=["number", "bool"]).columns
    columns = table.astype({name: str for name in texts}).astype({name: object for name in texts})
    return xr.Dataset(
        {name: ("row", columns[name].to_numpy(), {"units": units.get(name, "1")}) for name in columns}
    )
