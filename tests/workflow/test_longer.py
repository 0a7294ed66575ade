"""More statistics without starting again: a longer run has the bytes of one that was as long at once."""

import pytest
from test_kill import assert_same_results, left_behind

from small_scan import Project, changed

SHORT = {"hmc": {"trajectories": 200}, "contours": ["dense", "equivariant"], "over": {"mu": [0.8]}}
LONG = SHORT | {"hmc": {"trajectories": 300}}
STEPS = {"natural_gradient": {"steps": 3, "chains": 8}}


def config(sections, **more):
    return changed(**sections | STEPS | more)


def logs(project, stage="sample_contour"):
    return [path.read_text() for path in sorted((project.folder / f"results/small/logs/{stage}").iterdir())]


def run(project, settings):
    done = project.run("scan", config=settings)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not left_behind(project)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Finished scans by the length of their chains."""

    def make(length):
        folder = tmp_path_factory.mktemp(f"run{length}")
        project = Project(folder)
        run(project, config(SHORT | {"hmc": {"trajectories": length}}))
        return project

    return {length: make(length) for length in (200, 300)}


@pytest.fixture
def short(made, tmp_path):
    """A copy of the scan with chains of 200 trajectories."""
    return made[200].copy(tmp_path / "copy")


def test_a_longer_run_goes_on(made, short):
    """No contour is trained and no trajectory done again."""
    planned = short.planned(config(LONG))
    assert planned["sample_contour"] == 2
    assert not {"sample_plane", "train_network", "optimize_contour", "sample_worm"} & set(planned)
    run(short, config(LONG))
    for log in logs(short):
        assert "goes on from the shorter run" in log
        assert "after 210 of 310 steps" in log
    assert_same_results(short, made[300])
