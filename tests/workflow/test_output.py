"""What real runs show, and how they end when they are asked to."""

import os
import re
import signal
import subprocess
import time

from pomflow.io import running
from small_scan import changed

# the undeformed plane at one point, without the exact simulation
PLANE = changed(over={"mu": [0.4]}, contours=["plane"], worm={"enabled": False})
TABLE = "results/small/phi4/L2x2/plane/scan.csv"
SERIES = ("correlator", "effective_mass", "effective_mass_back")


def test_a_run_says_what_it_did_in_a_few_lines(project):
    done = project.run("scan", config=PLANE)
    assert done.returncode == 0, done.stdout + done.stderr
    first, *lines = done.stderr.partition("8 jobs on 2 cores; ")[2].splitlines()
    log = (project.folder / first.removeprefix("the whole log is ")).read_text()
    assert log.count("Finished jobid: ") == 8
    told = [re.sub(" {2,}.*", "", line[5:]) for line in lines[:7]]
    assert told[:2] == ["sample plane phi4 2×2 mu=0.4", "measure observables phi4 2×2 plane mu=0.4"]
    series = [f"collect series phi4 2×2 plane {name}" for name in SERIES]
    assert sorted(told[2:]) == ["collect scan phi4 2×2 plane", *series, "typeset table phi4 2×2 plane"]
    assert lines[7].startswith("8 jobs in ")
    assert f"phi4 2×2 plane: {TABLE}" in lines
    assert f"phi4 2×2 plane: {TABLE}" in log
    assert lines[-2:] == ["report: make report CONFIG=test.yaml", "bundle: make bundle CONFIG=test.yaml"]
    again = project.run("scan", config=PLANE)
    assert "Nothing to be done" in again.stderr
    assert TABLE not in again.stderr
    means = "results/small/phi4/L2x2/plane/mu=0.4/observables.nc"
    other = project.run(means, config=PLANE | {"seed": 5})
    told = f"2 results are of other settings, another seed or other code, and made anew: {means} and 1 more."
    assert told in other.stderr


def test_sigterm_ends_a_run_and_its_jobs_and_kill_leaves_a_lock_that_is_explained(project):
    config = PLANE["studies"]["phi4"] | {"plane": {"chains": 8, "trajectories": 10**6, "thermalization": 10}}
    config = PLANE | {"studies": {"phi4": config}}
    log = project.folder / "results/small/logs/sample_plane/phi4_L2x2_mu=0.4.log"

    def begun() -> int:
        return log.read_text().count(" begins\n") if log.exists() else 0

    def ended_by(number: int) -> str:
        command, before = project.command("scan", config=config), begun()
        with subprocess.Popen(command, cwd=project.folder, stderr=subprocess.PIPE, text=True) as run:
            while run.poll() is None and begun() == before:
                time.sleep(0.1)
            run.send_signal(number)
            # a process that nobody has waited for is still there for its jobs
            run.wait(timeout=120)
            return run.stderr.read()

    told = ended_by(signal.SIGTERM).splitlines()
    assert told[-1] == "stopped; `make resume CONFIG=test.yaml` goes on"
    assert not [line for line in told if "Error" in line or "Exception" in line]
    assert log.read_text().endswith("ended by SIGTERM\n")
    ended_by(signal.SIGKILL)
    locked = project.run("scan", config=config)
    assert locked.returncode == 1
    assert "If none is, `make resume CONFIG=test.yaml` goes on." in locked.stderr


def test_beside_a_run_that_lives_no_other_begins(project):
    """Snakemake's locks are gone when any run of the folder ends."""
    folder = project.folder / "results/small"
    folder.mkdir(parents=True)
    running.begin(folder)
    done = project.run("scan", config=PLANE)
    assert done.returncode == 1
    assert f"pomflow: results/small: is run by process {os.getpid()}, which lives." in done.stderr
    assert {path.name for path in project.files()} == {running.RECORD}
    running.end(folder)
    assert project.run(TABLE, config=PLANE).returncode == 0
