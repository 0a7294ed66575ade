"""One lesson: its judged numbers and the data of its figure."""

import numpy as np
import xarray as xr

from pomflow import registry
from pomflow.io import netcdf as store
from pomflow.random.stream import Stream

KIND = "lesson"
ROWS = ("quantity", "value", "expected", "passed")


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['lesson']``, the lesson named ``params['lesson']``; its numbers are along ``row``."""
    started, name = store.Clock.start(), params["lesson"]
    lesson = registry.load("lesson", name)(Stream(params["seed"], "teach_lesson", name))
    columns = {column: [getattr(row, column) for row in lesson.rows] for column in ROWS}
    rows = xr.Dataset(
        {
            "quantity": (
                "row",
                np.array(columns["quantity"], dtype=object),
                store.about("what was measured"),
            ),
            "value": ("row", np.array(columns["value"], dtype=float), store.about("measured value")),
            "expected": ("row", np.array(columns["expected"], dtype=object), store.about("what it must be")),
            "passed": ("row", np.array(columns["passed"], dtype=np.int8), store.about("1 where it is so")),
        }
    )
    about_run = store.describe_run(params, "CPU", started)
    # a merge refuses a figure's variable of the same name
    store.write(xr.merge([lesson.data, rows], compat="no_conflicts"), outputs["lesson"], KIND, about_run)
