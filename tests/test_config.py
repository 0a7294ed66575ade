"""The configuration: defaults, every kind of bad input, and the documentation made from the schema."""

import contextlib
import copy
from pathlib import Path
from typing import ClassVar

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pomflow import registry
from pomflow.config import resolve
from pomflow.config.docs import markdown
from pomflow.errors import ConfigError
from pomflow.models.base import Model, Parameter, Variables

ROOT = Path(__file__).parent.parent
SCHEMA = resolve.load_schema(ROOT / "workflow" / "schemas" / "config.schema.yaml")


def default():
    return yaml.safe_load((ROOT / "config" / "default.yaml").read_text())


def test_the_default_file_is_the_study_that_it_says():
    """Its numbers are free to change; a run without a file must make something of everything."""
    resolved = resolve.resolve(default(), SCHEMA)
    assert resolved["studies"]["phi4"]["model"] == "complex_phi4"
    assert resolved["ising"]["enabled"]
    assert resolved["lessons"]["enabled"]


def test_the_schema_alone_makes_no_study():
    assert resolve.resolve({}, SCHEMA)["studies"] == {}


def test_resolving_leaves_the_argument_alone():
    given_config = phi4(parameters={"mass": 2.0})
    before = copy.deepcopy(given_config)
    resolve.resolve(given_config, SCHEMA)
    assert given_config == before


def test_every_config_file_is_valid():
    for path in (ROOT / "config").rglob("*.yaml"):
        resolve.resolve(yaml.safe_load(path.read_text()), SCHEMA)


def test_readme_of_the_config_is_current():
    assert (ROOT / "config" / "README.md").read_text() == markdown(SCHEMA)


def test_readme_of_the_config_has_every_model_and_key():
    words = markdown(SCHEMA)
    for name in registry.members("model"):
        section = words.partition(f"### `{name}`\n")[2].partition("###")[0]
        assert all(f"| `{parameter}` |" in section for parameter in registry.load("model", name).parameters)
    assert "| `studies.NAME.model` | required | string |" in words
    assert "| `plugins.contour` |" in words


def phi4(**keys):
    """A small study, its axis given by ``over`` or ``mu``."""
    if "mu" in keys:
        keys["over"] = {"mu": keys.pop("mu")}
    study = {"model": "complex_phi4", "lattices": [[4, 4]], "over": {"mu": [0.5]}, "contours": ["dense"]}
    return {"studies": {"phi4": study | keys}}


def parameters(mu=(0.5,), **values):
    return phi4(parameters=values, mu=list(mu))


def ising(**keys):
    return {"ising": {"lattices": [{"shape": [8, 8], "beta": {"start": 0.3, "stop": 0.5, "num": 9}} | keys]}}


