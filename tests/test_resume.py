"""Long runs that are stopped again and again end as if they had not been."""

import functools

import numpy as np
import pytest

import strict_cupy
from builders import NETWORK, build_contour, phi4, steep_path
from kept import checkpoint_in
from pomflow.io import checkpoint as checkpoints
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import quenched, worm
from pomflow.models.complex_phi4.dual import DualTheory
from pomflow.models.dual import bins, runs, windings
from pomflow.nn import SGD, Adam, Dense, Momentum, Network, SquaredError, fit
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import sample
from pomflow.training.approach import Approach
from pomflow.training.optimize import optimize

SAMPLING = {
    "leapfrog_steps": 2,
    "start": "mixed",
    "chains": 3,
    "step_size": 0.1,
    "target_acceptance": 0.8,
    "thermalization": 4,
    "record_every": 2,
}
TRAINING = {
    "leapfrog_steps": 2,
    "start": "mixed",
    "chains": 6,
    "step_size": 0.1,
    "target_acceptance": 0.8,
    "thermalization": 2,
    "learning_rate": 0.01,
    "control_variate": "auto",
    "damping": 0.01,
    "memory": 0.9,
}


def sampling(kept, xp=np, **settings):
    path, stream = steep_path(phi4(2, 2, xp=xp), 3), Stream(1, "s", xp=xp)
    return vars(sample(path, SAMPLING | settings, stream, range(12), "test", kept))


def training(kept, contour="dense", xp=np, approach=None):
    model = phi4(2, 2, xp=xp)
    built = build_contour(contour, model, **NETWORK)
    theta = built.initial_parameters(Stream(1, "initial", xp=xp))
    done = optimize(model, built, theta, TRAINING, Stream(1, "o", xp=xp), range(30), "test", kept, approach)
    return {"theta": done.theta} | done.history


def approached(kept, contour):
    moving = Approach({"mu": 0.1, "mass": 1.5}, lambda model: build_contour(contour, model, **NETWORK))
    return training(kept, contour, approach=moving)


def worms(kept):
    theory, mu, blocks = DualTheory(Lattice((3, 2)), 1.0, 1.0), 0.5, runs.plan(20, 30, cost=1)
    run = worm.Worms(theory, mu, theory.amplitudes(mu), Stream(1, "w"), 4, "test", correlator_at=mu)
    walks = bins.Bins(30)
    records, sampled = windings.sample_windings(run, theory, mu, blocks, kept, walks)
    return records._asdict() | {"sampled": sampled, "walks": walks.means()}


def phase_quenched(kept):
    fields = quenched.Fields(Lattice((3, 2)), 1.0, 1.0, 0.5, Stream(1, "q"), 4)
    return quenched.sample(fields, runs.plan(20, 30, cost=1), kept)._asdict()


def fitting(kept, optimizer):
    inputs = np.random.default_rng(0).normal(size=(40, 2))
    network = Network(only=Dense(2, 1))
    theta = network.initial(Stream(1, "n"))
    theta, history = fit(
        network,
        theta,
        inputs,
        inputs[:, :1] ** 2,
        SquaredError(),
        optimizer,
        lambda time: 0.1 * (1 - time),
        8,
        range(10),
        Stream(1, "orders"),
        checkpoint=kept,
    )
    return {"theta": theta, "history": history}


WORK = {
    "sampling": sampling,
    "sampling, tuned by the integrator": functools.partial(sampling, tuned_by="integrator"),
    "sampling, windings": functools.partial(sampling, windings=2),
    "dense": training,
    "equivariant": functools.partial(training, contour="equivariant"),
    "dense, approached": functools.partial(approached, contour="dense"),
    "equivariant, approached": functools.partial(approached, contour="equivariant"),
    "worms": worms,
    "phase-quenched fields": phase_quenched,
    "adam": functools.partial(fitting, optimizer=Adam()),
    "momentum": functools.partial(fitting, optimizer=Momentum()),
    "sgd": functools.partial(fitting, optimizer=SGD()),
}
OVER_WORK = pytest.mark.parametrize("work", WORK.values(), ids=WORK)


class Killed(BaseException):
    """As a kill does: between two steps, without warning."""


@pytest.fixture
def kill_after(monkeypatch):
    """A function that lets the next run do some steps and then kills it."""

    def plan(steps):
        left = [steps]

        def counted(self, ended):
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return True

        monkeypatch.setattr(checkpoints.Checkpoint, "due", counted)

    return plan


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        one, other = np.asarray(found[name]), np.asarray(value)
        assert one.dtype == other.dtype, name
        assert one.tobytes() == other.tobytes(), name


@OVER_WORK
@pytest.mark.parametrize("steps", [1, 3, 7])
def test_killed_again_and_again_it_ends_with_the_same_bytes(work, steps, tmp_path, kill_after):
    """Every sitting does a few steps and is killed; the last one ends."""
    kills = 0
    while True:
        kill_after(steps)
        try:
            found = work(checkpoint_in(tmp_path))
        except Killed:
            kills += 1
        else:
            break
    assert kills >= 1
    assert_same(found, work(None))


@OVER_WORK
def test_keeping_changes_nothing(work, tmp_path):
    assert_same(work(checkpoint_in(tmp_path, seconds=0)), work(None))


@pytest.mark.parametrize("work", [sampling, training, WORK["equivariant"]])
def test_on_a_device(work, tmp_path, kill_after):
    """The state goes to the host and back: the double of CuPy gives what it gives without interruption."""
    kill_after(9)
    with pytest.raises(Killed):
        work(checkpoint_in(tmp_path), xp=strict_cupy)
    kill_after(10**6)
    found = work(checkpoint_in(tmp_path), xp=strict_cupy)
    expected = work(None, xp=strict_cupy)
    assert_same(
        {name: _host(value) for name, value in found.items()},
        {name: _host(value) for name, value in expected.items()},
    )


def _host(value):
    return value.get() if isinstance(value, strict_cupy.ndarray) else value
