"""What Snakemake costs: seconds a job beside the job itself, and a dry run of a scan of about 1000 jobs.

A small scan really runs, one job after the other. What its jobs take by themselves stands in the files that
they write to ``benchmarks``; ``startup`` measures what it takes to start them.
"""

import csv
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import yaml

from benchmarks import timing
from pomflow.config.scan import axis_values

ROOT = Path(__file__).parent.parent
LINKED = ("Snakefile", "workflow", "config", "profiles")
# jobs as short as can be, since only what is around them counts
STUDY = {
    "model": "complex_phi4",
    "contours": ["dense"],
    "lattices": [[2, 2]],
    "parameters": {"mass": 1.0, "coupling": 1.0},
    "over": {"mu": [0.0, 0.4, 0.8, 1.2]},
    "warm_start": {"epochs": 1},
    "optimize": {"steps": 10, "chains": 8},
    "plane": {"chains": 8, "trajectories": 20, "thermalization": 10},
    "hmc": {"chains": 8, "trajectories": 20, "thermalization": 10},
    "worm": {"chains": 8, "sweeps": 200, "thermalization": 20, "spacing": 0.4},
}
WITHOUT = {"ising": {"enabled": False}, "lessons": {"enabled": False}}
SMALL = {"scan": "small", "studies": {"phi4": STUDY}} | WITHOUT
# so many mu make about 1000 jobs
MANY_MU = {"lattices": [[4, 4]], "over": {"mu": {"start": 0.0, "stop": 2.0, "num": 140}}}
MANY = {"scan": "many", "studies": {"phi4": STUDY | MANY_MU}} | WITHOUT
ROUNDS = 3


def main():
    """Measure, print and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        report = {
            "machine": timing.machine(),
            "scan": scan(project),
            "dry_run": {
                name: dry_run(project, config) for name, config in (("small", SMALL), ("many", MANY))
            },
        }
    timing.publish("workflow", report, markdown(report))


class Project:
    """The workflow in a folder of its own."""

    def __init__(self, folder: Path):
        self.folder = folder
        for name in LINKED:
            (folder / name).symlink_to(ROOT / name)

    def run(self, config: dict, *options: str, target: str = "scan", cores: str = "1") -> tuple[float, str]:
        """Seconds of a call of Snakemake, and what it prints."""
        (self.folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
        command = [sys.executable, "-m", "snakemake", target, "--cores", cores, *options]
        environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
        return timed([*command, "--configfile", "config.yaml"], cwd=self.folder, env=environment)


def timed(command: list, **options) -> tuple[float, str]:
    """Seconds of a command and what it prints."""
    started = perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return perf_counter() - started, done.stdout


def scan(project: Project) -> dict:
    """Jobs, seconds of the whole small scan and of its jobs by themselves."""
    seconds, _ = project.run(SMALL)
    own = []
    for path in (project.folder / "results").glob("*/benchmarks/*/*.tsv"):
        with open(path, newline="") as file:
            own += [float(row["s"]) for row in csv.DictReader(file, delimiter="\t")]
    around = (seconds - sum(own)) / len(own)
    return {"jobs": len(own), "seconds": seconds, "own": sum(own), "around_each": around}


def dry_run(project: Project, config: dict) -> dict:
    """Jobs and seconds of a dry run where nothing is made yet, the fastest of a few."""
    config = config | {"scan": f"{config['scan']}-dry"}
    done = [project.run(config, "--dry-run", "--quiet", "rules") for _ in range(ROUNDS)]
    jobs = re.search(r"^total +(\d+)", done[0][1], re.MULTILINE)
    return {
        "mu": len(axis_values(config["studies"]["phi4"]["over"]["mu"])),
        "jobs": int(jobs[1]),
        "seconds": min(seconds for seconds, _ in done),
    }


def markdown(report: dict) -> str:
    """The numbers in words and tables."""
    ran, dry = report["scan"], report["dry_run"]
    of_scan = [["jobs", "whole, s", "jobs by themselves, s", "Snakemake, s a job"]]
    of_scan.append(
        [str(ran["jobs"]), f"{ran['seconds']:.1f}", f"{ran['own']:.1f}", f"{ran['around_each']:.2f}"]
    )
    of_dry = [["mu", "jobs", "dry run, s"]]
    of_dry += [[str(row["mu"]), str(row["jobs"]), f"{row['seconds']:.1f}"] for row in dry.values()]
    return (
        f"A small scan on one core.\n\n{timing.table(of_scan)}\n\n{timing.table(of_dry)}\n\n"
        f"{timing.about(report['machine'])}"
    )
