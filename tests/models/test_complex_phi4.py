"""The complex phi^4 theory: its action written out slowly and in light-cone form, symmetries, its minimum."""

import cmath
import itertools
import math

import numpy as np
import pytest

from builders import SHAPES, build_model, model_cases, phi4
from pomflow.random.stream import Stream

EPSILON = ((0, 1), (-1, 0))


def complex_points(rng, rows: int, size: int):
    return rng.normal(size=(rows, size)) + 0.4j * rng.normal(size=(rows, size))


PHI4 = pytest.mark.parametrize(("name", "arguments"), model_cases("complex_phi4"))


def step(x, direction: int, shape):
    """The site one step ahead."""
    return tuple((c + (i == direction)) % shape[i] for i, c in enumerate(x))


def slow_action(field, lattice, mass, coupling, mu):
    """The definition, term by term: ``field[a][x]`` with a = 0, 1 and x a tuple of coordinates."""
    shape, d, total = lattice.shape, lattice.dimension, 0
    for x in itertools.product(*map(range, shape)):
        square = sum(field[a][x] ** 2 for a in (0, 1))
        total += (2 * d + mass**2) / 2 * square + coupling / 4 * square**2
        for a, i in itertools.product((0, 1), range(1, d)):
            total -= field[a][x] * field[a][step(x, i, shape)]
        for a, b in itertools.product((0, 1), repeat=2):
            hop = (a == b) * math.cosh(mu) - 1j * EPSILON[a][b] * math.sinh(mu)
            total -= field[a][x] * field[b][step(x, 0, shape)] * hop
    return total


def light_cone_action(z, lattice, mass, coupling, mu):
    """The same in u = z_1 + i z_2 and v = z_1 - i z_2, by rolling arrays."""
    z1, z2 = z.reshape(2, *lattice.shape)
    u, v = z1 + 1j * z2, z1 - 1j * z2

    def ahead(w, i):
        return np.roll(w, -1, axis=i)

    total = ((2 * lattice.dimension + mass**2) / 2 * u * v + coupling / 4 * (u * v) ** 2).sum()
    for i in range(1, lattice.dimension):
        total -= (u * ahead(v, i) + v * ahead(u, i)).sum() / 2
    return total - (math.exp(mu) * u * ahead(v, 0) + math.exp(-mu) * v * ahead(u, 0)).sum() / 2


@PHI4
def test_phi4_is_its_definition(name, arguments, rng):
    """Value against a loop over sites, components and directions, at complex fields."""
    model = build_model(name, arguments)
    z = complex_points(rng, 2, model.size)
    expected = [slow_action(row.reshape(2, *model.lattice.shape), **arguments) for row in z]
    np.testing.assert_allclose(model.value(z), expected, rtol=1e-12, atol=1e-12)


@PHI4
def test_phi4_is_its_light_cone_form(name, arguments, rng):
    """Value against the form in which u and v are independent."""
    model = build_model(name, arguments)
    z = complex_points(rng, 2, model.size)
    expected = [light_cone_action(row, **arguments) for row in z]
    np.testing.assert_allclose(model.value(z), expected, rtol=1e-12, atol=1e-12)


@PHI4
def test_phi4_does_not_change_under_translations(name, arguments, rng):
    model = build_model(name, arguments)
    z, lattice = complex_points(rng, 2, model.size), model.lattice
    shift, axes = rng.integers(0, 5, lattice.dimension), tuple(range(2, 2 + lattice.dimension))
    moved = np.roll(z.reshape(2, 2, *lattice.shape), shift, axis=axes).reshape(z.shape)
    np.testing.assert_allclose(model.value(moved), model.value(z), rtol=1e-12, atol=1e-12)


@PHI4
def test_phi4_does_not_change_under_rotations(name, arguments, rng):
    """U(1): both components turned by one angle on all sites; also by a complex one, S being holomorphic."""
    model = build_model(name, arguments)
    z = complex_points(rng, 2, model.size)
    z1, z2 = np.split(z, 2, axis=1)
    for angle in (0.7, 0.3 + 0.5j):
        c, s = cmath.cos(angle), cmath.sin(angle)
        turned = np.concatenate((c * z1 - s * z2, s * z1 + c * z2), axis=1)
        np.testing.assert_allclose(model.value(turned), model.value(z), rtol=1e-12, atol=1e-12)


@PHI4
def test_phi4_symmetries_of_the_sign_of_mu(name, arguments, rng):
    """mu -> -mu exchanges particles and antiparticles (phi_2 -> -phi_2) and, on R^n, conjugates S."""
    model = build_model(name, arguments)
    opposite = build_model(name, arguments | {"mu": -arguments["mu"]})
    t = rng.normal(size=(3, model.size))
    conjugate = t * np.repeat([1, -1], model.lattice.volume)
    np.testing.assert_allclose(opposite.value(conjugate + 0j), model.value(t + 0j), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(opposite.value(t + 0j), model.value(t + 0j).conj(), rtol=1e-12, atol=1e-12)


@PHI4
def test_phi4_is_real_where_it_must_be(name, arguments, rng):
    """On the plane S is real at mu = 0, and for any mu where the time extent is 1 or 2: the phases cancel."""
    model = build_model(name, arguments)
    value = model.value(rng.normal(size=(5, model.size)) + 0j)
    if arguments["mu"] == 0 or model.lattice.shape[0] <= 2:
        np.testing.assert_allclose(value.imag, 0, atol=1e-12)
    else:
        assert (np.abs(value.imag) > 1e-6).all()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_ordered_start_is_the_classical_minimum(shape):
    """All sites alike, Re S lower than at zero and stationary, the angle different from chain to chain."""
    model = phi4(*shape, mu=1.6)
    t = model.ordered_start(Stream(1, "ordered"), 4)
    field = model.fields(t)
    np.testing.assert_allclose(field - field[:, :, :1], 0, atol=1e-14)
    np.testing.assert_allclose(model.gradient(t + 0j), 0, atol=1e-12)
    assert (model.value(t + 0j).real < 0).all()
    assert len(np.unique(np.arctan2(field[:, 1, 0], field[:, 0, 0]))) == 4


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_density_is_the_derivative_of_the_action(shape, rng):
    """n = -(1/V) dS/dmu for each configuration, by central differences in mu."""
    mu, h = 0.8, 1e-5
    model = phi4(*shape, mu=mu)
    z = complex_points(rng, 4, model.size)
    slope = (phi4(*shape, mu=mu + h).value(z) - phi4(*shape, mu=mu - h).value(z)) / (2 * h)
    found = model.density(model.at(z))
    np.testing.assert_allclose(found, -slope / model.lattice.volume, rtol=1e-8, atol=1e-8)


def test_squared_field_by_hand():
    """(1 + 4 + 9 + (2i)^2) / 2 on two sites."""
    model = phi4(2)
    assert model.phi2(model.at(np.array([[1, 2, 3, 2j]])))[0] == pytest.approx(5)
