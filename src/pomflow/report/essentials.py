"""What a reader wants of a scan.csv first: axes, status, phases, observables beside exact values."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from pomflow.analysis import gates
from pomflow.analysis.phase import has_real_phase, with_moduli
from pomflow.config.scan import Study, text_of
from pomflow.report.differences import PATH, PLANE
from pomflow.report.tables import column
from pomflow.report.values import (
    UNKNOWN,
    axes_of,
    is_noise,
    observable_symbols,
    sigmas,
    symbol,
    tex_symbol,
    tex_symbols,
)

# groups that no reader can do without
ALWAYS = ("axes", "status", "phases")


@dataclass(frozen=True)
class Column:
    """A column as text.

    Attributes
    ----------
    head, tex : str
        Plain text, and TeX in math mode; ``tex`` is empty where the head is a word in ASCII.
    cells : tuple of str
        A value with its error, a number with its sign, or a word.
    judged : str
        The column of the table that says whether the values passed their gates; empty where no gate judges
        them.
    words : bool
        Whether the cells are words.
    noise : tuple of bool
        Whether each value is within two of its errors from zero; empty where there are no errors.
    """

    head: str
    tex: str
    cells: tuple[str, ...]
    judged: str = ""
    words: bool = False
    noise: tuple[bool, ...] = ()

    @property
    def known(self) -> bool:
        """Whether any cell holds something."""
        return any(cell != UNKNOWN for cell in self.cells)


def groups(table: pd.DataFrame, study: Study) -> dict[str, list[Column]]:
    """The columns by what they are of: ``axes``, ``status``, ``phases``, and every observable by its name.

    Where Z is complex the phases are moduli. Exact values and pulls that no row knows are left out, and so
    are imaginary parts that a symmetry makes zero, and the status of the plane where it is ok everywhere.
    """
    symbols, tex = observable_symbols(study), tex_symbols(study)
    found = {
        "axes": [_axis(table, study, axis) for axis in axes_of(study, table)],
        "status": list(_statuses(table)),
        "phases": list(_phases(table, study)),
    }
    for name, text in symbols.items():
        found[name] = _observable(table, name, text, tex[name])
        if f"{name}_im" in table and not {name, f"{name}_im"} & {*study.model.vanishing}:
            imaginary = rf"\mathrm{{Im}}\,{tex[name]}"
            found[f"{name}_im"] = _observable(table, f"{name}_im", f"Im {text}", imaginary)
    return found


def _axis(table: pd.DataFrame, study: Study, axis: str) -> Column:
    tex = tex_symbol(study.model.parameters[axis].symbol, axis)
    return Column(symbol(study, axis), tex, tuple(map(text_of, table[axis])))


def _statuses(table: pd.DataFrame) -> Iterable[Column]:
    yield Column("status", "", tuple(table[PATH]), words=True)
    if PLANE in table and (table[PLANE] != gates.OK).any():
        yield Column("status₀", r"\mathrm{status}_0", tuple(table[PLANE]), words=True)


def _phases(table: pd.DataFrame, study: Study) -> Iterable[Column]:
    table = with_moduli(table, study.model)
    words = "{}" if has_real_phase(study.model) else "|{}|"
    if study.model.plane:
        yield _measured(table, "apf0_re", words.format("APF₀"), words.format(r"\mathrm{APF}_0"), PLANE)
    yield _measured(table, "apf_re", words.format("APF"), words.format(r"\mathrm{APF}"), PATH)


def _observable(table: pd.DataFrame, name: str, head: str, tex: str) -> list[Column]:
    columns = [_measured(table, name, head, tex, PATH)]
    if f"{name}_pull" in table:
        pulls = tuple(map(sigmas, table[f"{name}_pull"]))
        columns += [
            Column("exact", "", tuple(column(table, f"{name}_exact"))),
            Column("pull", "", pulls, PATH),
        ]
    return [columns[0], *(column for column in columns[1:] if column.known)]


def _measured(table: pd.DataFrame, name: str, head: str, tex: str, judged: str) -> Column:
    """The column of a value with its error, which a table of an older scan may lack."""
    pairs = zip(table[name], table[f"{name}_err"], strict=True) if name in table else ()
    noise = tuple(is_noise(*pair) for pair in pairs)
    return Column(head, tex, tuple(column(table, name)), judged, noise=noise)
