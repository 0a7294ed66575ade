"""What `make env` makes of an environment that is not its own, and what of a shell reaches no command."""

import os
import shutil

import pytest

from making import make
from pomflow.io import running
from small_scan import ROOT


@pytest.fixture
def clone(tmp_path):
    """What the Makefile needs to plan."""
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "config").mkdir()
    shutil.copy(ROOT / "config/default.yaml", tmp_path / "config")
    (tmp_path / ".venv").mkdir()
    return tmp_path


def test_an_environment_of_this_folder_is_kept(clone):
    (clone / ".venv/.ready").write_text(f"{clone}\n")
    assert "venv" not in make(clone, "-n", "env").stdout


@pytest.mark.parametrize("place", ["/somewhere/else", ""], ids=["copied or moved", "of an earlier release"])
def test_an_environment_of_another_folder_is_made_anew(clone, place):
    """It would run the code of that folder, or none."""
    (clone / ".venv/.ready").write_text(f"{place}\n")
    plan = make(clone, "-n", "env").stdout
    assert "-m venv --clear .venv" in plan
    assert "install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e ." in plan


def test_an_environment_in_which_a_scan_runs_is_left_alone(clone):
    """After `git pull`, in the middle of a run, all its later jobs would fail."""
    (clone / "results/mine").mkdir(parents=True)
    running.begin(clone / "results/mine")
    refused = make(clone, "env")
    assert refused.returncode != 0
    assert (
        f"env: .venv must be made anew, but process {os.getpid()} runs results/mine with it. Wait"
        in refused.stderr
    )
    assert f"delete results/mine/{running.RECORD}" in refused.stderr.replace("\n", " ").replace("  ", " ")
    assert list((clone / ".venv").iterdir()) == []


def test_a_copy_of_a_folder_in_which_a_scan_runs_has_an_environment_of_its_own(clone):
    (clone / "results/mine").mkdir(parents=True)
    running.begin(clone / "results/mine")
    record = clone / "results/mine" / running.RECORD
    record.write_text(record.read_text().replace(str(clone), "/somewhere/else"))
    made = make(clone, "env", "PYTHON=echo", "BIN=/bin", "VENV=.venv")
    assert "process" not in made.stderr


def broken(folder, *names):
    """Commands of these names that do not work, as pyenv leaves them; the PATH on which they come first."""
    folder.mkdir()
    for name in names:
        (folder / name).write_text("#!/bin/sh\nexit 127\n")
        (folder / name).chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_a_python_that_does_not_work_is_passed_over(clone):
    plan = make(clone, "-n", "env", PATH=broken(clone / "shims", "python3.11")).stdout
    assert "python3 -m venv" in plan or "python3.12 -m venv" in plan or "python -m venv" in plan


def test_a_named_python_that_does_not_work_is_one_message(clone):
    broken(clone / "shims", "python3.11")
    refused = make(clone, "env", "PYTHON=shims/python3.11")
    assert refused.returncode != 0
    assert (
        "env: 'shims/python3.11' is no working Python 3.11 or newer. Install one, or name it"
        in refused.stderr
    )


def test_what_a_shell_holds_reaches_no_command(clone):
    foreign = {
        "PYTHONPATH": "/other",
        "MPLBACKEND": "module://nothing",
        "PIP_USER": "1",
        "PIP_TARGET": "/other",
    }
    shown = make(clone, "--eval", "show: ; @env", "show", "VENV=.venv", **foreign).stdout.splitlines()
    assert "PIP_USER=0" in shown
    assert "PYTHONNOUSERSITE=1" in shown
    assert not [line for line in shown if "/other" in line or "module://" in line]
