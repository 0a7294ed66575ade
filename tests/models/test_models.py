"""What every registered model offers, over all of them; what is special to one is tested in its own file."""

import numpy as np
import pytest

from builders import MODEL_EXAMPLES, build_model, model_cases
from differences import directional
from pomflow import registry
from pomflow.errors import ConfigError
from pomflow.models.base import require_values
from pomflow.random.stream import Stream

OVER_CASES = pytest.mark.parametrize(("name", "arguments"), model_cases())
# whose sites are not alike
NOT_TRANSLATED = {"oscillator"}
OVER_MODELS = pytest.mark.parametrize("name", registry.MODELS)


def complex_points(rng, rows: int, size: int):
    return rng.normal(size=(rows, size)) + 0.4j * rng.normal(size=(rows, size))


def observables(name: str) -> dict:
    return registry.observables(name, registry.load("model", name))


def test_every_registered_model_is_tested():
    """A new model needs examples in ``builders.MODEL_EXAMPLES``."""
    assert set(MODEL_EXAMPLES) == set(registry.MODELS)


@OVER_CASES
def test_gradient_is_the_derivative_of_the_value(name, arguments, rng):
    """dS/dz . d against central differences in random complex directions d: S is holomorphic.

    The differences are of exp(-S), in which 2 pi i does not show.
    """
    model = build_model(name, arguments)
    z = complex_points(rng, 4, model.size)
    value, gradient = model.value(z), model.gradient(z)
    for _ in range(3):
        direction = rng.normal(size=z.shape) + 1j * rng.normal(size=z.shape)
        expected = -directional(lambda z: np.exp(value - model.value(z)), z, direction)
        np.testing.assert_allclose((gradient * direction).sum(axis=1), expected, rtol=1e-6, atol=1e-6)


@OVER_CASES
def test_shapes_and_rows(name, arguments, rng):
    """Every row of a batch is evaluated as if it were alone, and the argument is left as it was."""
    model = build_model(name, arguments)
    z = complex_points(rng, 3, model.size)
    copy = z.copy()
    value, gradient = model.value(z), model.gradient(z)
    assert (value.shape, gradient.shape) == ((3,), z.shape)
    np.testing.assert_allclose(model.value(z[1:2]), value[1:2], rtol=1e-13)
    np.testing.assert_allclose(model.gradient(z[1:2]), gradient[1:2], rtol=1e-13)
    np.testing.assert_array_equal(z, copy)


@OVER_CASES
def test_a_point_is_the_model_there(name, arguments, rng):
    """Value, gradient and fields of ``at(z)``; fields are ordered component first."""
    model = build_model(name, arguments)
    z = complex_points(rng, 3, model.size)
    point = model.at(z)
    np.testing.assert_array_equal(point.value, model.value(z))
    np.testing.assert_array_equal(point.gradient, model.gradient(z))
    volume = model.lattice.volume
    assert point.fields.shape == (3, model.components, volume)
    np.testing.assert_array_equal(point.fields[:, -1, 0], z[:, (model.components - 1) * volume])


@OVER_CASES
def test_real_points_are_points_of_the_plane(name, arguments, rng):
    model = build_model(name, arguments)
    t = rng.normal(size=(3, model.size))
    np.testing.assert_allclose(model.value(t), model.value(t + 0j), rtol=1e-13)
    np.testing.assert_allclose(model.gradient(t), model.gradient(t + 0j), rtol=1e-13, atol=1e-13)


@OVER_CASES
def test_ordered_start_depends_on_the_row_alone(name, arguments):
    model, stream = build_model(name, arguments), Stream(1, "start")
    together = model.ordered_start(stream, 5)
    assert together.shape == (5, model.size)
    assert np.isrealobj(together)
    np.testing.assert_array_equal(model.ordered_start(stream, 2), together[:2])


