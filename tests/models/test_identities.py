"""Control variates of the models: each is div G - G dS/dz of some field G, and integrates to zero."""

import numpy as np
import pytest

from builders import build_model, model_cases, phi4, steep_path
from differences import directional
from estimates import mean_and_error
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import sample

HMC = {
    "chains": 64,
    "leapfrog_steps": 6,
    "step_size": 0.15,
    "target_acceptance": 0.85,
    "thermalization": 100,
    "record_every": 1,
    "start": "mixed",
}


def identities_with(model, z, slope):
    """The identities as if dS/dz were ``slope``."""
    point = model.at(z)
    point.gradient = np.broadcast_to(slope, z.shape)
    return model.identities(point)


@pytest.mark.parametrize(("name", "arguments"), model_cases())
def test_identities_are_divergences(name, arguments, rng):
    """f = div G - G dS/dz with G read off from f itself, and its divergence from central differences."""
    model = build_model(name, arguments)
    z = rng.normal(size=(2, model.size)) + 0.3j * rng.normal(size=(2, model.size))
    found = model.identities(model.at(z))
    assert found.shape[0] == 2
    if not found.shape[1]:
        return
    divergence = identities_with(model, z, 0)
    expected, from_parts = 0, divergence
    for number, direction in enumerate(np.eye(model.size)):

        def field(z, direction=direction):
            return identities_with(model, z, 0) - identities_with(model, z, direction)

        expected = expected + directional(field, z, direction)
        from_parts = from_parts - field(z) * model.gradient(z)[:, number : number + 1]
    np.testing.assert_allclose(divergence, expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found, from_parts, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("shape", "coupling"), [((1,), 1.0), ((2,), 1.0), ((1, 1), 0.0)], ids=str)
def test_identities_of_phi4_integrate_to_zero(shape, coupling):
    """By the trapezoidal rule over the plane, to 1e-8 of the integral of their moduli."""
    model = phi4(*shape, mu=0.8, coupling=coupling)
    axis = np.linspace(-3.4, 3.4, 35) if coupling else np.linspace(-20, 20, 201)
    total, modulus = 0, 0
    for flat in np.array_split(np.arange(len(axis) ** model.size), 40):
        z = axis[np.stack(np.unravel_index(flat, (len(axis),) * model.size), axis=1)] + 0j
        weighted = model.identities(model.at(z)) * np.exp(-model.value(z))[:, None]
        total, modulus = total + weighted.sum(axis=0), modulus + np.abs(weighted).sum(axis=0)
    assert total.shape == (30 if len(shape) == 1 else 39,)
    assert (np.abs(total) < 1e-8 * modulus).all()


def test_identities_of_phi4_on_a_path():
    """With det J in the weight, all within 4.5 errors of zero; at random one of 78 is beyond that in 2000."""
    path = steep_path(phi4(4, 2, mu=1.0), 8, 0.3)
    record = sample(path, HMC, Stream(1, "identities"), range(700), "test")
    z = path.at(record.t.reshape(-1, path.model.size)).z
    weighted = path.model.identities(path.model.at(z)).reshape(*record.log_weight.shape, -1)
    weighted = weighted * np.exp(1j * record.log_weight.imag)[..., None]
    for one in np.moveaxis(weighted, -1, 0):
        for part in (one.real, one.imag):
            mean, error = mean_and_error(part)
            assert abs(mean) < 4.5 * error


@pytest.mark.parametrize("name", ["density", "phi2"])
def test_without_coupling_phi4_is_a_sum_of_identities(name, rng):
    """Density and phi_a phi_a less their exact means are combinations of identities: no noise is left."""
    model = phi4(4, 3, mu=0.6, coupling=0.0)
    point = model.at(rng.normal(size=(200, model.size)) + 0.2j * rng.normal(size=(200, model.size)))
    values = model.observables()[name].measure(point) - model.exact_values()[name].value
    identities = model.identities(point)
    fit, *_ = np.linalg.lstsq(identities, values, rcond=1e-12)
    np.testing.assert_allclose(identities @ fit, values, atol=1e-7)
