"""The local contour: derivatives, symmetries, bounds, and the integral that it must leave as it is."""

import itertools

import numpy as np
import pytest

from builders import build_contour, build_model, phi4, random_parameters
from on_device import assert_same
from pomflow.contours import local
from pomflow.contours.base import parts_of
from pomflow.contours.check import deviations
from pomflow.contours.path import Path
from pomflow.models.integrals.integral import POINT
from pomflow.models.thirring.exact import Ring
from pomflow.random.stream import Stream
from small_models import assert_derivatives, hubbard, points, thirring, torus, torus_means, xy

MODELS = {"thirring 4": thirring(4), "thirring 4x4": thirring(4, 4), "phi4 3x2": phi4(3, 2)}
MODELS |= {"xy 5": xy(5), "xy 3x2": xy(3, 2)}
# real variables whose sums along time are angles
MODELS["hubbard 3x2"] = hubbard(3, 2)
OVER_MODELS = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
ANGLES = {name: model for name, model in MODELS.items() if model.variables.kind == "angle"}
OVER_ANGLES = pytest.mark.parametrize("model", ANGLES.values(), ids=ANGLES)


def contour_of(model, **settings):
    """With two harmonics of angles and three hidden units, unless told otherwise."""
    return build_contour("local", model, **{"hidden_units": 3, "harmonics": 2} | settings)


@OVER_MODELS
def test_against_central_differences(model, rng):
    contour = contour_of(model)
    theta, t = random_parameters(contour), points(model, rng, 2)
    found = deviations(contour, model, theta, t, Stream(1, "check"))
    assert max(found.values()) < 1e-7, found


@OVER_MODELS
def test_derivatives_of_every_configuration(model, rng):
    contour = contour_of(model)
    assert_derivatives(contour, model, random_parameters(contour), points(model, rng, 4), rng)


def seen_fields(model, t):
    """What the network sees, (fields, sites) of one configuration, by loops over the lattice."""
    shape = model.lattice.shape
    fields = t.reshape(model.components, *shape)
    if model.variables.kind == "real":
        sums = [np.broadcast_to(field.sum(axis=0), shape) for field in fields if model.angular_sums]
        return [(field, None) for field in fields] + [(field, 0) for field in sums]
    if model.differences_only:
        return [(np.roll(fields[0], -1, axis=axis) - fields[0], None) for axis in range(len(shape))]
    found = [(link, None) for link in fields]
    for direction, link in enumerate(fields):
        found.append((np.broadcast_to(link.sum(axis=direction, keepdims=True), shape), direction))
    for i, j in itertools.combinations(range(len(shape)), 2):
        plaquette = fields[i] + np.roll(fields[j], -1, axis=i) - np.roll(fields[i], -1, axis=j) - fields[j]
        found.append((plaquette, None))
    return found


@OVER_MODELS
def test_it_is_the_formula(model, rng):
    """y_a(x) = beta_a + sum_h U_ah tanh(p_h(x)) (+ V phi of angles), one site and displacement at a time."""
    contour = contour_of(model, window=2, spatial_window=1)
    theta, t = random_parameters(contour), points(model, rng, 1)
    parts, shape = parts_of(theta, contour.shapes), model.lattice.shape
    reaches = [2, *[1] * (len(shape) - 1)]
    features = []
    for field, fixed in seen_fields(model, t[0]):
        for r in itertools.product(*(range(-reach, reach + 1) for reach in reaches)):
            if fixed is None or r[fixed] == 0:
                s = np.roll(field, [-step for step in r], axis=tuple(range(len(shape)))).ravel()
                angular = [np.cos(s), np.cos(2 * s), np.sin(s), np.sin(2 * s)]
                if model.variables.kind == "angle":
                    features.append(angular)
                else:
                    features.append([s, *angular] if model.angular_sums else [s])
    features = np.array(features)
    hidden = np.tanh(np.einsum("hqf,qfx->hx", parts["weight"], features) + parts["bias"][:, None])
    y = parts["output"] @ hidden + parts["constant"][:, None]
    if "direct" in parts:
        y = y + np.einsum("aqf,qfx->ax", parts["direct"], features[:, -4:])
    np.testing.assert_allclose(contour.evaluate(theta, t).z[0], t[0] + 1j * y.ravel(), atol=1e-12)


