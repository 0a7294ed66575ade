"""The configuration: defaults, every kind of bad input, and the documentation made from the schema."""

import contextlib
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pomflow import registry
from pomflow.config import file, observable_docs
from pomflow.config import resolve as config
from pomflow.config.docs import markdown
from pomflow.errors import ConfigError

ROOT = Path(__file__).parent.parent
SCHEMA = config.load_schema(ROOT / "workflow" / "schemas" / "config.schema.yaml")
STUDY = SCHEMA["properties"]["studies"]["additionalProperties"]["properties"]


def default():
    return yaml.safe_load((ROOT / "config" / "default.yaml").read_text())


def study(**keys):
    """The study phi4 of the default file in its smallest form, with some keys given."""
    complete = {"model": "complex_phi4", "lattices": [[4, 4]], "over": {"mu": [0.5]}} | keys
    return {"studies": {"phi4": complete}}


def at(mu=(0.5,), **parameters):
    return study(parameters=parameters, over={"mu": mu if isinstance(mu, dict) else list(mu)})


def resolved(given: dict) -> dict:
    return config.resolve(given, SCHEMA)["studies"]["phi4"]


def test_a_configuration_without_anything_has_no_studies_and_is_complete():
    assert config.resolve({}, SCHEMA)["studies"] == {}
    assert config.resolve({}, SCHEMA)["seed"] == SCHEMA["properties"]["seed"]["default"]


def within(given, complete) -> bool:
    """Whether everything that is given stands in the complete configuration, section by section."""
    if isinstance(given, dict):
        return all(key in complete and within(value, complete[key]) for key, value in given.items())
    return given == complete


def test_default_file_says_what_the_schema_says():
    """Its keys are those of the schema, and no default takes the place of what it gives."""
    given, complete = default(), config.resolve(default(), SCHEMA)
    assert complete.keys() == SCHEMA["properties"].keys()
    assert all(section.keys() == STUDY.keys() for section in complete["studies"].values())
    assert {"studies", "ising", "lessons"} <= given.keys()
    assert within(given, complete)


def test_what_a_study_does_not_say_has_the_default_of_the_schema():
    complete = resolved(study(hmc={"chains": 64}))
    assert complete["contours"] == STUDY["contours"]["default"]
    defaults = {key: part["default"] for key, part in STUDY["hmc"]["properties"].items()}
    assert complete["hmc"] == defaults | {"chains": 64}


def test_resolving_leaves_the_argument_alone():
    given_config, before = study(parameters={"mass": 2.0}), study(parameters={"mass": 2.0})
    config.resolve(given_config, SCHEMA)
    assert given_config == before


def test_every_config_file_is_valid():
    for path in (ROOT / "config").rglob("*.yaml"):
        config.resolve(file.merged(ROOT / "config/default.yaml", [path]), SCHEMA)


def test_readme_of_the_config_is_current():
    assert (ROOT / "config" / "README.md").read_text() == markdown(SCHEMA)


