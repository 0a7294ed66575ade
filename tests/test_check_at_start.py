"""A job with a plug-in that would give wrong numbers without a word is refused by name."""

import pytest

from pomflow.checks.at_start import require_sound
from pomflow.errors import ConfigError

MODEL = """
from pomflow.models.base import Model, Variables
from pomflow.models.observables import observable


class Well(Model):
    variables = Variables("real", per_site=1)

    def value(self, z):
        return (z**2).sum(axis=1) / 2

    def gradient(self, z):
        return z

    @observable("mean of z")
    def mean(self, point):
        return point.z.mean(axis=1)
"""
CONTOUR = """
from pomflow.contours.shift import Shift


class Moved(Shift):
    def initial_parameters(self, stream):
        return self.xp.ones(self.n_parameters)
"""
OBSERVABLE = """
from pomflow.models.observables import observable


@observable("first variable")
def first(point):
    return point.z[:, 0]
"""
SETTINGS = {"model": "well", "lattice": "2x2", "parameters": {}, "point": "mu=0", "seed": 1}


@pytest.fixture
def check(plugged, tmp_path):
    """Checks a job with these three plug-ins, with a text of one of them replaced."""

    def run(file="model", old="", new="", **settings):
        for name, text in (("model", MODEL), ("contour", CONTOUR), ("observable", OBSERVABLE)):
            (tmp_path / f"{name}.py").write_text(text.replace(old, new) if name == file else text)
        places = {
            "model": {"well": "model.py:Well"},
            "contour": {"moved": "contour.py:Moved"},
            "observable": {"first": "observable.py:first"},
        }
        plugged.plug_in(places, tmp_path)
        require_sound(SETTINGS | settings)

    return run


def test_what_is_right_passes(check):
    check(contour="moved", network={})


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("model", "sum(axis=1)", "sum()", "model well: S: found number complex, allowed 3 complex"),
        ("model", "sum(axis=1)", "sum(axis=0)", "model well: S: found 4 complex, allowed 3 complex"),
        ("model", "(z**2)", "(abs(z) ** 2)", "model well: S: found 3 real, allowed 3 complex"),
        ("model", "(z**2)", "(abs(z) ** 2 + 0j)", "model well: S holomorphic: found "),
        ("model", "z.mean(axis=1)", "z.conj().mean(axis=1)", "model well: mean holomorphic: found "),
        ("model", "(z**2)", "(z / 0)", "model well: S: found 3 complex, not finite"),
        ("model", "return z\n", "return z[:, :1]\n", "model well: gradient: found 3 x 1 complex"),
        ("model", "return z\n", "return None\n", "model well: gradient: found no array: NoneType"),
        ("model", "z.mean(axis=1)", "z", "model well: mean: found 3 x 4 complex, allowed 3 complex"),
        ("model", "return z\n", "return y\n", "NameError: name 'y' is not defined"),
        ("observable", "[:, 0]", "[0]", "model well: first: found 4 complex, allowed 3 complex"),
        ("contour", "n_parameters)", "n_parameters + 1)", "contour moved: start: found 2 real"),
    ],
)
def test_what_is_wrong_is_named(file, old, new, told, check):
    with pytest.raises(ConfigError) as refused:
        check(file, old, new, contour="moved", network={})
    assert told in str(refused.value)


def test_an_observable_outside_the_package_is_checked_on_a_model_inside(check):
    wrong = {"model": "complex_phi4", "parameters": {"mass": 1.0, "coupling": 1.0, "mu": 0.5}}
    with pytest.raises(ConfigError, match="model complex_phi4: first: found 8 complex"):
        check("observable", "[:, 0]", "[0]", **wrong)


def test_a_job_that_is_at_no_point_has_nothing_to_check():
    require_sound({"model": "no such model", "lattice": "2x2", "seed": 1})
