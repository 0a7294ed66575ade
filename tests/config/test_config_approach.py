"""Where a training may begin: parameters that move, at values that the theory has."""

from pathlib import Path

import pytest

from pomflow.config import resolve as config
from pomflow.errors import ConfigError

ROOT = Path(__file__).parents[2]
SCHEMA = config.load_schema(ROOT / "workflow" / "schemas" / "config.schema.yaml")
SECTIONS = ("optimize", "natural_gradient")
OVER_SECTIONS = pytest.mark.parametrize("section", SECTIONS)
PHI4 = {"model": "complex_phi4", "lattices": [[4, 4]], "over": {"mu": [0.5]}}
HUBBARD = {"model": "hubbard", "lattices": [[4, 2]], "over": {"mu": [0.5]}}
HUBBARD |= {"parameters": {"interaction": 2.0, "beta": 1.0}}
OSCILLATOR = {"model": "oscillator", "lattices": [[6]], "over": {"time": [0.5]}, "contours": ["flow"]}
OSCILLATOR |= {"parameters": {"coupling": 24.0}}
GAUGE = {"model": "u1_gauge", "lattices": [[2, 2], [2, 3]], "over": {"beta_re": [0.5]}, "contours": ["gauge"]}


def resolved(study: dict, section: str, approach) -> dict:
    given = {"studies": {"one": study | {section: {"approach": approach}}}}
    return config.resolve(given, SCHEMA)["studies"]["one"][section]["approach"]


@OVER_SECTIONS
@pytest.mark.parametrize("start", [{}, {"mu": 0}, {"mu": 1.25, "mass": 0.5}], ids=str)
def test_any_numbers_of_the_model(section, start):
    assert resolved(PHI4, section, start) == start


def test_without_one_training_begins_at_the_point():
    found = config.resolve({"studies": {"one": PHI4}}, SCHEMA)["studies"]["one"]
    assert all(found[section]["approach"] == {} for section in SECTIONS)


def test_numbers_of_json():
    assert resolved(PHI4, "optimize", {"mu": "1e-05"}) == {"mu": 1e-5}


BAD = [
    (PHI4, {"muu": 0.3}, ".muu", "the model has no such parameter. Did you mean 'mu'?"),
    (PHI4, {"x": 0.3}, ".x", "Take one of: mass, coupling, mu."),
    (PHI4, {"mu": 11}, ".mu", "11 is too large. It must be at most 10"),
    (PHI4, {"mu": "0.3"}, ".mu", "not of type number. Write it as 0.3, without quotes"),
    (PHI4, {"mu": [0.3]}, ".mu", "not of type number"),
    (PHI4, {"mu": True}, ".mu", "not of type number"),
    (PHI4, {"mu": float("nan")}, ".mu", "not a finite number"),
    (PHI4, 0.3, "", "not of type object. Values at which training begins"),
    (PHI4, ["mu"], "", "not of type object"),
    (PHI4, {"coupling": 0, "mu": 2.0}, ".coupling", "no minimum"),
    (
        HUBBARD,
        {"geometry": 1},
        ".geometry",
        "no values between. Take one of: interaction, beta, mu.",
    ),
    (OSCILLATOR, {"euclidean_steps": 1}, ".euclidean_steps", "it takes no values between"),
]


@OVER_SECTIONS
@pytest.mark.parametrize(("study", "start", "place", "hint"), BAD, ids=range(len(BAD)))
def test_refused(study, section, start, place, hint):
    """Before anything runs, by the name of the field; whether or not a contour of the study is trained so."""
    with pytest.raises(ConfigError) as caught:
        resolved(study, section, start)
    assert caught.value.where == f"studies.one.{section}.approach{place}"
    assert hint in str(caught.value)


def test_values_that_do_not_exist_beside_those_of_a_point():
    """Z of six plaquettes, those of the second lattice, vanishes at this imaginary beta."""
    over = {"over": {"beta_re": [0.5]}, "parameters": {"beta_im": 1.3450799823000432}}
    assert resolved(GAUGE | over, "natural_gradient", {"beta_re": 0.4}) == {"beta_re": 0.4}
    with pytest.raises(ConfigError, match="the partition function is zero at beta = 0") as caught:
        resolved(GAUGE | over, "natural_gradient", {"beta_re": 0.0})
    assert caught.value.where == "studies.one.natural_gradient.approach"
