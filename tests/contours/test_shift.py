"""The constant shift: derivatives, orbits, limits, and the integral that it must leave as it is."""

import numpy as np
import pytest

from builders import build_contour, phi4, random_parameters
from on_device import assert_same
from pomflow.contours.check import deviations
from pomflow.contours.path import Path
from pomflow.contours.shift import Shift
from pomflow.models.thirring.exact import Ring
from pomflow.random.stream import Stream
from small_models import assert_derivatives, hubbard, points, thirring, torus, torus_means

MODELS = {"thirring 4": thirring(4), "thirring 4x4": thirring(4, 4), "phi4 3x2": phi4(3, 2)}
OVER_MODELS = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


@OVER_MODELS
def test_against_central_differences(model, rng):
    shift = Shift(model)
    found = deviations(shift, model, random_parameters(shift), points(model, rng, 3), Stream(1, "check"))
    assert max(found.values()) < 1e-7, found


@OVER_MODELS
def test_derivatives_of_every_configuration(model, rng):
    shift = Shift(model)
    assert_derivatives(shift, model, random_parameters(shift), points(model, rng, 4), rng)


@pytest.mark.parametrize(
    ("model", "count"),
    [(thirring(4), 1), (thirring(4, 4), 2), (thirring(4, 4, 4), 2), (phi4(3, 2), 1), (hubbard(4, 3), 1)],
)
def test_one_constant_for_variables_that_are_alike(model, count):
    """Links in time and links in space of the fermions; all variables of a scalar field, and of electrons."""
    shift = Shift(model)
    assert shift.n_parameters == count
    constants = 0.3 + 0.2 * np.arange(count)
    y = shift.evaluate(constants, np.zeros((1, model.size))).z.imag[0]
    np.testing.assert_array_equal(y, constants[model.orbits()])


@OVER_MODELS
def test_it_is_constant_with_determinant_one(model, rng):
    """At every t: so it has the period of angles, and is bounded on the real line."""
    shift = Shift(model)
    theta = random_parameters(shift)
    point = shift.evaluate(theta, 1e3 * rng.normal(size=(20, model.size)))
    np.testing.assert_array_equal(point.z.imag, np.tile(point.z.imag[0], (20, 1)))
    np.testing.assert_array_equal(point.log_det(), 0)


@OVER_MODELS
def test_it_starts_on_the_plane(model):
    shift = Shift(model)
    np.testing.assert_array_equal(shift.initial_parameters(Stream(1, "start")), 0)


@pytest.mark.parametrize("constant", [-0.4, 0.2, 0.7])
def test_the_integral_over_the_torus_is_the_same(constant):
    """Z, density and condensate of four slices on the shifted torus, by the trapezoidal rule: exact ones."""
    model, ring = thirring(4), Ring(4, mass=0.6, beta=0.9, mu=0.7)
    z, means = torus_means(Path(model, Shift(model), np.array([constant])), torus(4, 16))
    assert z == pytest.approx(ring.partition_function, rel=1e-9)
    assert means["density"] == pytest.approx(ring.density, rel=1e-9)
    assert means["condensate"] == pytest.approx(ring.condensate, rel=1e-9)


def test_a_shift_lifts_the_phase_of_fermions():
    """mu = 2 on four slices, where the weight is nearly a product over links: from 0.05 to above 0.65.

    The shift is near the saddle point of one factor exp(beta cos A + iA), sinh c = 1 / beta.
    """
    theory = {"mass": 1.0, "beta": 1.0, "mu": 2.0}
    model, t = thirring(4, **theory), torus(4, 18)
    plane, shifted = (
        np.exp(Path(model, Shift(model), np.array([c])).log_weight(t)) for c in (0, np.arcsinh(1.0))
    )
    for weight, least, most in ((plane, 0.0, 0.06), (shifted, 0.65, 1.0)):
        assert least < weight.mean().real / np.abs(weight).mean() < most
    exact = Ring(4, **theory).average_phase_factor
    assert plane.mean().real / np.abs(plane).mean() == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize(
    ("small", "large"),
    [(thirring(4, 4), thirring(6, 4)), (thirring(4), thirring(10)), (phi4(2, 2), phi4(3, 5))],
)
def test_constants_move_to_a_larger_lattice(small, large):
    first, second = Shift(small), Shift(large)
    theta = random_parameters(first)
    moved = second.transferred(theta, first)
    before = first.evaluate(theta, np.zeros((1, small.size))).z.imag.reshape(small.components, -1)
    after = second.evaluate(moved, np.zeros((1, large.size))).z.imag.reshape(large.components, -1)
    np.testing.assert_array_equal(before[:, 0], after[:, 0])
    assert (after == after[:, :1]).all()


@pytest.mark.parametrize("make", [lambda xp: thirring(4, 4, xp=xp), lambda xp: phi4(3, 2, xp=xp)])
def test_it_runs_on_a_device(make, device):
    def case(xp):
        model = make(xp)
        shift = build_contour("shift", model)
        theta = random_parameters(shift)
        point = shift.evaluate(theta, xp.asarray(np.random.default_rng(1).normal(size=(5, model.size))))
        w = model.at(point.z).gradient
        return (
            shift.initial_parameters(None),
            point.z,
            point.log_det(),
            point.pull_back(w),
            point.derivatives(w),
        )

    assert_same(case, device)