BAD = [
    ({"sed": 3}, "sed", "Did you mean 'seed'?"),
    ({"wild_key": 3}, "wild_key", "Known keys here"),
    (phi4(lattice=[[4, 4]]), "studies.phi4.lattice", "Did you mean 'lattices'?"),
    (phi4(hmc={"chain": 3}), "studies.phi4.hmc.chain", "Did you mean 'chains'?"),
    ({"seed": "abc"}, "seed", "not of type integer"),
    ({"seed": -1}, "seed", "at least 0"),
    ({"seed": 1.0}, "seed", "not of type integer"),
    ({"seed": True}, "seed", "not of type integer"),
    ({"backend": "cuda"}, "backend", "auto, numpy, cupy"),
    ({"scan": "a/b"}, "scan", "letters, digits"),
    ({"scan": ""}, "scan", "letters, digits"),
    ({"scan": "a" * 101}, "scan", "Up to 100 letters"),
    (phi4(mu=[0.5, 1e-300]), "studies.phi4.over.mu", "has more than 10 decimals. Write 0."),
    (parameters(coupling=1e-160, mu=[2]), "studies.phi4.worm", "too many for the dual simulation"),
    ({"batch": {"sample_wurm": 2}}, "batch.sample_wurm", "Did you mean 'sample_worm'?"),
    ({"batch": {"sample_worm": 0}}, "batch.sample_worm", "at least 1"),
    ({"studies": None}, "studies", "not of type object"),
    ({"studies": {"phi4": None}}, "studies.phi4", "A study is written as NAME: {model"),
    (parameters(mass="heavy"), "studies.phi4.parameters.mass", "is not a number"),
    (parameters(mass=-1), "studies.phi4.parameters.mass", "at least 0"),
    (parameters(mass=float("nan")), "studies.phi4.parameters.mass", "not a finite number"),
    (parameters(coupling=-0.5), "studies.phi4.parameters.coupling", "at least 0"),
    (parameters(coupling=float("inf")), "studies.phi4.parameters.coupling", "finite number"),
    (parameters(coupling=0, mu=[2]), "studies.phi4.parameters.coupling", "no minimum"),
    (phi4(mu="1"), "studies.phi4.over.mu", "not of type array or object"),
    (phi4(mu=["one"]), "studies.phi4.over.mu[0]", "not of type number"),
    (phi4(mu=[0.1, None]), "studies.phi4.over.mu[1]", "not of type number"),
    (phi4(mu=[]), "studies.phi4.over.mu", "at least one entry"),
    (phi4(mu=[0.4, 0.40]), "studies.phi4.over.mu", "0.4 appears twice"),
    (phi4(mu=[]), "studies.phi4.over.mu", "at least one entry"),
    (phi4(over={}), "studies.phi4.over", "the section is empty. What the table runs over"),
    (phi4(over={"muu": [1]}), "studies.phi4.over.muu", "Did you mean 'mu'?"),
    (phi4(over={"x": [1]}), "studies.phi4.over.x", "Take one of: mass, coupling, mu."),
    (phi4(over={"mass": [1]}), "studies.phi4.parameters.mu", "is missing. Give it, fixed or in 'over'"),
    (parameters(maas=1), "studies.phi4.parameters.maas", "Did you mean 'mass'?"),
    (parameters(x=1), "studies.phi4.parameters.x", "It has: mass, coupling, mu."),
    (phi4(parameters={"mu": 1}), "studies.phi4.parameters.mu", "is given in 'over' too"),
    (parameters(mass="1e-3"), "studies.phi4.parameters.mass", "Write it as 0.001, without quotes"),
    (phi4(mu=["1e-3"]), "studies.phi4.over.mu[0]", "Write it as 0.001, without quotes"),
    (phi4(mu={"start": "1e-3", "stop": 1, "num": 2}), "studies.phi4.over.mu.start", "Write it as 0.001"),
    (phi4(model="phi4"), "studies.phi4.model", "Known models: complex_phi4"),
    ({"studies": {"Mine": {}}}, "studies", "lower-case letters"),
    ({"studies": {"mine\n": {}}}, "studies", "lower-case letters"),
    ({"studies": {"mine": {}}}, "studies.mine", "'model' is missing"),
    ({"scan": "mine\n"}, "scan", "letters, digits"),
    ({"plugins": {"model": {"mine": "mine.py"}}}, "plugins.model.mine", "path/to/file.py:Name"),
    ({"plugins": {"models": {}}}, "plugins.models", "Did you mean 'model'?"),
    (phi4(mu=[11]), "studies.phi4.over.mu", "at most 10"),
    (phi4(mu={"start": 0, "stop": 1}), "studies.phi4.over.mu", "'num' is missing"),
    (phi4(mu={"start": 0, "stop": 1, "num": 0}), "studies.phi4.over.mu.num", "at least 1"),
    (phi4(lattices=[[0, 4]]), "studies.phi4.lattices[0][0]", "at least 1"),
    (phi4(lattices=[[4.5, 4]]), "studies.phi4.lattices[0][0]", "not of type integer"),
    (phi4(lattices=[[4.0, 4]]), "studies.phi4.lattices[0][0]", "not of type integer"),
    (parameters(mass=10**400), "studies.phi4.parameters.mass", "is too large"),
    (phi4(hmc={"chains": 4}), "studies.phi4.hmc.chains", "at least 8"),
    (phi4(lattices=[4, 4]), "studies.phi4.lattices[0]", "not of type array"),
    (phi4(lattices=[[]]), "studies.phi4.lattices[0]", "at least one entry"),
    (phi4(lattices=[[4, 4], [4, 4]]), "studies.phi4.lattices", "4x4 appears twice"),
    (phi4(contours=["dens"]), "studies.phi4.contours", "Known contours: dense, equivariant, "),
    (
        phi4(lattices=[[2], {"shape": [4], "contours": ["dens"]}]),
        "studies.phi4.lattices[1].contours",
        "Known",
    ),
    (
        phi4(lattices=[{"shape": [4], "contours": ["plane"] * 2}]),
        "studies.phi4.lattices[0].contours",
        "twice",
    ),
    (phi4(curriculum=[[8, 8]]), "studies.phi4.curriculum", "no contour would start from 8x8"),
    (phi4(curriculum=[[2, 2], [2, 2]]), "studies.phi4.curriculum", "2x2 appears twice"),
    (parameters(coupling=1e-9, mu=[1.2]), "studies.phi4.worm", "too many for the dual simulation"),
    (parameters(coupling=0.01, mu=[10]), "studies.phi4.worm", "Switch it off"),
    (phi4(worm={"chains": 4}), "studies.phi4.worm.chains", "at least 8"),
    (phi4(contours=[3]), "studies.phi4.contours[0]", "not of type string"),
    (phi4(contours=["dense", "dense"]), "studies.phi4.contours", "dense appears twice"),
    (phi4(optimize={"learning_rate": 0}), "studies.phi4.optimize.learning_rate", "greater than 0"),
    (phi4(optimize={"control_variate": "always"}), "studies.phi4.optimize.control_variate", "auto, 0, 1"),
    (phi4(hmc={"target_acceptance": 1}), "studies.phi4.hmc.target_acceptance", "less than 1"),
    (phi4(hmc={"trajectories": 10, "record_every": 5}), "studies.phi4.hmc.record_every", "fewer than 5"),
    (phi4(langevin={"steps": 50, "record_every": 20}), "studies.phi4.langevin.record_every", "raise steps"),
    (phi4(langevin={"step_size": 0}), "studies.phi4.langevin.step_size", "greater than 0"),
    (phi4(compare={"enable": True}), "studies.phi4.compare.enable", "Did you mean 'enabled'?"),
    ({"ising": {"lattices": []}}, "ising.lattices", "at least one entry"),
    (ising(shape=[8, 1]), "ising.lattices[0].shape[1]", "at least 2"),
    (ising(beta={"start": 0.1, "stop": 0.5}), "ising.lattices[0].beta", "'num' is missing"),
    (ising(beta={"start": 0.5, "stop": 0.5, "num": 9}), "ising.lattices[0].beta.stop", "greater than start"),
    (ising(beta={"start": 0.1, "stop": 0.5, "num": 5}), "ising.lattices[0].beta.num", "at least 6"),
    (ising(decay=2.0), "ising.lattices[0].decay", "rings only"),
    (ising(shape=[2] * 4), "ising.lattices[0].shape", "at most 3 extents"),
    (ising(shape=[2] * 99), "ising.lattices[0].shape", "2^(2^99) patterns"),
    (ising(classifiers=["tide"]), "ising.lattices[0].classifiers[0]", "tied, free"),
    (ising(classifiers=["free"]), "ising.classifiers", "no lattice has 'tied'"),
    (ising(classifiers=["tied", "tied"]), "ising.lattices[0].classifiers", "tied appears twice"),
    (ising(training=1050), "ising.lattices[0].training", "Choose for instance 1000"),
    ({"ising": {"sample": {"test": 400}}}, "ising.sample.test", "Choose for instance 500"),
    (
        {"ising": ising(shape=[8, 5])["ising"] | {"sample": {"algorithm": "heat_bath"}}},
        "ising.sample.algorithm",
        "cannot colour the sites of 8x5",
    ),
    ({"ising": {"sample": {"chains": 9}}}, "ising.sample.chains", "odd"),
    (phi4(plane={"start": "warm"}), "studies.phi4.plane.start", "hot, cold, ordered, mixed"),
    (phi4(warm_start={"enabled": "yes"}), "studies.phi4.warm_start.enabled", "not of type boolean"),
]