def paths(section: dict, prefix: str = ""):
    """The keys of a complete section as paths; what holds names of a user's or a model's is one key."""
    for key, value in section.items():
        if isinstance(value, dict) and value and key not in ("parameters", "over"):
            yield from paths(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def test_every_key_and_parameter_has_one_anchor():
    complete = config.resolve(default(), SCHEMA)
    of_study = paths(complete.pop("studies")["phi4"])
    keys = [*paths(complete), *(key if "." in key else f"studies.NAME.{key}" for key in of_study)]
    parameters = [
        f"{name}.{key}" for name in registry.MODELS for key in registry.load("model", name).parameters
    ]
    page = (ROOT / "config" / "README.md").read_text()
    assert sorted(re.findall(r'<a id="([^"]+)" href="#\1">', page)) == sorted(keys + parameters)


def test_page_of_observables_is_current():
    assert (ROOT / "docs/reference/observables.md").read_text() == observable_docs.markdown()


POTTS = {"name": "potts", "states": 3}


def ising(**keys):
    return {"ising": {"lattices": [{"shape": [8, 8], "beta": {"start": 0.3, "stop": 0.5, "num": 9}} | keys]}}


LATTICES = "studies.phi4.lattices"
BAD = [
    ({"sed": 3}, "sed", "Did you mean 'seed'?"),
    ({"wild_key": 3}, "wild_key", "Known keys here"),
    (study(lattice=[[4, 4]]), "studies.phi4.lattice", "Did you mean 'lattices'?"),
    (study(hmc={"chain": 3}), "studies.phi4.hmc.chain", "Did you mean 'chains'?"),
    ({"seed": "abc"}, "seed", "not of type integer"),
    ({"seed": -1}, "seed", "at least 0"),
    ({"seed": 1.0}, "seed", "not of type integer. Write it as 1."),
    (study(hmc={"trajectories": "1e3"}), "studies.phi4.hmc.trajectories", "Write it as 1000."),
    (study(over={"mu": {"start": 0, "stop": 1, "num": 1}}), "studies.phi4.over.mu", "Write [0], or a num"),
    ({"seed": True}, "seed", "not of type integer"),
    ({"backend": "cuda"}, "backend", "auto, numpy, cupy"),
    ({"scan": "a/b"}, "scan", "letters, digits"),
    ({"scan": ""}, "scan", "letters, digits"),
    ({"scan": "a" * 101}, "scan", "Up to 100 letters"),
    (study(over={"mu": [0.5, 1e-300]}), "studies.phi4.over.mu", "has more than 10 decimals. Write 0."),
    (at(coupling=1e-160, mu=[2.0]), "studies.phi4.worm", "too many for the dual simulation"),
    ({"batch": {"sample_wurm": 2}}, "batch.sample_wurm", "Did you mean 'sample_worm'?"),
    ({"batch": {"sample_worm": 0}}, "batch.sample_worm", "at least 1"),
    ({"studies": {"phi4": None}}, "studies.phi4", "not of type object"),
    (at(mass="heavy"), "studies.phi4.parameters.mass", "'heavy' is not a number. Bare mass"),
    (at(mass=-1), "studies.phi4.parameters.mass", "at least 0"),
    (at(mass=float("nan")), "studies.phi4.parameters.mass", "not a finite number"),
    (at(coupling=-0.5), "studies.phi4.parameters.coupling", "at least 0"),
    (at(coupling=float("inf")), "studies.phi4.parameters.coupling", "not a finite number"),
    (at(coupling=10001), "studies.phi4.parameters.coupling", "at most 10000"),
    (at(coupling=0, mu=[2.0]), "studies.phi4.parameters.coupling", "no minimum"),
    (at(coupling=1e-320, mu=[2.0]), "studies.phi4.parameters.coupling", "is so small that the field has no"),
    (at(nass=2.0), "studies.phi4.parameters.nass", "Did you mean 'mass'?"),
    (at(mass="0.001"), "studies.phi4.parameters.mass", "Write it as 0.001, without quotes"),
    (at(mass=True), "studies.phi4.parameters.mass", "not of type number or string"),
    (at(mu=[0.5]) | study(parameters={"mu": 0.5}), "studies.phi4.parameters.mu", "given in 'over' too"),
    (study(over={"mass": [1.0]}), "studies.phi4.parameters.mu", "Give it, fixed or in 'over'"),
    (study(over={"coupling": [0.5, -1.0]}, parameters={"mu": 0}), "studies.phi4.over.coupling", "at least 0"),
    (study(over={"nu": [0.5]}), "studies.phi4.over.nu", "Take one of: mass, coupling, mu."),
    (study(over={}), "studies.phi4.over", "What the table runs over"),
    (study(model="phi4"), "studies.phi4.model", "Known models"),
    (study(model=None), "studies.phi4.model", "not of type string"),
    ({"studies": {"phi4": {}}}, "studies.phi4", "'model' is missing"),
    ({"studies": {"phi4": {"model": "thirring", "over": {}}}}, "studies.phi4", "'lattices' is missing"),
    ({"studies": {"Phi4": {}}}, "studies", "lower-case letters"),
    ({"studies": {"figures": study()["studies"]["phi4"]}}, "studies.figures", "folders of the results"),
    ({"studies": [3]}, "studies", "not of type object"),
    ({"phi4": {"mass": 1}}, "phi4", "pomflow upgrade FILE"),
    (study(over={"mu": "1"}), "studies.phi4.over.mu", "not of type array or object"),
    (study(over={"mu": ["one"]}), "studies.phi4.over.mu[0]", "not of type number"),
    (study(over={"mu": [0.1, None]}), "studies.phi4.over.mu[1]", "not of type number"),
    (study(over={"mu": []}), "studies.phi4.over.mu", "at least one entry"),
    (study(over={"mu": [0.4, 0.40]}), "studies.phi4.over.mu", "0.4 appears twice"),
    (study(over={"mu": [11]}), "studies.phi4.over.mu", "11.0 is too large. It must be at most 10."),
    (study(worm={"spacing": 0.001}), "studies.phi4.worm.spacing", "0.001 is too fine for an integral"),
    (study(over={"mu": {"start": 0, "stop": 1}}), "studies.phi4.over.mu", "'num' is missing"),
    (study(over={"mu": {"start": 0, "stop": 1, "num": 0}}), "studies.phi4.over.mu.num", "at least 1"),
    (study(lattices=[[0, 4]]), "studies.phi4.lattices[0][0]", "at least 1"),
    (study(lattices=[[4.5, 4]]), "studies.phi4.lattices[0][0]", "not of type integer"),
    (study(lattices=[[4.0, 4]]), "studies.phi4.lattices[0][0]", "not of type integer"),
    (at(mass=10**400), "studies.phi4.parameters.mass", "is too large"),
    (study(hmc={"chains": 4}), "studies.phi4.hmc.chains", "at least 8"),
    (study(lattices=[4, 4]), "studies.phi4.lattices[0]", "not of type array"),
    (study(lattices=[[]]), "studies.phi4.lattices[0]", "at least one entry"),
    (study(lattices=[[10000] * 5]), "studies.phi4.lattices[0]", "1e+20 sites are more than fit into memory"),
    (study(lattices=[[2], {"shape": [9999] * 3, "contours": ["plane"]}]), f"{LATTICES}[1].shape", "1e+12"),
    (study(lattices=[[2] * 70]), "studies.phi4.lattices[0]", "70 directions"),
    (study(curriculum=[[10000] * 5]), "studies.phi4.curriculum[0]", "at most 100000000 sites in all"),
    (study(hmc={"chains": 10**18}), "studies.phi4.hmc.chains", "configurations of 16 sites are more than"),
    (study(optimize={"chains": 10**18}), "studies.phi4.optimize.chains", "1e+18 configurations of 16 sites"),
    (study(plane={"trajectories": 10**18}), "studies.phi4.plane.chains", "the length of the run"),
    (ising(shape=[10000] * 3), "ising.lattices[0].shape", "1e+12 sites are more than fit into memory"),
    ({"ising": {"sample": {"training": 10**18}}}, "ising.sample.training", "1e+18 configurations"),
    (study(lattices=[[4, 4], [4, 4]]), "studies.phi4.lattices", "4x4 appears twice"),
    (study(contours=["dens"]), "studies.phi4.contours", "Known contours: dense, equivariant, "),
    (
        study(lattices=[[2], {"shape": [4], "contours": ["dens"]}]),
        "studies.phi4.lattices[1].contours",
        "Known",
    ),
    (
        study(lattices=[{"shape": [4], "contours": ["plane"] * 2}]),
        "studies.phi4.lattices[0].contours",
        "twice",
    ),
    (study(curriculum=[[8, 8]]), "studies.phi4.curriculum", "no contour would start from 8x8"),
    (study(curriculum=[[2, 2], [2, 2]]), "studies.phi4.curriculum", "2x2 appears twice"),
    (at(coupling=1e-9, mu=[1.2]), "studies.phi4.worm", "too many for the dual simulation"),
    (at(coupling=0.01, mu=[10]), "studies.phi4.worm", "Switch it off"),
    (study(worm={"chains": 4}), "studies.phi4.worm.chains", "at least 8"),
    (study(contours=[3]), "studies.phi4.contours[0]", "not of type string"),
    (study(contours=["dense", "dense"]), "studies.phi4.contours", "dense appears twice"),
    (study(optimize={"learning_rate": 0}), "studies.phi4.optimize.learning_rate", "greater than 0"),
    (study(optimize={"control_variate": "always"}), "studies.phi4.optimize.control_variate", "auto, 0, 1"),
    (study(hmc={"target_acceptance": 1}), "studies.phi4.hmc.target_acceptance", "less than 1"),
    (study(hmc={"trajectories": 10, "record_every": 5}), "studies.phi4.hmc.record_every", "fewer than 5"),
    (study(hmc={"tuned_by": "force"}), "studies.phi4.hmc.tuned_by", "acceptance, integrator"),
    (study(hmc={"windings": -1}), "studies.phi4.hmc.windings", "at least 0"),
    (
        study(model="thirring", contours=["dense"], hmc={"windings": 1}, over={"mu": [0.5]}),
        "studies.phi4.hmc.windings",
        "has no winding numbers",
    ),
    (
        study(model="thirring", contours=["dense"], hmc={"start": "hartree"}, over={"mu": [0.5]}),
        "studies.phi4.hmc.start",
        "has no Hartree condensate",
    ),
    (study(langevin={"steps": 50, "record_every": 20}), "studies.phi4.langevin.record_every", "raise steps"),
    (study(langevin={"step_size": 0}), "studies.phi4.langevin.step_size", "greater than 0"),
    (study(compare={"enable": True}), "studies.phi4.compare.enable", "Did you mean 'enabled'?"),
    ({"ising": {"lattices": []}}, "ising.lattices", "at least one entry"),
    (ising(shape=[8, 1]), "ising.lattices[0].shape[1]", "at least 2"),
    (ising(beta={"start": 0.1, "stop": 0.5}), "ising.lattices[0].beta", "'num' is missing"),
    (ising(beta={"start": 0.5, "stop": 0.5, "num": 9}), "ising.lattices[0].beta.stop", "greater than start"),
    (ising(beta={"start": 0.1, "stop": 0.5, "num": 5}), "ising.lattices[0].beta.num", "at least 6"),
    (ising(decay=2.0), "ising.lattices[0].decay", "rings only"),
    (ising(shape=[2] * 4), "ising.lattices[0].shape", "at most 3 extents"),
    (ising(shape=[2] * 99), "ising.lattices[0].shape", "2^(2^99) patterns"),
    (ising(model={"name": "pots"}), "ising.lattices[0].model.name", "Known spin models: ising, potts"),
    (ising(model={"states": 3}), "ising.lattices[0].model", "'name' is missing"),
    (ising(model={"name": "potts"}), "ising.lattices[0].model.states", "is missing"),
    (ising(model={"name": "potts", "states": 1}), "ising.lattices[0].model.states", "at least 2"),
    (ising(model={"name": "potts", "states": 3.0}), "ising.lattices[0].model.states", "Write 3."),
    (ising(model={"name": "potts", "states": "3"}), "ising.lattices[0].model.states", "not a whole number"),
    (ising(model=POTTS | {"field": 1}), "ising.lattices[0].model.field", "'potts' has no such parameter"),
    (ising(model=POTTS, decay=2.0), "ising.lattices[0].decay", "no such parameter"),
    (ising(model=POTTS, shape=[8]), "ising.lattices[0].shape", "two extents"),
    (
        ising(model=POTTS, classifiers=["tied", "connected"]),
        "ising.lattices[0].classifiers",
        "which the 3-state Potts model does not have",
    ),
    (
        {"ising": ising(model=POTTS)["ising"] | {"sample": {"algorithm": "heat_bath"}}},
        "ising.sample.algorithm",
        "It has: cluster.",
    ),
    (ising(record_every=0), "ising.lattices[0].record_every", "at least 1"),
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
    (study(plane={"start": "warm"}), "studies.phi4.plane.start", "hot, cold, ordered, hartree, mixed"),
    (study(warm_start={"enabled": "yes"}), "studies.phi4.warm_start.enabled", "not of type boolean"),
]


@pytest.mark.parametrize(
    ("bad", "field", "hint"), BAD, ids=[f"{field}-{i}" for i, (_, field, _) in enumerate(BAD)]
)
def test_bad_input_names_the_field_and_the_remedy(bad, field, hint):
    with pytest.raises(ConfigError) as caught:
        config.resolve(bad, SCHEMA)
    assert caught.value.where == field
    assert hint in str(caught.value)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from(sorted(STUDY))


@pytest.mark.parametrize("text", ["1e-05", "1E-5", "+1e-05", ".1e-4", "1.e-5", "0.001e-02"])
def test_a_number_of_json_is_one_wherever_a_number_stands(text):
    """To YAML these are texts; the same file as JSON, and --config, give numbers."""
    given = study(
        parameters={"mass": text, "coupling": text},
        over={"mu": [0, text]},
        hmc={"step_size": text},
        worm={"enabled": False},
    )
    complete = resolved(given)
    assert complete["parameters"] == {"mass": 1e-5, "coupling": 1e-5}
    assert complete["over"]["mu"] == [0, 1e-5]
    assert complete["hmc"]["step_size"] == 1e-5
    assert given["studies"]["phi4"]["parameters"]["mass"] == text
    axis = resolved(study(over={"mu": {"start": "1e-1", "stop": "3E-1", "num": 3}}))["over"]["mu"]
    assert axis == {"start": 0.1, "stop": 0.3, "num": 3}


def test_a_text_stays_one_where_a_text_stands():
    assert config.resolve({"scan": "1e5"}, SCHEMA)["scan"] == "1e5"


@given(st.dictionaries(keys, anything, max_size=4))
def test_any_section_is_resolved_or_refused_in_words(section):
    with contextlib.suppress(ConfigError):
        assert "hmc" in resolved(study(**section))


@given(anything)
def test_any_axes_and_parameters_are_resolved_or_refused_in_words(value):
    for given_config in (study(over=value), study(parameters=value), {"studies": value}, at(coupling=value)):
        with contextlib.suppress(ConfigError):
            config.resolve(given_config, SCHEMA)


def test_a_curriculum_may_have_lattices_between_that_are_not_in_the_scan():
    curriculum = [[8, 8], [12, 12]]
    assert resolved(study(lattices=[[16, 16]], curriculum=curriculum))["curriculum"] == curriculum


@pytest.mark.parametrize(("coupling", "mu"), [(0.0, 0.9), (1e-9, 0.9), (1.0, 5.0)])
def test_the_exact_simulation_is_made_where_it_is_small_enough(coupling, mu):
    assert resolved(at(coupling=coupling, mu=[mu]))


def test_an_exact_simulation_that_is_switched_off_is_not_too_large():
    too_large = at(coupling=1e-9, mu=[2.0])["studies"]["phi4"]
    assert resolved(study(**too_large | {"worm": {"enabled": False}}))
    with pytest.raises(ConfigError, match="Switch it off"):
        resolved(study(**too_large))


def test_every_corner_of_a_grid_is_checked():
    """At coupling 0 alone the action has no minimum for the largest mu."""
    over = {"mu": [0.5, 2.0], "coupling": [1.0, 0.0]}
    with pytest.raises(ConfigError) as caught:
        resolved(study(over=over))
    assert caught.value.where == "studies.phi4.over.coupling"
    assert resolved(study(over={"mu": [0.5], "coupling": [1.0, 0.0]}))


def test_all_studies_are_checked_by_name():
    other = {"model": "thirring", "lattices": [[8]], "over": {"mu": [0.0]}, "contours": ["equivariant"]}
    both = {"studies": study()["studies"] | {"fermions": other}}
    with pytest.raises(ConfigError) as caught:
        config.resolve(both, SCHEMA)
    assert caught.value.where == "studies.fermions.contours"
    assert "Contours that fit: " in caught.value.remedy
    other["contours"] = ["shift"]
    assert config.resolve(both, SCHEMA)["studies"].keys() == {"phi4", "fermions"}
