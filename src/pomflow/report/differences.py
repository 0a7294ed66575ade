"""Differences from exact values and from what symmetry makes zero, in standard errors."""

import math

import pandas as pd

from pomflow.analysis import gates
from pomflow.report.values import in_errors

# by chance one difference in 370 is larger
LARGE = 3.0
CHANCE = math.erfc(LARGE / math.sqrt(2))
EXACT, SYMMETRY = "its exact value", "zero, which symmetry makes it"
NAMES = {"density": "density", "phi2": "φ²", "apf0": "average phase factor"}
FORBIDDEN = {
    "apf_im": "Im average phase factor",
    "density_im": "Im density",
    "phi2_im": "Im φ²",
    "apf0_im": "Im average phase factor",
}
# columns of the undeformed plane, which has a status of its own
OF_PLANE = ("apf0", "apf0_im")
COLUMNS = ["mu", "name", "words", "plane", "partner", "sigmas"]


def differences(table: pd.DataFrame) -> pd.DataFrame:
    """Every difference of a table from its partner, of points that passed their gates.

    Parameters
    ----------
    table : DataFrame
        From scan.csv, or the rows of one method of contours.csv.

    Returns
    -------
    DataFrame
        ``mu``, ``name`` of the column, ``words`` for it, ``plane``, whether it is of the undeformed plane,
        ``partner`` that it is compared with, and ``sigmas``.
    """
    rows = [row for name in (*NAMES, *FORBIDDEN) for row in _of_column(table, name)]
    return pd.DataFrame(rows, columns=COLUMNS).dropna()


def _of_column(table: pd.DataFrame, name: str):
    """The rows of one column; none where the table does not have it."""
    plane = name in OF_PLANE
    if (name if name in FORBIDDEN else f"{name}_pull") not in table:
        return
    for point in table[table["status0" if plane else "status"] == gates.OK].to_dict("records"):
        if name in FORBIDDEN:
            row = FORBIDDEN[name], plane, SYMMETRY, in_errors(point[name], point[f"{name}_err"])
        else:
            row = NAMES[name], plane, EXACT, point[f"{name}_pull"]
        yield point["mu"], name, *row


def heat_pulls(thermodynamics: pd.DataFrame) -> pd.Series:
    """The specific heat of thermodynamics.csv minus the exact one, in errors."""
    off = thermodynamics["specific_heat"] - thermodynamics["specific_heat_exact"]
    return off / thermodynamics["specific_heat_err"]


def critical_pulls(critical: pd.DataFrame) -> list[float]:
    """The critical temperatures of critical_temperature.csv minus the exact one, in errors."""
    return [in_errors(row.t_c - row.t_c_exact, row.t_c_err) for row in critical.itertuples()]


def large(rows: pd.DataFrame) -> pd.DataFrame:
    """Those of them that chance hardly makes."""
    return rows[rows["sigmas"].abs() > LARGE]
