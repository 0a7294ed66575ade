"""Examples of docstrings and of pages give what stands below them."""

import doctest
import importlib
import pkgutil

import pytest

import pomflow
from pages import ROOT, blocks, pages

MODULES = [
    module.name
    for module in pkgutil.walk_packages(pomflow.__path__, "pomflow.")
    if not module.name.endswith("__main__")
]
PAGES = [str(page.relative_to(ROOT)) for page in pages()]


def failures(tests: list[doctest.DocTest]) -> list[str]:
    told = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for test in tests:
        runner.run(test, out=told.append)
    return told


def of_module(name: str) -> list[doctest.DocTest]:
    return [test for test in doctest.DocTestFinder().find(importlib.import_module(name)) if test.examples]


def of_page(page: str) -> list[doctest.DocTest]:
    """The examples of a page share their names, as those of a session do."""
    session = "\n".join(blocks(page, "pycon"))
    return [doctest.DocTestParser().get_doctest(session, {}, page, page, 0)]


@pytest.mark.parametrize("name", [name for name in MODULES if of_module(name)])
def test_docstrings(name):
    assert not failures(of_module(name))


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "pycon")])
def test_pages(page):
    assert not failures(of_page(page))


def test_examples_are_found():
    """The lists above are not empty by mistake, and a wrong example is told."""
    assert of_module("pomflow.lattice")
    assert any(blocks(page, "pycon") for page in PAGES)
    wrong = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", "wrong", 0)
    assert failures([wrong])
