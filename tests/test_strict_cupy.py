"""The numerical core uses nothing that CuPy lacks, waits for no device unasked, and gives NumPy's numbers.

Every case runs with NumPy and with ``strict_cupy``, the double of CuPy; where a GPU works, with CuPy too.
"""

import numpy as np
import pytest

from builders import (
    NETWORK,
    build_contour,
    build_model,
    contours_and_models,
    fitting_model,
    model_cases,
    phi4,
    random_parameters,
    small_model,
)
from on_device import assert_same, complex_, real
from pomflow import registry
from pomflow.contours.path import Path
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import gaussian
from pomflow.models.complex_scalar import displacement
from pomflow.numerics import determinant
from pomflow.numerics.backend import namespace, to_host
from pomflow.random.stream import Stream
from pomflow.samplers import langevin
from pomflow.samplers.hmc import HMC, Chains, sample
from pomflow.samplers.starts import start
from pomflow.samplers.step_size import StepSize, frozen
from pomflow.training.cost import cost_gradient
from pomflow.training.optimize import optimize

HMC_SETTINGS = {
    "chains": 6,
    "leapfrog_steps": 4,
    "step_size": 0.15,
    "target_acceptance": 0.8,
    "thermalization": 4,
    "record_every": 2,
    "start": "mixed",
}
OVER_PAIRS = pytest.mark.parametrize(("name", "theory"), contours_and_models())
OPTIMIZE_SETTINGS = HMC_SETTINGS | {
    "learning_rate": 0.01,
    "control_variate": "auto",
    "start": "hot",
    "thermalization": 2,
    "damping": 0.01,
    "memory": 0.9,
}


@pytest.mark.parametrize(("name", "arguments"), model_cases())
def test_models(name, arguments, device):
    def case(xp):
        model = build_model(name, arguments, xp)
        point = model.at(complex_(xp, 5, model.size))
        measured = [item.measure(point) for item in registry.observables(name, type(model)).values()]
        numbers = point.value, point.gradient, point.schwinger_dyson(), *measured
        start = model.ordered_start(Stream(1, "start", xp=xp), 3)
        curvature = (model.hessian(point.z),) if model.has_hessian else ()
        return *numbers, *curvature, start, model.wrapped(4 * start)

    assert_same(case, device)


def test_every_contour_and_model_is_in_a_pair():
    contours, models = zip(*(pair.values for pair in contours_and_models()), strict=True)
    assert set(contours) == set(registry.CONTOURS)
    assert set(models) == set(registry.MODELS)


@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.5])
@OVER_PAIRS
def test_contours(name, theory, ratio, device):
    """``ratio`` concerns dense contours alone, whose determinant takes another way for few hidden units."""
    if ratio != 1.0 and "hidden_ratio" not in registry.load("contour", name).network_settings:
        pytest.skip("has no hidden units")

    assert_same(lambda xp: on_path(xp, name, theory, hidden_ratio=ratio), device)


def test_a_contour_that_sees_currents(device):
    assert_same(lambda xp: on_path(xp, "layered", "complex_phi4", currents=True), device)


def on_path(xp, name: str, theory: str, **settings):
    """All that a contour offers, at random points and parameters."""
    model = small_model(theory, xp)
    contour = build_contour(name, model, **settings)
    theta, t = random_parameters(contour), real(xp, 5, model.size)
    point = contour.evaluate(theta, t)
    w = model.gradient(point.z)
    weight = complex_(xp, 5)
    return theta, point.z, point.log_det(), point.pull_back(w), point.parameter_gradient(weight, w)


def test_determinant(device):
    def case(xp):
        factors = (real(xp, 5, 3), real(xp, 3, 4), real(xp, 5, 4), real(xp, 4, 3))
        a = determinant.product(*factors)[1]
        return determinant.log_det(a), tuple(determinant.log_det_gradient(*factors, complex_(xp, 5)))

    assert_same(case, device)


@pytest.mark.parametrize("kind", ["words", "uniforms", "normals"])
def test_streams(kind, device):
    assert_same(lambda xp: getattr(Stream(9, "words", xp=xp), kind)(3, 7, 5, first_row=2), device)


def test_words_are_bitwise_the_same(device):
    words = Stream(9, "words", xp=device).words(2**33, 7, 5)
    np.testing.assert_array_equal(to_host(words), Stream(9, "words").words(2**33, 7, 5), strict=True)


