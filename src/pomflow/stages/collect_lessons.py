"""The numbers of all lessons in one table."""

import pandas as pd

from pomflow import store
from pomflow.stages.results import table_dataset
from pomflow.stages.teach_lesson import KIND, ROWS


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['table']`` and ``outputs['dataset']`` from the files ``inputs['lessons']``.

    Their names are ``params['lessons']``.
    """
    started, tables = store.Clock.start(), []
    for name, path in zip(params["lessons"], inputs["lessons"], strict=True):
        rows = store.read(path, KIND, ROWS)[list(ROWS)].to_dataframe()[list(ROWS)]
        tables.append(rows.assign(passed=rows["passed"].astype(bool)))
        tables[-1].insert(0, "lesson", name)
    table = pd.concat(tables)
    store.write(
        table_dataset(table, {}), outputs["dataset"], "lessons", store.describe_run(params, "CPU", started)
    )
    store.write_table(table, outputs["table"])
