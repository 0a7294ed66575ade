"""Actions: the formula written out slowly, symmetries, gradients, and closed forms against quadrature."""

import cmath
import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad

from builders import ACTION_EXAMPLES, SHAPES, action_cases, build_action, phi4
from differences import directional
from pomflow import registry
from pomflow.models.integrals.power import Power
from pomflow.models.integrals.quartic import Quartic
from pomflow.random.stream import Stream

EPSILON = ((0, 1), (-1, 0))


def complex_points(rng, rows: int, size: int):
    return rng.normal(size=(rows, size)) + 0.4j * rng.normal(size=(rows, size))


def test_every_registered_action_is_tested():
    """A new action needs examples in ``builders.ACTION_EXAMPLES``."""
    assert set(ACTION_EXAMPLES) == set(registry.ACTIONS)


@pytest.mark.parametrize(("name", "arguments"), action_cases())
def test_gradient_is_the_derivative_of_the_value(name, arguments, rng):
    """dS/dz . d against central differences in random complex directions d: S is holomorphic."""
    action = build_action(name, arguments)
    z = complex_points(rng, 4, action.size)
    gradient = action.gradient(z)
    for _ in range(3):
        direction = rng.normal(size=z.shape) + 1j * rng.normal(size=z.shape)
        expected = directional(action.value, z, direction)
        np.testing.assert_allclose((gradient * direction).sum(axis=1), expected, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(("name", "arguments"), action_cases())
def test_shapes_and_rows(name, arguments, rng):
    """Every row of a batch is evaluated as if it were alone, and the argument is left as it was."""
    action = build_action(name, arguments)
    z = complex_points(rng, 3, action.size)
    copy = z.copy()
    value, gradient = action.value(z), action.gradient(z)
    assert (value.shape, gradient.shape) == ((3,), z.shape)
    np.testing.assert_allclose(action.value(z[1:2]), value[1:2], rtol=1e-13)
    np.testing.assert_allclose(action.gradient(z[1:2]), gradient[1:2], rtol=1e-13)
    np.testing.assert_array_equal(z, copy)


@pytest.mark.parametrize(("name", "arguments"), action_cases())
def test_real_points_are_points_of_the_plane(name, arguments, rng):
    action = build_action(name, arguments)
    t = rng.normal(size=(3, action.size))
    np.testing.assert_allclose(action.value(t), action.value(t + 0j), rtol=1e-13)
    np.testing.assert_allclose(action.gradient(t), action.gradient(t + 0j), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(("name", "arguments"), action_cases())
def test_ordered_start_depends_on_the_row_alone(name, arguments):
    action, stream = build_action(name, arguments), Stream(1, "start")
    together = action.ordered_start(stream, 5)
    assert together.shape == (5, action.size)
    assert np.isrealobj(together)
    np.testing.assert_array_equal(action.ordered_start(stream, 2, first_row=3), together[3:])


# --- complex phi^4 ------------------------------------------------------------------------------------------

PHI4_CASES = [case for case in action_cases() if case.values[0] == "complex_phi4"]
PHI4 = pytest.mark.parametrize(("name", "arguments"), PHI4_CASES)


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
    action = build_action(name, arguments)
    z = complex_points(rng, 2, action.size)
    expected = [slow_action(row.reshape(2, *action.lattice.shape), **arguments) for row in z]
    np.testing.assert_allclose(action.value(z), expected, rtol=1e-12, atol=1e-12)


@PHI4
def test_phi4_is_its_light_cone_form(name, arguments, rng):
    """Value against the form in which u and v are independent."""
    action = build_action(name, arguments)
    z = complex_points(rng, 2, action.size)
    expected = [light_cone_action(row, **arguments) for row in z]
    np.testing.assert_allclose(action.value(z), expected, rtol=1e-12, atol=1e-12)


@PHI4
def test_phi4_does_not_change_under_translations(name, arguments, rng):
    action = build_action(name, arguments)
    z, lattice = complex_points(rng, 2, action.size), action.lattice
    shift, axes = rng.integers(0, 5, lattice.dimension), tuple(range(2, 2 + lattice.dimension))
    moved = np.roll(z.reshape(2, 2, *lattice.shape), shift, axis=axes).reshape(z.shape)
    np.testing.assert_allclose(action.value(moved), action.value(z), rtol=1e-12, atol=1e-12)


@PHI4
def test_phi4_does_not_change_under_rotations(name, arguments, rng):
    """U(1): both components turned by one angle on all sites; also by a complex one, S being holomorphic."""
    action = build_action(name, arguments)
    z = complex_points(rng, 2, action.size)
    z1, z2 = np.split(z, 2, axis=1)
    for angle in (0.7, 0.3 + 0.5j):
        c, s = cmath.cos(angle), cmath.sin(angle)
        turned = np.concatenate((c * z1 - s * z2, s * z1 + c * z2), axis=1)
        np.testing.assert_allclose(action.value(turned), action.value(z), rtol=1e-12, atol=1e-12)


@PHI4
def test_phi4_symmetries_of_the_sign_of_mu(name, arguments, rng):
    """mu -> -mu exchanges particles and antiparticles (phi_2 -> -phi_2) and, on R^n, conjugates S."""
    action = build_action(name, arguments)
    opposite = build_action(name, arguments | {"mu": -arguments["mu"]})
    t = rng.normal(size=(3, action.size))
    conjugate = t * np.repeat([1, -1], action.lattice.volume)
    np.testing.assert_allclose(opposite.value(conjugate + 0j), action.value(t + 0j), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(opposite.value(t + 0j), action.value(t + 0j).conj(), rtol=1e-12, atol=1e-12)


@PHI4
def test_phi4_is_real_where_it_must_be(name, arguments, rng):
    """On the plane S is real at mu = 0, and for any mu where the time extent is 1 or 2: the phases cancel."""
    action = build_action(name, arguments)
    value = action.value(rng.normal(size=(5, action.size)) + 0j)
    if arguments["mu"] == 0 or action.lattice.shape[0] <= 2:
        np.testing.assert_allclose(value.imag, 0, atol=1e-12)
    else:
        assert (np.abs(value.imag) > 1e-6).all()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_ordered_start_is_the_classical_minimum(shape):
    """All sites alike, Re S lower than at zero and stationary, the angle different from chain to chain."""
    action = phi4(*shape, mu=1.6)
    t = action.ordered_start(Stream(1, "ordered"), 4)
    field = action.fields(t)
    np.testing.assert_allclose(field - field[:, :, :1], 0, atol=1e-14)
    np.testing.assert_allclose(action.gradient(t + 0j), 0, atol=1e-12)
    assert (action.value(t + 0j).real < 0).all()
    assert len(np.unique(np.arctan2(field[:, 1, 0], field[:, 0, 0]))) == 4


# --- one-variable integrals ---------------------------------------------------------------------------------

TOYS = [Power(p, a) for p in range(5) for a in (0.4, 1.3, -2.0)] + [
    Quartic(sigma, coupling) for sigma in (1.0, 0.5 + 1.5j, 0.2 - 3.0j, 4.0) for coupling in (0.5, 2.0)
]


def describe(action) -> str:
    return f"{type(action).__name__}({', '.join(f'{value}' for value in list(vars(action).values())[:2])})"


def integral(action, power: int = 0) -> complex:
    """int x^power exp(-S(x)) dx by adaptive quadrature."""

    def integrand(x):
        return x**power * complex(np.exp(-action.value(np.array([[x + 0j]])))[0])

    return sum(quad(integrand, low, low + 3, complex_func=True, epsabs=1e-11)[0] for low in range(-12, 12, 3))


@pytest.mark.parametrize("action", TOYS, ids=describe)
def test_closed_forms_of_the_one_variable_integrals(action):
    """Z, <x^2> and arg Z against adaptive quadrature of the action itself."""
    partition = integral(action)
    assert action.partition_function() == pytest.approx(partition, rel=1e-9, abs=1e-9)
    assert action.second_moment() == pytest.approx(integral(action, 2) / partition, rel=1e-8)
    assert cmath.exp(1j * action.partition_phase) == pytest.approx(partition / abs(partition), abs=1e-8)


@pytest.mark.parametrize("coupling", [1e-3, 1e-4, 1e-6])
def test_quartic_at_weak_coupling(coupling):
    """Near the Gaussian: Z = sqrt(2 pi / sigma) (1 - 3 lambda / (4 sigma^2) + ...), and no overflow."""
    action = Quartic(2.0, coupling)
    series = math.sqrt(math.pi) * (1 - 3 * coupling / 16)
    assert action.partition_function() == pytest.approx(series, rel=10 * coupling**2)
    assert action.second_moment() == pytest.approx(0.5 - 3 * coupling / 8, rel=20 * coupling**2 + 1e-9)
