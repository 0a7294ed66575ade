"""A small scan, run by the real Snakemake in a folder of its own."""

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import xarray as xr
import yaml

ROOT = Path(__file__).parent.parent
SMALL = {
    "scan": "small",
    "studies": {
        "phi4": {
            "model": "complex_phi4",
            "lattices": [[2, 2]],
            "parameters": {"mass": 1.0, "coupling": 1.0},
            "over": {"mu": [0.0, 0.8]},
            "contours": ["dense"],
            "warm_start": {"epochs": 2},
            "optimize": {"steps": 30, "chains": 8},
            "plane": {"chains": 8, "trajectories": 20, "thermalization": 10},
            "hmc": {"chains": 8, "trajectories": 20, "thermalization": 10, "start": "ordered"},
            "worm": {"chains": 8, "sweeps": 400, "thermalization": 100, "spacing": 0.8, "phase_updates": 400},
        }
    },
    "ising": {"enabled": False},
    "lessons": {"enabled": False},
}


def changed(config: dict = SMALL, **sections) -> dict:
    """A copy of a scan with other values in its study phi4; sections are merged, lists are replaced."""
    config = copy.deepcopy(config)
    study = config["studies"]["phi4"]
    for section, values in sections.items():
        current = study.get(section)
        study[section] = current | values if isinstance(current, dict) else values
    return config


def as_yaml(config: dict) -> str:
    """A config file: axes in their order, and a section that stands twice written twice."""
    return yaml.safe_dump(json.loads(json.dumps(config)), sort_keys=False)


class Project:
    """A copy of the workflow in a folder of its own, made where the folder has none yet."""

    def __init__(self, folder: Path):
        self.folder = folder
        if (folder / "Snakefile").exists():
            return
        for name in ("workflow", "config"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("Snakefile", "requirements.lock"):
            shutil.copy(ROOT / name, folder)
        (folder / "profiles").symlink_to("workflow/profiles")

    def copy(self, folder: Path) -> "Project":
        """A copy in a new folder, with the dates of its files kept."""
        shutil.copytree(self.folder, folder, copy_function=shutil.copy2, symlinks=True)
        return Project(folder)

    def command(self, *arguments: str, config: dict | None = None, cores: int | None = 2) -> list[str]:
        """A call of Snakemake; ``config`` is merged over the default one, a profile may give the cores."""
        options = [] if cores is None else ["--cores", str(cores)]
        if config is not None:
            (self.folder / "test.yaml").write_text(as_yaml(config))
            options += ["--configfile", "test.yaml"]
        return [sys.executable, "-m", "snakemake", *arguments, *options]

    def run(
        self, *arguments: str, source: Path | None = None, seconds: float = 900, **options
    ) -> subprocess.CompletedProcess:
        """Run Snakemake to its end, which takes no longer; ``source`` takes the place of src/."""
        environment = os.environ | ({"PYTHONPATH": str(source)} if source else {})
        command = self.command(*arguments, **options)
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=seconds
        )

    def planned(self, config, source: Path | None = None) -> dict[str, int]:
        """How many jobs of each rule a dry run would start."""
        done = self.run("--dry-run", config=config, source=source)
        assert done.returncode == 0, done.stdout + done.stderr
        return self.counted(done.stdout)

    @staticmethod
    def counted(output: str) -> dict[str, int]:
        """The jobs of each rule in what a dry run says."""
        table = output.rpartition("Job stats:")[2].partition("total")[0]
        return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}

    def files(self) -> set[Path]:
        """Every file below results/."""
        return {path for path in (self.folder / "results").rglob("*") if path.is_file()}


def left_behind(project: Project) -> list[Path]:
    """Temporary files and checkpoints."""
    return [path for path in project.files() if path.name.endswith(".tmp") or ".checkpoints" in path.parts]


def assert_same_results(one: Project, other: Project) -> None:
    """The same tables, byte for byte, and the same variables in every dataset."""
    names = {path.relative_to(other.folder) for path in other.files() if path.suffix in (".csv", ".nc")}
    assert {path.relative_to(one.folder) for path in one.files() if path.suffix in (".csv", ".nc")} == names
    for name in sorted(names):
        if name.suffix == ".csv":
            assert (one.folder / name).read_bytes() == (other.folder / name).read_bytes(), name
        else:
            first, second = (
                xr.load_dataset(project.folder / name, engine="h5netcdf") for project in (one, other)
            )
            xr.testing.assert_identical(first.drop_attrs(), second.drop_attrs())
