"""Fixtures of the real workflow runs."""

import pytest

from small_scan import SMALL, Project


@pytest.fixture
def project(tmp_path) -> Project:
    return Project(tmp_path)


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Project:
    """A finished small scan with every figure, made on two cores; tests must not change it."""
    project = Project(tmp_path_factory.mktemp("finished"))
    done = project.run(config=SMALL)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


@pytest.fixture
def copied(finished, tmp_path) -> Project:
    """A copy of the finished scan that a test may change, with the dates of its files kept."""
    return finished.copy(tmp_path / "copy")
