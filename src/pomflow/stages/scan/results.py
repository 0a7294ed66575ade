"""Measured numbers as a dataset: what the stages that measure have in common."""

import pandas as pd
import xarray as xr

from pomflow.analysis.estimates import Estimate, Series
from pomflow.io import netcdf
from pomflow.models.base import Model
from pomflow.models.observables import Observable
from pomflow.stages.scan.columns import words_of


def results_dataset(results: dict[str, float | Estimate], observables: dict[str, Observable]) -> xr.Dataset:
    """One variable a number, with its name and units; an Estimate NAME also gives NAME_err."""
    variables = {}
    for name, result in results.items():
        variables |= variables_of(name, result, *words_of(name, observables))
    return xr.Dataset(variables)


def variables_of(name: str, result: float | Estimate | Series, long_name: str, units: str) -> dict:
    """The variable of a number; an Estimate NAME has NAME_err beside it, a Series also NAME_cov.

    The covariance of a series has its dimensions twice, the second time as other_DIMENSION.
    """
    if isinstance(result, Series):
        both = (*result.dimensions, *(f"other_{dimension}" for dimension in result.dimensions))
        covariance = result.covariance.reshape(2 * result.values.shape)
        return {
            name: (result.dimensions, result.values, netcdf.about(long_name, units)),
            f"{name}_err": (result.dimensions, result.errors, netcdf.about(f"{long_name}, error", units)),
            f"{name}_cov": (both, covariance, netcdf.about(f"{long_name}, covariance", f"({units})^2")),
        }
    if not isinstance(result, Estimate):
        return {name: ((), result, netcdf.about(long_name, units))}
    return {
        name: ((), result.value, netcdf.about(long_name, units)),
        f"{name}_err": ((), result.error, netcdf.about(f"{long_name}, error", units)),
    }


def table_dataset(table: pd.DataFrame, units: dict[str, str]) -> xr.Dataset:
    """A table as a dataset along ``row``; a column without units is a pure number or a text."""
    texts = table.select_dtypes(exclude=["number", "bool"]).columns
    columns = table.astype({name: str for name in texts}).astype({name: object for name in texts})
    return xr.Dataset(
        {name: ("row", columns[name].to_numpy(), {"units": units.get(name, "1")}) for name in columns}
    )


def axis_variables(table: pd.DataFrame, axes: list[str], model: type[Model]) -> tuple[str, dict]:
    """The dimension of a table of points, and the coordinates along it.

    Of a single axis it has the name of the axis; of a grid it is ``point``, and every axis is a coordinate.
    """
    dimension = axes[0] if len(axes) == 1 else "point"
    coordinates = {
        axis: (dimension, table[axis].to_numpy(), netcdf.about(*axis_words(model, axis))) for axis in axes
    }
    return dimension, coordinates


def points_dataset(
    table: pd.DataFrame, axes: list[str], model: type[Model], known: dict, status: tuple[str, ...]
) -> xr.Dataset:
    """A table of points as a dataset along them, with names and units of its columns.

    Parameters
    ----------
    table : DataFrame
    axes : list of str
    model : type of Model
    known : dict
        Observables and quantities by name.
    status : tuple of str
        The columns that name gates, as far as the table has them; they come last.
    """
    dimension, coordinates = axis_variables(table, axes, model)
    status = [column for column in status if column in table]
    variables = {
        column: (dimension, table[column].to_numpy(float), netcdf.about(*words_of(column, known)))
        for column in table.columns.drop([*axes, *status])
    }
    for column in status:
        about = {"long_name": "ok, or the gate that failed"}
        variables[column] = (dimension, table[column].to_numpy(object), about)
    return xr.Dataset(variables, coords=coordinates)


def at_point(dataset: xr.Dataset, model: type[Model], parameters: dict) -> xr.Dataset:
    """A dataset of one point with its parameters as scalar coordinates, for files that are put together.

    A parameter that is a text, or has the name of something in the dataset, stands in no coordinate.
    """
    taken, coordinates = {*dataset.variables, *dataset.dims}, {}
    for name, value in parameters.items():
        parameter = model.parameters[name]
        if name not in taken and not parameter.choices:
            number = int(value) if parameter.integer else float(value)
            coordinates[name] = ((), number, netcdf.about(*axis_words(model, name)))
    return dataset.assign_coords(coordinates)


def axis_words(model: type[Model], axis: str) -> tuple[str, str]:
    """Long name and units of a parameter."""
    return model.parameters[axis].long_name or axis, model.parameters[axis].units
