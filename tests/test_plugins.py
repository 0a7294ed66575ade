"""Plug-ins from files: what is good is found, what is bad ends in one message that names file and line."""

import textwrap
from pathlib import Path

import numpy as np
import pytest

from pomflow import plugins
from pomflow.errors import ConfigError
from pomflow.jobs.fingerprint import _parse, fingerprint
from pomflow.lattice import Lattice

MODEL = """
import numpy as np
from pomflow.models.base import Model, Parameter, Variables
from helper import power


class Well(Model):
    '''S = sum z^4 / 4 of every variable.'''

    variables = Variables("real", per_site=1)
    parameters = {"strength": Parameter("Its strength.", 1.0, above=0)}

    def value(self, z):
        return self.strength * (power(z, 4) / 4).sum(axis=1)

    def gradient(self, z):
        return self.strength * power(z, 3)
"""
HELPER = """
from deeper.numbers import one


def power(z, n):
    return one() * z**n
"""
CONTOUR = """
from pomflow.contours.plane import Plane


class Flat(Plane):
    '''The plane again.'''
"""
OBSERVABLE = """
from pomflow.models.observables import observable


@observable("mean of z")
def mean(point):
    return point.z.mean(axis=1)
"""


@pytest.fixture
def folder(tmp_path):
    """A folder of good plug-ins, one of which imports a file and a package beside it."""
    write(tmp_path / "well.py", MODEL)
    write(tmp_path / "helper.py", HELPER)
    write(tmp_path / "deeper" / "__init__.py", "")
    write(tmp_path / "deeper" / "numbers.py", "from . import units\n\n\ndef one():\n    return units.ONE\n")
    write(tmp_path / "deeper" / "units.py", "ONE = 1\n")
    write(tmp_path / "flat.py", CONTOUR)
    write(tmp_path / "mean.py", OBSERVABLE)
    write(tmp_path / "figure.py", "def draw(scan, attrs):\n    return None\n")
    return tmp_path


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(textwrap.dedent(text))
    return path


def message(call, *arguments) -> str:
    with pytest.raises(ConfigError) as told:
        call(*arguments)
    assert "\n" not in str(told.value)
    return str(told.value)


# --- what is good -------------------------------------------------------------------------------------------


def test_a_file_is_imported_with_those_beside_it(folder):
    model = plugins.load("model", folder / "well.py", "Well")(Lattice((2,)), strength=3.0)
    assert model.value(np.array([[1.0, 2.0 + 0j]])) == pytest.approx(3 * 17 / 4)
    assert plugins.load_file(folder / "well.py", "Well") is type(model)


def test_files_of_one_name_do_not_clash(tmp_path):
    for name in "ab":
        write(tmp_path / name / "helper.py", f"NAME = {name!r}\n")
        write(
            tmp_path / name / "plug.py",
            "import helper\n\n\ndef late():\n    from helper import NAME\n    return helper.NAME + NAME\n",
        )
    first, second = (plugins.load_file(tmp_path / name / "plug.py", "late") for name in "ab")
    assert (first(), second()) == ("aa", "bb")


def test_files_beside_it_hide_no_module_from_others(tmp_path):
    """A helper called like a module of the standard library serves the plug-in alone."""
    write(tmp_path / "fractions.py", "NAME = 'mine'\n")
    write(tmp_path / "plug.py", "import decimal\nimport fractions\n\nfound = fractions.NAME\n")
    assert plugins.load_file(tmp_path / "plug.py", "found") == "mine"
    from fractions import Fraction

    assert Fraction(1, 2) == 0.5


def test_registering_runs_no_code(plugged, tmp_path):
    write(tmp_path / "loud.py", "raise RuntimeError('it ran')\n")
    plugged.plug_in({"model": {"loud": "loud.py:Loud"}}, tmp_path)
    assert plugged.is_plugged("model", "loud")
    assert not plugged.is_plugged("model", "complex_phi4")
    assert "it ran" in message(plugged.load, "model", "loud")


def test_the_registry_finds_plug_ins(plugged, folder):
    plugged.plug_in(
        {
            "model": {"well": "well.py:Well"},
            "contour": {"flat": str(folder / "flat.py:Flat")},
            "observable": {"mean": "mean.py:mean"},
            "figure": {"mine": "figure.py:draw"},
        },
        folder,
    )
    # as a second configuration of the same process does
    plugged.plug_in({"model": {"well": "well.py:Well"}}, folder)
    model = plugged.load("model", "well")
    assert plugged.load("contour", "flat").misfit(model) is None
    assert "mean" in plugged.observables("well", model)
    assert "mine" in plugged.scan_figures()
    assert plugged.load("figure", "mine")(1, 2) is None
    assert "well" in plugged.members("model")


