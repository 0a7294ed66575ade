"""The numerical core uses nothing that CuPy lacks, waits for no device unasked, and gives NumPy's numbers.

Every case runs with NumPy and with ``strict_cupy``, the double of CuPy; where a GPU works, with CuPy too.
"""

import numpy as np
import pytest

from builders import NETWORK, build_contour, build_model, model_cases, phi4, random_parameters
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
from pomflow.samplers.step_size import StepSize, frozen
from pomflow.training.cost import cost_gradient
from pomflow.training.optimize import optimize
from small_models import fitting_cases

HMC_SETTINGS = {
    "chains": 6,
    "leapfrog_steps": 4,
    "step_size": 0.15,
    "target_acceptance": 0.8,
    "thermalization": 4,
    "record_every": 2,
    "start": "mixed",
}
OPTIMIZE_SETTINGS = HMC_SETTINGS | {
    "learning_rate": 0.01,
    "control_variate": "auto",
    "start": "hot",
    "thermalization": 2,
    "damping": 0.01,
    "memory": 0.9,
}


@pytest.mark.parametrize(("name", "arguments"), model_cases())
def test_actions(name, arguments, device):
    def case(xp):
        model = build_model(name, arguments, xp)
        z = complex_(xp, 5, model.size)
        return model.value(z), model.gradient(z), model.ordered_start(Stream(1, "start", xp=xp), 3)

    assert_same(case, device)


@pytest.mark.parametrize(("name", "arguments"), model_cases())
def test_observables(name, arguments, device):
    def case(xp):
        model = build_model(name, arguments, xp)
        point = model.at(complex_(xp, 5, model.size))
        found = {one: observable.measure(point) for one, observable in model.observables().items()}
        return found | {"schwinger_dyson": point.schwinger_dyson()}

    assert_same(case, device)


@pytest.mark.parametrize(("name", "model_name", "arguments", "settings"), fitting_cases())
def test_contours(name, model_name, arguments, settings, device):
    def case(xp):
        model = build_model(model_name, arguments, xp)
        contour = build_contour(name, model, **settings)
        theta, t = random_parameters(contour), real(xp, 5, model.size)
        point = contour.evaluate(theta, t)
        w = model.at(point.z).gradient
        weight = complex_(xp, 5)
        return theta, point.z, point.log_det(), point.pull_back(w), point.parameter_gradient(weight, w)

    assert_same(case, device)


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


def paths(xp, name):
    model = phi4(3, 2, xp=xp)
    contour = build_contour(name, model)
    return Path(model, contour, random_parameters(contour))


@pytest.mark.parametrize("name", registry.CONTOURS)
def test_trajectories_and_step_sizes(name, device):
    def case(xp):
        path = paths(xp, name)
        chains, hmc = Chains.on(path, real(xp, 6, 12)), HMC(Stream(4, "hmc", xp=xp), 5)
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
        assert all(isinstance(value, np.ndarray | list) for value in vars(record).values())
        return vars(record)

    assert_same(case, device, synchronizes=True)


def test_langevin_step(device):
    def case(xp):
        z, step = langevin.advance(phi4(3, 2, xp=xp), complex_(xp, 6, 12), real(xp, 6, 12), 0.1)
        return z, step.drift, step.time

    assert_same(case, device)


def test_langevin_run(device):
    """The record is on the host, so the end of a run waits for the device."""

    def case(xp):
        observables = {name: registry.load("observable", name) for name in registry.OBSERVABLES}
        settings = HMC_SETTINGS | {"step_size": 0.02}
        model, stream = phi4(3, 2, xp=xp), Stream(4, "langevin", xp=xp)
        return vars(langevin.sample(model, observables, settings, stream, range(9), "here"))

    assert_same(case, device, synchronizes=True)


@pytest.mark.parametrize("control", [0.0, 1.0])
@pytest.mark.parametrize("name", registry.CONTOURS)
def test_cost_gradient(name, control, device):
    def case(xp):
        path, t = paths(xp, name), real(xp, 6, 12)
        return cost_gradient(path, t, path.log_weight(t), control)

    assert_same(case, device)


@pytest.mark.parametrize("name", ["dense", "linear", "equivariant"])
def test_optimize(name, device):
    """A few steps of both optimizers; the history needs numbers on the host at every one."""

    def case(xp):
        model = phi4(3, 2, xp=xp)
        contour = build_contour(name, model)
        stream = Stream(4, "optimize", xp=xp)
        theta = contour.initial_parameters(stream.child("network"))
        done = optimize(model, contour, theta, NETWORK | OPTIMIZE_SETTINGS, stream, range(8), "here")
        assert namespace(done.theta) is xp
        return done.theta, done.history

    assert_same(case, device, synchronizes=True)
