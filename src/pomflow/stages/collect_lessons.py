"""The numbers of all lessons in one table."""

import pandas as pd

from pomflow import store
from pomflow.stages.teach_lesson import KIND, ROWS


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['table']`` from the files ``inputs['lessons']``, named in ``params['lessons']``."""
    tables = []
    for name, path in zip(params["lessons"], inputs["lessons"], strict=True):
        rows = store.read(path, KIND, ROWS)[list(ROWS)].to_dataframe()[list(ROWS)]
        tables.append(rows.assign(passed=rows["passed"].astype(bool)))
        tables[-1].insert(0, "lesson", name)
    store.write_table(pd.concat(tables), outputs["table"])
