"""Lessons in a real run: the table, the figures, and what reruns them."""

import copy

import pandas as pd
import pytest
import xarray as xr

from pomflow import registry
from small_scan import SMALL, Project

LESSONS = SMALL | {"lessons": {"enabled": True}}


@pytest.fixture(scope="module")
def taught(tmp_path_factory) -> Project:
    """All lessons, made on two cores."""
    project = Project(tmp_path_factory.mktemp("lessons"))
    done = project.run("lessons", config=LESSONS)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


def test_every_number_is_as_expected(taught):
    table = pd.read_csv(taught.folder / "results/small/lessons/lessons.csv")
    assert list(table.columns) == ["lesson", "quantity", "value", "expected", "passed"]
    assert list(table["lesson"].unique()) == list(registry.LESSONS)
    assert table["passed"].all(), table[~table["passed"]].to_string()


def test_files_and_figures(taught):
    folder = taught.folder / "results/small"
    for name in registry.LESSONS:
        with xr.open_dataset(folder / f"lessons/{name}.nc", engine="h5netcdf") as file:
            assert file.sizes["row"] > 0
        for kind in ("png", "pdf"):
            assert (folder / f"figures/lesson_{name}.{kind}").stat().st_size > 5000


def test_seed_and_nothing_else_of_the_config_reruns_lessons(taught):
    other = copy.deepcopy(LESSONS)
    other["phi4"]["mass"] = 2.0
    assert "teach_lesson" not in taught.planned(other)
    assert taught.planned(LESSONS | {"seed": 3})["teach_lesson"] == len(registry.LESSONS)


def test_switched_off_they_are_no_part_of_the_scan(project):
    assert "teach_lesson" not in project.planned(SMALL)
