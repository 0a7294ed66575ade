"""The worked examples of docs/how_to run as they stand there, in a copy of the tree."""

import os
import re
import subprocess
import sys

import pandas as pd
import pytest
import xarray as xr
import yaml

from pages import ROOT, Extended, blocks, write_files
from pictures import settings_of
from small_scan import Project

PAGES = [f"docs/how_to/{name}.md" for name in ("model", "contour", "observable", "figure")]
LONGEST = 40
SHORT = {
    name: {"chains": 16, "trajectories": 60, "thermalization": 40, "record_every": 2}
    for name in ("plane", "hmc")
}
CHAIN = "results/tilted/phi4/L4x4"
FIGURE = "results/tilted/figures/phi4_L4x4_tilt_phase_cost"


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
    study = written["studies"]["phi4"] | SHORT | {"over": {"mu": [1.2]}, "worm": {"enabled": False}}
    config = written | {"studies": {"phi4": study}}
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


@pytest.fixture(scope="module")
def plugged(tmp_path_factory) -> Project:
    """The scan of the page on models with its files in a folder of their own, at one mu and shorter."""
    project = Project(tmp_path_factory.mktemp("plugged"))
    folder = project.folder / "mine"
    folder.mkdir()
    assert write_files(PAGES[0], folder) == ["phi6.py", "rotor.py", "phi6.yaml"]
    config = yaml.safe_load((folder / "phi6.yaml").read_text())
    config["studies"]["sextic"] |= SHORT | {"lattices": [[2, 2]], "over": {"mu": [1.2], "sextic": [0, 1]}}
    (folder / "phi6.yaml").write_text(yaml.safe_dump(config))
    succeeds(project.run("--configfile", "mine/phi6.yaml"))
    return project


@pytest.fixture(scope="module")
def sextic(plugged) -> pd.DataFrame:
    """Its table."""
    return pd.read_csv(plugged.folder / "results/phi6/sextic/L2x2/equivariant/scan.csv").set_index("sextic")


def test_a_model_outside_the_package_runs_without_a_registry_line(sextic):
    assert list(sextic.index) == [0, 1]
    assert (sextic["status"] == "ok").all()
    assert (sextic["apf_re"] > 0.99).all()


@pytest.mark.parametrize("place", ["phi6.py:Phi6", "rotor.py:Rotor"])
def test_the_models_pass_the_check(extended, place):
    write_files(PAGES[0], extended.folder)
    assert "everything passed" in python(extended, "-m", "pomflow", "check", place)


def test_the_sixth_power_makes_the_field_smaller(sextic):
    phi2, error = sextic["phi2"], sextic["phi2_err"]
    assert phi2[0] - phi2[1] > 5 * (error[0] ** 2 + error[1] ** 2) ** 0.5


def test_a_model_from_a_file_has_every_figure_and_no_exact_values(plugged, sextic):
    assert sextic.filter(like="_exact").isna().all(axis=None)
    for name in ("apf", "apf_im", "density", "phi2", "training", "history", "phase", "correlation"):
        file = plugged.folder / f"results/phi6/figures/sextic_L2x2_equivariant_{name}.png"
        assert settings_of(file)["study"] == "sextic"


def test_everything_is_listed(extended):
    listed = python(extended, "-m", "pomflow", "list")
    for name in ("tilt", "fourth_moment", "phase_cost"):
        assert name in listed


@pytest.mark.parametrize(
    ("file", "name"),
    [("test_contours", "tilt"), ("models/test_models", "observables"), ("test_plotting", "phase_cost")],
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
        assert settings_of(scan.folder / f"{FIGURE}.{kind}")["contour"] == "tilt"


def test_every_example_is_tested():
    """No page of docs/how_to is left out."""
    assert {f"docs/how_to/{path.name}" for path in (ROOT / "docs/how_to").glob("*.md")} == set(PAGES)