@OVER_CASES
def test_wrapped_configurations_are_the_same(name, arguments, rng):
    """Angles come into [-pi, pi] without a change of the weight; real variables stay as they are."""
    model = build_model(name, arguments)
    t = 2 * rng.normal(size=(3, model.size))
    t[0, 0] = 4.0
    if model.variables.kind == "angle":
        assert np.abs(t).max() > np.pi >= np.abs(model.wrapped(t)).max()
    ratio = np.exp(model.value(model.wrapped(t)) - model.value(t))
    np.testing.assert_allclose(ratio, 1, rtol=1e-10)


@OVER_CASES
def test_variables_of_an_orbit_are_of_one_component_or_more(name, arguments):
    """Orbits are numbered from 0, and sites that translations join are in one of them."""
    model = build_model(name, arguments)
    orbits = model.orbits().reshape(model.components, model.lattice.volume)
    assert (orbits == orbits[:, :1]).all() or name in NOT_TRANSLATED
    assert set(orbits.ravel()) == set(range(orbits.max() + 1))


def exists(name: str, arguments: dict) -> bool:
    """Whether the theory has these parameters: without a coupling, phi^4 condenses at large mu."""
    try:
        registry.load("model", name).check(arguments["lattice"], arguments)
    except ConfigError:
        return False
    return True


@pytest.mark.parametrize(("name", "arguments"), [case for case in model_cases() if exists(*case.values)])
def test_exact_values_are_of_something_measured(name, arguments):
    """Names of observables and of the average phase factor, finite, with errors that are not negative."""
    known = {"apf0", *observables(name)}
    for quantity, estimate in build_model(name, arguments).exact_values().items():
        assert quantity.removesuffix("_im") in known
        assert np.isfinite(estimate.value)
        assert estimate.error >= 0


@OVER_CASES
def test_observables_are_holomorphic_numbers_of_a_configuration(name, arguments, rng):
    """Cauchy and Riemann: the derivative is the same along the real and the imaginary direction."""
    model = build_model(name, arguments)
    z, direction = complex_points(rng, 4, model.size), rng.normal(size=(4, model.size))
    for item in observables(name).values():

        def value(z, item=item):
            return item.measure(model.at(z))

        assert value(z).shape == (4,)
        along, across = directional(value, z, direction), directional(value, z, 1j * direction) / 1j
        np.testing.assert_allclose(along, across, rtol=1e-6, atol=1e-6)


@OVER_MODELS
def test_what_a_model_says_of_itself(name):
    """Title, parameters and observables have words and known names."""
    model = registry.load("model", name)
    assert model.title
    assert all(parameter.description for parameter in model.parameters.values())
    found = observables(name)
    for key, item in found.items():
        assert item.name == key
        assert item.long_name
        assert item.units
        assert set(item.odd) <= set(model.parameters)
    assert set(model.vanishing) <= {"apf_im", *found, *(f"{key}_im" for key in found)}


@OVER_MODELS
def test_defaults_are_within_their_range(name):
    """And all parameters of the examples are."""
    model = registry.load("model", name)
    for arguments in MODEL_EXAMPLES[name]:
        given = {key: value for key, value in arguments.items() if key != "lattice"}
        values = require_values(model, given)
        assert values == given
        required = {key: values[key] for key, item in model.parameters.items() if item.default is None}
        require_values(model, required)


@OVER_MODELS
def test_unknown_and_missing_parameters_are_named(name):
    arguments = MODEL_EXAMPLES[name][0]
    with pytest.raises(ConfigError, match=r"has no parameter 'flavour'.*It has: "):
        build_model(name, arguments | {"flavour": 3})
    model = registry.load("model", name)
    required = next(key for key, item in model.parameters.items() if item.default is None)
    with pytest.raises(ConfigError, match=rf"^parameters\.{required}: is missing"):
        build_model(name, {key: value for key, value in arguments.items() if key != required})


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ConfigError, match=r"'phi6' is not registered.*complex_phi4, .*thirring"):
        registry.load("model", "phi6")
