"""The numbers of a finished scan in a few lines: tables that this run has made, and what to know of them."""

import math
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from pomflow.analysis import gates
from pomflow.config.scan import Study, spread
from pomflow.io import provenance
from pomflow.report import essentials, findings
from pomflow.report.differences import (
    EXACT,
    PATH,
    PLANE,
    critical_estimates,
    critical_pulls,
    differences,
)
from pomflow.report.tables import failed
from pomflow.report.values import (
    lattice_name,
    number,
    sigmas,
    with_error,
)
from pomflow.studies.ising.settings import system_of
from pomflow.terminal.words import of_make

WIDTH = 100
# rows of all tables that are shown, of a single one, and of each at least; half of them may have failed
ROWS, MOST_ROWS, FEWEST_ROWS = 24, 12, 3
# lines of one finding
MOST_LINES = 3
GAP = "  "
# the table that every system of spins has
CRITICAL = "critical_temperature.csv"


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
    scans = list(_scans(new, studies))
    rows = min(MOST_ROWS, max(FEWEST_ROWS, ROWS // max(1, len(scans))))
    parts = [scan.words(rows) for scan in scans]
    parts += [_spins(new, system) for system in _systems(new)]
    if new.has("lessons/lessons.csv"):
        parts.append(_lessons(new.table("lessons/lessons.csv"), f"{folder}/lessons/lessons.csv"))
    if len(scans) > 1:
        parts.append(in_all(scans))
    if new.has("index.html"):
        parts.append(f"open first: {folder}/index.html, figures, tables and warnings on one page")
    if scans:
        parts.append("tables for papers and pages: table.tex and table.md beside each scan.csv")
    if new.has("figures"):
        parts.append(f"figures: {folder}/figures")
    if not parts:
        return ""
    if others := _of_other_configurations(folder, studies):
        parts.append(
            f"of another configuration, in no table of this one: {len(others)} points, {others[0]} first"
        )
    parts += [f"{target}: {of_make(target, config_files)}" for target in ("report", "bundle")]
    return "\n".join(["", *parts])


def _of_other_configurations(folder: str, studies: Mapping[str, Study]) -> list[str]:
    """Sampled points that were left by an earlier configuration of the same name."""
    known = {
        (study.name, lattice, contour, point)
        for study in studies.values()
        for lattice, contour in study.sampled
        for point in study.points
    }
    return [
        f"{folder}/{study}/L{lattice}/{contour}/{point}"
        for study, lattice, contour, point in provenance.sampled(folder)
        # further trainings of a contour are told apart behind a comma
        if (study, lattice, contour.partition(",")[0], point) not in known
    ]


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


@dataclass(frozen=True)
class Scan:
    """The scan.csv of one study, lattice and contour, which stands at ``path``."""

    table: pd.DataFrame
    study: Study
    lattice: str
    contour: str
    path: str

    @property
    def place(self) -> str:
        """Where it is."""
        return f"{self.study.name} {lattice_name(self.lattice)} {self.contour}"

    @cached_property
    def exact(self) -> pd.DataFrame:
        """The differences from exact values, of points that passed their gates."""
        rows = differences(self.table, self.study)
        return rows[rows["partner"] == EXACT].assign(place=self.place)

    def words(self, most: int = MOST_ROWS) -> str:
        """Up to so many points that matter, how many passed, the gates that failed, and the largest pull."""
        table, shown = self.table, _rows_that_matter(self.table, self.study, most)
        lines = [f"{self.place}: {self.path}", *_lines(_columns(table.loc[shown], self.study))]
        if len(shown) < len(table):
            lines.append(f"and {len(table) - len(shown)} other points")
        plane = f" on the path, {_passed(table, PLANE)} on the plane" if PLANE in table else ""
        lines.append(f"passed: {_passed(table, PATH)} of {len(table)} points{plane}")
        lines += _found(findings.of_scan(table, self.study, self.lattice, self.contour))
        if len(self.exact):
            worst = _largest(self.exact)
            lines.append(
                f"largest of {len(self.exact)} differences from exact values: {sigmas(worst.sigmas)} "
                f"({worst.words}, {worst.point})"
            )
        return "\n".join([*lines, ""])


def _scans(new: "_New", studies: Mapping[str, Study]) -> Iterator[Scan]:
    """The tables that this run has made."""
    for study in studies.values():
        for lattice, contour in study.pairs:
            path = f"{study.name}/L{lattice}/{contour}/scan.csv"
            if new.has(path):
                yield Scan(new.table(path), study, lattice, contour, f"{new.folder}/{path}")


def in_all(scans: Sequence[Scan]) -> str:
    """How many points of several tables passed, how often which gate failed, and the largest pull."""
    statuses = Counter(status for scan in scans for status in scan.table[PATH])
    gone = ", ".join(f"{gate} {count}" for gate, count in statuses.most_common() if gate != gates.OK)
    behind = f"; failed: {gone}" if gone else ""
    lines = [f"in all: {statuses[gates.OK]} of {statuses.total()} points passed{behind}"]
    exact = pd.concat([scan.exact for scan in scans])
    if len(exact):
        worst = _largest(exact)
        lines.append(
            f"largest of {len(exact)} differences from exact values: {sigmas(worst.sigmas)} "
            f"({worst.words}, {worst.place}, {worst.point})"
        )
    return "\n".join([*lines, ""])


def _passed(table: pd.DataFrame, status: str) -> int:
    return int((table[status] == gates.OK).sum())


def _largest(rows: pd.DataFrame) -> pd.Series:
    """The row of the largest difference."""
    return rows.iloc[rows["sigmas"].abs().argmax()]


def _rows_that_matter(table: pd.DataFrame, study: Study, most: int) -> list:
    """Rows that failed a gate, that with the largest pull, and some of the others, spread over the grid."""
    if len(table) <= most:
        return list(table.index)
    chosen = list(table.index[failed(table)][: most // 2])
    pulls = table[[name for name in _pulls(study) if name in table]].abs().max(axis=1)
    if pulls.notna().any():
        chosen.append(pulls.idxmax())
    others = [row for row in table.index if row not in chosen]
    return sorted({*chosen, *spread(others, most - len(set(chosen)))})


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


def _systems(new: _New) -> list[str]:
    """What stands before the names of the tables of spins that are new."""
    paths = sorted((new.folder / "ising").glob(f"*{CRITICAL}"))
    return [path.name.removesuffix(CRITICAL) for path in paths if new.has(f"ising/{path.name}")]


def _spins(new: _New, system: str) -> str:
    """The critical temperature, and what is not as it should be."""
    title = system_of(system).capitalize()
    names = CRITICAL, "exponents.csv", "thermodynamics.csv"
    critical, exponents, heat = (new.table(f"ising/{system}{name}") for name in names)
    row = critical.iloc[0]
    lines = [f"{title}: {new.folder}/ising"]
    [found] = critical_estimates(critical)
    if math.isfinite(found.value):
        known = f"known {number(row['t_c_exact'], 5)}, pull {sigmas(critical_pulls(critical)[0])}"
        lines.append(f"critical temperature {with_error(found.value, found.error)}, {known}")
    return "\n".join([*lines, *_found(findings.of_ising(critical, exponents, heat, title)), ""])


def _lessons(table: pd.DataFrame, path: str) -> str:
    """How many numbers are as expected, and which are not."""
    head = f"lessons: {table['passed'].sum()} of {len(table)} numbers as expected: {path}"
    return "\n".join([head, *_found(findings.of_lessons(table)), ""])


def _found(found: Iterable[findings.Finding]) -> list[str]:
    """Findings as lines; where they were found is at the end, and cut where it is long."""
    lines = []
    for one in found:
        at = f" at {one.points} point{'' if one.points == 1 else 's'}" if one.points else ""
        text = f"{one.what}{at}. {one.meaning} {one.where}"
        lines += textwrap.wrap(text, WIDTH, subsequent_indent="  ", max_lines=MOST_LINES, placeholder=" ...")
    return lines