def test_permutation(device):
    assert_same(lambda xp: Stream(9, "words", xp=xp).permutation(3, 50), device)


def test_gaussian_displacement(device):
    lattice = Lattice((4, 3))
    slope = gaussian.slopes(lattice, 1.0, 0.8)
    assert_same(lambda xp: displacement(lattice, slope, real(xp, 5, 24)), device)


def paths(xp, name, theory="complex_phi4"):
    model = small_model(theory, xp)
    contour = build_contour(name, model)
    return Path(model, contour, random_parameters(contour))


@OVER_PAIRS
def test_trajectories_and_step_sizes(name, theory, device):
    def case(xp):
        path = paths(xp, name, theory)
        chains, hmc = Chains.on(path, real(xp, 6, path.model.size)), HMC(Stream(4, "hmc", xp=xp), 5)
        step, tuned = StepSize.common(0.2, 0.8, 6, xp), []
        for number in range(4):
            chains, done = hmc.trajectory(path, chains, number, step.value)
            step = step.learn(done.delta_h)
            tuned.append(step.value)
        return chains.t, chains.log_weight, done.delta_h, done.accepted, frozen(tuned)

    assert_same(case, device)


@pytest.mark.parametrize("start", ["hot", "cold", "ordered", "mixed"])
def test_sample(start, device):
    """The record is on the host, so the end of a run waits for the device."""

    def case(xp):
        settings = HMC_SETTINGS | {"start": start}
        record = sample(paths(xp, "dense"), settings, Stream(4, "hmc", xp=xp), range(9), "here")
        # without proposals of windings there is none of them
        found = {name: value for name, value in vars(record).items() if value is not None}
        assert all(isinstance(value, np.ndarray | list) for value in found.values())
        return found

    assert_same(case, device, synchronizes=True)


def test_windings(device):
    """Proposals of another winding number are made on the device."""

    def case(xp):
        settings = HMC_SETTINGS | {"start": "ordered", "windings": 2, "tuned_by": "integrator"}
        return vars(sample(paths(xp, "linear"), settings, Stream(4, "hmc", xp=xp), range(9), "here"))

    assert_same(case, device, synchronizes=True)


def test_hartree_start(device):
    def case(xp):
        return start("hartree", paths(xp, "linear"), 5, Stream(4, "start", xp=xp))[0]

    assert_same(case, device)


def test_langevin_step(device):
    def case(xp):
        z, step = langevin.advance(phi4(3, 2, xp=xp), complex_(xp, 6, 12), real(xp, 6, 12), 0.1)
        return z, step.drift, step.time

    assert_same(case, device)


def test_langevin_run(device):
    """The record is on the host, so the end of a run waits for the device."""

    def case(xp):
        model, stream = phi4(3, 2, xp=xp), Stream(4, "langevin", xp=xp)
        functions = {name: item.measure for name, item in model.observables().items()}
        settings = HMC_SETTINGS | {"step_size": 0.02}
        return vars(langevin.sample(model, functions, settings, stream, range(9), "here"))

    assert_same(case, device, synchronizes=True)


@pytest.mark.parametrize("control", [0.0, 1.0])
@OVER_PAIRS
def test_cost_gradient(name, theory, control, device):
    def case(xp):
        path = paths(xp, name, theory)
        t = real(xp, 6, path.model.size)
        return cost_gradient(path, t, path.log_weight(t), control)

    assert_same(case, device)


@pytest.mark.parametrize(
    ("name", "theory"),
    [
        *((name, None) for name in registry.CONTOURS if name != "plane"),
        ("dense", "thirring"),
        ("local", "hubbard"),
        ("local", "xy"),
    ],
)
def test_optimize(name, theory, device):
    """Every contour that learns, a few steps; the history needs numbers on the host at every one."""

    def case(xp):
        model = small_model(theory, xp) if theory else fitting_model(name, xp)
        contour = build_contour(name, model)
        stream = Stream(4, "optimize", xp=xp)
        theta = contour.initial_parameters(stream.child("network"))
        done = optimize(model, contour, theta, NETWORK | OPTIMIZE_SETTINGS, stream, range(8), "here")
        assert namespace(done.theta) is xp
        return done.theta, done.history

    # steps of the natural gradient solve equations, which makes more of rounding
    assert_same(case, device, synchronizes=True, arrays=1e-10)
