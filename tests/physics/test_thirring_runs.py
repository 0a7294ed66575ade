"""The Thirring model on trained contours: through the crossover, on 8x4, and in 2+1 dimensions."""

import numpy as np
import pytest

from builders import build_contour, build_model, plane_path
from estimates import average_phase, jackknife, pull, reweighted
from pomflow.contours.path import Path
from pomflow.lattice import Lattice
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import sample
from pomflow.training.optimize import optimize

NETWORK = {"window": 0, "spatial_window": 0, "hidden_units": 2, "harmonics": 4}
HMC = {
    "chains": 64,
    "leapfrog_steps": 8,
    "step_size": 0.1,
    "target_acceptance": 0.8,
    "thermalization": 100,
    "record_every": 2,
    "start": "mixed",
}
TRAINING = HMC | {"chains": 128, "thermalization": 20, "learning_rate": 0.5, "damping": 0.01, "memory": 0.95}


def thirring(*shape: int, **values):
    return build_model("thirring", {"lattice": Lattice(shape), "beta": 1.0} | values)


def trained(contour: str, model, steps: int, **network) -> Path:
    """A contour of a model after some steps of the natural gradient."""
    contour = build_contour(contour, model, **NETWORK | network)
    stream = Stream(1, "thirring runs")
    theta = contour.initial_parameters(stream.child("network"))
    numbers = range(TRAINING["thermalization"] + steps)
    return Path(model, contour, optimize(model, contour, theta, TRAINING, stream, numbers, "test").theta)


def run(path: Path, trajectories: int, **settings):
    """Values of the observables by name and ln weights, each of shape (chains, recorded)."""
    settings = HMC | settings
    numbers = range(settings["thermalization"] + trajectories)
    record = sample(path, settings, Stream(2, "thirring runs"), numbers, "test")
    point = path.model.at(path.at(record.t.reshape(-1, record.t.shape[-1])).z)
    found = {name: one.measure(point) for name, one in path.model.observables().items()}
    return {
        name: values.reshape(record.log_weight.shape) for name, values in found.items()
    }, record.log_weight


def assert_exact(path: Path, measured, log_weight):
    """Density and condensate within 4 standard errors of the exact values; their errors."""
    exact = path.model.exact_values()
    found = {name: reweighted(values, log_weight) for name, values in measured.items()}
    for name, one in found.items():
        assert abs(pull(one, exact[name].value)) < 4
    return {name: error for name, (_, error) in found.items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("slices", "mu", "precision"), [(16, 1.4, 0.03), (16, 1.6, 0.04), (16, 1.8, 0.06), (32, 1.6, 0.15)]
)
def test_crossover_of_a_ring(slices, mu, precision):
    """beta = m = 1, where no particle and one around the ring weigh alike and the zeros of det D lie between.

    A single thimble gives wrong numbers there: Fujii, Kamata, Kikukawa, JHEP 11 (2015) 078. The contour is
    deformed from the whole torus, so no region may be missing, and the density is between empty and full. On
    32 sites the phase is nearly lost, and the error such that only a gross mistake would show.
    """
    path = trained("local", thirring(slices, mass=1.0, mu=mu), 60)
    errors = assert_exact(path, *run(path, 400))
    assert errors["density"] < precision


@pytest.mark.slow
def test_8x4():
    """beta = 1, m = 0.5, mu = 0.8: APF above 0.9 from 0.015, and the values of the transfer matrix."""
    path = trained("local", thirring(8, 4, mass=0.5, mu=0.8), 60)
    measured, log_weight = run(path, 300)
    assert average_phase(log_weight)[0] > 0.9
    errors = assert_exact(path, measured, log_weight)
    assert errors["density"] < 0.003


def by_random_links(model, configurations: int) -> dict:
    """Observables and their errors from angles drawn one by one from exp(beta cos A), weighted with det D.

    Without Markov chains and contours: where the fermion is heavy and mu small the weights are alike.
    """
    rng, groups = np.random.default_rng(1), []
    for _ in range(configurations // 500):
        point = model.at(rng.vonmises(0.0, model.beta, (500, model.size)) + 0j)
        weights = np.exp(point.log_det)
        values = [one.measure(point) for one in model.observables().values()]
        groups.append([(weights * value).real.mean() for value in (1.0, *values)])
    norm, *values = np.array(groups).T[..., None]
    found = [jackknife(lambda value, norm: value / norm, value, norm) for value in values]
    return dict(zip(model.observables(), found, strict=True))


@pytest.mark.slow
def test_three_dimensions():
    """4x4x4, beta = m = 1, mu = 0.8: the phase of `local` is the best, and all agree with random links."""
    model = thirring(4, 4, 4, mass=1.0, mu=0.8)
    truth, phases = by_random_links(model, 20000), []
    optimized = [trained(name, model, 10, harmonics=2) for name in ("shift", "local")]
    for path in [plane_path(model), *optimized]:
        measured, log_weight = run(path, 60, chains=32)
        phases.append(average_phase(log_weight)[0])
        for observable, values in measured.items():
            assert abs(pull(reweighted(values, log_weight), *truth[observable])) < 4
    assert 0.8 < phases[0] < phases[1] - 0.02 < phases[2] - 0.04
