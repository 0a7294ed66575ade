"""The page of a finished scan, which needs no other file: figures with captions, tables, warnings."""

import base64
import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape, unescape
from importlib.resources import files

import pandas as pd
from jinja2 import Environment, StrictUndefined

from pomflow.analysis import gates
from pomflow.config.scan import Study
from pomflow.report import essentials, page
from pomflow.report.differences import LARGE
from pomflow.report.essentials import Column
from pomflow.report.findings import Finding
from pomflow.report.typeset import with_true_signs
from pomflow.report.values import UNKNOWN, lattice_name

# files of the package that this module reads
TEMPLATE, STYLE = "result_page.html.j2", "result_page.css"
# "7 Lessons": Snakemake sorts categories by name
NUMBERED = re.compile(r"^\d+ ")
# the first words of a page, its headings, its tables, and their cells
INTRO = re.compile(r"<p>[^<]*</p>")
CELL = re.compile(r"(<td[^>]*>)([^<]*)(</td>)")
HEADING = re.compile(r"(?<=<)(/?)h2(?=>)")
TABLE = re.compile(r"(?:<style[^>]*>\s*</style>\s*)?(<table.*?</table>)", re.DOTALL)
# a sign in a text, and a power of ten behind digits
MINUS, POWER = re.compile(r"(?<![\w.)])-(?=\d)"), re.compile(r"[+-]?\d[\d.]*(?:\(\d+\))?e[+-]?\d+\b")
# where a PNG file says how large the picture is
PNG_SIZE = slice(16, 24)
# a picture that is so many times as wide as high has several panels side by side
BROAD = 1.8


@dataclass(frozen=True)
class Shown:
    """Where a figure or a table stands in the report.

    Attributes
    ----------
    result : str
        What it is.
    category : str
        With the number by which categories are sorted.
    place : str
        Study, lattice and contour; empty where it is of the whole scan.
    main : bool
        Whether it stands at the top of the page.
    """

    result: str
    category: str
    place: str = ""
    main: bool = False

    @property
    def title(self) -> str:
        """What it is, and of what."""
        return f"{self.result}, {lattice_name(self.place)}" if self.place else self.result


@dataclass(frozen=True)
class Figure:
    """A picture that is part of the page, with its caption in HTML and a link to the file for print."""

    shown: Shown
    data: bytes
    caption: str
    link: str

    @property
    def source(self) -> str:
        """The picture itself as an address."""
        return f"data:image/png;base64,{base64.b64encode(self.data).decode('ascii')}"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return struct.unpack(">II", self.data[PNG_SIZE])

    @property
    def broad(self) -> bool:
        """Whether it needs the whole width of the page, as several panels side by side do."""
        width, height = self.size
        return width > BROAD * height

    @property
    def described(self) -> str:
        """The caption."""
        return with_signs(self.caption)


@dataclass(frozen=True)
class Table:
    """A page of tables of the report as a part of this one.

    Attributes
    ----------
    shown : Shown
    text : str
        The whole page.
    numbers : bool
        Whether what looks like a number is one, and not a revision or a version.
    repeated : bool
        Whether its first words stand above a table before it.
    """

    shown: Shown
    text: str
    numbers: bool = True
    repeated: bool = False

    @property
    def intro(self) -> str:
        """Its first words."""
        found = INTRO.match(page.body(self.text))
        return found[0] if found else ""

    @property
    def body(self) -> str:
        """Its words and tables, headings below that of its place; each table scrolls by itself."""
        rank = "h4" if self.shown.place else "h3"
        body = HEADING.sub(rf"\1{rank}", page.body(self.text).replace(page.words(page.LEGEND), ""))
        if self.repeated:
            body = body.removeprefix(self.intro)
        if self.numbers:
            body = CELL.sub(lambda cell: f"{cell[1]}{with_signs(cell[2])}{cell[3]}", body)
        return TABLE.sub(lambda table: _scrolls(self.shown.title, table[1]), body)


@dataclass(frozen=True)
class Scan:
    """The scan of one study, lattice and contour.

    Attributes
    ----------
    table : DataFrame
        Its scan.csv.
    study : Study
    lattice, contour : str
    numbers : dict
        From ``headlines.of_scan``.
    findings : list of Finding
    links : dict of str
        The files beside its table, by what they are called.
    """

    table: pd.DataFrame
    study: Study
    lattice: str
    contour: str
    numbers: dict
    findings: Sequence[Finding]
    links: Mapping[str, str]

    @property
    def key(self) -> str:
        """Its place as figures and tables have it."""
        return f"{self.study.name} {self.lattice} {self.contour}"

    @property
    def passed(self) -> str:
        """How many points passed the gates of the path."""
        return f"{(self.table['status'] == gates.OK).sum()} of {len(self.table)}"

    @cached_property
    def rows(self) -> list[list["Cell"]]:
        """The rows of the essential columns."""
        return [[_cell(column, row, self.table) for column in self.columns] for row in range(len(self.table))]

    @cached_property
    def columns(self) -> list[Column]:
        """The essential columns."""
        return [column for group in essentials.groups(self.table, self.study).values() for column in group]

    def has(self, mark: str) -> bool:
        """Whether any cell is marked so."""
        return any(mark in cell.marks for row in self.rows for cell in row)


