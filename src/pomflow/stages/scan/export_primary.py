"""The primary observables of a point in the JSON format of pyerrors."""

import numpy as np

from pomflow import registry
from pomflow.analysis import primary
from pomflow.config.trainings import run_name
from pomflow.errors import LostError
from pomflow.io import netcdf
from pomflow.models.quantities import of_observables
from pomflow.stages.scan.measure_observables import measured
from pomflow.stages.scan.point import Point, read_run


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['primary']`` from the samples on a contour, which for the plane needs no file.

    Of a point that diverged the list is empty, and the description says why.
    """
    point = Point.of(params)
    description = netcdf.describe_code(params) | {"run": run_name(params)}
    try:
        phase_factor, series = _measured(inputs, params, point)
    except LostError as error:
        content = primary.encoded({}, description | {"diverged": str(error)})
    else:
        content = primary.encoded(primary.observables(phase_factor, series, description["run"]), description)
    with netcdf.atomic(outputs["primary"]) as path:
        path.write_bytes(content)


def _measured(inputs: dict, params: dict, point: Point) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The phase factor and the observables on every configuration."""
    samples, path = read_run(inputs, point)
    observables = of_observables(registry.observables(params["model"], type(point.model)))
    functions = list(dict.fromkeys(one.moments for one in observables.values()))
    parts = measured(path, samples["field"].values, functions)
    series = {name: values for part in parts for name, values in part.items()}
    return np.exp(1j * samples["phase"].values), series
