"""What starting the jobs of the default scan costs, of all processor time: forked jobs beside fresh ones.

The default scan really runs. Jobs write what they compute with to ``benchmarks``; what else the processors do
is the start of the jobs, and Snakemake itself. A job of a few milliseconds is started both ways.
"""

import csv
import json
import os
import resource
import subprocess
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks import timing
from benchmarks.workflow import Project
from pomflow.jobs import isolation, server
from pomflow.jobs.fingerprint import fingerprint_of

# the stages whose start is measured: one that imports little, and one that draws
LESSON = {"lesson": "activations", "seed": 1}
ROUNDS = 5


def main():
    """Measure, print and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        report = {
            "machine": timing.machine(),
            "start": starts(Path(folder)),
            "scan": scan(Project(Path(folder))),
        }
    timing.publish("startup", report, markdown(report))


def starts(folder: Path) -> dict:
    """Processor seconds of a server until it is ready, and of a job beside what it computes."""
    process = server.start()
    name = os.environ.pop(server.SERVER)
    # the first job comes when the server has nothing else to do
    _job(folder, {server.SERVER: name})
    while _busy(process.pid):
        pass
    ready = _of_process(process.pid)
    around = {}
    for kind, environment in (("forked", {server.SERVER: name}), ("fresh", {})):
        before = _of_children() + _of_process(process.pid)
        own = sum(_job(folder, environment) for _ in range(ROUNDS))
        spent = _of_children() + _of_process(process.pid) - before
        # what a forked job computes with is time of no child of this process
        around[kind] = (spent - (own if kind == "fresh" else 0.0)) / ROUNDS
    process.terminate()
    process.wait()
    return {"server": ready, **around}


def _job(folder: Path, environment: dict) -> float:
    """Run a short job; the processor seconds that it computes for."""
    log = folder / "logs/rule/job.log"
    outputs = {"lesson": str(folder / "lesson.nc")}
    stage = "lessons.teach_lesson"
    work = {"stage": stage, "settings": LESSON, "modules": fingerprint_of(stage, [], [])}
    lines = (work, {"inputs": {}, "outputs": outputs, "plugins": {}, "code": [[], []], "seconds": 60})
    subprocess.run(
        [*isolation.of_jobs(), "rule", str(log)],
        input="\n".join(map(json.dumps, lines)),
        env=os.environ | environment,
        text=True,
        check=True,
    )
    return next(_times(folder / "benchmarks"))


def scan(project: Project) -> dict:
    """The default scan on all cores: seconds, and processor seconds of its jobs and around them."""
    started, before = perf_counter(), _of_children()
    project.run({"scan": "default"}, target="all", cores="all")
    seconds, around = perf_counter() - started, _of_children() - before
    own = list(_times(project.folder / "results/default/benchmarks"))
    return {"jobs": len(own), "seconds": seconds, "own": sum(own), "around": around}


def _times(folder: Path):
    """Processor seconds of every job that left a file below a folder."""
    for path in folder.rglob("*.tsv"):
        with open(path, newline="") as file:
            yield from (float(row["cpu_time"]) for row in csv.DictReader(file, delimiter="\t"))


def _of_children() -> float:
    """Processor seconds of the processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _of_process(number: int) -> float:
    """Processor seconds of a process that runs."""
    words = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _busy(number: int) -> bool:
    """Whether a process has computed in the last half second."""
    before, until = _of_process(number), perf_counter() + 0.5
    while perf_counter() < until:
        pass
    return _of_process(number) > before


def markdown(report: dict) -> str:
    """The numbers in words and a table."""
    start, ran = report["start"], report["scan"]
    starting = start["server"] + ran["jobs"] * start["forked"]
    snakemake = ran["around"] - ran["jobs"] * start["forked"]
    total = ran["own"] + starting + snakemake
    rows = [
        ["the default scan", "processor time, s", "share"],
        [f"{ran['jobs']} jobs by themselves", f"{ran['own']:.0f}", f"{ran['own'] / total:.0%}"],
        ["their start", f"{starting:.1f}", f"{starting / total:.1%}"],
        ["Snakemake", f"{snakemake:.0f}", f"{snakemake / total:.0%}"],
    ]
    return (
        f"Processor time beside what a job computes: {start['forked']:.3f} s for one that is forked, "
        f"{start['fresh']:.2f} s for one in a fresh process. The server is ready after "
        f"{start['server']:.1f} s.\n\n{timing.table(rows)}\n\n{ran['seconds']:.0f} s on {os.cpu_count()} "
        f"cores.\n\n"
        f"{timing.about(report['machine'])}"
    )
