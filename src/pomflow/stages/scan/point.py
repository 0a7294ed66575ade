"""What the stages of a scan share: building the model, the contour and the files they exchange."""

from dataclasses import dataclass
from types import ModuleType

import numpy as np
import xarray as xr

from pomflow import registry
from pomflow.config.scan import stream_labels
from pomflow.config.trainings import label_in
from pomflow.contours.base import Contour
from pomflow.contours.path import Path
from pomflow.io import netcdf
from pomflow.lattice import Lattice
from pomflow.models.base import Model
from pomflow.numerics import backend
from pomflow.random.stream import Stream
from pomflow.samplers.record import Record
from pomflow.stages.scan.results import at_point

SAMPLES = ("field", "log_modulus", "phase", "history_log_modulus", "history_phase", "delta_h", "accepted")


@dataclass(frozen=True)
class Point:
    """One point of a scan: a model on a lattice with all of its parameters, on a backend."""

    model: Model
    params: dict
    xp: ModuleType

    @classmethod
    def of(cls, params: dict) -> "Point":
        """From the settings of a rule: model, lattice, parameters, point (its name), backend, seed."""
        xp = backend.select(params["backend"])
        make = registry.load("model", params["model"])
        return cls(make(Lattice.parse(params["lattice"]), xp=xp, **params["parameters"]), params, xp)

    def stream(self, stage: str, contour: str) -> Stream:
        """Random numbers named by what they are for; each training of a contour has its own."""
        trained = f"{contour}{label_in(self.params)}"
        labels = stream_labels(
            self.params["study"], stage, self.params["lattice"], trained, self.params["point"]
        )
        return Stream(self.params["seed"], *labels, xp=self.xp)

    def contour(self, name: str, network: dict) -> Contour:
        """A contour for this model, by its name."""
        return registry.load("contour", name).build(self.model, network)

    def where(self, stage: str) -> str:
        """Names a job in a message."""
        study, lattice, point = (self.params[key] for key in ("study", "lattice", "point"))
        return f"{study}: {stage} L{lattice} {point}{label_in(self.params)}"

    def path(self, contour: Contour, theta) -> Path:
        """The model on a contour, whose parameters may come from a file."""
        return Path(self.model, contour, self.xp.asarray(theta))

    @property
    def device(self) -> str:
        """Backend and device in words."""
        return backend.describe(self.xp)


def read_theta(path, kind: str, contour: Contour, point: Point) -> np.ndarray:
    """The parameters of a contour from the file of a step of its training at this point."""
    theta = netcdf.read(path, kind, ["theta"], point.params)["theta"]
    netcdf.require_numbers(path, theta, (contour.n_parameters,))
    return theta.values


def read_samples(path, point: Point) -> xr.Dataset:
    """Configurations at this point with their weights."""
    samples = netcdf.read(path, "samples", SAMPLES, point.params)
    netcdf.require_numbers(path, samples["field"], (None, None, point.model.size))
    for name in ("log_modulus", "phase"):
        netcdf.require_numbers(path, samples[name], samples["field"].shape[:2])
    return samples


def read_run(files: dict, point: Point) -> tuple[xr.Dataset, Path]:
    """Configurations ``files['samples']`` at this point, and the path that they lie on.

    That of the plane needs no file ``contour``.
    """
    samples = read_samples(files["samples"], point)
    contour = point.contour(point.params["contour"], point.params["network"])
    theta = read_theta(files["contour"], "contour", contour, point) if "contour" in files else []
    return samples, point.path(contour, theta)


def samples_dataset(record: Record, settings: dict) -> xr.Dataset:
    """The record of a run as a dataset, with names and units."""
    warm_up, every = settings["thermalization"], settings["record_every"]
    total = len(record.step_size)
    chain, each = ("chain", "trajectory"), ("chain", "history")
    wound = {}
    if record.wound is not None:
        wound["wound"] = (each, record.wound, netcdf.about("accepted proposals of another winding number"))
    return xr.Dataset(
        {
            "field": (
                (*chain, "variable"),
                record.t,
                netcdf.about("real coordinates t of the configuration"),
            ),
            "log_modulus": (chain, record.log_weight.real, netcdf.about("ln |det J exp(-S)|")),
            "phase": (chain, record.log_weight.imag, netcdf.about("arg(det J exp(-S))", "radian")),
            "history_log_modulus": (each, record.history.real, netcdf.about("ln |det J exp(-S)|")),
            "history_phase": (each, record.history.imag, netcdf.about("arg(det J exp(-S))", "radian")),
            "delta_h": (each, record.delta_h, netcdf.about("energy violation of the trajectory")),
            "accepted": (
                each,
                record.accepted.astype(np.int8),
                netcdf.about("1 where the trajectory was accepted"),
            ),
            "step_size": ("history", record.step_size, netcdf.about("mean leapfrog step size")),
            **wound,
            "last_field": (
                ("chain", "variable"),
                record.last_t,
                netcdf.about("real coordinates t after the last trajectory"),
            ),
            "last_log_volume": ("chain", record.last_log_volume, netcdf.about("ln |det J| there")),
            "last_step_size": ("chain", record.last_step_size[:, 0], netcdf.about("leapfrog step size")),
            "start": ("chain", np.array(record.starts, dtype=object), netcdf.about("how the chain began")),
        },
        coords={
            "trajectory": ("trajectory", np.arange(warm_up, total, every), netcdf.about("trajectory number")),
            "history": (
                "history",
                np.arange(total),
                netcdf.about("trajectory number, thermalization included"),
            ),
        },
        attrs={"thermalization": warm_up, "record_every": every},
    )


def write(dataset: xr.Dataset, path, kind: str, point: Point, started: netcdf.Clock) -> None:
    """Write a stage's dataset with the parameters of this point and its provenance."""
    _write(dataset, path, kind, point, netcdf.describe_run(point.params, point.device, started))


def write_trained(
    dataset: xr.Dataset, path, kind: str, point: Point, started: netcdf.Clock, earlier=None
) -> None:
    """The same for a step of training, with the attribute ``training_seconds``: its cost, all steps included.

    ``earlier`` is (path, kind) of the file of the step before.
    """
    provenance = netcdf.describe_run(point.params, point.device, started)
    before = netcdf.read_provenance(*earlier)["training_seconds"] if earlier else 0.0
    provenance["training_seconds"] = before + netcdf.cost(provenance)
    _write(dataset, path, kind, point, provenance)


def _write(dataset: xr.Dataset, path, kind: str, point: Point, provenance: dict) -> None:
    dataset = at_point(dataset, type(point.model), point.params["parameters"])
    netcdf.write(dataset, path, kind, provenance)
