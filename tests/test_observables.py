"""Observables over the registry, and each against its definition."""

import numpy as np
import pytest
from pomflow.models.complex_phi4.density import density
from pomflow.models.complex_phi4.phi2 import phi2

from builders import SHAPES, phi4
from pomflow import registry
from pomflow.errors import ConfigError


def complex_points(rng, rows: int, size: int):
    return rng.normal(size=(rows, size)) + 0.4j * rng.normal(size=(rows, size))


@pytest.mark.parametrize("name", registry.OBSERVABLES)
def test_an_observable_is_one_holomorphic_number_a_configuration(name, rng):
    """Cauchy and Riemann: the derivative is the same along the real and the imaginary direction."""
    action, function = phi4(4, 3), registry.load("observable", name)
    z, direction = complex_points(rng, 5, action.size), rng.normal(size=(5, action.size))
    value, h = function(action, z), 1e-5
    assert value.shape == (5,)
    along = (function(action, z + h * direction) - function(action, z - h * direction)) / (2 * h)
    across = (function(action, z + 1j * h * direction) - function(action, z - 1j * h * direction)) / (2j * h)
    np.testing.assert_allclose(along, across, rtol=1e-8, atol=1e-8)
    assert function.long_name
    assert function.units


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_density_is_the_derivative_of_the_action(shape, rng):
    """n = -(1/V) dS/dmu for each configuration, by central differences in mu."""
    mu, h = 0.8, 1e-5
    action = phi4(*shape, mu=mu)
    z = complex_points(rng, 4, action.size)
    slope = (phi4(*shape, mu=mu + h).value(z) - phi4(*shape, mu=mu - h).value(z)) / (2 * h)
    np.testing.assert_allclose(density(action, z), -slope / action.lattice.volume, rtol=1e-8, atol=1e-8)


def test_squared_field_by_hand():
    """(1 + 4 + 9 + (2i)^2) / 2 on two sites."""
    assert phi2(phi4(2), np.array([[1, 2, 3, 2j]]))[0] == pytest.approx(5)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ConfigError, match=r"'densty' is not registered.*density, phi2"):
        registry.load("observable", "densty")
