"""Every model and contour has a page or a section with what a reader looks for."""

import re

import pytest

from pages import ROOT
from pomflow import registry

LINK = re.compile(r"\]\(([\w/.]+)(?:#[^)\s]*)?\)")


def rows(page: str) -> dict[str, str]:
    """The rows of the tables of a page by the names in backticks in their first cell."""
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    cells = [line.split("|", 2) for line in lines if line.startswith("| [")]
    return {name: row for _, first, row in cells for name in re.findall(r"`(\w+)`", first)}


def page_of(model: str) -> str:
    """The page that the table of models leads to."""
    lines = (ROOT / "docs/models/index.md").read_text(encoding="utf-8").splitlines()
    [row] = [line for line in lines if re.match(rf"\| \[[^]]*`{model}`", line)]
    return (ROOT / "docs/models" / LINK.search(row)[1]).read_text(encoding="utf-8")


@pytest.mark.parametrize("model", registry.MODELS)
def test_a_model_has_formula_picture_example_and_sources(model):
    page = page_of(model)
    assert "$$" in page
    assert re.search(r"^!\[[^]]+\]\(", page, re.MULTILINE)
    assert re.search(r"make run CONFIG=config/[\w/]+\.yaml", page)
    assert re.search(r"\d{2,} \(20\d\d\) \d+|PTEP 20\d\d", page)


def test_a_contour_has_a_formula_a_source_what_was_measured_and_an_example():
    found = rows("docs/contours.md")
    assert list(found) == list(registry.CONTOURS)
    headings = re.findall(r"^## (\w+)", (ROOT / "docs/reference/contours.md").read_text(), re.MULTILINE)
    for name, row in found.items():
        assert name.capitalize() in headings
        serves, source, measured, example, _ = (cell.strip() for cell in row.split("|"))
        assert serves
        assert source
        assert re.search(r"\d\.\d", measured), name
        config = (ROOT / "docs" / LINK.search(example)[1]).read_text(encoding="utf-8")
        assert name == "plane" or re.search(rf"contours: \[[^]]*\b{name}\b", config), name