# --- what is bad --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "attribute", "told"),
    [
        ("gone.py", None, "X", "there is no such file"),
        ("my-model.py", "X = 1\n", "X", "cannot be imported"),
        ("syntax.py", "x = 1\ndef f(:\n    pass\n", "f", r"syntax\.py:2 \(SyntaxError: invalid syntax"),
        ("raises.py", "import math\n\nmath.sqrt(-1)\n", "X", r"raises\.py:3 \(ValueError: math domain error"),
        ("absent.py", "import no_such_thing\n", "X", r"absent\.py:1 \(ModuleNotFoundError: No module named"),
        ("ends.py", "import sys\nsys.exit(3)\n", "X", r"ends\.py:2 \(SystemExit: 3\)"),
        (
            "names.py",
            "import os\nfrom math import pi\n\n\ndef f():\n    pass\n",
            "X",
            r"no 'X'.* It has: f\.",
        ),
        ("empty.py", "", "X", r"no 'X'.* It defines no class"),
    ],
)
def test_a_bad_file_ends_in_one_message(name, text, attribute, told, tmp_path):
    path = tmp_path / name
    if text is not None:
        write(path, text)
    found = message(plugins.load_file, path, attribute)
    assert found.startswith(str(path))
    with pytest.raises(ConfigError, match=told):
        plugins.load_file(path, attribute)


def test_the_line_may_be_in_a_file_beside_it(tmp_path):
    write(tmp_path / "broken.py", "import math\nX = math.log(0)\n")
    path = write(tmp_path / "plug.py", "import math\nimport broken\n")
    assert "broken.py:2 (ValueError" in message(plugins.load_file, path, "X")
    write(tmp_path / "worse.py", "x = = 1\n")
    path = write(tmp_path / "other.py", "import worse\n")
    assert "worse.py:1 (SyntaxError" in message(plugins.load_file, path, "X")


def test_the_line_of_an_error_at_run_time(tmp_path):
    path = write(tmp_path / "late.py", "import json\n\n\ndef f(x):\n    return json.loads(x)\n")
    with pytest.raises(ValueError) as told:  # noqa: PT011 -- any error will do
        plugins.load_file(path, "f")("no json")
    assert plugins.error_line(told.value, path) == "late.py:5"
    assert plugins.error_line(ValueError("from elsewhere"), path) == "late.py"


def test_the_line_of_a_plug_in_that_an_error_went_through(tmp_path):
    """Also from a test, whose own frames, like those of Snakemake, may belong to no module."""
    path = write(tmp_path / "late.py", "def check(lattice, values):\n    return values['masss'] < 0\n")
    outer = {"__name__": None, "check": plugins.load_file(path, "check")}
    with pytest.raises(KeyError) as told:
        exec("check(None, {'mass': 1.0})", outer)
    assert plugins.raised_in(told.value) == "late.py:2"
    with pytest.raises(KeyError) as told:
        exec("{}['mass']", {"__name__": None})
    assert plugins.raised_in(told.value) is None


BASE = "from pomflow.models.base import Model, Variables\n\n\nclass X(Model):\n"
AUTOMATIC = "from pomflow.models.automatic import AutomaticModel\n\n\nclass X(AutomaticModel):\n    pass\n"
METHODS = "    def value(self, z):\n        pass\n\n    def gradient(self, z):\n        pass\n"


def named(parameter: str = "g", observable: str = "first") -> str:
    """A model whose parameter and observable have these names."""
    return f"""
from pomflow.models.base import Model, Parameter, Variables
from pomflow.models.observables import observable


class X(Model):
    variables = Variables("real", per_site=1)
    parameters = {{{parameter!r}: Parameter("What it means.", 1.0)}}
{METHODS}
    def helper(self):
        pass

    @observable("first variable")
    def {observable}(self, point):
        return point.z[:, 0]
"""


def test_other_names_of_parameters_and_observables_are_taken(tmp_path):
    found = plugins.load("model", write(tmp_path / "plug.py", named()), "X")(Lattice((2,)), g=3.0)
    assert found.g == 3.0


