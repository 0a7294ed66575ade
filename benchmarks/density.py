"""Seconds to a density of 1 % on an 8x8 lattice at mu = 1.2, by every method, from the start to the number.

The stages of the workflow run here one after the other with the settings of ``config/compare.yaml``, and
``compare_contours`` says what they cost: processor seconds of training, and of sampling for as many
configurations as the error needs, autocorrelation included. The worm algorithm gives the exact density.
"""

import math
import tempfile
from pathlib import Path
from time import process_time

import yaml

from benchmarks import timing
from pomflow import registry
from pomflow.analysis.estimates import Estimate
from pomflow.config import resolve as configuration
from pomflow.config import scan as scans
from pomflow.io import netcdf
from pomflow.io.checkpoint import Checkpoint
from pomflow.stages.scan import (
    measure_observables,
    optimize_contour,
    sample_contour,
    sample_langevin,
    sample_plane,
    sample_worm,
    train_network,
)
from pomflow.stages.scan.compare_contours import PERCENT, comparison_row

ROOT = Path(__file__).parent.parent
LATTICE, POINT = "8x8", "mu=1.2"
METHODS = ("plane", "dense", "linear", "equivariant", "langevin")
# a run of everything that compiles what is compiled
TINY = {
    "warm_start": {"epochs": 1},
    "optimize": {"steps": 1, "chains": 8},
    "natural_gradient": {"steps": 1, "chains": 8, "thermalization": 1},
    "plane": {"chains": 8, "trajectories": 12, "thermalization": 10},
    "hmc": {"chains": 8, "trajectories": 12, "thermalization": 10, "record_every": 1},
    "langevin": {"chains": 8, "steps": 500, "thermalization": 10},
    "worm": {"chains": 8, "sweeps": 400, "thermalization": 50},
}


def main():
    """Measure all methods, print the table and write it to ``benchmarks/results``."""
    compared = yaml.safe_load((ROOT / "config" / "compare.yaml").read_text())
    study = compared["studies"]["phi4"]
    measured(compared | {"studies": {"phi4": study | TINY}})
    report = {"machine": timing.machine(), "rows": measured(compared)}
    timing.publish("density", report, markdown(report))


def measured(given: dict) -> list[dict]:
    """A row for each method, with the settings of a config file."""
    schema = configuration.load_schema(ROOT / "workflow" / "schemas" / "config.schema.yaml")
    config = configuration.resolve(given | {"backend": "numpy"}, schema)
    with tempfile.TemporaryDirectory() as folder:
        study = Study(config, Path(folder))
        exact, worm = study.worm()
        rows = [
            {"method": name} | comparison_row(name, study.files(name), exact, study.settings())
            for name in METHODS
        ]
    return [*rows, worm]


class Study:
    """The files of every method, made in a folder."""

    def __init__(self, config: dict, folder: Path):
        self._config, self._folder = config, folder
        self._study = scans.studies(config)["phi4"]

    def settings(self, *sections: str) -> dict:
        """The settings of a stage, as the rules of the workflow put them together."""
        common = {key: self._config[key] for key in ("seed", "backend")}
        common |= {"study": "phi4", "lattice": LATTICE, "point": POINT, "scan": "benchmark"}
        common |= {"model": self._study.settings["model"], "parameters": self._study.values(POINT)}
        return common | {key: self._study.settings[key] for key in sections}

    def worm(self) -> tuple[dict, dict]:
        """Exact values as ``compare_contours`` wants them, and the row of what the density cost."""
        path = self._made("worm", "observables")
        started = process_time()
        sample_worm.run({}, {"observables": path}, self.settings("worm"), self._checkpoint())
        seconds = process_time() - started
        file = netcdf.read(path, "worm", [])
        exact = {
            name: Estimate(file[name].item(), file[f"{name}_err"].item())
            for name in self._study.simulation.measured
        }
        density = exact["density"]
        row = {"method": "worm", "train_seconds": 0.0, "sample_seconds": seconds, "apf_re": math.nan}
        row |= {"density": density.value, "density_err": density.error, "density_pull": math.nan}
        row["seconds_to_percent"] = seconds * (density.error / density.value / PERCENT) ** 2
        return exact, row | {"status": "ok"}

    def files(self, method: str) -> dict[str, Path]:
        """What ``comparison_row`` reads, by kind."""
        if method == "langevin":
            observables = self._made("langevin", "observables")
            sample_langevin.run({}, {"observables": observables}, self.settings("langevin"))
            return {"observables": observables}
        files = self._plane() if method == "plane" else self._trained(method)
        observables = self._made(method, "observables")
        measure_observables.run(files, {"observables": observables}, self._settings(method))
        return files | {"observables": observables}

    def _plane(self) -> dict[str, Path]:
        samples = self._made("plane", "samples")
        sample_plane.run({}, {"samples": samples}, self._settings("plane", "plane"), self._checkpoint())
        return {"samples": samples}

    def _trained(self, method: str) -> dict[str, Path]:
        """Start, optimization and samples; the dense contour starts from the samples on the plane."""
        network, contour, samples = (self._made(method, kind) for kind in ("network", "contour", "samples"))
        settings = self._settings(method, "warm_start") | {"smaller": None}
        train_network.run({"samples": self._made("plane", "samples")}, {"network": network}, settings)
        settings = self._settings(method, "optimize", "natural_gradient")
        optimize_contour.run({"network": network}, {"contour": contour}, settings, self._checkpoint())
        settings = self._settings(method, "hmc")
        sample_contour.run({"contour": contour}, {"samples": samples}, settings, self._checkpoint())
        return {"contour": contour, "samples": samples}

    def _settings(self, method: str, *sections: str) -> dict:
        network = self._study.settings["network"]
        read = {key: network[key] for key in registry.load("contour", method).network_settings}
        return self.settings(*sections) | {"contour": method, "network": read}

    def _made(self, method: str, kind: str) -> Path:
        return self._folder / f"{method}_{kind}.nc"

    def _checkpoint(self) -> Checkpoint:
        """One that is never written, for the clock of the stage."""
        return Checkpoint(self._folder / "checkpoint", "benchmark", math.inf, netcdf.Clock.start())


def markdown(report: dict) -> str:
    """The table and the machine it was measured on."""
    head = [
        "method",
        "average phase factor",
        "density",
        "pull",
        "training, s",
        "sampling to 1 %, s",
        "sum, s",
    ]
    lines = [[*head, "status"]]
    for row in report["rows"]:
        training, sampling = row["train_seconds"], row["seconds_to_percent"]
        density = f"{row['density']:.4f} ± {row['density_err']:.4f}"
        numbers = (row["apf_re"], row["density_pull"], training, sampling, training + sampling)
        phase, pull, *costs = ("" if math.isnan(number) else f"{number:.3g}" for number in numbers)
        lines.append([row["method"], phase, density, pull, *costs, row["status"]])
    return (
        f"{LATTICE}, {POINT}, settings of config/compare.yaml, processor seconds on one thread. "
        "Training is paid once for a mu; sampling grows with the inverse square of the error.\n\n"
        f"{timing.table(lines)}\n\n{timing.about(report['machine'])}"
    )
