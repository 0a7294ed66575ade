"""Numbers as physicists write them."""

import itertools
import math
import re
from collections.abc import Iterable, Mapping

import pandas as pd

from pomflow.analysis.estimates import Estimate, pull
from pomflow.config.scan import Study

UNKNOWN = "–"
# an error whose first digit is smaller has two digits
ONE_DIGIT_FROM = 2
# powers of ten that are written out
SMALLEST_POWER, LARGEST_POWER = -4, 5
LARGEST_WRITTEN_OUT = 1e6
# sums of numbers of order one are no smaller, unless they are zero
ROUNDING = 1e-15
# an error that is a smaller share of its value lies behind the last of the ten digits that tables have
SMALLEST_SHARE = 1e-10
# what is closer to zero, in its errors, is noise
NOISE = 2.0
# TeX as text
GREEK = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau"
COMMANDS = dict(zip(GREEK.split(), "αβγδεζηθικλμνξοπρστ", strict=True))
COMMANDS |= {"upsilon": "υ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Upsilon": "Υ"}
COMMANDS |= {"langle": "⟨", "rangle": "⟩", "hat": "", "mathrm": "", "text": "", "mathcal": ""}
TEX_SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
TEX_SPECIAL |= {letter: f"\\{letter}" for letter in "&%$#_{}"}
# what would end a cell or a line, or the mathematics of it
ENDS_A_CELL = re.compile(r"(?<!\\)[&%#$\n]|\\\\")
# four by four, and no x of a word
EXTENTS = re.compile(r"\b\d+(?:x\d+)+\b")
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def with_error(value: float, error: float) -> str:
    """A value with its standard error in parentheses, in units of the last digit: 0.848(2), 0.8481(15).

    An error has one digit, or two where the first is a 1. A value without a finite error is a plain number,
    and so is one whose error is smaller than the rounding of tables.
    """
    if not math.isfinite(value):
        return UNKNOWN
    if max(abs(value), error) < ROUNDING:
        return "0"
    if not math.isfinite(error) or error <= SMALLEST_SHARE * abs(value):
        return number(value)
    power = math.floor(math.log10(max(abs(value), error)))
    if not SMALLEST_POWER <= power <= LARGEST_POWER:
        return f"{with_error(value / 10.0**power, error / 10.0**power)}e{power}"
    mantissa, exponent = map(float, f"{error:.1e}".split("e"))
    decimals = int((mantissa < ONE_DIGIT_FROM) - exponent)
    if decimals <= 0:
        return f"{round(value, decimals):.0f}({round(error, decimals):.0f})"
    return f"{value:.{decimals}f}({round(error * 10**decimals)})"


def quoted(value: float, error: float) -> str:
    """A value with its error as a sentence has it: what is within two errors of zero is not quoted.

    Examples
    --------
    >>> quoted(0.103, 0.007), quoted(-0.010, 0.007)
    ('0.103(7)', 'consistent with 0 (error 0.007)')
    """
    return consistent_with_zero(error) if is_noise(value, error) else with_error(value, error)


def is_noise(value: float, error: float) -> bool:
    """Whether a value with a finite error is within two of them from zero; not where it is zero exactly."""
    return ROUNDING < error < math.inf and abs(value) <= NOISE * error


def consistent_with_zero(error: float) -> str:
    """In words, with the error that bounds the value."""
    return f"consistent with 0 (error {number(error, 2)})"


def number(value: float, digits: int = 4) -> str:
    """A number without an error, to a few significant digits."""
    if not math.isfinite(value):
        return UNKNOWN
    text = f"{value:.{digits}g}"
    return f"{value:.0f}" if "e+" in text and abs(value) < LARGEST_WRITTEN_OUT else text


def percent(share: float) -> str:
    """A share in percent to two digits."""
    return f"{number(100 * share, 2)} %" if math.isfinite(share) else UNKNOWN


def sigmas(value: float) -> str:
    """A difference in standard errors, with its sign."""
    return UNKNOWN if math.isnan(value) else f"{value:+z.1f}"


def in_errors(value: float, error: float) -> float:
    """A value that must vanish, in its own errors; 0 where it does up to rounding."""
    return pull(Estimate(value, error), Estimate(0.0, 0.0))


