"""Tables of exact values of the two-dimensional phi^4 theory at m = lambda = 1.

``transfer_exact`` is from transfer matrices; ``phi4_exact``, the table of the package, from simulations of
the dual variables by another program, with errors.
"""

import csv
from importlib.resources import files
from pathlib import Path

TABLES = {
    "transfer_exact": Path(__file__).parent / "data" / "transfer_exact.csv",
    "phi4_exact": files("pomflow.models.complex_phi4") / "exact.csv",
}


def exact_rows(table: str) -> list[dict[str, float]]:
    """The rows of a table; what it leaves out is NaN."""
    with TABLES[table].open() as lines:
        return [{key: float(value or "nan") for key, value in row.items()} for row in csv.DictReader(lines)]


def exact_row(table: str, shape, mu: float) -> dict[str, float]:
    """The row for a lattice and mu."""
    (found,) = [row for row in exact_rows(table) if (row["Lt"], row["Lx"], row["mu"]) == (*shape, mu)]
    return found
