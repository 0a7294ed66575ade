"""The critical points of a study as a page."""

import pandas as pd

from pomflow.analysis.finite_size.geometry import ONSET
from pomflow.config.finite_size import FAILED
from pomflow.config.scan import Study
from pomflow.report import page
from pomflow.report.tables import column, failed
from pomflow.report.values import UNKNOWN, lattice_name, number, symbol

ABOUT = """
The critical value of {axis} from {what}, with its statistical error; beside it {systematic}. χ² is per degree
of freedom; the range is of {axis}.
"""
OTHER_FITS = "how far it moves with another degree, another range, or without the smallest lattice"
MOVING = "the effect of moving particles, and of leaving out the smallest lattice"
WHAT = {
    "crossing": "the crossings of {quantity} of neighbouring lattices",
    "scaling": "one power of L for {quantity} on all lattices",
    "jump": "the universal jump of {quantity}, with logarithmic corrections",
    "onset": "the energy of the first particle",
}


def critical_points(table: pd.DataFrame, study: Study) -> str:
    """Every fit with its range and chi^2."""
    wanted, axis = study.settings["finite_size"], symbol(study, study.first_axis)
    others = [name for name in study.axes if name in table and name != study.first_axis]
    columns = {
        "source": table["source"],
        **{symbol(study, name): [f"{value:g}" for value in table[name]] for name in others},
        "method": table["method"],
        "lattices": [", ".join(map(lattice_name, names.split())) for names in table["lattices"]],
        f"critical {axis}": column(table, "critical"),
        "systematic": [number(value, 2) for value in table["critical_sys"]],
        "exponent": column(table, "exponent"),
        "χ² / dof": [number(value, 3) for value in table["chi2_per_dof"]],
        "dof": table["dof"].astype(str),
        "range": [
            UNKNOWN if pd.isna(low) else f"{low:g} to {high:g}"
            for low, high in zip(table["low"], table["high"], strict=True)
        ],
        "status": [FAILED.get(status, status) for status in table["status"]],
    }
    what = WHAT[wanted["method"]].format(quantity=wanted["quantity"])
    left = {"source": "text", "method": "text", "lattices": "text", "status": "prose"}
    return page.tabular(
        f"Critical point, {study.name}",
        ABOUT.format(axis=axis, what=what, systematic=MOVING if wanted["method"] == ONSET else OTHER_FITS),
        page.table(columns, failed(table), left=left),
    )
