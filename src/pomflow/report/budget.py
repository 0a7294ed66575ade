"""The error budget of a scan: what the error of every value is made of."""

import numpy as np
import pandas as pd

from pomflow.analysis.trainings import excess
from pomflow.config.scan import Study
from pomflow.report.values import observable_symbols
from pomflow.stages.scan.columns import EXPECTED, SPREAD


def budgeted(table: pd.DataFrame, study: Study) -> dict[str, str]:
    """The columns of the phase and the observables with their symbols, without what a symmetry makes zero."""
    symbols = {"apf_re": "APF", "apf_im": "Im APF"}
    for name, text in observable_symbols(study).items():
        symbols |= {name: text, f"{name}_im": f"Im {text}"}
    return {
        name: text for name, text in symbols.items() if name in table and name not in study.model.vanishing
    }


def errors_of(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """What the error of a column is made of, for every row.

    Parameters
    ----------
    table : DataFrame
        From scan.csv.
    name : str
        A column with a standard error.

    Returns
    -------
    DataFrame
        ``statistical``, the standard error; ``trainings``, the spread over trainings beyond what statistics
        explains (``trainings.excess``); ``exact``, the error of the exact value; each NaN where nothing is
        known of it. ``total``, the root of the sum of the squares of those that are known.
    """
    unknown = pd.Series(np.nan, table.index)
    spread, expected = (table.get(f"{name}{end}", unknown) for end in (SPREAD, EXPECTED))
    parts = pd.DataFrame(
        {
            "statistical": table[f"{name}_err"],
            "trainings": list(map(excess, spread, expected)),
            "exact": table.get(f"{name}_exact_err", unknown),
        },
        index=table.index,
    )
    return parts.assign(total=np.sqrt((parts**2).sum(axis=1, min_count=1)))
