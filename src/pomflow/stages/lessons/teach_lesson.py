"""One lesson: its judged numbers and the data of its figure."""

import numpy as np
import xarray as xr

from pomflow import registry
from pomflow.io import netcdf
from pomflow.random.stream import Stream

KIND = "lesson"
ROWS = ("quantity", "value", "expected", "passed")


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['lesson']``, the lesson named ``params['lesson']``; its numbers are along ``row``."""
    started, name = netcdf.Clock.start(), params["lesson"]
    lesson = registry.load("lesson", name)(Stream(params["seed"], "teach_lesson", name))
    columns = {column: [getattr(row, column) for row in lesson.rows] for column in ROWS}
    rows = xr.Dataset(
        {
            "quantity": (
                "row",
                np.array(columns["quantity"], dtype=object),
                netcdf.about("what was measured"),
            ),
            "value": ("row", np.array(columns["value"], dtype=float), netcdf.about("measured value")),
            "expected": ("row", np.array(columns["expected"], dtype=object), netcdf.about("what it must be")),
            "passed": ("row", np.array(columns["passed"], dtype=np.int8), netcdf.about("1 where it is so")),
        }
    )
    about_run = netcdf.describe_run(params, "CPU", started)
    # a merge refuses a figure's variable of the same name
    netcdf.write(xr.merge([lesson.data, rows], compat="no_conflicts"), outputs["lesson"], KIND, about_run)
