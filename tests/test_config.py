"""The configuration: defaults, every kind of bad input, and the documentation made from the schema."""

import contextlib
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pomflow.config import resolve as config
from pomflow.config.docs import markdown
from pomflow.errors import ConfigError

ROOT = Path(__file__).parent.parent
SCHEMA = config.load_schema(ROOT / "workflow" / "schemas" / "config.schema.yaml")


def default():
    return yaml.safe_load((ROOT / "config" / "default.yaml").read_text())


def test_default_file_says_what_the_schema_says():
    """But for the second lattice, short runs and classifiers, which the schema has no reason to know."""
    given = default()
    assert given["phi4"].pop("lattices")[0] == [4, 4]
    assert given["phi4"].pop("optimize") == {"steps": 800}
    assert given["phi4"].pop("hmc") == {"start": "ordered", "chains": 32, "trajectories": 300}
    assert given["phi4"].pop("worm") == {"sweeps": 5000}
    assert given["ising"].pop("enabled")
    assert given["lessons"].pop("enabled")
    assert given["ising"]["lattices"][0].pop("classifiers")[0] == "tied"
    assert given["ising"]["lattices"].pop()["shape"] == [6, 6]
    assert config.resolve(given, SCHEMA) == config.resolve({}, SCHEMA)


def test_resolving_leaves_the_argument_alone():
    given_config = {"phi4": {"mass": 2.0}}
    config.resolve(given_config, SCHEMA)
    assert given_config == {"phi4": {"mass": 2.0}}


def test_every_config_file_is_valid():
    for path in (ROOT / "config").glob("*.yaml"):
        config.resolve(yaml.safe_load(path.read_text()), SCHEMA)


def test_readme_of_the_config_is_current():
    assert (ROOT / "config" / "README.md").read_text() == markdown(SCHEMA)


def phi4(**keys):
    return {"phi4": keys}


def ising(**keys):
    return {"ising": {"lattices": [{"shape": [8, 8], "beta": {"start": 0.3, "stop": 0.5, "num": 9}} | keys]}}


