"""A resumed run goes on only where no other lives, and touches nothing of another scan."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pomflow.errors import StoreError
from pomflow.io import running


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results/mine").mkdir(parents=True)
    return "results/mine"


def record(folder, **changes):
    """Change the record of a run."""
    path = f"{folder}/{running.RECORD}"
    with open(path) as file:
        known = json.load(file) | changes
    with open(path, "w") as file:
        json.dump(known, file)


def test_a_run_that_lives_is_not_resumed(folder):
    running.require_ended(folder)
    running.begin(folder)
    with pytest.raises(
        StoreError, match=rf"results/mine: is run by process {os.getpid()}, which lives. Wait"
    ):
        running.require_ended(folder)
    running.end(folder)
    running.require_ended(folder)
    running.end(folder)


def test_the_end_of_a_run_takes_no_record_of_another(folder):
    running.begin(folder)
    record(folder, process=os.getppid())
    running.end(folder)
    assert Path(folder, running.RECORD).exists()


def test_what_was_copied_while_it_was_run_is_not_run(folder, tmp_path):
    running.begin(folder)
    shutil.copytree(folder, tmp_path / "copy")
    running.require_ended(tmp_path / "copy")


def test_a_run_that_was_killed_is_resumed(folder):
    running.begin(folder)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    record(folder, process=gone.pid)
    running.require_ended(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says when a process began")
def test_another_process_with_the_number_of_a_killed_run_is_none(folder):
    running.begin(folder)
    record(folder, began="1")
    running.require_ended(folder)


def test_of_a_run_on_another_host_nothing_is_known(folder):
    running.begin(folder)
    record(folder, host="node7")
    with pytest.raises(StoreError, match=r"on node7.*delete results/mine/.running and resume again"):
        running.require_ended(folder)


def test_a_record_that_was_cut_short_says_nothing(folder):
    with open(f"{folder}/{running.RECORD}", "w") as file:
        file.write('{"host"')
    running.require_ended(folder)


def test_only_what_is_of_the_scan_is_unlocked(folder, tmp_path):
    locks = tmp_path / ".snakemake/locks"
    locks.mkdir(parents=True)
    (locks / "0.input.lock").write_text("config/x.yaml\nresults/mine/a.nc\n")
    (locks / "1.input.lock").write_text("results/mine2/a.nc\n")
    for scan in ("mine", "mine2"):
        (tmp_path / f"results/{scan}/deep").mkdir(parents=True)
        (tmp_path / f"results/{scan}/deep/.a.nc.123.tmp").write_text("")
    running.unlock(folder)
    assert [path.name for path in locks.iterdir()] == ["1.input.lock"]
    assert [path.parts[-3] for path in tmp_path.rglob("*.tmp")] == ["mine2"]


def test_files_that_a_run_has_left_unmade_are_known(tmp_path):
    """Until they are there, whatever other runs make in between."""
    first, second = (str(tmp_path / name) for name in ("first.nc", "second.nc"))
    running.begin(tmp_path, [first, second])
    assert running.unfinished(tmp_path) == [first, second]
    Path(first).touch()
    running.end(tmp_path)
    assert running.unfinished(tmp_path) == [second]
    running.begin(tmp_path, [first])
    running.end(tmp_path)
    assert running.unfinished(tmp_path) == [second]
    Path(second).touch()
    running.end(tmp_path)
    assert not list(tmp_path.glob(".*"))
