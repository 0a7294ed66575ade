"""Lessons in a real run: the table, the figures, and what reruns them."""

import copy

import pandas as pd
import pytest
import xarray as xr

from pictures import settings_of
from pomflow import registry
from pomflow.io import netcdf
from pomflow.stages.lessons import collect_lessons
from small_scan import SMALL, Project

LESSONS = SMALL | {"lessons": {"enabled": True}}


QUICK = ("activations", "backpropagation")


@pytest.fixture(scope="module")
def taught(tmp_path_factory) -> Project:
    """Two quick lessons with their figures, made on two cores."""
    project = Project(tmp_path_factory.mktemp("lessons"))
    figures = [f"results/small/figures/lesson_{name}.png" for name in QUICK]
    done = project.run(*figures, config=LESSONS)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


def test_files_and_figures(taught):
    folder = taught.folder / "results/small"
    for name in QUICK:
        with xr.open_dataset(folder / f"lessons/{name}.nc", engine="h5netcdf") as file:
            assert file["passed"].all()
            assert file.sizes["row"] > 5
        for kind in ("png", "pdf"):
            assert settings_of(folder / f"figures/lesson_{name}.{kind}")["lesson"] == name


@pytest.mark.slow
def test_every_number_is_as_expected(tmp_path):
    """The whole table, about a minute and a half of one core."""
    project = Project(tmp_path)
    done = project.run("lessons", config=LESSONS)
    assert done.returncode == 0, done.stdout + done.stderr
    table = pd.read_csv(project.folder / "results/small/lessons/lessons.csv")
    assert list(table.columns) == ["lesson", "quantity", "value", "expected", "passed"]
    assert list(table["lesson"].unique()) == list(registry.LESSONS)
    assert table["passed"].all(), table[~table["passed"]].to_string()


def test_the_table_has_the_rows_of_its_files(taught):
    """Lessons and their numbers in the order that the stage is given."""
    folder = taught.folder / "results/small/lessons"
    inputs = {"lessons": [folder / f"{name}.nc" for name in QUICK]}
    collect_lessons.run(
        inputs, {"table": folder / "some.csv", "dataset": folder / "some.nc"}, {"lessons": QUICK}
    )
    table = pd.read_csv(folder / "some.csv")
    assert list(table.columns) == ["lesson", "quantity", "value", "expected", "passed"]
    assert list(table["lesson"].unique()) == list(QUICK)
    dataset = netcdf.read(folder / "some.nc", "lessons", table.columns)
    assert list(dataset["quantity"].values) == list(table["quantity"])
    assert dataset["value"].values == pytest.approx(table["value"].values, rel=1e-9)
    assert table["passed"].dtype == bool


def test_seed_and_nothing_else_of_the_config_reruns_lessons(taught):
    other = copy.deepcopy(LESSONS)
    other["studies"]["phi4"]["parameters"]["mass"] = 2.0
    left = len(registry.LESSONS) - len(QUICK)
    assert taught.planned(other)["teach_lesson"] == left
    assert taught.planned(LESSONS | {"seed": 3})["teach_lesson"] == len(registry.LESSONS)


def test_switched_off_they_are_no_part_of_the_scan(project):
    assert "teach_lesson" not in project.planned(SMALL)
