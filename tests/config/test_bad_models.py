"""Bad input for every registered model: one message before anything runs; at the ends of ranges numbers."""

import itertools
import math

import numpy as np
import pytest

from builders import MODEL_EXAMPLES
from pages import ROOT
from pomflow import registry
from pomflow.config import resolve as config
from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.base import Parameter
from pomflow.random.stream import Stream

SCHEMA = config.load_schema(ROOT / "workflow" / "schemas" / "config.schema.yaml")
NO_VALUES = (math.nan, math.inf, -math.inf, "many", "1e400", True, [1.0], {}, None, 10**400, 1e308, -1e308)
PARAMETERS = [(name, key) for name in registry.MODELS for key in registry.load("model", name).parameters]
# of which some models take some; none of them may end in anything but words
SHAPES = ([1], [2], [3], [5], [2, 2], [3, 3], [5, 4], [2, 3, 4], [4, 4, 4], [2] * 12, [10000], [10000, 10000])
NO_SHAPES = (
    [0],
    [0, 4],
    [-2],
    [4, -4],
    [2.0],
    [],
    [10**9],
    [10**30],
    [10000] * 5,
    [2] * 70,
    4,
    "4x4",
    [True],
)
OVER_MODELS = pytest.mark.parametrize("name", registry.MODELS)


def study(name: str, given: dict | None = None, lattice=None) -> dict:
    """A configuration with the last example of a model, over the first parameter that has no default."""
    model, example = registry.load("model", name), MODEL_EXAMPLES[name][-1]
    values = {key: value for key, value in example.items() if key != "lattice"} | (given or {})
    axis = next(key for key, one in model.parameters.items() if one.default is None)
    return {
        "studies": {
            "one": {
                "model": name,
                "lattices": [list(example["lattice"].shape) if lattice is None else lattice],
                "over": {axis: [values.pop(axis)]},
                "parameters": values,
                "contours": config.fitting_contours(model)[:1],
            }
        }
    }


def refused(given: dict, names: str) -> None:
    """By one line that names the field and the remedy."""
    with pytest.raises(ConfigError) as caught:
        config.resolve(given, SCHEMA)
    assert names in caught.value.where
    assert caught.value.remedy.endswith(".")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def outside(parameter: Parameter) -> list:
    """What is just beyond the range of a parameter, and far beyond it."""
    if parameter.choices:
        return ["another", 1.0]
    found = [1.5] if parameter.integer else []
    if parameter.minimum is not None:
        found += [parameter.minimum - 1e-6, parameter.minimum - 1]
    if parameter.above is not None:
        found += [parameter.above, parameter.above - 1]
    return [*found, parameter.maximum * (1 + 1e-6), parameter.maximum + 1]


def ends(parameter: Parameter) -> list:
    """The ends of a range, and 0 and 1 where they lie within."""
    if parameter.choices:
        return list(parameter.choices)
    low = parameter.above + 1e-6 if parameter.minimum is None else parameter.minimum
    kind = int if parameter.integer else float
    return sorted(
        {kind(value) for value in (low, 0, 1, parameter.maximum) if low <= value <= parameter.maximum}
    )


@OVER_MODELS
def test_the_example_itself_is_good(name):
    assert config.resolve(study(name), SCHEMA)["studies"]["one"]["model"] == name


@pytest.mark.parametrize(("name", "key"), PARAMETERS, ids=str)
def test_what_is_no_value_of_a_parameter_is_refused(name, key):
    parameter = registry.load("model", name).parameters[key]
    for value in (*NO_VALUES, *outside(parameter)):
        refused(study(name, {key: value}), key)


@pytest.mark.parametrize(("name", "key"), PARAMETERS, ids=str)
def test_a_parameter_has_a_range(name, key):
    """Without one nothing could be beyond it."""
    parameter = registry.load("model", name).parameters[key]
    assert parameter.choices or parameter.maximum is not None
    assert parameter.choices or (parameter.minimum is None) != (parameter.above is None)


@OVER_MODELS
def test_what_is_no_lattice_is_refused(name):
    for shape in NO_SHAPES:
        refused(study(name, lattice=shape), "lattices")


@OVER_MODELS
def test_lattices_are_taken_or_refused_in_words(name):
    for shape in SHAPES:
        given = study(name, lattice=shape)
        try:
            config.resolve(given, SCHEMA)
        except ConfigError:
            refused(given, "lattices")


@OVER_MODELS
def test_at_the_ends_of_the_ranges_are_numbers_or_words(name):
    """No warning, no NaN: of S and its gradient where chains start, and of what is exact."""
    model = registry.load("model", name)
    lattice = MODEL_EXAMPLES[name][0]["lattice"]
    for values in itertools.product(*map(ends, model.parameters.values())):
        given = dict(zip(model.parameters, values, strict=True))
        try:
            model.check(lattice, given)
        except ConfigError:
            refused(study(name, given, list(lattice.shape)), "")
            continue
        one = model(lattice, **given)
        for start in (one.ordered_start(Stream(1, "start"), 3), Stream(2, "hot").normals(0, 3, one.size)):
            assert np.isfinite(one.value(start)).all(), given
            assert np.isfinite(one.gradient(start)).all(), given
        for quantity, known in one.exact_values().items():
            assert np.isfinite(known.value), (given, quantity)
            assert np.isfinite(known.error), (given, quantity)
            assert not quantity.startswith("apf0") or abs(known.value) < 1 + 1e-9, (given, quantity)


@pytest.mark.parametrize("shape", [(8,), (6, 4)], ids=str)
@OVER_MODELS
def test_on_larger_lattices_too(name, shape):
    """At the largest values of all parameters."""
    model = registry.load("model", name)
    given = {key: ends(one)[-1] for key, one in model.parameters.items()}
    try:
        model.check(Lattice(shape), given)
    except ConfigError:
        return
    one = model(Lattice(shape), **given)
    assert np.isfinite(one.value(one.ordered_start(Stream(1, "start"), 3))).all()
    assert all(np.isfinite(known.value) for known in one.exact_values().values())
