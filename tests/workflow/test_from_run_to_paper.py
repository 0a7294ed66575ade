"""docs/from_run_to_paper.md runs as it stands, but for its scan: the finished one is there already."""

import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml

import docs_check
from pages import ROOT, blocks
from pomflow.config import resolve
from pomflow.config.scan import studies
from small_scan import Project, as_yaml, changed

PAGE = "docs/from_run_to_paper.md"
# names of the page and those of the finished scan; that has one step of an effective mass
NAMES = {"results/bose": "results/small", "bose_bundle": "small_bundle", "slice(1, 4)": "slice(0, 1)"}
NAMES |= {"L8x4/linear": "L2x2/dense", "L8x4_linear": "L2x2_dense"}
NAMES |= {f"chains: 32, trajectories: {count}0": f"trajectories: {count}" for count in (20, 30)}
LOGS = "told"
SCAN = "results/small/phi4/L2x2/dense/scan.csv"
CONFIG = changed(curves={"points": 1})
SEED = 20180204  # of the default config


def here(code: str) -> str:
    """The same with the names of the finished scan."""
    for name, other in NAMES.items():
        code = code.replace(name, other)
    return code


@pytest.fixture(scope="module")
def folder(finished, tmp_path_factory):
    """A copy of the finished scan in which every command of the page has run."""
    folder = finished.copy(tmp_path_factory.mktemp("paper") / "copy").folder
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    programs = folder / ".venv/bin"
    programs.mkdir(parents=True)
    for name, module in (("python", ""), ("snakemake", " -m snakemake")):
        (programs / name).write_text(f'#!/bin/sh\nexec {sys.executable}{module} "$@"\n')
        (programs / name).chmod(0o755)
    # an environment that is ready, so that none is made
    (folder / ".venv/.ready").write_text(f"{folder.resolve()}\n")
    steps = docs_check.steps(here((ROOT / PAGE).read_text(encoding="utf-8")))
    steps = [docs_check.Step(one.line, as_yaml(CONFIG), one.path) if one.path else one for one in steps]
    environment = {name: value for name, value in os.environ.items() if name not in docs_check.FOREIGN}
    (folder / LOGS).mkdir()
    docs_check.run(PAGE, steps, folder, folder / LOGS, environment)
    return folder


@pytest.fixture(scope="module")
def printed(folder) -> str:
    """What the Python of the page prints, as one session."""
    session = "\n".join(map(here, blocks(PAGE, "python")))
    done = subprocess.run([sys.executable, "-c", session], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def number_after(words: str, text: str) -> float:
    """The number that follows some words."""
    return float(re.search(re.escape(words) + r"\s*([-+.\de]+)", text)[1])


def test_the_scan_of_the_page_is_one():
    [text] = blocks(PAGE, "yaml")
    schema = resolve.load_schema(ROOT / "workflow/schemas/config.schema.yaml")
    study = studies(resolve.resolve(yaml.safe_load(text), schema))["phi4"]
    assert study.curved == [("8x4", "linear")]
    assert "mu=0.8" in study.points
    # what the page raises
    assert "chains: 32, trajectories: 200" in text


def test_every_file_that_the_page_names_is_there(folder):
    text = here((ROOT / PAGE).read_text(encoding="utf-8"))
    named = set(re.findall(r"results/small/[\w./=-]+\.\w+", text)) - {"results/small/report.html"}
    assert len(named) >= 5
    for name in named:
        assert (folder / name).is_file(), name


def test_commands_do_what_the_page_says(folder):
    logs = [path.read_text() for path in (folder / LOGS).glob("*.log")]
    [dry] = [text for text in logs if "This was a dry-run" in text]
    assert Project.counted(dry)["sample_contour"] == 2
    assert any("each as it was bundled; 6 tables made anew" in text for text in logs)


def test_the_numbers_are_those_of_the_table(folder, printed):
    scan = pd.read_csv(folder / SCAN).set_index("mu")
    row = scan.loc[0.8]
    series = pd.read_csv(folder / SCAN.replace("scan", "effective_mass")).set_index("mu").loc[0.8]
    assert number_after("m - mu =", printed) == pytest.approx(series["effective_mass"], abs=1e-4)
    ratio = row["density"] / row["phi2"]
    assert number_after("density / phi2 =", printed) == pytest.approx(ratio, abs=1e-5)
    said, passed = " ".join(printed.split()), (scan["status"] == "ok").sum()
    assert "with 8 chains of 20 trajectories after 10 of thermalization, at 2 values of mu, " in said
    assert f"{passed} of which passed all gates" in said
    assert f"Seed {SEED}, pomflow " in printed


def test_both_ways_to_an_error_agree(printed):
    """The linear one has correlations of single configurations, so that they agree within a third."""
    linear = re.search(r"density / phi2 = \S+ \+- (\S+)", printed)[1]
    primary = re.search(r"^([-\d.]+)\((\d+)\)$", printed, re.MULTILINE)
    decimals = len(primary[1].partition(".")[2])
    error = int(primary[2]) / 10**decimals
    assert np.log(float(linear) / error) == pytest.approx(0, abs=0.33)