def lattice_name(name: str) -> str:
    """4×4 for 4x4, also among other words.

    Examples
    --------
    >>> lattice_name("phi4 4x4 exact")
    'phi4 4×4 exact'
    """
    return EXTENTS.sub(lambda found: found[0].replace("x", "×"), name)


def plain(tex: str) -> str:
    """TeX as plain text: Greek letters and brackets; other names without their backslash.

    Examples
    --------
    >>> plain(r"complex $\\varphi^4$"), plain(r"\\langle\\varphi_a\\varphi_a\\rangle")
    ('complex φ⁴', '⟨φ_aφ_a⟩')
    """
    # a bar follows its letter
    text = re.sub(r"\\bar\s*\{?(\\[A-Za-z]+|[A-Za-z])\}?", "\\1{}\u0304", tex)
    text = re.sub(r"\\([A-Za-z]+)\s*", lambda found: COMMANDS.get(found[1], found[1]), text)
    text = re.sub(r"\^\{?(\d+)\}?", lambda found: found[1].translate(RAISED), text.replace("~", " "))
    return re.sub(r"\\[,;!]|[${}\\]", "", text)


def symbol(study: Study, parameter: str) -> str:
    """A parameter of the model as plain text: μ."""
    return plain(study.model.parameters[parameter].symbol or parameter)


def values_in_words(study: Study, values: Mapping[str, float | str]) -> str:
    """Parameters with their values: μ = 0.4, λ = 1."""
    return ", ".join(f"{symbol(study, name)} = {_shown(value)}" for name, value in values.items())


def points_in_words(study: Study, rows: pd.DataFrame) -> str:
    """The points of some rows of a table: μ = 0.4, 0.5; with several axes μ = 0.4, λ = 1; μ = 0.5, λ = 1."""
    axes = axes_of(study, rows)
    if len(axes) == 1:
        return f"{symbol(study, axes[0])} = {', '.join(map(_shown, rows[axes[0]]))}"
    return "; ".join(values_in_words(study, row) for row in rows[axes].to_dict("records"))


def axes_of(study: Study, table: pd.DataFrame) -> list[str]:
    """The columns of a table that are axes: those of the study, and that of its exact simulation."""
    simulated = [study.simulation.axis] if study.simulation else []
    return [axis for axis in dict.fromkeys([*study.axes, *simulated]) if axis in table]


def observable_symbols(study: Study) -> dict[str, str]:
    """Every observable as plain text: its symbol, or its name where another one has the same symbol."""
    return _symbols(study, study.observables, ())


def quantity_symbols(study: Study) -> dict[str, str]:
    """The same of every number that is made from means."""
    return _symbols(study, study.numbers, observable_symbols(study).values())


def _symbols(study: Study, found: Mapping, others: Iterable[str]) -> dict[str, str]:
    symbols = {name: plain(one.symbol or name) for name, one in found.items()}
    taken = [*symbols.values(), *others, *(symbol(study, axis) for axis in study.model.parameters)]
    return {name: text if taken.count(text) == 1 else name for name, text in symbols.items()}


def tex_symbols(study: Study) -> dict[str, str]:
    """Every observable as TeX in math mode: what ``observable_symbols`` has as plain text."""
    known = observable_symbols(study)
    return {
        name: tex_symbol(one.symbol if known[name] == plain(one.symbol) else "", name)
        for name, one in study.observables.items()
    }


def tex_symbol(tex: str, name: str) -> str:
    r"""A symbol for a table in LaTeX; its name upright where it has none, or one that would break the table.

    Examples
    --------
    >>> tex_symbol(r"\mu", "mu"), tex_symbol("", "n_flavours"), tex_symbol("a & b", "pair")
    ('\\mu', '\\mathrm{n\\_flavours}', '\\mathrm{pair}')
    """
    fits = tex.isascii() and not ENDS_A_CELL.search(tex) and _balanced(tex)
    return tex if tex and fits else rf"\mathrm{{{tex_text(name)}}}"


def _balanced(tex: str) -> bool:
    """Whether every brace is closed, and none before it was opened."""
    depths = list(itertools.accumulate({"{": 1, "}": -1}.get(one, 0) for one in re.sub(r"\\.", "", tex)))
    return not depths or (min(depths) >= 0 and depths[-1] == 0)


def tex_text(text: str) -> str:
    """Words of which TeX takes no letter for a command."""
    return "".join(TEX_SPECIAL.get(letter, letter) for letter in text)


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