@OVER_MODELS
def test_translations(model, rng):
    """y of a shifted field is the shifted y, on every component and link, with the same determinant."""
    contour, shape = contour_of(model), model.lattice.shape
    theta, t = random_parameters(contour), points(model, rng, 3)

    def moved(values, axis):
        return np.roll(values.reshape(3, model.components, *shape), 1, axis=axis + 2).reshape(t.shape)

    here = contour.evaluate(theta, t)
    for axis in range(len(shape)):
        there = contour.evaluate(theta, moved(t, axis))
        np.testing.assert_allclose(there.z.imag, moved(here.z.imag, axis), atol=1e-12)
        np.testing.assert_allclose(np.exp(there.log_det() - here.log_det()), 1, atol=1e-10)
    assert np.ptp(here.z.imag[0].reshape(model.components, -1), axis=1).min() > 1e-3


@OVER_ANGLES
def test_period(model, rng):
    """2 pi more in one angle is the same height and determinant."""
    contour = contour_of(model)
    theta, t = random_parameters(contour), points(model, rng, 4)
    here = contour.evaluate(theta, t)
    for angle in range(model.size):
        there = contour.evaluate(
            theta, t + 2 * np.pi * np.eye(model.size)[angle] * rng.integers(-3, 4, (4, 1))
        )
        np.testing.assert_allclose(there.z.imag, here.z.imag, atol=1e-11)
        np.testing.assert_allclose(np.exp(there.log_det() - here.log_det()), 1, atol=1e-11)


@pytest.mark.parametrize("size", [1.0, 1e3])
@pytest.mark.parametrize(
    "model", [phi4(3, 2), phi4(5), build_model("quartic_integral", {"lattice": POINT, "sigma_im": 2.0})]
)
def test_real_paths_are_bounded(model, size, rng):
    """|y_a| <= |beta_a| + sum_h |U_ah| however large the field, so that Re S grows as on the plane."""
    contour = contour_of(model)
    theta = random_parameters(contour, width=1.0)
    parts = parts_of(theta, contour.shapes)
    bound = np.abs(parts["constant"]) + np.abs(parts["output"]).sum(axis=1)
    t = size * rng.uniform(-1, 1, (50, model.size))
    y = np.abs(contour.evaluate(theta, t).z.imag).reshape(50, model.components, -1)
    assert (y <= bound[:, None] * (1 + 1e-12)).all()
    assert "direct" not in parts


@pytest.mark.parametrize("model", [*ANGLES.values(), hubbard(3, 2)])
def test_paths_with_angles_are_bounded(model, rng):
    """|y_a| <= |beta_a| + sum_h |U_ah| + sum |V_a|, and the sum over V is needed."""
    contour = contour_of(model)
    theta = random_parameters(contour, width=1.0)
    parts = parts_of(theta, contour.shapes)
    without = np.abs(parts["constant"]) + np.abs(parts["output"]).sum(axis=1)
    bound = without + np.abs(parts["direct"]).sum(axis=(1, 2))
    t = 10 * rng.uniform(-1, 1, (200, model.size))
    y = np.abs(contour.evaluate(theta, t).z.imag).reshape(200, model.components, -1)
    assert (y <= bound[:, None] * (1 + 1e-12)).all()
    assert (y.max(axis=(0, 2)) > without).any()


@OVER_MODELS
def test_it_starts_near_the_plane(model, rng):
    contour = contour_of(model)
    theta = contour.initial_parameters(Stream(1, "near"))
    y = contour.evaluate(theta, points(model, rng, 20)).z.imag
    assert 0 < np.abs(y).max() < 10 * local.START_AMPLITUDE


