"""Fixtures of the real workflow runs."""

import fcntl

import pytest

from small_scan import SMALL, Project


@pytest.fixture
def project(tmp_path) -> Project:
    return Project(tmp_path)


@pytest.fixture(scope="session")
def finished(tmp_path_factory, worker_id) -> Project:
    """A finished small scan with every figure, made on two cores; tests must not change it.

    The processes of a parallel run share it: the first makes it while the others wait.
    """
    place = tmp_path_factory.getbasetemp()
    place = (place if worker_id == "master" else place.parent) / "finished"
    place.mkdir(exist_ok=True)
    with (place.parent / "finished.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        project, mark = Project(place), place.parent / "finished.done"
        if not mark.exists():
            done = project.run(config=SMALL)
            assert done.returncode == 0, done.stdout + done.stderr
            mark.touch()
    return project


@pytest.fixture
def copied(finished, tmp_path) -> Project:
    """A copy of the finished scan that a test may change, with the dates of its files kept."""
    return finished.copy(tmp_path / "copy")
