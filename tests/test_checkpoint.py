"""Checkpoints as files: when they are written, and that bad ones, and those of other work, are not used."""

import logging
from pathlib import Path

import numpy as np
import pytest

from kept import Hands, checkpoint_in
from pomflow.errors import StoreError
from pomflow.io import checkpoint as checkpoints
from pomflow.io import interrupt
from pomflow.io.checkpoint import carry_out, work_key
from pomflow.io.netcdf import Clock


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
    checkpoint_in(tmp_path).keep(10, process.state)
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


def test_who_goes_back_to_the_settings_of_before_goes_on(written):
    """An edit of the config by mistake overwrites no hours of work, nor does its undo."""
    process = Counting()
    process.total = 3
    other = checkpoint_in(written.parent, key="other")
    assert other.resume() is None
    other.keep(2, process.state)
    for key, done in (("test", 10), ("other", 2), ("test", 10)):
        assert checkpoint_in(written.parent, key=key).resume()["done"] == done
    assert checkpoint_in(written.parent, key="a third").resume() is None
    assert checkpoint_in(written.parent, key="other").resume()["done"] == 2
    other.remove()
    assert list(written.parent.iterdir()) == []


def test_the_key_knows_whatever_changes_a_bit(tmp_path, monkeypatch):
    file = tmp_path / "contour.nc"
    file.write_bytes(b"1")
    work = {"settings": {"mu": "1"}, "modules": "abc", "inputs": [file], "device": "CPU"}
    key = work_key(**work)
    assert work_key(**work) == key
    for change in ({"settings": {"mu": "2"}}, {"modules": "abd"}, {"device": "cupy on a GPU"}):
        assert work_key(**work | change) != key
    monkeypatch.setattr(checkpoints.netcdf, "versions", lambda: {"numpy": "9"})
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
    """Neither to write it nor to gather it."""

    def full(*arguments):
        raise MemoryError("no room")

    for place, name in ((checkpoints, "_encode"), (Counting, "state")):
        with monkeypatch.context() as patched:
            patched.setattr(place, name, full)
            assert count(checkpoint_in(tmp_path / name, seconds=0)) == 10
        assert "no checkpoint was written: no room" in caplog.text
        caplog.clear()


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
    """A minute on the clock and half of one of the processor, then ten seconds of a second sitting."""
    hands = Hands()
    first = checkpoint_in(tmp_path, clock=Clock.start(hands))
    hands.pass_by(wall=60.0, processor=30.0)
    first.part("one").keep(1, dict)
    hands.pass_by(wall=1000.0)
    second = checkpoint_in(tmp_path, clock=Clock.start(hands))
    hands.pass_by(wall=10.0, processor=8.0)
    assert second.clock.elapsed() == {"seconds": 10.0, "cpu_seconds": 8.0}
    two = second.part("two")
    second.part("one").resume()
    for kept in (second, two):
        assert kept.clock.elapsed() == {"seconds": 70.0, "cpu_seconds": 38.0}


def test_it_is_due_once_its_time_has_passed(tmp_path):
    hands = Hands()
    kept = checkpoint_in(tmp_path, seconds=30.0, clock=Clock.start(hands))
    hands.pass_by(wall=29.0)
    assert not kept.due(ended=False)
    hands.pass_by(wall=1.0)
    assert kept.due(ended=False)
    kept.keep(1, dict)
    assert not kept.due(ended=False)


def test_writing_takes_a_small_share_of_the_time(tmp_path, monkeypatch):
    """A state of 2 seconds to gather and 4 to write is due after 6 / 5 % seconds, whatever was asked for."""
    hands = Hands()
    kept = checkpoint_in(tmp_path, seconds=1.0, clock=Clock.start(hands))
    monkeypatch.setattr(checkpoints.netcdf, "write_sealed", lambda *_: hands.pass_by(wall=4.0))
    kept.keep(1, lambda: hands.pass_by(wall=2.0) or {})
    hands.pass_by(wall=119.0)
    assert not kept.due(ended=False)
    hands.pass_by(wall=1.0)
    assert kept.due(ended=False)


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
