"""The contour ``layered``: symmetries, bounds, limits, transfer, and compiled loops against array code."""

import numpy as np
import pytest

import builders
from builders import build_contour, phi4, random_parameters
from pomflow import registry
from pomflow.checks.contour import check_contour
from pomflow.contours import scales
from pomflow.contours.layered.currents import squares
from pomflow.contours.layered.layers import Layers
from pomflow.contours.layered.tables import Seen, within
from pomflow.contours.path import Path
from pomflow.lattice import Lattice
from pomflow.random.stream import Stream

# small and odd extents, one to four dimensions
SHAPES = ((5,), (4, 3), (16, 2), (9, 4), (3, 3, 2), (4, 2, 2, 2))
NETWORK = {"reach": 3, "spatial_reach": 2, "features": 2}
# those without a direction of space have no currents
CASES = [(shape, currents) for shape in SHAPES for currents in (False, True) if len(shape) > currents]


def case(shape, seed=1, **network):
    """A model, its contour with random parameters, and fields of three configurations."""
    model = phi4(*shape, mu=0.9)
    contour = build_contour("layered", model, **(NETWORK | network))
    rng = np.random.default_rng(seed)
    phi = rng.normal(size=(3, *shape)) + 1j * rng.normal(size=(3, *shape))
    return model, contour, random_parameters(contour, seed), phi


def variables(phi):
    flat = phi.reshape(len(phi), -1)
    return np.concatenate((flat.real, flat.imag), axis=1)


def image(contour, theta, phi):
    """u and v, each of the shape of phi, and ln det J."""
    point = contour.evaluate(theta, variables(phi))
    first, second = point.z.reshape(len(phi), 2, *phi.shape[1:]).swapaxes(0, 1)
    return first + 1j * second, first - 1j * second, point.log_det()


@pytest.mark.parametrize(("shape", "currents"), CASES)
class TestSymmetries:
    def check(self, shape, currents, transform, angle=0.0):
        """The path of the transformed field is the transformed path, with the same determinant."""
        _, contour, theta, phi = case(shape, currents=currents)
        u, v, log_det = image(contour, theta, phi)
        factor = np.exp(1j * angle)
        new_u, new_v, new_log_det = image(contour, theta, factor * transform(phi))
        np.testing.assert_allclose(new_u, factor * transform(u), atol=1e-11)
        np.testing.assert_allclose(new_v, transform(v) / factor, atol=1e-11)
        np.testing.assert_allclose(np.exp(new_log_det - log_det), 1, atol=1e-10)
        # and it is not the real plane that has these symmetries
        assert np.abs(u - phi).max() > 0.01 or not contour.n_parameters

    def test_translations_in_space(self, shape, currents):
        if len(shape) > 1:
            self.check(shape, currents, lambda phi: np.roll(phi, 1, axis=-1))

    def test_reflections_of_space(self, shape, currents):
        if len(shape) > 1:
            self.check(shape, currents, lambda phi: np.flip(phi, axis=-1))

    def test_global_u1(self, shape, currents):
        self.check(shape, currents, lambda phi: phi, angle=0.7)

    def test_charge_conjugation_conjugates_the_path(self, shape, currents):
        """phi -> phi* turns u, v and det J into their conjugates: the average phase factor is real."""
        _, contour, theta, phi = case(shape, currents=currents)
        u, v, log_det = image(contour, theta, phi)
        new_u, new_v, new_log_det = image(contour, theta, phi.conj())
        np.testing.assert_allclose(new_u, u.conj(), atol=1e-11)
        np.testing.assert_allclose(new_v, v.conj(), atol=1e-11)
        np.testing.assert_allclose(np.exp(new_log_det - log_det.conj()), 1, atol=1e-10)


@pytest.mark.parametrize("currents", [False, True])
def test_exchange_of_spatial_directions(currents):
    """Axes of the same extent may be exchanged."""
    _, contour, theta, phi = case((4, 3, 3), currents=currents)
    u, v, _ = image(contour, theta, phi)
    new_u, new_v, _ = image(contour, theta, phi.swapaxes(-1, -2))
    np.testing.assert_allclose(new_u, u.swapaxes(-1, -2), atol=1e-11)
    np.testing.assert_allclose(new_v, v.swapaxes(-1, -2), atol=1e-11)


def test_translations_in_time_far_from_the_first_slice():
    """Slices change one after the other: only those near the first and the last know where they are."""
    _, contour, theta, phi = case((40, 2), reach=2)
    phi[:, :12], phi[:, -12:] = 0, 0
    here, there = (image(contour, theta, np.roll(phi, steps, axis=1))[0] for steps in (0, 3))
    # what a change does is carried on from slice to slice, weaker each time
    np.testing.assert_allclose(np.roll(here, 3, axis=1)[:, 10:-10], there[:, 10:-10], atol=1e-3)