@dataclass(frozen=True)
class Cell:
    """A text with its marks: ``failed``, ``behind`` a failed gate, ``noise``, ``large``, ``text``."""

    text: str
    marks: frozenset[str]


def _cell(column: Column, row: int, table: pd.DataFrame) -> Cell:
    text = column.cells[row]
    known = text != UNKNOWN
    judged = column.judged in table and table[column.judged].iloc[row] != gates.OK
    marks = {
        "text": column.words,
        "failed": known and (judged or (column.words and text != gates.OK)),
        "behind": known and judged,
        "noise": known and bool(column.noise) and column.noise[row],
        "large": known and column.head == "pull" and not judged and abs(float(text)) > LARGE,
    }
    return Cell(with_true_signs(text), frozenset(mark for mark, holds in marks.items() if holds))


@dataclass(frozen=True)
class Group:
    """The figures and tables of one place in a category."""

    place: str
    figures: Sequence[Figure]
    tables: Sequence[Table]


@dataclass(frozen=True)
class Part:
    """A category, or what of it stands at the top."""

    title: str
    groups: Sequence[Group]

    @property
    def id(self) -> str:
        """Where links of the page find it."""
        return anchor(self.title)


def parts(figures: Iterable[Figure], tables: Iterable[Table]) -> list[Part]:
    """Figures and tables by category and place, categories by their numbers, places in the order given.

    What stands above several tables of a category in the same words is said above the first.
    """
    sorted_in: dict[str, dict[str, tuple[list, list]]] = {}
    said, once = set(), []
    for table in tables:
        words = table.shown.category, table.intro
        once.append(replace(table, repeated=words in said))
        said.add(words)
    for kind, given in enumerate((figures, once)):
        for one in given:
            places = sorted_in.setdefault(one.shown.category, {})
            places.setdefault(one.shown.place, ([], []))[kind].append(one)
    return [
        Part(
            NUMBERED.sub("", category),
            [Group(lattice_name(place), *found) for place, found in places.items()],
        )
        for category, places in sorted(sorted_in.items())
    ]


def write(
    scan: str,
    numbers: dict,
    scans: Sequence[Scan],
    figures: Sequence[Figure],
    tables: Sequence[Table],
    links: Mapping[str, Mapping[str, str]],
) -> str:
    """The whole page.

    Parameters
    ----------
    scan : str
        Its name.
    numbers : dict
        What captions quote.
    scans : list of Scan
    figures, tables : list
        Everything that the report shows.
    links : dict of dict
        The files of data by folder and name.
    """
    places = {one.key for one in scans}
    tops = [one for one in figures if one.shown.main and one.shown.place in places]
    other_tops = [
        [one for one in kind if one.shown.main and one.shown.place not in places]
        for kind in (figures, tables)
    ]
    rest = [[one for one in kind if not one.shown.main] for kind in (figures, tables)]
    environment = Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    environment.filters |= {"anchor": anchor, "signs": with_signs, "lattice": lattice_name}
    template, style = (
        (files("pomflow.report") / name).read_text(encoding="utf-8") for name in (TEMPLATE, STYLE)
    )
    return environment.from_string(template).render(
        scan=scan,
        numbers=numbers,
        ising=numbers.get("ising"),
        lessons=numbers.get("lessons"),
        studies={study["name"]: study["theory"] for study in numbers["made"]["studies"]},
        scans=scans,
        tops={one.shown.place: one for one in tops},
        other_tops=parts(*other_tops),
        parts=parts(*rest),
        links=links,
        legend=page.LEGEND,
        style=style,
    )


def with_signs(text: str) -> str:
    """A text with true minus signs and powers of ten, and no line broken at an equals sign.

    Examples
    --------
    >>> with_signs("-0.3(2), x = -1, 2-3, 1.5e-7").replace("\N{NO-BREAK SPACE}", "~")
    '−0.3(2), x~=~−1, 2-3, 1.5·10⁻⁷'
    """
    text = MINUS.sub("−", POWER.sub(lambda found: with_true_signs(found[0]), text))
    return text.replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")


def anchor(text: str) -> str:
    """A text as the name of a place in the page.

    Examples
    --------
    >>> anchor("phi4 4x4 dense")
    'phi4-4x4-dense'
    """
    return re.sub(r"\W+", "-", unescape(text))


def _scrolls(title: str, table: str) -> str:
    """A table that scrolls by itself, which the keyboard reaches."""
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(title)}">{table}</div>'
