"""Fixtures of the real workflow runs."""

import fcntl

import pytest

from ising_study import STUDY
from small_scan import SMALL, Project


@pytest.fixture
def project(tmp_path) -> Project:
    return Project(tmp_path)


@pytest.fixture(scope="session")
def finished(tmp_path_factory, worker_id) -> Project:
    """A finished small scan with every figure, made on two cores; tests must not change it."""
    return made_once("finished", SMALL, tmp_path_factory, worker_id)


@pytest.fixture(scope="session")
def studied(tmp_path_factory, worker_id) -> Project:
    """A finished small study of spins alone, made on two cores; tests must not change it."""
    return made_once("studied", STUDY, tmp_path_factory, worker_id, "ising")


def made_once(name: str, config: dict, tmp_path_factory, worker_id: str, *targets: str) -> Project:
    """A finished scan that the processes of a parallel run share: the first makes it while others wait."""
    place = tmp_path_factory.getbasetemp()
    place = (place if worker_id == "master" else place.parent) / name
    place.mkdir(exist_ok=True)
    with (place.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        project, mark = Project(place), place.parent / f"{name}.done"
        if not mark.exists():
            done = project.run(*targets, config=config)
            assert done.returncode == 0, done.stdout + done.stderr
            mark.touch()
    return project


@pytest.fixture
def copied(finished, tmp_path) -> Project:
    """A copy of the finished scan that a test may change, with the dates of its files kept."""
    return finished.copy(tmp_path / "copy")
