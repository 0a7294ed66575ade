"""Several trainings in a configuration: where they are refused, and which contours have them."""

from pathlib import Path

import pytest

from pomflow.config import chains, summary
from pomflow.config import resolve as config
from pomflow.config.scan import Study
from pomflow.config.trainings import further_trainings, label_of, run_name, training_of
from pomflow.errors import ConfigError

ROOT = Path(__file__).parents[2]
SCHEMA = config.load_schema(ROOT / "workflow" / "schemas" / "config.schema.yaml")
PHI4 = {"model": "complex_phi4", "lattices": [[2, 2]], "over": {"mu": [0.5]}, "contours": ["plane", "dense"]}
FIRST = "results/first/phi4/L2x2/dense/mu=0.5/samples.nc"


def study(**changed) -> Study:
    resolved = config.resolve({"studies": {"phi4": PHI4 | changed}}, SCHEMA)
    return Study("phi4", resolved["studies"]["phi4"])


def test_one_training_if_nothing_is_said():
    assert study().settings["seeds"] == 1
    assert further_trainings(study(), "dense") == []


def test_the_plane_is_not_trained():
    several = study(seeds=3)
    assert further_trainings(several, "dense") == [2, 3]
    assert further_trainings(several, "plane") == []


@pytest.mark.parametrize(("training", "label"), [(1, ""), (2, ",training=2"), (12, ",training=12")])
def test_names(training, label):
    assert label_of(training) == label
    assert training_of(label) == training


def test_each_training_is_an_ensemble_of_its_own():
    """Its means are independent of those of the others."""
    place = {"study": "phi4", "lattice": "2x2", "contour": "dense", "point": "mu=0.5"}
    assert len({run_name(place | one) for one in ({}, {"training": 2}, {"training": 3})}) == 3


ONWARD = {"start": "from", "from": FIRST, "thermalization": 0}
BAD = [
    ({"seeds": 2, "contours": ["plane"]}, "seeds", "no contour of the study is trained"),
    ({"seeds": 3, "hmc": ONWARD}, "seeds", "begin with the same configurations. Give hmc a thermalization"),
    ({"seeds": 0}, "seeds", "too small"),
    ({"seeds": 101}, "seeds", "too large"),
    ({"seeds": 2.0}, "seeds", "integer"),
    ({"seeds": [1, 2]}, "seeds", "integer"),
    ({"hmc": {"seeds": 2}}, "hmc.seeds", "there is no such key"),
]


@pytest.mark.parametrize(("changed", "field", "hint"), BAD, ids=range(len(BAD)))
def test_refused(changed, field, hint):
    with pytest.raises(ConfigError) as caught:
        study(**changed)
    assert caught.value.where == f"studies.phi4.{field}"
    assert hint in str(caught.value)


def test_a_start_that_is_forgotten_is_allowed():
    assert study(seeds=2, hmc=ONWARD | {"thermalization": 50}).settings["seeds"] == 2
    assert study(hmc=ONWARD).settings["seeds"] == 1


def test_the_samples_of_every_training_ask_for_their_start(tmp_path):
    """Where those of the first training are there, those of the second need the file all the same."""
    made = tmp_path / "phi4/L2x2/dense/mu=0.5/samples.nc"
    made.parent.mkdir(parents=True)
    made.touch()
    onward = {"hmc": ONWARD | {"thermalization": 50}}
    chains.require_sources([study(**onward)], tmp_path, [])
    with pytest.raises(ConfigError, match=f"there is no file {FIRST}"):
        chains.require_sources([study(seeds=2, **onward)], tmp_path, [])


def test_the_command_line_says_how_many():
    given = {"scan": "mine", "studies": {"phi4": PHI4 | {"seeds": 3}}}
    assert "every contour trained 3 times" in summary.of_config(config.resolve(given, SCHEMA))
