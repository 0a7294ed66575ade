"""A page of the report: a heading, words, tables. It needs no other file."""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from zlib import crc32

import pandas as pd
from pandas.io.formats.style import Styler

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""
LEGEND = """
The digits in parentheses are the standard error of the last ones: 0.848(2) is 0.848 ± 0.002. A row in grey
failed a gate: its numbers are not to be trusted. What is red is above 3 standard errors, or not as
expected.
"""


def page(title: str, *parts: str) -> str:
    """A whole page from parts in HTML."""
    style = (files("pomflow.report") / "page.css").read_text(encoding="utf-8")
    return PAGE.format(title=escape(title), style=style, body="\n".join(parts))


def body(text: str) -> str:
    """What stands on a page below its title, for a page of several."""
    return text.partition("</h1>")[2].rpartition("</body>")[0].strip()


def tabular(title: str, intro: str, *parts: str) -> str:
    """A page of tables with words above and the meaning of colours and parentheses below."""
    return page(title, words(intro), *parts, words(LEGEND))


def words(text: str, mark: str = "") -> str:
    """A paragraph; ``mark`` is a class of page.css."""
    return f'<p class="{mark}">{escape(text)}</p>' if mark else f"<p>{escape(text)}</p>"


def heading(text: str) -> str:
    """A heading within a page."""
    return f"<h2>{escape(text)}</h2>"


def listing(text: str) -> str:
    """A text as it is, such as a configuration."""
    return f"<pre>{escape(text)}</pre>"


def table(
    columns: dict[str, Iterable[str]],
    failed: Sequence[bool] | None = None,
    large: dict[str, Sequence[bool]] | None = None,
    left: dict[str, str] | None = None,
) -> str:
    """A table of texts.

    Parameters
    ----------
    columns : dict
        The texts of each column by its heading.
    failed : sequence of bool, optional
        The rows that are not to be trusted, shown in grey.
    large : dict, optional
        By column: the numbers that a reader must see.
    left : dict, optional
        Columns of words, ``{"heading": "text"}``, or "prose" for long ones.
    """
    texts = pd.DataFrame({name: list(values) for name, values in columns.items()}, dtype=object)
    marks = pd.DataFrame("", index=texts.index, columns=texts.columns)
    for name, mark in (left or {}).items():
        marks[name] += f"{mark} "
    if failed is not None:
        marks.loc[list(failed)] += "failed "
    for name, cells in (large or {}).items():
        marks.loc[list(cells), name] += "large "
    # the id of a table would be random; no two tables of a page have the same one
    styler = Styler(texts, uuid=f"{crc32(texts.to_csv().encode()):x}", cell_ids=False)
    return styler.format(escape="html").hide(axis="index").set_td_classes(marks).to_html()
