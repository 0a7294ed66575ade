"""Checkpoints: a run that is stopped again and again ends as if it had not been; bad ones are not used."""

import functools
import logging
import time
from pathlib import Path

import numpy as np
import pytest

import strict_cupy
from builders import NETWORK, build_contour, phi4, steep_path
from kept import checkpoint_in
from pomflow import checkpoint as checkpoints
from pomflow import interrupt
from pomflow.checkpoint import carry_out, work_key
from pomflow.dual import DualTheory
from pomflow.errors import StoreError
from pomflow.lattice import Lattice
from pomflow.nn import SGD, Adam, Dense, Momentum, Network, SquaredError, fit
from pomflow.random import Stream
from pomflow.samplers import worm
from pomflow.samplers.hmc import sample
from pomflow.training import optimize

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


def sampling(kept, xp=np):
    record = sample(
        steep_path(phi4(2, 2, xp=xp), 3), SAMPLING, Stream(1, "s", xp=xp), range(12), "test", kept
    )
    return vars(record)


def training(kept, contour="dense", xp=np):
    action = phi4(2, 2, xp=xp)
    built = build_contour(contour, action, **NETWORK)
    theta = built.initial_parameters(Stream(1, "initial", xp=xp))
    done = optimize(action, built, theta, TRAINING, Stream(1, "o", xp=xp), range(30), "test", kept)
    return {"theta": done.theta} | done.history


def worms(kept, windings=True):
    theory, mu, blocks = DualTheory(Lattice((3, 2)), 1.0, 1.0), 0.5, worm.plan(20, 30, cost=1)
    amplitudes = theory.amplitudes(mu)
    run = worm.Worms(theory, mu, amplitudes, Stream(1, "w"), 4, "test")
    if not windings:
        return worm.sample(run, amplitudes, blocks, kept)._asdict()
    records, sampled = worm.sample_windings(run, theory, mu, blocks, kept)
    return records._asdict() | {"sampled": sampled}


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
    "dense": training,
    "equivariant": functools.partial(training, contour="equivariant"),
    "worms": worms,
    "worms at fixed mu": functools.partial(worms, windings=False),
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


class Counting:
    """Adds what it is given."""

    def __init__(self):
        self.total, self.steps = 0, 0

    def advance(self, step):
        self.total, self.steps = self.total + step, self.steps + 1

    def state(self):
        return {"total": self.total, "deep": {"er": {"text": "é", "complex": 1j, "none": np.zeros(0)}}}

    def restore(self, state):
        self.total = state["total"]
        assert state["deep"]["er"]["text"] == "é"
        assert state["deep"]["er"]["complex"] == 1j
        assert state["deep"]["er"]["none"].size == 0


def count(kept):
    process = Counting()
    carry_out(process, range(10), kept)
    assert process.total == 45
    return process.steps


def test_without_haste_nothing_is_written(tmp_path):
    assert count(checkpoint_in(tmp_path)) == 10
    assert not list(tmp_path.iterdir())


def test_a_finished_part_is_kept_until_the_work_is_removed(tmp_path):
    whole = checkpoint_in(tmp_path)
    assert count(whole.part("one")) == 10
    again = checkpoint_in(tmp_path)
    assert count(again.part("one")) == 0
    assert count(again.part("two")) == 10
    again.remove()
    assert not list(tmp_path.iterdir())


@pytest.fixture
def written(tmp_path):
    """The file of a checkpoint after the last step."""
    process = Counting()
    process.total = 45
    checkpoint_in(tmp_path).keep({"done": 10, "process": process.state()})
    (file,) = tmp_path.iterdir()
    assert count(checkpoint_in(tmp_path)) == 0
    return file


@pytest.mark.parametrize("place", [0, 5, 70, 200, -1])
def test_a_flipped_bit_is_found(written, place, caplog):
    raw = bytearray(written.read_bytes())
    raw[place] ^= 1
    written.write_bytes(raw)
    assert count(checkpoint_in(written.parent)) == 10
    assert "is damaged" in caplog.text


@pytest.mark.parametrize("keep", [0, 10, 64, 100, -1])
def test_a_truncated_one_is_found(written, keep, caplog):
    written.write_bytes(written.read_bytes()[:keep])
    assert count(checkpoint_in(written.parent)) == 10
    assert "is damaged" in caplog.text
    assert "begins anew" in caplog.text


def test_one_of_other_work_is_not_used(written, caplog):
    assert count(checkpoint_in(written.parent, key="other")) == 10
    assert "belongs to other settings, code or input" in caplog.text


def test_the_key_knows_whatever_changes_a_bit(tmp_path, monkeypatch):
    file = tmp_path / "contour.nc"
    file.write_bytes(b"1")
    work = {"settings": {"mu": "1"}, "modules": "abc", "inputs": [file], "device": "CPU"}
    key = work_key(**work)
    assert work_key(**work) == key
    for change in ({"settings": {"mu": "2"}}, {"modules": "abd"}, {"device": "cupy on a GPU"}):
        assert work_key(**work | change) != key
    monkeypatch.setattr(checkpoints.store, "versions", lambda: {"numpy": "9"})
    assert work_key(**work) != key
    monkeypatch.undo()
    file.write_bytes(b"2")
    assert work_key(**work) != key
    with pytest.raises(StoreError, match="cannot be read"):
        work_key(**work | {"inputs": [tmp_path]})


def test_a_file_system_that_refuses_costs_no_work(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    kept = checkpoint_in(tmp_path / "file" / "folder", seconds=0)
    assert count(kept) == 10
    kept.remove()
    assert "no checkpoint was written" in caplog.text


def test_no_memory_for_a_checkpoint_costs_no_work(tmp_path, caplog, monkeypatch):
    def full(*arguments):
        raise MemoryError("no room")

    monkeypatch.setattr(checkpoints, "_encode", full)
    assert count(checkpoint_in(tmp_path, seconds=0)) == 10
    assert "no checkpoint was written: no room" in caplog.text


def test_one_that_cannot_be_deleted_costs_no_result(written, caplog, monkeypatch):
    def refused(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refused)
    checkpoint_in(written.parent).remove()
    assert "was not deleted" in caplog.text


def test_one_that_cannot_be_read_is_not_thrown_away(written):
    written.unlink()
    written.mkdir()
    with pytest.raises(StoreError, match=r"the checkpoint cannot be read .* delete it to begin anew"):
        count(checkpoint_in(written.parent))


def test_parts_of_other_settings_are_removed_too(tmp_path):
    for name in ("0", "1", "2"):
        count(checkpoint_in(tmp_path).part(name))
    (tmp_path / "checkpoint of another job").write_text("")
    checkpoint_in(tmp_path).remove()
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint of another job"]


def test_time_of_earlier_sittings_counts(tmp_path):
    first = checkpoint_in(tmp_path)
    time.sleep(0.2)
    first.part("one").keep({"done": 1, "process": {}})
    second = checkpoint_in(tmp_path)
    assert second.clock.elapsed()["seconds"] < 0.1
    two = second.part("two")
    second.part("one").resume()
    for kept in (second, two):
        assert kept.clock.elapsed()["seconds"] >= 0.199


def test_asked_to_end_it_keeps_its_state_first(tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(interrupt, "_received", [15])
    with pytest.raises(SystemExit) as ended:
        count(checkpoint_in(tmp_path))
    assert ended.value.code == 143
    assert "ended by SIGTERM" in caplog.text
    monkeypatch.setattr(interrupt, "_received", [])
    assert count(checkpoint_in(tmp_path)) == 9
    assert "goes on from the checkpoint" in caplog.text