@pytest.mark.parametrize(
    ("bad", "field", "hint"), BAD, ids=[f"{field}-{i}" for i, (_, field, _) in enumerate(BAD)]
)
def test_bad_input_names_the_field_and_the_remedy(bad, field, hint):
    with pytest.raises(ConfigError) as caught:
        resolve.resolve(bad, SCHEMA)
    assert caught.value.where == field
    assert hint in str(caught.value)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from(sorted(SCHEMA["properties"]["studies"]["additionalProperties"]["properties"]))


@given(st.dictionaries(keys, anything, max_size=4))
def test_any_study_is_resolved_or_refused_in_words(study):
    with contextlib.suppress(ConfigError):
        assert "hmc" in resolve.resolve(phi4(**study), SCHEMA)["studies"]["phi4"]


@given(anything)
def test_anything_for_the_studies_is_resolved_or_refused_in_words(studies):
    with contextlib.suppress(ConfigError):
        assert resolve.resolve({"studies": studies}, SCHEMA)["studies"] == {}


@pytest.mark.parametrize("name", resolve.RESERVED)
def test_a_study_is_not_named_like_a_folder_of_the_results(name):
    study = phi4()["studies"]["phi4"]
    with pytest.raises(ConfigError, match="this name is taken") as caught:
        resolve.resolve({"studies": {name: study}}, SCHEMA)
    assert caught.value.where == f"studies.{name}"


