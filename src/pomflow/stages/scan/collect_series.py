"""A series of numbers, such as a correlator, at all points of one lattice and contour in one table."""

import numpy as np
import pandas as pd
import xarray as xr

from pomflow import registry
from pomflow.analysis.estimates import Estimate, pull
from pomflow.config.scan import values_of
from pomflow.errors import LostError
from pomflow.io import netcdf
from pomflow.models.quantities import Quantity
from pomflow.stages.scan import sample_worm
from pomflow.stages.scan.columns import words_of
from pomflow.stages.scan.measure_observables import QUANTITIES
from pomflow.stages.scan.results import axis_variables

KIND = "series"


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['series']`` (NetCDF) and ``outputs['table']``, a csv with a row for each number.

    Of a point that diverged all is NaN.

    Parameters
    ----------
    inputs : dict
        Lists of files, one a point: ``quantities``, and ``exact`` of the exact simulation, if that knows the
        series.
    params : dict
        ``series`` (its name), ``axes``, ``points`` (the parameters of the model by the name of the point, in
        the order of the files), and ``model``, ``lattice``.
    """
    started, model = netcdf.Clock.start(), registry.load("model", params["model"])
    one, points = registry.quantities(params["model"], model)[params["series"]], params["points"].items()
    columns = {"": [], "_err": []}
    for (_, parameters), path in zip(points, inputs["quantities"], strict=True):
        for end, values in zip(("", "_err"), _read(path, QUANTITIES, one, params, parameters), strict=True):
            columns[end].append(values)
    if "exact" in inputs:
        columns |= {"_exact": [], "_exact_err": []}
        axis = model.stated("simulation").axis
        for (_, parameters), path in zip(points, inputs["exact"], strict=True):
            # what is simulated is the reflected theory, whose particles are the antiparticles of this one
            known = (
                (None, None)
                if parameters[axis] < 0
                else _read(path, sample_worm.KIND, one, params, parameters)
            )
            for end, values in zip(("_exact", "_exact_err"), known, strict=True):
                columns[end].append(values)
    dataset = _dataset(columns, one, model, params)
    netcdf.write(dataset, outputs["series"], KIND, netcdf.describe_run(params, "CPU", started))
    order = [*params["axes"], *one.dimensions, *dataset.data_vars]
    netcdf.write_table(dataset.to_dataframe().reset_index()[order], outputs["table"])


def _read(path, kind: str, one: Quantity, params: dict, parameters: dict) -> tuple:
    """Values and errors; None where what should have made them diverged."""
    try:
        file = netcdf.read(path, kind, [one.name, f"{one.name}_err"], params | {"parameters": parameters})
    except LostError:
        return None, None
    return file[one.name].values, file[f"{one.name}_err"].values


def _dataset(columns: dict[str, list], one: Quantity, model, params: dict) -> xr.Dataset:
    """All points along their dimension, and pulls where there are exact values."""
    shape = next(
        (np.shape(values) for values in columns[""] if values is not None), (0,) * len(one.dimensions)
    )
    unknown = np.full(shape, np.nan)
    arrays = {
        end: np.stack([unknown if values is None else values for values in column])
        for end, column in columns.items()
    }
    if "_exact" in arrays:
        arrays["_pull"] = np.vectorize(_pull, otypes=[float])(*arrays.values())
    dimension, coordinates = axis_variables(
        pd.DataFrame([values_of(point) for point in params["points"]]), params["axes"], model
    )
    named = {f"{one.name}{end}": values for end, values in arrays.items()}
    variables = {
        name: ((dimension, *one.dimensions), values, netcdf.about(*words_of(name, {one.name: one})))
        for name, values in named.items()
    }
    numbered = {name: (name, np.arange(size)) for name, size in zip(one.dimensions, shape, strict=True)}
    return xr.Dataset(variables, coords=coordinates | numbered)


def _pull(value: float, error: float, exact: float, exact_error: float) -> float:
    return pull(Estimate(value, error), Estimate(exact, exact_error))
