"""Kills at random moments: `make resume` gives the results of a clean run, and nothing else is left."""

import contextlib
import copy
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

from ising_study import STUDY
from small_scan import ROOT, SMALL, Project, assert_same_results, left_behind

SEED = 20261125
KINDS = ("job", "main", "both")


def longer(config, steps: int):
    """A scan whose training lasts long enough to be killed in the middle, and that is kept all the time."""
    config = copy.deepcopy(config)
    config["checkpoint"] = {"seconds": 0}
    config["studies"]["phi4"] |= {"optimize": {"steps": steps, "chains": 8}, "over": {"mu": [0.8]}}
    config["studies"]["phi4"]["worm"] |= {"sweeps": 20 * steps}
    return config


class Run:
    """A workflow in a process group of its own."""

    def __init__(self, project: Project, command: list[str]):
        self.process = subprocess.Popen(
            command,
            cwd=project.folder,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def jobs(self) -> list[int]:
        """Process numbers of the running jobs, as Snakemake started them."""
        return self._processes(r"^\S*python\S* -I -S \S*client\.py")

    def everything(self) -> list[int]:
        """All processes of the run: make, Snakemake, the server, and the processes that it forked."""
        return self._processes(".")

    def main(self) -> list[int]:
        """Snakemake's own process, which is a child of make where make started it."""
        return self._processes(r"snakemake --cores")

    def _processes(self, pattern: str) -> list[int]:
        found = subprocess.run(
            ["pgrep", "-g", str(self.process.pid), "-f", pattern], capture_output=True, text=True
        )
        return list(map(int, found.stdout.split()))

    def wait_for(self, condition, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def kill(self, kind: str, chance: random.Random) -> None:
        """Kill -9 of one job, of the main process, whose jobs then end by themselves, or of everything."""
        if kind == "job":
            _kill(chance.choice(self.jobs() or [None]))
            return
        if kind == "both":
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        for number in self.main():
            _kill(number)
        self.process.wait()
        self.wait_for(lambda: not self.everything())


def _kill(number: int | None) -> None:
    if number is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def resume_command(project: Project, targets: list[str]) -> list[str]:
    """`make resume` in this environment."""
    shutil.copy(ROOT / "Makefile", project.folder)
    options = ["CONFIG=test.yaml", "CORES=2", f"VENV={sys.prefix}", f"TARGETS={' '.join(targets)}"]
    return ["make", "-o", "env", "resume", *options]


def killed_and_resumed(project: Project, targets: list[str], config: dict, kills: int) -> dict[str, int]:
    """Run a scan with kills at random moments, resume until it ends; how often each kind of kill struck."""
    chance, struck = random.Random(SEED), dict.fromkeys(KINDS, 0)
    command = project.command(*targets, config=config)
    while True:
        run = Run(project, command)
        command = resume_command(project, targets)
        run.wait_for(lambda run=run: run.jobs() or run.ended)
        while not run.ended and sum(struck.values()) < kills:
            time.sleep(chance.uniform(0, 1.5))
            # of a finished run nothing can be killed
            if run.jobs():
                kind = min(KINDS, key=lambda name: (struck[name], chance.random()))
                run.kill(kind, chance)
                struck[kind] += 1
        if run.process.wait() == 0:
            return struck


def assert_survives(project: Project, clean: Project, targets: list[str], config: dict, kills: int) -> None:
    """The results of a scan that is killed and resumed are those of a clean run of it."""
    struck = killed_and_resumed(project, targets, config, kills)
    assert sum(struck.values()) == kills
    assert min(struck.values()) >= kills // len(KINDS)
    assert not left_behind(project)
    assert_same_results(project, clean)


@pytest.fixture
def clean(tmp_path):
    folder = tmp_path / "clean"
    folder.mkdir()
    return Project(folder)


def test_three_kills(project, finished):
    """One of each kind, in jobs of two seconds; long ones are below."""
    config = SMALL | {"checkpoint": {"seconds": 0}}
    assert_survives(project, finished, ["scan"], config, kills=3)


@pytest.mark.kill
def test_many_kills(project, clean):
    """In one scan with every kind of long job: dense and symmetric contours, worms, classifiers."""
    config = longer(STUDY, 6000)
    config["studies"]["phi4"] |= {"contours": ["dense", "equivariant"], "over": {"mu": [0.4, 0.8]}}
    config["studies"]["phi4"]["natural_gradient"] = {"steps": 500, "chains": 8}
    config["ising"]["train"]["steps"] = 1500
    assert clean.run(config=config).returncode == 0
    assert_survives(project, clean, [], config, kills=15)


def _terminate_job(run: Run) -> None:
    os.kill(*run.jobs(), signal.SIGTERM)


def _interrupt_all(run: Run) -> None:
    os.killpg(run.process.pid, signal.SIGINT)


def _close_terminal(run: Run) -> None:
    os.killpg(run.process.pid, signal.SIGHUP)


def _kill_main(run: Run) -> None:
    run.process.kill()


@pytest.mark.parametrize(
    ("end", "name"),
    [
        (_terminate_job, "SIGTERM"),
        (_interrupt_all, "SIGINT"),
        (_close_terminal, "SIGHUP"),
        (_kill_main, "SIGTERM"),
    ],
    ids=["as Slurm does", "Ctrl-C", "terminal closed", "main process killed"],
)
def test_asked_to_end_a_job_keeps_its_state(project, end, name):
    """And a job does not outlive its workflow."""
    config = longer(SMALL, 10**6) | {"checkpoint": {"seconds": 3600}}
    contour = "results/small/phi4/L2x2/dense/mu=0.8/contour.nc"
    run = Run(project, project.command(contour, config=config))
    log = project.folder / "results/small/logs/optimize_contour/phi4_L2x2_dense_mu=0.8.log"
    run.wait_for(lambda: log.exists() and "begins" in log.read_text())
    end(run)
    run.wait_for(lambda: run.ended and not run.everything())
    assert run.process.returncode != 0
    assert f"ended by {name}" in log.read_text()
    kept, its_log = sorted(left_behind(project))
    assert kept.name == "optimize_contour_phi4_L2x2_dense_mu=0.8"
    assert its_log.samefile(log)


def test_a_checkpoint_is_used_and_one_of_other_settings_is_not(project):
    """Killed with a checkpoint, the job goes on from it; after a change of its settings it begins anew."""
    config = longer(SMALL, 10**6)
    contour = "results/small/phi4/L2x2/dense/mu=0.8/contour.nc"
    kept = project.folder / "results/small/.checkpoints/optimize_contour_phi4_L2x2_dense_mu=0.8"
    log = project.folder / "results/small/logs/optimize_contour/phi4_L2x2_dense_mu=0.8.log"

    def killed_when(reached):
        run = Run(project, project.command(contour, config=config))
        run.wait_for(reached)
        run.kill("both", random.Random(SEED))
        assert project.run("--unlock", config=config).returncode == 0

    killed_when(kept.exists)
    first_sitting = log.read_text()
    killed_when(lambda: log.exists() and "goes on from the checkpoint" in log.read_text())
    assert log.read_text().startswith(first_sitting)
    config["studies"]["phi4"]["optimize"]["steps"] = 20
    assert project.run(contour, config=config).returncode == 0
    assert "it is ignored and the work begins anew" in log.read_text()
    assert not kept.exists()
