"""The worked examples of docs/how_to run as they stand there, in a copy of the tree."""

import os
import re
import subprocess
import sys

import pandas as pd
import pytest
import xarray as xr
import yaml

from pages import ROOT, Extended, blocks
from small_scan import Project

PAGES = [f"docs/how_to/{name}.md" for name in ("action", "contour", "observable", "figure")]
LONGEST = 40
CHAIN = "results/tilted/phi4/L4x4"
FIGURE = "results/tilted/figures/phi4_L4x4_tilt_phi2"


@pytest.fixture(scope="module")
def extended(tmp_path_factory) -> Extended:
    return Extended(tmp_path_factory.mktemp("extended"), PAGES)


def python(extended: Extended, *arguments: str) -> str:
    """What Python prints in the extended tree."""
    environment = os.environ | {"PYTHONPATH": str(extended.source)}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=extended.folder, env=environment, capture_output=True, text=True
    )
    succeeds(done)
    return done.stdout


@pytest.fixture(scope="module")
def scan(extended, tmp_path_factory) -> Project:
    """The scan of the page on contours, at one mu and shorter; at first without the pages after it."""
    [text] = blocks("docs/how_to/contour.md", "yaml")
    written = yaml.safe_load(text)
    fewer = {
        name: {"chains": 16, "trajectories": 60, "thermalization": 40, "record_every": 2}
        for name in ("plane", "hmc")
    }
    config = written | {"phi4": written["phi4"] | fewer | {"mu": [1.2], "worm": {"enabled": False}}}
    project = Project(tmp_path_factory.mktemp("tilted"))
    before = Extended(tmp_path_factory.mktemp("before"), PAGES[:2])
    succeeds(project.run("scan", config=config, source=before.source))
    assert "fourth_moment" not in table(project)
    project.planned_after = project.planned(config, source=extended.source)
    succeeds(project.run("scan", f"{FIGURE}.png", config=config, source=extended.source))
    return project


def succeeds(done: subprocess.CompletedProcess) -> None:
    assert done.returncode == 0, done.stdout + done.stderr


def table(project: Project) -> pd.DataFrame:
    return pd.read_csv(project.folder / CHAIN / "tilt/scan.csv").set_index("mu")


@pytest.mark.parametrize("page", PAGES)
def test_examples_are_short(page):
    for block in blocks(page, "python"):
        assert len([line for line in block.splitlines() if line.strip()]) <= LONGEST


def test_the_new_action_loses_its_phase(extended):
    printed = python(extended, "-c", extended.programs["docs/how_to/action.md"])
    phase, real, imaginary = map(float, re.findall(r"-?\d+\.\d+", printed))
    assert phase == pytest.approx(1, abs=1e-3)
    assert real == pytest.approx(0, abs=0.04)
    assert imaginary == pytest.approx(1.5, abs=1e-3)


def test_everything_is_listed(extended):
    listed = python(extended, "-m", "pomflow", "list")
    for name in ("source", "tilt", "fourth_moment", "phi2"):
        assert name in listed


@pytest.mark.parametrize(
    ("file", "name"),
    [("test_contours", "tilt"), ("test_observables", "fourth_moment"), ("test_plotting", "phi2")],
)
def test_the_tests_over_the_registry_take_them_in(extended, file, name):
    printed = python(extended, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/{file}.py", "-k", name)
    assert int(re.search(r"(\d+) passed", printed)[1]) >= 1


def test_the_new_contour_lifts_the_phase(scan):
    rows = table(scan)
    assert rows["status"][1.2] == "ok"
    assert rows["apf_re"][1.2] > 0.92
    assert rows["apf0_re"][1.2] < 0.6


def test_the_new_observable_trains_and_samples_nothing_anew(scan):
    assert {"measure_observables", "collect_scan"} <= set(scan.planned_after)
    assert not {"sample_plane", "train_network", "optimize_contour", "sample_contour"} & set(
        scan.planned_after
    )


def test_the_new_observable_is_in_table_and_dataset(scan):
    rows, moment = table(scan), "fourth_moment"
    assert {f"{moment}{part}" for part in ("", "_err", "_im", "_im_err", "0", "0_err")} <= set(rows.columns)
    assert rows[moment][1.2] > rows["phi2"][1.2] ** 2
    assert rows[f"{moment}_im"].abs().le(5 * rows[f"{moment}_im_err"]).all()
    dataset = xr.open_dataset(scan.folder / CHAIN / "tilt/scan.nc", engine="h5netcdf")
    assert dataset[moment].attrs["units"] == "per site"


def test_the_new_figure_is_drawn(scan):
    assert scan.planned_after["plot_scan"] >= 1
    for kind in ("png", "pdf"):
        assert (scan.folder / f"{FIGURE}.{kind}").stat().st_size > 5000


def test_every_example_is_tested():
    """No page of docs/how_to is left out."""
    assert {f"docs/how_to/{path.name}" for path in (ROOT / "docs/how_to").glob("*.md")} == set(PAGES)