@pytest.mark.parametrize(
    ("family", "text", "told"),
    [
        ("model", "class X:\n    pass\n", "no subclass of Model"),
        ("model", "X = 3\n", "no subclass of Model"),
        ("model", BASE + "    pass\n", "does not define gradient, value. pomflow.models.base.Model says"),
        ("model", AUTOMATIC, "does not define S. pomflow.models.automatic.AutomaticModel says what"),
        ("model", BASE + METHODS, "states no 'variables'"),
        (
            "model",
            BASE + "    variables = Variables('real', 1)\n    parameters = {'g': 1.0}\n" + METHODS,
            "parameter 'g' is no Parameter",
        ),
        *[
            ("model", named(parameter=name), f"its parameter '{name}' has the name of another attribute")
            for name in ("size", "components", "lattice", "xp", "self", "value", "growth", "helper")
        ],
        *[
            ("model", named(observable=name), f"its observable '{name}' has the name of another attribute")
            for name in ("size", "lattice", "exact", "growth", "orbits")
        ],
        ("contour", BASE + METHODS, "no subclass of Contour"),
        ("observable", "def X(point):\n    return point.z[:, 0]\n", "no Observable"),
        ("figure", "class X:\n    pass\n", "no function"),
        ("figure", "def X(scan):\n    pass\n", "cannot be called with the table"),
    ],
)
def test_what_is_no_plug_in_of_its_family_is_refused(family, text, told, tmp_path):
    path = write(tmp_path / "plug.py", text)
    found = message(plugins.load, family, path, "X")
    assert told in found
    assert found.startswith(f"{path}:X: is no {family}")


@pytest.mark.parametrize(
    ("family", "name", "place", "told"),
    [
        ("model", "complex_phi4", "x.py:X", "is taken by pomflow.models"),
        ("contour", "dense", "x.py:X", "is taken by pomflow.contours"),
        ("figure", "apf", "x.py:X", "is taken by pomflow.plotting"),
        ("model", "Phi6", "x.py:X", "cannot have this name"),
        ("model", "phi 6", "x.py:X", "cannot have this name"),
        ("model", "phi6", "x.py", "Write it as path/to/file.py:Name"),
        ("model", "phi6", "package.module:X", "Write it as path/to/file.py:Name"),
    ],
)
def test_bad_names_are_refused(family, name, place, told, plugged, tmp_path):
    found = message(plugged.plug_in, {family: {name: place}}, tmp_path)
    assert found.startswith(f"plugins.{family}.{name}: ")
    assert told in found


def test_a_name_stands_for_one_place(plugged, folder):
    plugged.plug_in({"model": {"well": "well.py:Well"}}, folder)
    assert "is taken by" in message(plugged.plug_in, {"model": {"well": "other.py:Well"}}, folder)


def test_an_observable_does_not_hide_one_of_the_model(plugged, folder):
    plugged.plug_in({"observable": {"density": "mean.py:mean"}}, folder)
    model = plugged.load("model", "complex_phi4")
    assert "has an observable of this name" in message(plugged.observables, "complex_phi4", model)


# --- what a change reruns -----------------------------------------------------------------------------------


def value(path: Path) -> str:
    _parse.cache_clear()
    return fingerprint(str(path))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("well.py", MODEL.replace("z, 4) / 4", "z, 6) / 6")),
        ("helper.py", HELPER.replace("z**n", "2 * z**n")),
        ("deeper/numbers.py", "def one():\n    return 1\n"),
        ("deeper/units.py", "ONE = 2\n"),
        ("deeper/__init__.py", "ONE = 2\n"),
    ],
)
def test_the_code_of_a_plug_in_and_of_files_beside_it_counts(name, text, folder):
    before = value(folder / "well.py")
    write(folder / name, text)
    assert value(folder / "well.py") != before


def test_words_and_other_files_do_not_count(folder):
    before = value(folder / "well.py")
    write(
        folder / "well.py", "'''Words.'''\n" + MODEL.replace("S = sum z^4 / 4 of every", "Other words, every")
    )
    write(folder / "flat.py", CONTOUR + "\n    transferable = True\n")
    assert value(folder / "well.py") == before


def test_the_folder_does_not_count(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    first, second = (write(where / "plug.py", "import pomflow\n") for where in (folder, other))
    assert value(first) == value(second)


def test_modules_of_the_package_are_reached(folder):
    _, reached = plugins.source_fingerprint(folder / "well.py")
    assert reached == {"pomflow.models.base"}
    plane = fingerprint("pomflow.contours.plane")
    assert value(folder / "flat.py") not in (plane, fingerprint())


def test_a_bad_file_has_no_fingerprint(tmp_path):
    assert "no such file" in message(plugins.source_fingerprint, tmp_path / "gone.py")
    path = write(tmp_path / "syntax.py", "x = 1\nx = = 2\n")
    assert "syntax.py:2 (" in message(plugins.source_fingerprint, path)
