"""A run that was killed goes on and ends with the same bytes."""

import os
import signal
import subprocess
import time

from small_scan import SMALL

TABLE = "results/small/phi4/L2x2/dense/scan.csv"


def kill_group_when(process: subprocess.Popen, reached, seconds: float = 120) -> None:
    """Kill -9 of the main process and its jobs as soon as the condition holds."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_kill_and_resume(finished, project):
    command = project.command("scan", config=SMALL)
    process = subprocess.Popen(
        command,
        cwd=project.folder,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    kill_group_when(process, lambda: list((project.folder / "results").rglob("network.nc")))
    assert not (project.folder / TABLE).exists()
    assert project.run("--unlock", config=SMALL).returncode == 0
    done = project.run("scan", config=SMALL)
    assert done.returncode == 0, done.stderr
    assert (project.folder / TABLE).read_bytes() == (finished.folder / TABLE).read_bytes()
