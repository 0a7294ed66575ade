"""What `free_energy` of a study is asked for: without a plane, or without derivatives, it is refused."""

from pathlib import Path

import pytest

from pomflow.config import resolve as config
from pomflow.config.scan import Study
from pomflow.errors import ConfigError

SCHEMA = config.load_schema(Path(__file__).parents[2] / "workflow" / "schemas" / "config.schema.yaml")
PHI4 = {"model": "complex_phi4", "lattices": [[4, 4]], "over": {"mu": [0.8]}}
REAL_TIME = {"model": "oscillator", "lattices": [[8]], "contours": ["flow"], "over": {"time": [0.5]}}
REAL_TIME |= {"parameters": {"coupling": 24.0}}


def study(nodes: int, **changed) -> Study:
    given = changed | {"free_energy": {"nodes": nodes}}
    return Study("one", config.resolve({"studies": {"one": given}}, SCHEMA)["studies"]["one"])


def test_which_contours_are_switched_on():
    contours = {"contours": ["plane", "linear", "layered"]}
    assert study(5, **PHI4 | contours).switched == [("4x4", "linear"), ("4x4", "layered")]
    assert study(0, **PHI4 | {"contours": ["dense"]}).switched == []


@pytest.mark.parametrize(
    ("nodes", "given", "what"),
    [
        (2, PHI4 | {"contours": ["linear"]}, "2 points of Gauss's rule do not show its error"),
        (5, PHI4 | {"contours": ["linear", "dense"]}, "'dense' has many parameters"),
        (5, PHI4 | {"contours": ["plane"]}, "the study has no contour to switch on"),
        (5, REAL_TIME, "over the undeformed plane, .*, does not converge"),
    ],
)
def test_what_does_not_fit_is_refused(nodes, given, what):
    with pytest.raises(ConfigError, match=what) as error:
        study(nodes, **given)
    assert error.value.where == "studies.one.free_energy.nodes"
    assert "Take" in error.value.remedy
