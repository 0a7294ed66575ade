"""Measured numbers as a dataset: what the stages that measure have in common."""

import pandas as pd
import xarray as xr

from pomflow import registry
from pomflow.estimates import Estimate


def results_dataset(results: dict[str, float | Estimate]) -> xr.Dataset:
    """One variable a number, with its name and units; an Estimate NAME also gives NAME_err."""
    about = {name: registry.load("observable", name) for name in registry.OBSERVABLES}
    variables = {}
    for name, result in results.items():
        known = about.get(name.removesuffix("_im"))
        long_name, units = (known.long_name, known.units) if known else (name, "1")
        value = result.value if isinstance(result, Estimate) else result
        variables[name] = ((), value, {"long_name": long_name, "units": units})
        if isinstance(result, Estimate):
            attrs = {"long_name": f"{long_name}, error", "units": units}
            variables[f"{name}_err"] = ((), result.error, attrs)
    return xr.Dataset(variables)


def table_dataset(table: pd.DataFrame, units: dict[str, str]) -> xr.Dataset:
    """A table as a dataset along ``row``; a column without units is a pure number or a text."""
    texts = table.select_dtypes(exclude=["number", "bool"]).columns
    columns = table.astype({name: str for name in texts}).astype({name: object for name in texts})
    return xr.Dataset(
        {name: ("row", columns[name].to_numpy(), {"units": units.get(name, "1")}) for name in columns}
    )
