"""What a check found, and a table of it."""

import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pomflow.errors import first_line
from pomflow.plugins import error_line

KINDS = {"f": "real", "c": "complex", "i": "whole numbers", "u": "whole numbers"}
HEADER = ("check", "found", "limit", "")


@dataclass(frozen=True)
class Finding:
    """One thing that was checked.

    Attributes
    ----------
    name : str
    value, limit : float or str
        What was found, and the largest value that passes, or what it should be.
    passed : bool
    hint : str
        What to look at where it failed; a remark where it passed.
    """

    name: str
    value: float | str
    limit: float | str
    passed: bool
    hint: str = ""


def below(name: str, value: float, limit: float, hint: str) -> Finding:
    """A deviation that must not be larger than a limit; NaN fails."""
    passed = bool(value <= limit)
    return Finding(name, value, limit, passed, "" if passed else hint)


def same(name: str, value: str, expected: str, hint: str) -> Finding:
    """A text that must be another."""
    return Finding(name, value, expected, value == expected, "" if value == expected else hint)


def array(name: str, found, shape: tuple[int, ...], kind: str, hint: str) -> Finding:
    """An array that must be of a shape and a kind, 'real', 'complex' or 'whole numbers', and finite."""
    return same(name, _described(found), f"{_extents(shape)} {kind}", hint)


def _described(found) -> str:
    if not isinstance(found, np.ndarray | np.generic):
        return f"no array: {type(found).__name__}"
    text = f"{_extents(found.shape)} {KINDS.get(found.dtype.kind, found.dtype)}"
    finite = found.dtype.kind not in "fc" or np.isfinite(found).all()
    return text if finite else f"{text}, not finite"


def _extents(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "number"


def guarded(subject, name: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings; an error that one of them ends in is the last.

    Parameters
    ----------
    subject : Model or Contour
        In whose file the line of an error is looked for.
    name : str
        Of that last finding.
    findings : iterator
        As a generator makes them.
    """
    try:
        # what overflows or is divided by zero ends up as a value that is not finite, which is found
        with np.errstate(all="ignore"):
            yield from findings
    except Exception as error:  # the code under test may raise anything
        what = f"{type(error).__name__}: {first_line(error)}"
        yield Finding(name, what, "no error", False, f"{_line(error, type(subject))} raised it.")


def passed(findings: Iterable[Finding]) -> bool:
    """Whether all of them passed."""
    return all(one.passed for one in findings)


def _line(error: Exception, kind: type) -> str:
    """Where in the file of a class an error was raised."""
    try:
        # an error that was raised for another one stands where that one was
        return error_line(error.__cause__ or error, Path(inspect.getfile(kind)))
    except (TypeError, OSError):
        return kind.__name__


def as_table(findings: Iterable[Finding]) -> str:
    """Name, value and limit of every finding, ok or FAILED, and what to look at.

    Examples
    --------
    >>> print(as_table([Finding("gradient", 0.5, 1e-6, False, "Differentiate again.")]))
    check     found    limit
    gradient  5.0e-01  1.0e-06  FAILED  Differentiate again.
    """
    rows = [HEADER] + [
        (one.name, text(one.value), text(one.limit), "ok" if one.passed else "FAILED", one.hint)
        for one in findings
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join(
            [*(cell.ljust(width) for cell, width in zip(row[:4], widths, strict=True)), *row[4:]]
        ).rstrip()
        for row in rows
    )


def text(value: float | str) -> str:
    """What was found, or the limit, in words."""
    return value if isinstance(value, str) else f"{value:.1e}"
