"""The numbers of all lessons in one table."""

import pandas as pd

from pomflow.io import netcdf
from pomflow.stages.lessons.teach_lesson import KIND, ROWS
from pomflow.stages.scan.results import table_dataset


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['table']`` and ``outputs['dataset']`` from the files ``inputs['lessons']``.

    Their names are ``params['lessons']``.
    """
    started, tables = netcdf.Clock.start(), []
    for name, path in zip(params["lessons"], inputs["lessons"], strict=True):
        rows = netcdf.read(path, KIND, ROWS)[list(ROWS)].to_dataframe()[list(ROWS)]
        tables.append(rows.assign(passed=rows["passed"].astype(bool)))
        tables[-1].insert(0, "lesson", name)
    table = pd.concat(tables)
    netcdf.write(
        table_dataset(table, {}), outputs["dataset"], "lessons", netcdf.describe_run(params, "CPU", started)
    )
    netcdf.write_table(table, outputs["table"])