class Rotor(Model):
    """An angle on every site, S = -i x sin z / 2: the symmetric contours of a real field do not fit."""

    variables = Variables("angle", per_site=1)
    parameters: ClassVar = {
        "x": Parameter("Strength.", 1.0),
        "form": Parameter("Which.", "sine", choices=("sine",)),
        "turns": Parameter("Number.", 1, integer=True, axis=False),
    }

    def value(self, z):
        return -0.5j * self.x * self.xp.sin(z).sum(axis=1)

    def gradient(self, z):
        return -0.5j * self.x * self.xp.cos(z)


@pytest.fixture
def rotor(monkeypatch):
    """A study of another model."""
    monkeypatch.setitem(registry.MODELS, "rotor", f"{__name__}:Rotor")
    return {"model": "rotor", "lattices": [[4]], "over": {"x": [0.1]}}


ROTOR = [
    ({"contours": ["linear"]}, "contours", "'linear' does not fit: it is made for real variables"),
    ({"contours": ["plane", "linear"]}, "contours", "Contours that fit: plane, "),
    ({"lattices": [{"shape": [4], "contours": ["linear"]}]}, "lattices[0].contours", "does not fit"),
    ({"over": {"turns": [1]}}, "over.turns", "it cannot be an axis. Take one of: x."),
    ({"over": {"form": [1]}}, "over.form", "it cannot be an axis"),
    ({"parameters": {"form": "cosine"}}, "parameters.form", "Choose one of sine."),
    ({"parameters": {"form": "1e-3"}}, "parameters.form", "Choose one of sine."),
    ({"parameters": {"turns": 1.5}}, "parameters.turns", "not a whole number"),
]


@pytest.mark.parametrize(("keys", "field", "hint"), ROTOR, ids=range(len(ROTOR)))
def test_what_another_model_does_not_have(keys, field, hint, rotor):
    with pytest.raises(ConfigError) as caught:
        resolve.resolve({"studies": {"mine": rotor | keys}}, SCHEMA)
    assert caught.value.where == f"studies.mine.{field}"
    assert hint in str(caught.value)


def test_a_study_of_another_model_has_the_plane_by_default(rotor):
    resolved = resolve.resolve({"studies": {"mine": rotor} | phi4()["studies"]}, SCHEMA)
    assert resolved["studies"]["mine"]["contours"] == ["plane"]
    assert list(resolved["studies"]) == ["mine", "phi4"]


def test_a_curriculum_may_have_lattices_between_that_are_not_in_the_scan():
    resolved = resolve.resolve(phi4(lattices=[[16, 16]], curriculum=[[8, 8], [12, 12]]), SCHEMA)
    assert resolved["studies"]["phi4"]["curriculum"] == [[8, 8], [12, 12]]


@pytest.mark.parametrize(("coupling", "mu"), [(0.0, 0.9), (1e-9, 0.9), (1.0, 5.0)])
def test_the_exact_simulation_is_refused_only_where_it_is_made_and_too_large(coupling, mu):
    worm = {"spacing": 0.1, "enabled": True}
    assert resolve.resolve(phi4(parameters={"coupling": coupling}, mu=[mu], worm=worm), SCHEMA)
    off = {"enabled": False}
    assert resolve.resolve(phi4(parameters={"coupling": 1e-9}, mu=[2], worm=off), SCHEMA)