@pytest.mark.parametrize(
    ("small", "large"),
    [
        (thirring(4), thirring(8)),
        (thirring(4, 4), thirring(6, 8)),
        (phi4(3, 3), phi4(5, 4)),
        (phi4(3), phi4(9)),
    ],
)
def test_weights_move_to_a_larger_lattice(small, large, rng):
    """A field that is the same at all sites has the same displacement there, the window of 3 sites fitting.

    Of links along a closed line the sums differ with the extent, so angles that repeat them are taken: zero.
    """
    first, second = contour_of(small), contour_of(large)
    theta = random_parameters(first)
    moved = second.transferred(theta, first)
    values = rng.normal(size=small.components) * (small.variables.kind == "real")
    heights = []
    for model, contour, parameters in ((small, first, theta), (large, second, moved)):
        t = np.repeat(values, model.lattice.volume)[None]
        heights.append(contour.evaluate(parameters, t).z.imag.reshape(model.components, -1))
    np.testing.assert_allclose(heights[1], np.tile(heights[0][:, :1], large.lattice.volume), atol=1e-12)


def test_moved_weights_see_the_same_neighbourhood(rng):
    """A field that repeats itself has the displacement that repeats itself, on twice the extents."""
    small, large = phi4(3, 3), phi4(6, 6)
    first, second = contour_of(small), contour_of(large)
    theta, field = random_parameters(first), rng.normal(size=(2, 2, 3, 3))
    y = first.evaluate(theta, field.reshape(2, -1)).z.imag.reshape(field.shape)
    repeated = np.tile(field, (1, 1, 2, 2)).reshape(2, -1)
    found = second.evaluate(second.transferred(theta, first), repeated).z.imag
    np.testing.assert_allclose(found.reshape(2, 2, 6, 6), np.tile(y, (1, 1, 2, 2)), atol=1e-12)


@pytest.mark.parametrize("width", [0.05, 0.1])
def test_the_integral_over_the_torus_is_the_same(width):
    """Z, density and condensate of four slices on a random path, by the trapezoidal rule: exact ones."""
    model, ring = thirring(4), Ring(4, mass=0.6, beta=0.9, mu=0.7)
    contour = contour_of(model, harmonics=1)
    path = Path(model, contour, random_parameters(contour, width=width))
    z, means = torus_means(path, torus(4, 20))
    assert z == pytest.approx(ring.partition_function, rel=1e-5)
    assert means["density"] == pytest.approx(ring.density, rel=1e-5)
    assert means["condensate"] == pytest.approx(ring.condensate, rel=1e-5)
    assert np.abs(path.at(torus(4, 2)).z.imag).max() > width


@OVER_MODELS
def test_groups_of_the_batch_change_nothing(model, rng, monkeypatch):
    contour = contour_of(model)
    theta, t = random_parameters(contour), points(model, rng, 5)

    def evaluated():
        point = contour.evaluate(theta, t)
        return point, point.log_det(), point.derivatives(model.at(point.z).gradient)

    _, log_det, derivatives = evaluated()
    monkeypatch.setattr(local, "GROUP_BYTES", 1)
    point, grouped_log_det, grouped = evaluated()
    assert len(point._groups) == 5
    np.testing.assert_allclose(grouped_log_det, log_det, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(grouped, derivatives, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "make",
    [lambda xp: thirring(4, 4, xp=xp), lambda xp: phi4(3, 2, xp=xp), lambda xp: hubbard(3, 2, xp=xp)],
)
def test_it_runs_on_a_device(make, device):
    def case(xp):
        model = make(xp)
        contour = contour_of(model)
        theta = random_parameters(contour)
        point = contour.evaluate(theta, xp.asarray(np.random.default_rng(1).normal(size=(5, model.size))))
        w = model.at(point.z).gradient
        return theta, point.z, point.log_det(), point.pull_back(w), point.derivatives(w)

    assert_same(case, device)
