"""Published values of other methods: numbers with their sources in a file of a model, to show beside ours."""

import csv
import functools
import math
from fnmatch import fnmatchcase
from importlib.resources import files
from typing import NamedTuple

from pomflow.analysis.estimates import Estimate
from pomflow.errors import ConfigError

# beside them a file has a column for each parameter of the model
COLUMNS = ("quantity", "lattice", "value", "error", "method", "source")
REMEDY = "Mend the file: docs/how_to/model.md says what it holds."


class Published(NamedTuple):
    """A value with its error, by which method it was found, and where it is printed."""

    estimate: Estimate
    method: str
    source: str


def published_at(model) -> dict[str, list[Published]]:
    """What the file of a model says of its lattice and parameters, by quantity.

    Parameters
    ----------
    model : Model
        Whose class states ``published``.

    Raises
    ------
    ConfigError
        If the file cannot be read as one of published values; it names the line.
    """
    found = {}
    for quantity, lattice, values, published in rows(model.published, tuple(model.parameters)):
        here = all(getattr(model, name) == value for name, value in values.items())
        if here and fnmatchcase(str(model.lattice), lattice):
            found.setdefault(quantity, []).append(published)
    return found


@functools.cache
def rows(name: str, parameters: tuple[str, ...]) -> list[tuple[str, str, dict[str, float], Published]]:
    """(quantity, lattice, parameters that it belongs to, value) of every line of a file of the package.

    The lattice may be a pattern, such as ``*x*x*x*`` for all in four dimensions. A parameter that is left
    empty may have any value.
    """
    columns = (*COLUMNS, *parameters)
    with (files("pomflow") / name).open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        if sorted(reader.fieldnames or ()) != sorted(columns):
            raise ConfigError(name, f"its columns are not {', '.join(columns)}", REMEDY)
        return [_row(f"{name}, line {reader.line_num}", row, parameters) for row in reader]


def _row(where: str, row: dict, parameters: tuple[str, ...]):
    if None in row:
        raise ConfigError(where, "it has more cells than the table has columns", REMEDY)
    missing = [column for column in COLUMNS if not row[column]]
    if missing:
        raise ConfigError(where, f"{missing[0]} is missing", REMEDY)
    value, error = (_number(where, column, row[column]) for column in ("value", "error"))
    if error <= 0:
        raise ConfigError(where, f"the error {row['error']} is not positive", REMEDY)
    values = {name: _number(where, name, row[name]) for name in parameters if row[name]}
    published = Published(Estimate(value, error), row["method"], row["source"])
    return row["quantity"], row["lattice"], values, published


def _number(where: str, column: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ConfigError(where, f"{column} is no number: {text}", REMEDY)
    return number
