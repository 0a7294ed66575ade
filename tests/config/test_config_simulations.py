"""The exact simulation of a study: one of another theory is refused by what it asks for."""

import textwrap

import pytest

from pages import ROOT
from pomflow.config import resolve as config
from pomflow.errors import ConfigError

SCHEMA = config.load_schema(ROOT / "workflow" / "schemas" / "config.schema.yaml")
MODEL = """
from pomflow.models.base import Model, Parameter, Variables
from pomflow.models.complex_phi4.simulation import DualSimulation
from pomflow.models.observables import observable


class Mine(DualSimulation):
    def serves(self, values):
        return values["nothing"]


MINE = Mine()


class Well(Model):
    variables = Variables("real", per_site=2)
    parameters = {name: Parameter("One.", 1.0) for name in ("mass", "coupling", "mu")}
    quantities = "pomflow.models.complex_phi4.quantities"
    simulation = "pomflow.models.complex_phi4.simulation:DUAL"

    def value(self, z):
        return (z**2).sum(axis=1) / 2

    def gradient(self, z):
        return z

    @observable("density")
    def density(self, point):
        return point.z[:, 0]

    @observable("phi^2")
    def phi2(self, point):
        return point.z[:, 0]
"""


@pytest.fixture
def resolved(plugged, tmp_path):
    """The configuration of a study of the model, with a text of it replaced."""

    def resolve(old: str = "", new: str = "", **settings) -> dict:
        (tmp_path / "well.py").write_text(textwrap.dedent(MODEL.replace(old, new)))
        plugged.plug_in({"model": {"well": "well.py:Well"}}, tmp_path)
        study = {"model": "well", "lattices": [[2, 2]], "over": {"mu": [0.5]}, "contours": ["shift"]}
        return config.resolve({"studies": {"one": study | settings}}, SCHEMA)

    return resolve


def test_one_that_knows_the_theory_is_taken(resolved):
    assert resolved()


@pytest.mark.parametrize(
    ("old", "new", "lacking"),
    [
        ('"coupling"', '"lam"', "a parameter 'coupling'"),
        ('"mass"', '"m"', "a parameter 'mass'"),
        ("def phi2", "def square", "an observable 'phi2'"),
        ("    quantities =", "    unused =", "a quantity 'phi2_susceptibility'"),
    ],
)
def test_one_of_another_theory_is_refused_by_what_it_asks_for(old, new, lacking, resolved):
    with pytest.raises(ConfigError) as refused:
        resolved(old, new)
    assert refused.value.where == "studies.one.model"
    assert refused.value.what == f"its exact simulation asks for {lacking}, which the model lacks"


def test_one_that_is_switched_off_asks_for_nothing(resolved):
    assert resolved('"coupling"', '"lam"', worm={"enabled": False})


def test_without_its_axis_it_is_refused(resolved):
    with pytest.raises(ConfigError, match="a parameter 'mu'"):
        resolved('"mu"', '"nu"', over={"nu": [0.5]})


def test_a_mistake_of_its_own_stays_one(resolved):
    """Its line is named by whoever runs the code of plug-ins."""
    with pytest.raises(KeyError, match="nothing"):
        resolved('"pomflow.models.complex_phi4.simulation:DUAL"', "MINE")
