"""Targets of the Makefile, with programs in place of Python and Snakemake that write down their arguments."""

import shutil
import subprocess
from pathlib import Path

import pytest

import making

ROOT = Path(__file__).parent.parent
NAMES = ["my.yaml", "my configs/a b.yaml", "it's mine/$HOME; touch no.yaml"]
PYTHON = """#!/bin/sh
printf '%s\\n' "$@" >> given.txt
echo "scan          mine, to results/mine"
"""
SNAKEMAKE = """#!/bin/sh
printf '%s\\n' "$@" >> given.txt
touch results/mine/.report.html
"""


@pytest.fixture
def folder(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "results/mine").mkdir(parents=True)
    for name, text in (("python", PYTHON), ("snakemake", SNAKEMAKE)):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    return tmp_path


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    return making.make(folder, *arguments, "BIN=bin", "READY=")


@pytest.mark.parametrize("target", ["run", "resume", "report", "bundle"])
@pytest.mark.parametrize("name", NAMES)
def test_a_configuration_of_any_name_reaches_the_programs_in_one_piece(folder, target, name):
    (folder / name).parent.mkdir(exist_ok=True, parents=True)
    (folder / name).write_text("scan: mine\n")
    # to make itself, $ is written twice
    done = make(folder, target, f"CONFIG={name.replace('$', '$$')}")
    assert done.returncode == 0, done.stdout + done.stderr
    given = (folder / "given.txt").read_text().splitlines()
    assert given[:4] == ["-m", "pomflow", "validate", name]
    assert given[given.index("--configfile") + 1] == name
    assert not (folder / "no.yaml").exists()


def test_a_configuration_that_is_missing_stops_every_target(folder):
    done = make(folder, "run", "CONFIG=not here.yaml")
    assert done.returncode != 0
    assert "CONFIG: there is no file not here.yaml. Name one" in done.stderr
    assert not (folder / "given.txt").exists()


@pytest.mark.parametrize(("samples", "target"), [("on", "bundle"), ("off", "bundle_without_samples")])
def test_a_bundle_with_and_without_samples(folder, samples, target):
    (folder / "my.yaml").write_text("scan: mine\n")
    done = make(folder, "bundle", "CONFIG=my.yaml", f"SAMPLES={samples}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == f"results/mine/mine_{target}.zip"
    assert target in (folder / "given.txt").read_text().splitlines()


def test_samples_are_on_or_off(folder):
    (folder / "my.yaml").write_text("scan: mine\n")
    done = make(folder, "bundle", "CONFIG=my.yaml", "SAMPLES=none")
    assert done.returncode != 0
    assert "SAMPLES: 'none' is neither on nor off" in done.stderr