@pytest.mark.parametrize("shape", [(16, 4), (9, 3), (2, 3), (4, 2, 2)], ids=str)
def test_no_site_sees_its_own_time_slice(shape):
    """Else the determinant of a change would not be a product over its sites."""
    lattice = Lattice(shape)
    tables = Seen.of(lattice, within(shape, 20, 2))
    times = np.arange(lattice.volume) // (lattice.volume // shape[0])
    assert (times[tables.neighbours] != times[:, None]).all()
    assert set(tables.times) <= set(range(1, shape[0]))
    for number, back in enumerate(tables.opposite):
        np.testing.assert_array_equal(
            tables.neighbours[tables.neighbours[:, number], back], np.arange(lattice.volume)
        )


@pytest.mark.parametrize(("shape", "currents"), CASES)
@pytest.mark.parametrize(("batch", "features"), [(1, 3), (8, 3), (11, 3), (3, 1), (3, 2), (3, 4)])
def test_compiled_loops_are_the_array_code(shape, currents, batch, features):
    """Points, determinants and the way back, of batches that fill the lanes and that do not."""
    _, contour, theta, _ = case(shape, features=features, currents=currents)
    rng = np.random.default_rng(7)
    t = rng.normal(size=(batch, 2 * contour.lattice.volume))
    prepared = contour.prepare(theta)
    compiled = contour.at(prepared, t)._layers
    weights = prepared.weights, prepared.current_weights
    arrays = Layers(contour.seen, *weights, contour.scales, shape[0], t)
    back = rng.normal(size=arrays.fields.shape) + 1j * rng.normal(size=arrays.fields.shape)
    np.testing.assert_allclose(compiled.fields, arrays.fields, atol=1e-13)
    np.testing.assert_allclose(np.exp(compiled.log_det() - arrays.log_det()), 1, atol=1e-12)
    np.testing.assert_allclose(compiled.pull_back(back), arrays.pull_back(back), atol=1e-12)
    for one, other in zip(compiled.derivatives(back), arrays.derivatives(back), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("currents", [False, True])
def test_a_chain_does_not_depend_on_those_beside_it(currents):
    """Bit for bit: the lanes of the compiled loops do not mix."""
    model, contour, theta, phi = case((8, 3), currents=currents)
    path, t = Path(model, contour, theta), variables(np.concatenate([phi] * 4))
    together = path.force(t)
    for row in range(len(t)):
        np.testing.assert_array_equal(path.force(t[row : row + 1])[0], together[row])


@pytest.mark.parametrize("stretch", [1.0, 1e3, 1e6])
@pytest.mark.parametrize("currents", [False, True])
def test_layers_move_the_field_by_a_bounded_distance(stretch, currents):
    """|u' - phi| stays below a constant however large the field: Re S grows as on the linear path."""
    _, contour, theta, phi = case((8, 4), currents=currents)
    t = variables(stretch * phi)
    fields = contour.at(contour.prepare(theta), t)._layers.fields
    plane = (stretch * phi).reshape(len(phi), -1)
    assert np.abs(fields[:, 0] - plane).max() < 5
    assert np.abs(fields[:, 1] - plane.conj()).max() < 5


@pytest.mark.parametrize("shape", [(6, 4), (4, 2, 2, 2)], ids=str)
def test_it_begins_as_the_linear_contour(shape):
    """Layers that change nothing: the same weight of every configuration."""
    model = phi4(*shape, mu=0.9)
    found, expected = (
        Path(model, contour, contour.initial_parameters(Stream(1, "start")))
        for contour in (build_contour(name, model) for name in ("layered", "linear"))
    )
    t = np.random.default_rng(3).normal(size=(20, model.size))
    np.testing.assert_allclose(found.log_weight(t), expected.log_weight(t), atol=1e-11)
    np.testing.assert_allclose(found.force(t), expected.force(t), atol=1e-11)


def test_gaussian_theory_has_no_phase_at_the_start():
    """lambda = 0: every configuration has e^{i theta} = 1."""
    model = phi4(8, 3, mu=0.9, coupling=0.0)
    contour = build_contour("layered", model)
    path = Path(model, contour, contour.initial_parameters(Stream(1, "start")))
    t = 3 * np.random.default_rng(2).normal(size=(20, model.size))
    np.testing.assert_allclose(np.exp(1j * path.log_weight(t).imag), 1, atol=1e-10)


@pytest.mark.parametrize("currents", [False, True])
def test_layers_taken_to_a_larger_lattice(currents):
    """The same weights; a wider lattice repeats in space what a narrow one does."""
    network = NETWORK | {"currents": currents}
    small, large = (build_contour("layered", phi4(*shape), **network) for shape in ((8, 6), (8, 12)))
    theta = random_parameters(small)
    rng = np.random.default_rng(4)
    phi = rng.normal(size=(1, 8, 6)) + 1j * rng.normal(size=(1, 8, 6))
    moved = large.prepare(large.transferred(theta, small))
    here = small.at(small.prepare(theta), variables(phi))._layers.fields[0, 0].reshape(8, 6)
    there = large.at(moved, variables(np.tile(phi, (1, 1, 2))))._layers.fields[0, 0].reshape(8, 12)
    np.testing.assert_allclose(there, np.tile(here, (1, 2)), atol=1e-12)


@pytest.mark.parametrize(
    ("shape", "longest"),
    [((4, 4), (1, 2)), ((5, 3), (2, 1)), ((16, 16), (7, 3)), ((3, 8, 2), (1, 1)), ((2, 4), ())],
)
def test_displacements_go_at_most_half_around_the_lattice(shape, longest):
    """Longer ones share their sites with shorter ones, and would part from them on a larger lattice."""
    found = within(shape, 9, 3)
    assert tuple(map(max, zip(*found, strict=True)))[: len(longest)] == longest


def test_transfer_leaves_out_what_has_no_room():
    """From four slices to eight and back: displacements that both know keep their weights."""
    small, large = (
        build_contour("layered", phi4(*shape), reach=5, spatial_reach=1, currents=True)
        for shape in ((4, 3), (8, 3))
    )
    theta = random_parameters(small)
    there = large.transferred(theta, small)
    assert there.shape == (large.n_parameters,)
    (_, *known), (_, *moved) = small.parts(theta), large.parts(there)
    by_orbit = [(weights.swapaxes(0, 1), of_currents) for weights, of_currents in (moved, known)]
    for ours, theirs in zip(*by_orbit, strict=True):
        for number, orbit in enumerate(large.orbits):
            expected = theirs[small.orbits.index(orbit)] if orbit in small.orbits else 0 * theirs[0]
            np.testing.assert_array_equal(ours[number], expected)
    _, *back = small.parts(small.transferred(there, large))
    for ours, theirs in zip(back, known, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("shape", [(5,), (5, 1)], ids=str)
def test_one_site_in_space_has_no_currents(shape):
    with_currents, without = (build_contour("layered", phi4(*shape), currents=on) for on in (True, False))
    assert with_currents.n_parameters == without.n_parameters


def test_files_of_earlier_versions_know_nothing_of_currents():
    """The settings that they hold have no such key: a path without them."""
    settings = {key: value for key, value in builders.NETWORK.items() if key != "currents"}
    model = phi4(4, 3)
    contour = registry.load("contour", "layered").build(model, settings)
    assert contour.n_parameters == build_contour("layered", model).n_parameters


@pytest.mark.parametrize("currents", [(False, True), (True, False)], ids=str)
def test_transfer_between_layers_with_and_without_currents(currents):
    """The linear map and the weights go over; what sees currents begins with no weight for them."""
    source, target = (build_contour("layered", phi4(4, 3), currents=on) for on in currents)
    theta = random_parameters(source)
    before, after = source.parts(theta), target.parts(target.transferred(theta, source))
    for ours, theirs in zip(before[:2], after[:2], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert not after[2].any()


@pytest.mark.parametrize(("features", "scale"), [(3, 2.0), (5, 2.0), (3, 20.0)])
def test_weights_of_currents_come_in_units_of_their_size(features, scale):
    """Parameters of order one move the field by about its own size, at every scale."""
    _, contour, theta, phi = case((8, 4), features=features, scale=scale, currents=True)
    fields = contour.at(contour.prepare(theta), variables(4 * phi))._layers.fields
    assert np.abs(fields[:, 0] - 4 * phi.reshape(3, -1)).max() < 5


def test_squares_of_currents():
    """Of a spin wave of amplitude r: j = r^2 sin k on every link, of which a site has two a direction."""
    lattice, radius = Lattice((2, 8, 6)), 1.3
    seen = Seen.of(lattice, within(lattice.shape, 1, 0))
    _, x, y = np.meshgrid(*map(np.arange, lattice.shape), indexing="ij")
    wave = radius * np.exp(2j * np.pi * (x / 8 + y / 6)).ravel()[None]
    found = squares(wave, wave.conj(), seen.ahead, seen.behind)
    expected = 2 * radius**4 * (np.sin(2 * np.pi / 8) ** 2 + np.sin(2 * np.pi / 6) ** 2)
    np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_all_scales_are_powers_of_the_widest():
    """The compiled loops take the fourth power of a feature for the next narrower one."""
    assert scales.SCALE_RATIO == 4


@pytest.mark.parametrize("shape", [(4, 3), (3, 2), (3, 3, 2)], ids=str)
def test_what_sees_currents_passes_the_checks_of_contours(shape):
    """Determinant, force and gradients against differences, directions far out, transfer."""
    model, contour, *_ = case(shape, currents=True)
    findings = check_contour(contour, model, Stream(4, "checks"))
    assert not [one.name for one in findings if not one.passed]
    assert {"determinant by differences", "derivatives by differences"} <= {one.name for one in findings}
