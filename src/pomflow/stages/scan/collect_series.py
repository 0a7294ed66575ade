"""A series of numbers, such as a correlator, at all points of one lattice and contour in one table."""

import numpy as np
import pandas as pd
import xarray as xr

from pomflow import registry
from pomflow.analysis.estimates import UNKNOWN, Estimate, pull
from pomflow.config.scan import values_of
from pomflow.errors import LostError
from pomflow.io import netcdf
from pomflow.stages.scan import sample_worm
from pomflow.stages.scan.measure_observables import QUANTITIES


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['table']`` (csv): a row for each number at each point; none where a point diverged.

    Parameters
    ----------
    inputs : dict
        Lists of files, one a point: ``quantities``, and ``exact`` of the exact simulation, if that knows the
        series.
    params : dict
        ``series`` (its name), ``axes``, ``points`` (the parameters of the model by the name of the point, in
        the order of the files), and ``model``, ``lattice``.
    """
    model, name, rows = registry.load("model", params["model"]), params["series"], []
    dimensions = registry.quantities(params["model"], model)[name].dimensions
    for place, (point, parameters) in enumerate(params["points"].items()):
        here = params | {"parameters": parameters}
        measured = _read(inputs["quantities"][place], QUANTITIES, name, here)
        exact = None
        if "exact" in inputs:
            # what is simulated is the reflected theory, whose particles are the antiparticles of this one
            reflected = parameters[model.stated("simulation").axis] < 0
            exact = None if reflected else _read(inputs["exact"][place], sample_worm.KIND, name, here)
        for index in np.ndindex(measured[name].shape) if measured else ():
            row = values_of(point) | dict(zip(dimensions, index, strict=True))
            here, known = _at(measured, name, index), _at(exact, name, index)
            row |= {name: here.value, f"{name}_err": here.error}
            if "exact" in inputs:
                row |= {f"{name}_exact": known.value, f"{name}_exact_err": known.error}
                row[f"{name}_pull"] = pull(here, known)
            rows.append(row)
    columns = [*params["axes"], *dimensions, name, f"{name}_err"]
    netcdf.write_table(pd.DataFrame(rows, columns=None if rows else columns), outputs["table"])


def _read(path, kind: str, name: str, params: dict) -> xr.Dataset | None:
    """A file with the series; None where what should have made it diverged."""
    try:
        return netcdf.read(path, kind, [name, f"{name}_err"], params)
    except LostError:
        return None


def _at(series: xr.Dataset | None, name: str, index: tuple) -> Estimate:
    if series is None:
        return UNKNOWN
    return Estimate(*(series[f"{name}{end}"].values[index].item() for end in ("", "_err")))
