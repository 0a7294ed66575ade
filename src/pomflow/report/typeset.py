"""The table of a scan for a paper or a page: LaTeX and Markdown, values as 0.184(5)."""

import re
from collections.abc import Callable, Iterable
from itertools import chain

import pandas as pd

from pomflow.analysis import gates
from pomflow.config.scan import Study
from pomflow.report.essentials import Column, groups
from pomflow.report.values import RAISED, UNKNOWN, lattice_name, tex_text

# behind a value whose gate failed
TEX_MARK, MARK = r"^\dagger", " †"
MEANING = "the value is behind a failed gate, which the status names, and is not to be trusted"
# what with_error, number, sigmas and text_of write: sign, digits with their error, power of ten
NUMBER = re.compile(r"([+-]?)(\d[\d.]*(?:\(\d+\))?)(?:e([+-]?\d+))?")
MARKDOWN_SPECIAL = re.compile(r"([\\`*<|])")

Cell = Callable[[str, bool], str]


def latex(table: pd.DataFrame, study: Study, lattice: str, contour: str, source: str) -> str:
    r"""A tabular with \hline, which needs no package; ``source`` is the file that has all digits.

    Examples
    --------
    A paper has it by ``\input{table.tex}`` within its own ``table``.
    """
    columns = _columns(table, study)
    heads = [f"${column.tex}$" if column.tex else tex_text(column.head) for column in columns]
    rows = [" & ".join(row) + r" \\" for row in _rows(columns, table, tex_cell)]
    about = f"{study.name}, lattice {lattice}, contour {contour}; all digits are in {source}"
    parts = [
        f"% {about}",
        "% The digits in parentheses are the standard error of the last ones.",
        *([rf"% $\dagger$: {MEANING}."] if _marked(columns, table) else []),
        rf"\begin{{tabular}}{{{''.join(map(_alignment, columns))}}}",
        r"\hline",
        " & ".join(heads) + r" \\",
        r"\hline",
        *rows,
        r"\hline",
        r"\end{tabular}",
    ]
    return "\n".join(parts) + "\n"


def markdown(table: pd.DataFrame, study: Study, lattice: str, contour: str) -> str:
    """A table with pipes, which needs no mathematics: Greek letters, and true minus signs."""
    columns = _columns(table, study)
    rows = [[markdown_text(column.head) for column in columns]]
    rows += [[":--" if _alignment(column) == "l" else "--:" for column in columns]]
    rows += _rows(columns, table, markdown_cell)
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if _marked(columns, table):
        lines += ["", f"† {MEANING}."]
    return "\n".join([f"{study.name} {lattice_name(lattice)} {contour}", "", *lines]) + "\n"


def _columns(table: pd.DataFrame, study: Study) -> list[Column]:
    """All columns, the status last."""
    found = groups(table, study)
    status = found.pop("status")
    return [*chain.from_iterable(found.values()), *status]


def _rows(columns: list[Column], table: pd.DataFrame, cell: Cell) -> list[list[str]]:
    behind = [_behind(column, table) for column in columns]
    return [
        [cell(column.cells[row], failed[row]) for column, failed in zip(columns, behind, strict=True)]
        for row in range(len(table))
    ]


def _behind(column: Column, table: pd.DataFrame) -> list[bool]:
    """The cells that are behind a failed gate; a table of an older scan judges no plane."""
    if column.judged not in table:
        return [False] * len(table)
    failed = table[column.judged] != gates.OK
    return [bool(one) and cell != UNKNOWN for one, cell in zip(failed, column.cells, strict=True)]


def _marked(columns: Iterable[Column], table: pd.DataFrame) -> bool:
    return any(any(_behind(column, table)) for column in columns)


def _alignment(column: Column) -> str:
    return "l" if column.words else "r"


def tex_cell(text: str, marked: bool = False) -> str:
    r"""A number in math mode, a word as text.

    Examples
    --------
    >>> tex_cell("-0.0071(12)", marked=True), tex_cell("1.5(2)e-7"), tex_cell("dh_balance")
    ('$-0.0071(12)^\\dagger$', '$1.5(2)\\times 10^{-7}$', 'dh\\_balance')
    """
    mark = TEX_MARK if marked else ""
    found = NUMBER.fullmatch(text)
    if text == UNKNOWN or found is None:
        word = "--" if text == UNKNOWN else tex_text(text)
        return f"{word}${{}}{mark}$" if mark else word
    sign, digits, power = found.groups()
    times = rf"\times 10^{{{int(power)}}}" if power else ""
    return f"${sign}{digits}{times}{mark}$"


def markdown_cell(text: str, marked: bool = False) -> str:
    """The same with the signs and powers of Unicode.

    Examples
    --------
    >>> markdown_cell("-0.0071(12)", marked=True), markdown_cell("1.5(2)e-7")
    ('−0.0071(12) †', '1.5(2)·10⁻⁷')
    """
    shown = with_true_signs(text) if NUMBER.fullmatch(text) else markdown_text(text)
    return shown + (MARK if marked else "")


def with_true_signs(number: str) -> str:
    """What ``with_error``, ``number`` and ``sigmas`` write, with the signs and powers of Unicode.

    Examples
    --------
    >>> with_true_signs("-1.5(2)e-7"), with_true_signs("word")
    ('−1.5(2)·10⁻⁷', 'word')
    """
    found = NUMBER.fullmatch(number)
    if found is None:
        return number
    sign, digits, power = found.groups()
    times = f"·10{str(int(power)).translate(RAISED).replace('-', '⁻')}" if power else ""
    return f"{sign.replace('-', '−')}{digits}{times}"


def markdown_text(text: str) -> str:
    """Words of which Markdown takes no letter for markup; an underscore within a word is none."""
    return MARKDOWN_SPECIAL.sub(r"\\\1", text)