BAD = [
    ({"sed": 3}, "sed", "Did you mean 'seed'?"),
    ({"wild_key": 3}, "wild_key", "Known keys here"),
    (phi4(lattice=[[4, 4]]), "phi4.lattice", "Did you mean 'lattices'?"),
    ({"phi4": {"hmc": {"chain": 3}}}, "phi4.hmc.chain", "Did you mean 'chains'?"),
    ({"seed": "abc"}, "seed", "not of type integer"),
    ({"seed": -1}, "seed", "at least 0"),
    ({"seed": 1.0}, "seed", "not of type integer"),
    ({"seed": True}, "seed", "not of type integer"),
    ({"backend": "cuda"}, "backend", "auto, numpy, cupy"),
    ({"scan": "a/b"}, "scan", "letters, digits"),
    ({"scan": ""}, "scan", "letters, digits"),
    ({"scan": "a" * 101}, "scan", "Up to 100 letters"),
    (phi4(mu=[0.5, 1e-300]), "phi4.mu", "has more than 10 decimals. Write 0."),
    (phi4(coupling=1e-160), "phi4.worm", "too many for the dual simulation"),
    ({"batch": {"sample_wurm": 2}}, "batch.sample_wurm", "Did you mean 'sample_worm'?"),
    ({"batch": {"sample_worm": 0}}, "batch.sample_worm", "at least 1"),
    ({"phi4": None}, "phi4", "not of type object"),
    (phi4(mass="heavy"), "phi4.mass", "not of type number"),
    (phi4(mass=-1), "phi4.mass", "at least 0"),
    (phi4(mass=float("nan")), "phi4.mass", "not a finite number"),
    (phi4(coupling=-0.5), "phi4.coupling", "at least 0"),
    (phi4(coupling=float("inf")), "phi4.coupling", "at most 10000"),
    (phi4(coupling=0), "phi4.coupling", "no minimum"),
    (phi4(mu="1"), "phi4.mu", "not of type array or object"),
    (phi4(mu=["one"]), "phi4.mu[0]", "not of type number"),
    (phi4(mu=[0.1, None]), "phi4.mu[1]", "not of type number"),
    (phi4(mu=[]), "phi4.mu", "at least one entry"),
    (phi4(mu=[0.4, 0.40]), "phi4.mu", "0.4 appears twice"),
    (phi4(mu=[11]), "phi4.mu[0]", "at most 10"),
    (phi4(mu={"start": 0, "stop": 1}), "phi4.mu", "'num' is missing"),
    (phi4(mu={"start": 0, "stop": 1, "num": 0}), "phi4.mu.num", "at least 1"),
    (phi4(lattices=[[0, 4]]), "phi4.lattices[0][0]", "at least 1"),
    (phi4(lattices=[[4.5, 4]]), "phi4.lattices[0][0]", "not of type integer"),
    (phi4(lattices=[[4.0, 4]]), "phi4.lattices[0][0]", "not of type integer"),
    (phi4(mass=10**400), "phi4.mass", "at most 100"),
    ({"phi4": {"hmc": {"chains": 4}}}, "phi4.hmc.chains", "at least 8"),
    (phi4(lattices=[4, 4]), "phi4.lattices[0]", "not of type array"),
    (phi4(lattices=[[]]), "phi4.lattices[0]", "at least one entry"),
    (phi4(lattices=[[4, 4], [4, 4]]), "phi4.lattices", "4x4 appears twice"),
    (phi4(contours=["dens"]), "phi4.contours", "Known contours: dense, equivariant, linear, plane"),
    (phi4(lattices=[[2], {"shape": [4], "contours": ["dens"]}]), "phi4.lattices[1].contours", "Known"),
    (phi4(lattices=[{"shape": [4], "contours": ["plane"] * 2}]), "phi4.lattices[0].contours", "twice"),
    (phi4(curriculum=[[8, 8]]), "phi4.curriculum", "no contour would start from 8x8"),
    (phi4(curriculum=[[2, 2], [2, 2]]), "phi4.curriculum", "2x2 appears twice"),
    (phi4(coupling=1e-9, mu=[1.2]), "phi4.worm", "too many for the dual simulation"),
    (phi4(coupling=0.01, mu=[10]), "phi4.worm", "Switch it off"),
    ({"phi4": {"worm": {"chains": 4}}}, "phi4.worm.chains", "at least 8"),
    (phi4(contours=[3]), "phi4.contours[0]", "not of type string"),
    (phi4(contours=["dense", "dense"]), "phi4.contours", "dense appears twice"),
    ({"phi4": {"optimize": {"learning_rate": 0}}}, "phi4.optimize.learning_rate", "greater than 0"),
    ({"phi4": {"optimize": {"control_variate": "always"}}}, "phi4.optimize.control_variate", "auto, 0, 1"),
    ({"phi4": {"hmc": {"target_acceptance": 1}}}, "phi4.hmc.target_acceptance", "less than 1"),
    ({"phi4": {"hmc": {"trajectories": 10, "record_every": 5}}}, "phi4.hmc.record_every", "fewer than 5"),
    ({"phi4": {"langevin": {"steps": 50, "record_every": 20}}}, "phi4.langevin.record_every", "raise steps"),
    ({"phi4": {"langevin": {"step_size": 0}}}, "phi4.langevin.step_size", "greater than 0"),
    ({"phi4": {"compare": {"enable": True}}}, "phi4.compare.enable", "Did you mean 'enabled'?"),
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
    ({"phi4": {"plane": {"start": "warm"}}}, "phi4.plane.start", "hot, cold, ordered, mixed"),
    ({"phi4": {"warm_start": {"enabled": "yes"}}}, "phi4.warm_start.enabled", "not of type boolean"),
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
keys = st.sampled_from(sorted(SCHEMA["properties"]["phi4"]["properties"]))


@given(st.dictionaries(keys, anything, max_size=4))
def test_any_section_is_resolved_or_refused_in_words(section):
    with contextlib.suppress(ConfigError):
        assert "hmc" in config.resolve({"phi4": section}, SCHEMA)["phi4"]


def test_mu_values_and_their_texts():
    values = config.mu_values({"start": 0, "stop": 2, "num": 11})
    texts = [config.mu_text(value) for value in values]
    assert texts == ["0", "0.2", "0.4", "0.6", "0.8", "1", "1.2", "1.4", "1.6", "1.8", "2"]
    assert [float(text) for text in texts] == values
    assert config.mu_values([1.13, -0.0, 0.5]) == [0.0, 0.5, 1.13]
    assert config.mu_values([1e-11]) == [1e-11]
    assert config.mu_text(-0.25) == "-0.25"


def test_grid_of_the_exact_simulation():
    """Multiples of the spacing up to the largest |mu| or beyond, at least two beside 0."""
    assert config.worm_grid([0.0, 0.25, -0.7], 0.2) == [0.0, 0.2, 0.4, 0.6, 0.8]
    assert config.worm_grid([0.3], 0.1) == [0.0, 0.1, 0.2, 0.3]
    assert config.worm_grid([0.0], 0.1) == [0.0, 0.1, 0.2]


def test_contours_on_several_lattices():
    pairs = [("4x4", "dense"), ("4x4", "linear"), ("8x8", "linear")]
    assert config.on_several_lattices(pairs) == [("4x4", "linear"), ("8x8", "linear")]


def test_spread_keeps_both_ends():
    assert config.spread(list(range(11)), 3) == [0, 5, 10]
    assert config.spread([1, 2], 3) == [1, 2]


def test_lattices_may_have_contours_of_their_own():
    phi4 = {"lattices": [[4, 4], {"shape": [8, 8], "contours": ["linear"]}], "contours": ["dense", "plane"]}
    assert config.pairs(phi4) == [("4x4", "dense"), ("4x4", "plane"), ("8x8", "linear")]


def test_a_curriculum_may_have_lattices_between_that_are_not_in_the_scan():
    resolved = config.resolve({"phi4": {"lattices": [[16, 16]], "curriculum": [[8, 8], [12, 12]]}}, SCHEMA)
    assert resolved["phi4"]["curriculum"] == [[8, 8], [12, 12]]


@pytest.mark.parametrize(("coupling", "mu"), [(0.0, 0.9), (1e-9, 0.9), (1.0, 5.0)])
def test_the_exact_simulation_is_refused_only_where_it_is_made_and_too_large(coupling, mu):
    worm = {"spacing": 0.1, "enabled": True}
    assert config.resolve({"phi4": {"coupling": coupling, "mu": [mu], "worm": worm}}, SCHEMA)
    assert config.resolve({"phi4": {"coupling": 1e-9, "mu": [2], "worm": {"enabled": False}}}, SCHEMA)


@pytest.mark.parametrize(
    ("lattice", "expected"),
    [("4x4", None), ("6x6", None), ("8x8", "6x6"), ("12x7", "6x6"), ("16x16", "12x12"), ("12x12x12", None)],
)
def test_predecessor_is_the_largest_smaller_lattice_that_fits(lattice, expected):
    assert config.predecessor(lattice, [[6, 6], [12, 12], [4, 20]]) == expected
