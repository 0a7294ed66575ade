"""The hash behind incremental reruns: what changes it and what does not."""

import importlib
import sys

import pytest

from pomflow import registry
from pomflow.jobs import fingerprint


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A small package with a stage that imports a helper, seen by the fingerprint as its own."""
    root = tmp_path / "sample_package"
    root.mkdir()
    (root / "__init__.py").write_text("")
    (root / "helper.py").write_text('"""Help."""\n\ndef f(x):\n    """Doc."""\n    return x + 1\n')
    (root / "stage.py").write_text("from sample_package.helper import f\n")
    (root / "other.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(fingerprint, "PACKAGE", "sample_package")
    yield root
    for name in [name for name in sys.modules if name.startswith("sample_package")]:
        del sys.modules[name]


def value(name="sample_package.stage"):
    fingerprint._parse.cache_clear()
    importlib.invalidate_caches()
    return fingerprint.fingerprint(name)


def test_code_of_an_imported_module_counts(package):
    before = value()
    (package / "helper.py").write_text("def f(x):\n    return x + 2\n")
    assert value() != before


def test_comments_layout_and_docstrings_do_not_count(package):
    before = value()
    (package / "helper.py").write_text("def f(x):  # add one\n    '''Other words.'''\n\n    return (x + 1)\n")
    assert value() == before


def test_a_module_that_is_not_imported_does_not_count(package):
    before = value()
    (package / "other.py").write_text("x = 2\n")
    assert value() == before


def test_stages_depend_on_their_own_modules_only():
    fingerprint._parse.cache_clear()
    plot = fingerprint.fingerprint("pomflow.stages.scan.plots", registry.module_of("figure", "apf"))
    assert plot != fingerprint.fingerprint(
        "pomflow.stages.scan.plots", registry.module_of("figure", "apf_im")
    )
    assert "pomflow.plotting.common" not in imports("pomflow.stages.scan.optimize_contour")
    assert "pomflow.training.optimize" not in imports("pomflow.stages.scan.sample_plane")
    assert "pomflow.training.optimize" in imports("pomflow.stages.scan.optimize_contour")


def imports(module):
    reached, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += fingerprint._parse(name)[1]
    return reached
