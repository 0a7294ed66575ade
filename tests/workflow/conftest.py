"""Real Snakemake runs of a small scan in temporary folders."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
SMALL = {
    "scan": "small",
    "phi4": {
        "lattices": [[2, 2]],
        "mu": [0.0, 0.8],
        "network": {"epochs": 2},
        "optimize": {"steps": 30, "chains": 8},
        "plane": {"chains": 8, "trajectories": 20, "thermalization": 10},
        "hmc": {"chains": 8, "trajectories": 20, "thermalization": 10},
    },
}


class Project:
    """A copy of the workflow in a folder of its own."""

    def __init__(self, folder: Path):
        self.folder = folder
        for name in ("workflow", "config"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "Snakefile", folder / "Snakefile")

    def run(self, *arguments: str, config=None, cores: int = 2) -> subprocess.CompletedProcess:
        """Call Snakemake; ``config`` is merged over the default one."""
        options = []
        if config is not None:
            (self.folder / "test.yaml").write_text(
                config if isinstance(config, str) else yaml.safe_dump(config)
            )
            options = ["--configfile", "test.yaml"]
        command = [sys.executable, "-m", "snakemake", "--cores", str(cores), *arguments, *options]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=600)

    def planned(self, config) -> dict[str, int]:
        """How many jobs of each rule a dry run would start."""
        output = self.run("--dry-run", config=config).stdout
        table = output.rpartition("Job stats:")[2].partition("total")[0]
        return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}

    def files(self) -> set[Path]:
        """Every file below results/."""
        return {path for path in (self.folder / "results").rglob("*") if path.is_file()}


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
    shutil.copytree(finished.folder, tmp_path / "copy", copy_function=shutil.copy2)
    project = object.__new__(Project)
    project.folder = tmp_path / "copy"
    return project
