"""The numbers of a finished scan in a few lines: tables that this run has made, and what to know of them."""

import math
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pomflow.config.scan import Study, spread
from pomflow.report import essentials, findings, headlines
from pomflow.report.differences import critical_pulls
from pomflow.report.tables import failed
from pomflow.report.values import (
    lattice_name,
    number,
    sigmas,
    with_error,
)
from pomflow.terminal.words import of_make

WIDTH = 100
# rows of a table that are shown, and those among them that failed a gate
MOST_ROWS, MOST_FAILED = 12, 6
# lines of one finding
MOST_LINES = 3
GAP = "  "


def words(folder: str, studies: Mapping[str, Study], config_files: Iterable, since: float) -> str:
    """What the user is told when a run has ended; nothing where it has made no numbers and no figures.

    Parameters
    ----------
    folder : str
        Of the results of the scan.
    studies : mapping
        The studies of the scan by name.
    config_files : iterable of path-like
        What was merged over the default configuration.
    since : float
        When the run began, in seconds since the epoch: what earlier runs have made is not told again.
    """
    new = _New(Path(folder), since)
    parts = []
    for study in studies.values():
        for lattice, contour in study.pairs:
            path = f"{study.name}/L{lattice}/{contour}/scan.csv"
            if new.has(path):
                parts.append(of_table(new.table(path), study, lattice, contour, f"{folder}/{path}"))
    if new.has("ising/critical_temperature.csv"):
        parts.append(_ising(new))
    if new.has("lessons/lessons.csv"):
        parts.append(_lessons(new.table("lessons/lessons.csv"), f"{folder}/lessons/lessons.csv"))
    if new.has("figures"):
        parts.append(f"figures: {folder}/figures")
    return "\n".join(["", *parts, f"report: {of_make('report', config_files)}"]) if parts else ""


@dataclass(frozen=True)
class _New:
    """What a run has made in a folder of results."""

    folder: Path
    since: float

    def has(self, name: str) -> bool:
        """Whether a file was made, or files in a folder."""
        path = self.folder / name
        return path.exists() and path.stat().st_mtime >= self.since

    def table(self, name: str) -> pd.DataFrame:
        """A table."""
        return pd.read_csv(self.folder / name)


def of_table(table: pd.DataFrame, study: Study, lattice: str, contour: str, path: str) -> str:
    """The points of one scan.csv that matter, the gates that failed, and the largest pull."""
    shown = _rows_that_matter(table, study)
    lines = [f"{study.name} {lattice_name(lattice)} {contour}: {path}"]
    lines += _lines(_columns(table.loc[shown], study))
    if len(shown) < len(table):
        lines.append(f"and {len(table) - len(shown)} other points")
    lines += _found(findings.of_scan(table, study, lattice, contour))
    exact = headlines.of_scan(table, study, lattice, contour)["exact"]
    if exact["count"]:
        lines.append(f"largest of {exact['count']} differences from exact values: {exact['largest']}")
    return "\n".join([*lines, ""])


def _rows_that_matter(table: pd.DataFrame, study: Study) -> list:
    """Rows that failed a gate, that with the largest pull, and some of the others, spread over the grid."""
    if len(table) <= MOST_ROWS:
        return list(table.index)
    chosen = list(table.index[failed(table)][:MOST_FAILED])
    pulls = table[[name for name in _pulls(study) if name in table]].abs().max(axis=1)
    if pulls.notna().any():
        chosen.append(pulls.idxmax())
    others = [row for row in table.index if row not in chosen]
    return sorted({*chosen, *spread(others, MOST_ROWS - len(set(chosen)))})


def _pulls(study: Study) -> list[str]:
    return [f"{name}_pull" for name in study.observables]


def _columns(table: pd.DataFrame, study: Study) -> list[list[str]]:
    """The columns with their heads, of as many observables as there is room for."""
    columns = []
    for name, group in essentials.groups(table, study).items():
        more = [[column.head, *column.cells] for column in group]
        if name not in essentials.ALWAYS and max(map(len, _lines(columns + more))) > WIDTH:
            break
        columns += more
    return columns


def _lines(columns: list[list[str]]) -> list[str]:
    """The lines of a table, everything at the right of its column."""
    widths = [max(map(len, column)) for column in columns]
    return [
        GAP.join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in zip(*columns, strict=True)
    ]


def _ising(new: _New) -> str:
    """The critical temperature, and what is not as it should be."""
    critical, heat = (new.table(f"ising/{name}.csv") for name in ("critical_temperature", "thermodynamics"))
    row = critical.iloc[0]
    lines = [f"Ising: {new.folder}/ising"]
    if math.isfinite(row["t_c"]):
        known = f"exact {number(row['t_c_exact'], 5)}, pull {sigmas(critical_pulls(critical)[0])}"
        lines.append(f"critical temperature {with_error(row['t_c'], row['t_c_err'])}, {known}")
    return "\n".join([*lines, *_found(findings.of_ising(critical, heat)), ""])


def _lessons(table: pd.DataFrame, path: str) -> str:
    """How many numbers are as expected, and which are not."""
    head = f"lessons: {table['passed'].sum()} of {len(table)} numbers as expected: {path}"
    return "\n".join([head, *_found(findings.of_lessons(table)), ""])


def _found(found: Iterable[findings.Finding]) -> list[str]:
    """Findings as lines; where they were found is at the end, and cut where it is long."""
    lines = []
    for one in found:
        text = f"{one.what}. {one.meaning} {one.where}"
        lines += textwrap.wrap(text, WIDTH, subsequent_indent="  ", max_lines=MOST_LINES, placeholder=" ...")
    return lines
