"""Hybrid Monte Carlo as a stage: chains begin at a start, where a shorter run ended, or where others did."""

import hashlib
import json

import numpy as np
import xarray as xr

from pomflow.contours.path import Path
from pomflow.errors import DivergenceError, StoreError
from pomflow.io import netcdf
from pomflow.io.checkpoint import OTHER_WORK, Checkpoint, ignore
from pomflow.jobs.progress import Progress
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import sample
from pomflow.samplers.record import Record, state_after
from pomflow.stages.scan.point import SAMPLES, Point, samples_dataset, write

KIND = "samples"
LAST = ("last_field", "last_log_volume", "last_step_size")
# attribute of a file of samples: the key of the work that a longer run shares with this one
KEY = "chains_key"


def run_chains(
    point: Point, path: Path, settings: dict, stream: Stream, where: str, files: dict, checkpoint: Checkpoint
) -> None:
    """Sample on a path and write the configurations.

    Parameters
    ----------
    point : Point
    path : Path
    settings : dict
        The section ``plane`` or ``hmc``.
    stream : Stream
    where : str
        Names the job in a message.
    files : dict
        ``samples``, which is written, and with the start 'from' ``start``, whose last configurations are the
        first of the chains.
    checkpoint : Checkpoint
    """
    numbers = Progress(range(settings["thermalization"] + settings["trajectories"]), where)
    first = None
    if "start" in files:
        first = last_fields(files["start"], point, settings["chains"])
        # with the random numbers of the chains that it goes on from a run would tend to repeat them
        stream = stream.child(hashlib.sha256(first.tobytes()).hexdigest())
    record = sample(path, settings, stream, numbers, where, checkpoint, ShorterRun(checkpoint), first)
    dataset = samples_dataset(record, settings).assign_attrs({KEY: checkpoint.key})
    write(dataset, files["samples"], KIND, point, checkpoint.clock)


class ShorterRun:
    """The samples of a shorter run of the same chains, from which a longer one goes on."""

    def __init__(self, checkpoint: Checkpoint):
        self._checkpoint = checkpoint

    def __str__(self) -> str:
        return f"the shorter run {self._checkpoint.shorter}"

    def resume(self) -> dict | None:
        """The state after its last trajectory; None, which is reported, where it cannot be used."""
        path = self._checkpoint.shorter
        if not path.exists():
            return None
        try:
            samples = netcdf.read(path, KIND, (*SAMPLES, *LAST))
        except (StoreError, DivergenceError) as error:
            ignore(self, error.what)
            return None
        if samples.attrs.get(KEY) != self._checkpoint.key:
            ignore(self, OTHER_WORK)
            return None
        self._checkpoint.count({name: float(samples.attrs[name]) for name in ("seconds", "cpu_seconds")})
        state = state_after(record_of(samples), samples.attrs["thermalization"])
        return {"done": samples.sizes["history"], "process": state}


def record_of(samples: xr.Dataset) -> Record:
    """The record that ``samples_dataset`` has made a dataset of."""
    return Record(
        t=samples["field"].values,
        log_weight=_complex(samples, "log_modulus", "phase"),
        history=_complex(samples, "history_log_modulus", "history_phase"),
        delta_h=samples["delta_h"].values,
        accepted=samples["accepted"].values.astype(bool),
        step_size=samples["step_size"].values,
        starts=samples["start"].values.tolist(),
        last_t=samples["last_field"].values,
        last_log_volume=samples["last_log_volume"].values,
        last_step_size=samples["last_step_size"].values[:, None],
        wound=samples["wound"].values if "wound" in samples else None,
    )


def _complex(samples: xr.Dataset, real: str, imaginary: str) -> np.ndarray:
    """Two real variables as one; a sum would change infinite values and signs of zeros."""
    values = np.empty(samples[real].shape, complex)
    values.real, values.imag = samples[real].values, samples[imaginary].values
    return values


def last_fields(path, point: Point, chains: int) -> np.ndarray:
    """The last configurations of another run, shape (chains, n), of the same theory on the same lattice.

    Parameters of the model and the contour may differ.

    Raises
    ------
    StoreError
        If the file is missing, damaged or no file of samples, or if its chains are others.
    LostError
        If they diverged.
    """
    samples = netcdf.read(path, KIND, LAST[:1])
    fields, made = samples["last_field"], json.loads(samples.attrs["config"])
    remedy = "Name samples of such chains after 'from', or take another start."
    for name in ("model", "lattice"):
        if made[name] != point.params[name]:
            what = f"holds chains of the {name} {made[name]}, not {point.params[name]}"
            raise StoreError(str(path), what, remedy)
    if len(fields) != chains:
        what = f"holds {len(fields)} chains, and {chains} are to start from there"
        raise StoreError(str(path), what, f"Write chains: {len(fields)}, or take another start.")
    if fields.shape[1] != point.model.size:
        what = f"holds configurations of {fields.shape[1]} variables, not {point.model.size}"
        raise StoreError(str(path), what, remedy)
    netcdf.require_numbers(path, fields, (chains, point.model.size))
    return fields.values
