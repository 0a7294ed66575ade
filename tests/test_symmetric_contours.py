"""The linear and the equivariant contour: symmetries, bounds, limits, and kernels against array code."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from builders import build_contour, phi4, random_parameters
from on_device import assert_same, compare
from pomflow.contours import linear
from pomflow.contours.base import Contour
from pomflow.contours.equivariant import contour as equivariant
from pomflow.contours.equivariant import row_loops, stencil_kernels
from pomflow.contours.path import Path
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import gaussian
from pomflow.models.complex_scalar import displacement, kernel, stable_slope
from pomflow.numerics import backend, cyclic
from pomflow.random.stream import Stream

NAMES = ("linear", "equivariant")
SHAPES = ((5,), (4, 3), (3, 4), (3, 3, 2), (3, 3, 3), (3, 2, 2, 2))


def complex_field(z, lattice):
    """u = z_1 + i z_2 and v = z_1 - i z_2, each of shape (batch, *lattice)."""
    first, second = (
        part.reshape(-1, *lattice.shape) for part in (z[:, : lattice.volume], z[:, lattice.volume :])
    )
    return first + 1j * second, first - 1j * second


def real_variables(phi):
    flat = phi.reshape(len(phi), -1)
    return np.concatenate((flat.real, flat.imag), axis=1)


@st.composite
def paths(draw, names=NAMES):
    """A contour with random parameters, and a field."""
    shape = draw(st.sampled_from(SHAPES))
    model = phi4(*shape, mu=draw(st.sampled_from((0.0, 0.7, 1.6))))
    contour = build_contour(draw(st.sampled_from(names)), model)
    seed = draw(st.integers(0, 2**16))
    theta = random_parameters(contour, seed, draw(st.sampled_from((0.01, 0.3))))
    rng = np.random.default_rng(seed)
    phi = rng.normal(size=(2, *shape)) + 1j * rng.normal(size=(2, *shape))
    return model, contour, theta, phi * draw(st.sampled_from((0.2, 1.0, 30.0)))


def image(contour, theta, phi):
    """(u, v, ln det J) of fields phi."""
    point = contour.evaluate(theta, real_variables(phi))
    return *complex_field(point.z, contour.lattice), point.log_det()


def check_covariance(path, transform, swap=None):
    """The path of the transformed field is the transformed path, with the same determinant."""
    _, contour, theta, phi = path
    u, v, log_det = image(contour, theta, phi)
    new_u, new_v, new_log_det = image(contour, theta, transform(phi))
    expected = swap(u, v) if swap else (transform(u), np.conj(transform(np.conj(v))))
    scale = np.abs(phi).max()
    np.testing.assert_allclose(new_u, expected[0], atol=1e-11 * scale)
    np.testing.assert_allclose(new_v, expected[1], atol=1e-11 * scale)
    return log_det, new_log_det


def same_determinant(first, second):
    np.testing.assert_allclose(first.real, second.real, atol=1e-9)
    np.testing.assert_allclose(np.exp(1j * first.imag), np.exp(1j * second.imag), atol=1e-9)


@settings(deadline=None, max_examples=40)
@given(paths(), st.data())
def test_translations(path, data):
    axis = data.draw(st.integers(0, len(path[1].lattice.shape) - 1))
    steps = data.draw(st.integers(1, 3))
    same_determinant(*check_covariance(path, lambda phi: np.roll(phi, steps, axis + 1)))


@settings(deadline=None, max_examples=40)
@given(paths(), st.floats(0, 2 * math.pi))
def test_global_u1(path, angle):
    """phi -> e^{i a} phi turns u by a and v by -a."""
    same_determinant(*check_covariance(path, lambda phi: np.exp(1j * angle) * phi))


@settings(deadline=None, max_examples=40)
@given(paths(), st.data())
def test_reflections_of_space(path, data):
    dimension = len(path[1].lattice.shape)
    if dimension > 1:
        axis = data.draw(st.integers(1, dimension - 1))
        same_determinant(*check_covariance(path, lambda phi: np.flip(phi, axis + 1)))


@settings(deadline=None, max_examples=20)
@given(paths(("equivariant",)))
def test_exchange_of_spatial_directions(path):
    """Axes of the same extent may be exchanged."""
    shape = path[1].lattice.shape
    if len(shape) > 2 and shape[-1] == shape[-2]:
        same_determinant(*check_covariance(path, lambda phi: phi.swapaxes(-1, -2)))


@settings(deadline=None, max_examples=40)
@given(paths())
def test_time_reversal_with_charge_conjugation(path):
    """phi(t) -> phi*(-t) exchanges u and v: the action is invariant under both together."""

    def swap(u, v):
        return np.flip(v, 1), np.flip(u, 1)

    same_determinant(*check_covariance(path, lambda phi: np.flip(phi, 1).conj(), swap))


@settings(deadline=None, max_examples=40)
@given(paths())
def test_charge_conjugation_conjugates_the_path(path):
    """phi -> phi* turns u, v and det J into their conjugates, which makes the average phase factor real."""

    def conjugated(u, v):
        return u.conj(), v.conj()

    log_det, new_log_det = check_covariance(path, np.conj, conjugated)
    same_determinant(log_det.conj(), new_log_det)


@settings(deadline=None, max_examples=30)
@given(paths(("equivariant",)))
def test_bounded_displacement(path):
    """|F| is at most its bound by the parameters, however large the field is."""
    _, contour, theta, phi = path
    widest = math.sqrt(contour.scales[-1]) / 2
    size = np.abs(contour.spread) @ np.abs(theta).reshape(len(contour.orbits), -1)
    for stretch in (1.0, 1e6):
        z = contour.evaluate(theta, real_variables(stretch * phi)).z
        assert np.abs(z.imag).max() <= widest * size.sum() + 1e-9


@pytest.mark.parametrize("shape", [(4,), (5, 4), (4, 3, 3)])
@pytest.mark.parametrize("mu", [0.1, 0.5, 0.9])
def test_gaussian_theory_has_no_phase_on_the_linear_contour(shape, mu):
    """lambda = 0: the start is the exact path, so e^{i theta} = 1 for every field, whatever its size."""
    model = phi4(*shape, mu=mu, coupling=0.0)
    contour = build_contour("linear", model)
    path = Path(model, contour, contour.initial_parameters(Stream(1, "start")))
    t = 3 * np.random.default_rng(2).normal(size=(50, model.size))
    np.testing.assert_allclose(np.exp(1j * path.log_weight(t).imag), 1, atol=1e-10)
    # and it is not the plane that is exact
    assert np.abs(np.exp(1j * model.value(t + 0j).imag) - 1).max() > 0.1


@pytest.mark.parametrize("width", [0.1, 10.0])
def test_slopes_of_the_linear_contour_stay_in_the_stable_sector(width):
    model = phi4(6, 5)
    contour = build_contour("linear", model)
    slope, *_ = contour.prepare(random_parameters(contour, width=width))
    assert np.abs(slope).max() <= math.tan(math.pi / 8)
    assert width < 1 or np.abs(slope).max() > 0.4


@pytest.mark.parametrize(("share", "grows"), [(0.9, True), (0.99, False)])
def test_superpositions_of_waves_need_smaller_slopes(share, grows):
    """On eight sites Re sum (uv)^2 has a negative direction where a plane wave has none."""
    lattice = Lattice((8,))
    slope = share * stable_slope(4) * np.sign(np.round(np.sin(lattice.momenta[0]), 12))

    def quartic(t):
        z = t + 1j * displacement(lattice, slope, t[None])[0]
        return ((z.reshape(2, 8) ** 2).sum(axis=0) ** 2).real.sum() / (
            (t.reshape(2, 8) ** 2).sum(axis=0) ** 2
        ).sum()

    rng = np.random.default_rng(0)
    least = min(minimize(quartic, rng.normal(size=16)).fun for _ in range(8))
    wave = ((1 + 1j * share * stable_slope(4)) ** 4).real
    assert wave > 0
    assert (least > 0.02) == grows
    assert least < wave


@pytest.mark.parametrize("shape", [(1,), (5,), (4, 3), (3, 2, 2)], ids=str)
def test_matrix_of_the_linear_contour_is_the_fourier_transform(shape, monkeypatch):
    """Small lattices take one product, large ones two transforms."""
    model = phi4(*shape, mu=0.8)
    contour, t = build_contour("linear", model), np.random.default_rng(3).normal(size=(4, model.size))
    theta = random_parameters(contour)
    found, force = contour.evaluate(theta, t).z, contour.force(contour.prepare(theta), model, t)
    monkeypatch.setattr(linear, "LARGEST_MATRIX", 0)
    np.testing.assert_allclose(found, contour.evaluate(theta, t).z, atol=1e-12)
    np.testing.assert_allclose(force, contour.force(contour.prepare(theta), model, t), atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_start_of_the_equivariant_contour_is_near_the_gaussian_path(shape):
    """For small fields the saturating features are 1 and F is the Gaussian kernel."""
    model = phi4(*shape, mu=0.6)
    contour = build_contour("equivariant", model, reach=8, spatial_reach=5)
    t = 1e-4 * np.random.default_rng(0).normal(size=(3, model.size))
    y = contour.evaluate(contour.initial_parameters(Stream(1, "start")), t).z.imag
    mass_squared = gaussian.self_consistent_mass_squared(len(shape), 1.0, 1.0)
    expected = displacement(model.lattice, gaussian.slopes(model.lattice, mass_squared, 0.6), t)
    assert np.abs(y - expected).max() < 0.02 * np.abs(expected).max()


@pytest.mark.parametrize(
    ("period", "times"), [((5, 3), (2, 2)), ((5, 3, 3), (1, 2, 2)), ((5, 3, 3), (1, 1, 2))], ids=str
)
@pytest.mark.parametrize("name", NAMES)
def test_weights_move_to_a_larger_lattice(name, period, times):
    """A field that repeats itself has the same displacement on a lattice where its period fits several times.

    In the last case the axes of space are alike on the smaller lattice only.
    """
    shape = tuple(np.multiply(period, times).tolist())
    small, large = (build_contour(name, phi4(*extents)) for extents in (period, shape))
    theta = random_parameters(small, width=0.02)
    moved = large.transferred(theta, small)
    assert moved.shape == (large.n_parameters,)
    field, tiles = np.random.default_rng(0).normal(size=(2, 2, *period)), (1, 1, *times)
    y = small.evaluate(theta, field.reshape(2, -1)).z.imag.reshape(field.shape)
    repeated = large.evaluate(moved, np.tile(field, tiles).reshape(2, -1)).z.imag
    np.testing.assert_allclose(repeated.reshape(2, 2, *shape), np.tile(y, tiles), atol=1e-12)


def test_linear_weights_come_back_from_axes_that_differ():
    """By way of a lattice with different axes of space they arrive on a cubic one as they do directly."""
    small, between, large = (
        build_contour("linear", phi4(*shape)) for shape in ((5, 3, 3), (5, 3, 6), (5, 6, 6))
    )
    theta = random_parameters(small)
    detour = large.transferred(between.transferred(theta, small), between)
    np.testing.assert_array_equal(detour, large.transferred(theta, small))
    assert np.count_nonzero(detour) == small.n_parameters


@pytest.mark.parametrize("name", NAMES)
def test_weights_move_on_a_device(name, device):
    def case(xp):
        small, large = (build_contour(name, phi4(*shape, xp=xp)) for shape in ((4, 3), (6, 4)))
        return large.transferred(random_parameters(small), small)

    assert_same(case, device, synchronizes=True)


@pytest.mark.parametrize("matrices", [1, 2])
def test_groups_of_the_batch_change_nothing(matrices, device, monkeypatch):
    """Five configurations at once and in groups of 1 or 2, on a CPU and on a device."""

    def case(xp):
        model = phi4(4, 3, xp=xp)
        contour = build_contour("equivariant", model)
        t = xp.asarray(np.random.default_rng(2).normal(size=(5, model.size)))
        point = contour.evaluate(random_parameters(contour), t)
        groups.append(len(point._groups))
        return point.log_det(), point.derivatives(model.gradient(point.z))

    groups = []
    whole = case(np)
    size = matrices * 16 * phi4(4, 3).size ** 2
    monkeypatch.setattr(equivariant, "GROUP_BYTES", size)
    monkeypatch.setattr(backend, "memory", lambda xp: equivariant.GPU_SHARE * size)
    for xp in (np, device):
        compare(case(xp), whole, 1e-9)
    assert groups == [1, -(-5 // matrices), -(-5 // matrices)]


@pytest.mark.parametrize("shape", [(1,), (4,), (2, 2), (3, 2), (4, 3), (3, 2, 2)])
def test_compiled_loops_are_the_array_code(shape, monkeypatch):
    """The same point with the compiled functions replaced by their twins."""
    model = phi4(*shape, mu=1.1)
    contour = build_contour("equivariant", model)
    theta, t = random_parameters(contour), np.random.default_rng(1).normal(size=(3, model.size))

    def evaluated():
        point = contour.evaluate(theta, t)
        return point._jacobian(slice(None)), point.derivatives(model.gradient(point.z))

    compiled = evaluated()
    for name in ("jacobian", "derivatives"):
        monkeypatch.setattr(stencil_kernels, f"_{name}", getattr(stencil_kernels, f"{name}_by_arrays"))
    for found, twin in zip(compiled, evaluated(), strict=True):
        np.testing.assert_allclose(found, twin, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize(
    "shape", [(1,), (2, 1), (5,), (2, 2), (4, 3), (8, 6), (3, 3, 2), (3, 2, 2, 2)], ids=str
)
def test_compiled_force_is_the_array_code(shape, rng):
    """Also on lattices without displacements, where they coincide, and for large fields."""
    model = phi4(*shape, mu=1.1)
    contour = build_contour("equivariant", model, reach=5, spatial_reach=2)
    prepared = contour.prepare(random_parameters(contour))
    t = rng.normal(size=(row_loops.LANES + 3, model.size)) * rng.choice((0.1, 1.0, 30.0), (11, 1))
    found, twin = contour.force(prepared, model, t), Contour.force(contour, prepared, model, t)
    np.testing.assert_allclose(found, twin, rtol=0, atol=1e-12 * np.abs(twin).max())


def test_force_on_a_chain_does_not_depend_on_those_beside_it(rng):
    """Bit for bit, in whatever lane it is, and also beside one that has overflown."""
    model = phi4(6, 4, mu=1.1)
    contour = build_contour("equivariant", model)
    prepared = contour.prepare(random_parameters(contour))
    t = rng.normal(size=(2 * row_loops.LANES + 1, model.size))
    together = contour.force(prepared, model, t)
    for chain, row in enumerate(t):
        np.testing.assert_array_equal(contour.force(prepared, model, row[None])[0], together[chain])
    t[1] = np.inf
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(contour.force(prepared, model, t)[2:], together[2:])


def test_a_long_kernel_in_four_dimensions_needs_no_large_lattice():
    """Only the extent in its own direction has to hold it: 130 x 16^3 sites, not 130^4."""
    model = phi4(2, 2, 2, 2, mu=0.5)
    coefficients = kernel(
        [(1, 0, 0, 0), (64, 0, 0, 0)], lambda lattice: model.gaussian_slopes(lattice, stable_slope(4))
    )
    assert abs(coefficients[1]) < 1e-6 < abs(coefficients[0])


@pytest.mark.parametrize(
    ("name", "on_a_ring"), [("linear", False), ("equivariant", False), ("equivariant", True)]
)
def test_derivatives_of_every_configuration(name, on_a_ring, rng, monkeypatch):
    """D = d(ln det J - S)/d theta, by central differences, real and imaginary part."""
    model = phi4(4, 3, mu=0.9)
    if on_a_ring:
        monkeypatch.setattr(cyclic, "SMALL_BLOCKS", 1e-9)
    contour = build_contour(name, model)
    assert name == "linear" or (len(contour.ring.edges) > 2) == on_a_ring
    theta, t = random_parameters(contour, width=0.05), rng.normal(size=(3, model.size))
    point = contour.evaluate(theta, t)
    found = point.derivatives(model.gradient(point.z))
    step = 1e-6
    for number in range(contour.n_parameters):
        shift = step * np.eye(contour.n_parameters)[number]
        ends = [Path(model, contour, theta + sign * shift).log_weight(t) for sign in (1, -1)]
        np.testing.assert_allclose(found[:, number], (ends[0] - ends[1]) / (2 * step), atol=2e-7)
