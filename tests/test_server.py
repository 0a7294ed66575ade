"""Jobs in forked processes: the results of fresh ones, and nothing of the user's shell."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import xarray as xr

from pomflow.jobs import isolation, server
from pomflow.jobs.fingerprint import fingerprint_of
from small_scan import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is a server on Linux only")
REST = {"plugins": {}, "seconds": 3600, "code": [[], []]}
FRESH = isolation.command("pomflow.jobs")
# in place of a fresh process, where the server must do it
REFUSED = ["/bin/false"]


def work(stage: str, settings: dict) -> dict:
    """What a stage is to do, with the hash of its code."""
    return {"stage": stage, "settings": settings, "modules": fingerprint_of(stage, [], [])}


def lesson(folder, name="activations") -> dict:
    """A short job."""
    settings, outputs = {"lesson": name, "seed": 3}, {"lesson": str(folder / f"{name}.nc")}
    return work("lessons.teach_lesson", settings) | {"inputs": {}, "outputs": outputs}


def picture(folder) -> dict:
    """What it looks like."""
    inputs = {"lesson": str(folder / "activations.nc")}
    outputs = {kind: str(folder / f"activations.{kind}") for kind in ("png", "pdf")}
    settings = {"lesson": "activations", "seed": 3, "style": "paper", "language": "en"}
    return work("lessons.plots", settings) | {"inputs": inputs, "outputs": outputs}


def client(folder, job: dict, fresh: list[str], **environment) -> subprocess.Popen:
    """What Snakemake starts for a job."""
    log = folder / "logs/rule/job.log"
    command = [sys.executable, "-I", "-S", str(ROOT / "src/pomflow/jobs/client.py"), *fresh, "rule", str(log)]
    with (folder / "stderr").open("w") as stderr:
        started = subprocess.Popen(
            command, env=os.environ | environment, stdin=subprocess.PIPE, stderr=stderr, text=True
        )
    started.stdin.write(f"{json.dumps(job)}\n{json.dumps(REST | job)}")
    started.stdin.close()
    return started


def run(folder, job: dict, fresh: list[str], **environment) -> int:
    """The exit status of a job."""
    return client(folder, job, fresh, **environment).wait(timeout=120)


class Server:
    """A server, and the environment of its jobs; under nohup."""

    def __init__(self, nohup: bool = False):
        heard = signal.signal(signal.SIGHUP, signal.SIG_IGN if nohup else signal.SIG_DFL)
        before = os.environ.get(server.SERVER)
        self.process = server.start()
        signal.signal(signal.SIGHUP, heard)
        self.jobs = {server.SERVER: os.environ.pop(server.SERVER)}
        if before is not None:
            os.environ[server.SERVER] = before


@pytest.fixture(scope="module")
def started():
    one = Server()
    yield one
    one.process.terminate()
    one.process.wait(timeout=60)


@pytest.fixture
def served(started):
    """The environment of jobs that have a server."""
    return started.jobs


def test_a_forked_job_makes_what_a_fresh_one_makes(served, tmp_path):
    for name, fresh, environment in (("forked", REFUSED, served), ("fresh", FRESH, {})):
        (tmp_path / name).mkdir()
        for job in (lesson(tmp_path / name), picture(tmp_path / name)):
            assert run(tmp_path / name, job, fresh, **environment) == 0
    first, second = (xr.load_dataset(tmp_path / name / "activations.nc") for name in ("forked", "fresh"))
    xr.testing.assert_identical(first.drop_attrs(), second.drop_attrs())
    assert first.attrs["modules"] == fingerprint_of("lessons.teach_lesson", [], [])
    for kind in ("png", "pdf"):
        forked, fresh = (
            (tmp_path / name / f"activations.{kind}").read_bytes() for name in ("forked", "fresh")
        )
        assert forked == fresh
    header, row = (tmp_path / "forked/benchmarks/rule/job.tsv").read_text().splitlines()
    measured = dict(zip(header.split("\t"), map(float, row.split("\t")), strict=True))
    assert measured["cpu_time"] > 0
    assert 30 < measured["max_rss"] < 5000


def test_the_server_has_one_thread_and_leaves_no_zombies(started, tmp_path):
    """Locks that another thread holds at a fork are never released; OpenBLAS and Python both warn of it."""
    assert run(tmp_path, lesson(tmp_path), REFUSED, **started.jobs) == 0
    assert len(list(Path(f"/proc/{started.process.pid}/task").iterdir())) == 1
    deadline = time.monotonic() + 60
    while psutil.Process(started.process.pid).children():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_jobs_end_with_their_server_and_later_ones_do_without(tmp_path):
    one = Server()
    waiting, number = begun(tmp_path, endless(tmp_path), one.jobs)
    one.process.kill()
    one.process.wait(timeout=60)
    assert run(tmp_path, lesson(tmp_path), ["/bin/sh", "-c", "exit 7"], **one.jobs) == 7
    assert ended(number)
    assert waiting.wait(timeout=60) != 0


IMPATIENT = """
import socket, sys
from pomflow.jobs import server
server.IDLE_SECONDS, server.LOOK_SECONDS, server._preparations = 0.2, 0.05, lambda: iter(())
server.serve(socket.socket(fileno=int(sys.argv[1])))
"""


def test_an_idle_server_ends_but_not_while_a_job_runs(tmp_path, monkeypatch):
    """A training of hours would end with it."""
    monkeypatch.setattr(isolation, "command", lambda module: [sys.executable, "-c", IMPATIENT])
    one = Server()
    waiting, number = begun(tmp_path, endless(tmp_path), one.jobs)
    time.sleep(3)
    assert one.process.poll() is None
    assert "ended by" not in (tmp_path / "logs/rule/job.log").read_text()
    waiting.send_signal(signal.SIGTERM)
    assert waiting.wait(timeout=60) == 128 + signal.SIGTERM
    assert ended(number)
    assert one.process.wait(timeout=60) == 0


FORKED = """
import socket, sys
from pomflow.jobs import job, server
job.run = lambda *_, forked: print("what a plug-in says") or 0
server._become_job(socket.socket(fileno=int(sys.argv[1])), {})
"""
ALONE = "print('what a plug-in says'); from pomflow.jobs import output; output.end(0)"


def test_a_disk_that_is_full_behind_its_output_takes_no_result_from_a_job():
    """Forked, and in a process of its own, for which Python would end with status 120."""
    ours, of_job = socket.socketpair()
    request = b"rule\0log\0{}"
    with open("/dev/full", "w") as full, ours, of_job:
        number = of_job.fileno()
        command = [sys.executable, "-I", "-c", FORKED, str(number)]
        job = subprocess.Popen(command, stdout=full, pass_fds=[number])
        of_job.close()
        ours.sendall(len(request).to_bytes(8, "big") + request)
        with ours.makefile("rb") as stream:
            assert stream.read() == f"{job.pid}\n".encode() + b"\0"
        assert job.wait(timeout=60) == 0
        assert subprocess.run([sys.executable, "-I", "-c", ALONE], stdout=full, timeout=60).returncode == 0
    closed = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", sys.executable, "-I", "-c", ALONE]
    assert subprocess.run(closed, timeout=60).returncode == 0


def test_a_job_of_other_code_than_the_workflow_has_read_is_refused(served, tmp_path):
    """A plug-in may have been edited, and a clone pulled, since the run began."""
    plug_in = tmp_path / "mine.py"
    plug_in.write_text("factor = 1.0\n")
    code = [[str(plug_in)], []]
    job = lesson(tmp_path) | {"code": code, "modules": fingerprint_of("lessons.teach_lesson", *code)}
    for environment, fresh in ((served, REFUSED), ({}, FRESH)):
        plug_in.write_text("factor = 1.0  # as it was read\n")
        assert run(tmp_path, job, fresh, **environment) == 0
        (tmp_path / "activations.nc").unlink()
        plug_in.write_text("factor = 2.0\n")
        assert run(tmp_path, job, fresh, **environment) == 1
        told = (tmp_path / "logs/rule/job.log").read_text()
        assert f"the code of this job, of {plug_in} or pomflow, was changed while the run was on" in told
        assert not (tmp_path / "activations.nc").exists()
    assert run(tmp_path, lesson(tmp_path) | {"modules": "abc"}, FRESH) == 1
    assert "the code of this job, of pomflow, was changed" in (tmp_path / "stderr").read_text()


def test_a_job_that_fails_says_so(served, tmp_path):
    waiting = client(tmp_path, picture(tmp_path), REFUSED, **served)
    assert waiting.wait(timeout=120) == 1
    assert "activations.nc: does not exist" in (tmp_path / "logs/rule/job.log").read_text()


def test_where_there_is_no_server_or_a_dead_one_a_job_has_a_fresh_process(tmp_path):
    dead = {server.SERVER: "pomflow-of-nobody"}
    assert run(tmp_path, lesson(tmp_path), ["/bin/sh", "-c", "exit 7"]) == 7
    assert run(tmp_path, lesson(tmp_path), ["/bin/sh", "-c", "exit 7"], **dead) == 7


def endless(folder) -> dict:
    """A job that takes longer than any test."""
    settings = {
        "study": "phi4",
        "model": "complex_phi4",
        "lattice": "2x2",
        "parameters": {"mass": 1.0, "coupling": 1.0, "mu": 0.8, "action": "full"},
        "point": "mu=0.8",
        "backend": "numpy",
        "seed": 3,
        "worm": {"chains": 4, "sweeps": 10**9, "thermalization": 10},
    }
    return work("scan.sample_worm", settings) | {
        "inputs": {},
        "outputs": {"observables": str(folder / "observables.nc")},
        "checkpoint": str(folder / ".checkpoints/worm"),
    }


def begun(folder, job: dict, environment: dict) -> tuple[subprocess.Popen, int]:
    """A job at work, and the number of its forked process."""
    waiting = client(folder, job, REFUSED, **environment)
    log, deadline = folder / "logs/rule/job.log", time.monotonic() + 120
    while not (log.exists() and "begins" in log.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (number,) = (
        int(path.split("/")[2]) for path in map(str, Path("/proc").glob("[0-9]*/comm")) if _is_job(path)
    )
    return waiting, number


def _is_job(path: str) -> bool:
    try:
        with open(path) as file:
            return file.read() == "rule\n"
    except OSError:
        return False


def ended(number: int) -> bool:
    deadline = time.monotonic() + 60
    while os.path.exists(f"/proc/{number}"):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_signals_are_passed_on(served, tmp_path):
    waiting, number = begun(tmp_path, endless(tmp_path), served)
    waiting.send_signal(signal.SIGTERM)
    assert waiting.wait(timeout=60) == 128 + signal.SIGTERM
    assert ended(number)
    assert "ended by SIGTERM" in (tmp_path / "logs/rule/job.log").read_text()
    assert (tmp_path / ".checkpoints/worm.part-full").exists() or (tmp_path / ".checkpoints").exists()


def test_under_nohup_a_job_outlives_its_terminal(tmp_path):
    one = Server(nohup=True)
    waiting, number = begun(tmp_path, endless(tmp_path), one.jobs)
    os.kill(number, signal.SIGHUP)
    time.sleep(0.5)
    assert Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    assert "ended by" not in (tmp_path / "logs/rule/job.log").read_text()
    one.process.kill()
    one.process.wait(timeout=60)
    assert ended(number)
    waiting.wait(timeout=60)


def test_a_job_that_nobody_waits_for_ends(served, tmp_path):
    waiting, number = begun(tmp_path, endless(tmp_path), served)
    waiting.kill()
    waiting.wait(timeout=60)
    assert ended(number)


def test_a_job_that_was_killed_is_one_message(served, tmp_path):
    waiting, number = begun(tmp_path, endless(tmp_path), served)
    os.kill(number, signal.SIGKILL)
    assert waiting.wait(timeout=60) == 128 + signal.SIGKILL
    assert (
        "pomflow: rule: the process was killed, by hand or for want of memory"
        in (tmp_path / "stderr").read_text()
    )


def test_what_a_shell_holds_changes_neither_a_byte_nor_a_status(tmp_path):
    """Other packages, the backend of a notebook, and figures in the user's own style."""
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "numpy.py").write_text("raise SystemExit('the wrong NumPy')\n")
    (foreign / "matplotlibrc").write_text("text.usetex: True\nlines.linewidth: 9\nfont.size: 30\n")
    for name, environment in (
        ("clean", {}),
        (
            "own",
            {
                "PYTHONPATH": str(foreign),
                "MPLBACKEND": "module://nothing",
                "MATPLOTLIBRC": str(foreign),
                "OMP_NUM_THREADS": "7",
                "CUPY_CACHE_DIR": "/proc/nope",
            },
        ),
    ):
        (tmp_path / name).mkdir()
        for job in (lesson(tmp_path / name), picture(tmp_path / name)):
            assert run(tmp_path / name, job, FRESH, **environment) == 0
    for kind in ("png", "pdf"):
        clean, own = ((tmp_path / name / f"activations.{kind}").read_bytes() for name in ("clean", "own"))
        assert clean == own
