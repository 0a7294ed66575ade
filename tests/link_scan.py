"""The scan of a model that is known, by the real stages: the plane, a right contour and a wrong one."""

import contextlib
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from kept import checkpoint_in
from own_plugins import Waves, WavesPoint
from pomflow import registry
from pomflow.io import netcdf
from pomflow.stages.scan import collect_scan, measure_observables, sample_contour, sample_plane
from pomflow.stages.scan.point import Point, write_trained

BETA = {"beta_re": 0.8, "beta_im": 0.5}
POINT = "beta_im=0.5"
HMC = {"chains": 32, "trajectories": 100, "thermalization": 20, "record_every": 1, "start": "mixed"}
HMC |= {"leapfrog_steps": 5, "step_size": 0.5, "target_acceptance": 0.8}
COMMON = {"study": "link", "model": "link", "lattice": "2", "parameters": BETA, "point": POINT}
COMMON |= {"seed": 1, "backend": "numpy"}


class Forgetful(Waves):
    """A contour whose author forgot the determinant: it integrates something else, and nothing notices."""

    def at(self, theta, t):
        return ForgetfulPoint(theta, t)


class ForgetfulPoint(WavesPoint):
    def log_det(self):
        return np.zeros(len(self.z), dtype=complex)


@contextlib.contextmanager
def plugged() -> Iterator[None]:
    """The model and its contours, registered."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry.MODELS, "link", "own_plugins:OneLink")
        patch.setitem(registry.CONTOURS, "waves", "own_plugins:Waves")
        patch.setitem(registry.CONTOURS, "forgetful", "link_scan:Forgetful")
        yield


def made(folder, contour: str, height: float = 0.4, **place) -> dict:
    """Samples on a contour of this height, and what was measured on them; ``place`` may name a training."""
    folder.mkdir()
    params = COMMON | {"contour": contour, "network": {}} | place
    names = [*([] if contour == "plane" else ["contour"]), "samples", "observables", "quantities"]
    files, checkpoint = {name: folder / f"{name}.nc" for name in names}, checkpoint_in(folder)
    if contour == "plane":
        sample_plane.run({}, files, params | {"plane": HMC}, checkpoint)
    else:
        theta = xr.Dataset({"theta": ("parameter", np.array([height, 0.0]))})
        write_trained(theta, files["contour"], "contour", Point.of(params), netcdf.Clock.start())
        sample_contour.run(files, files, params | {"hmc": HMC}, checkpoint)
    outputs = {name: files[name] for name in ("observables", "quantities")}
    measure_observables.run(files, outputs, params)
    return files


def collected(files: dict, folder, contour: str, trainings: list[dict] | None = None) -> pd.Series:
    """The row of the table of one contour, beside all others and further trainings of it."""
    others = [name for name in files if name not in (contour, "plane")]
    params = COMMON | {"axes": ["beta_im"], "points": {POINT: BETA}, "nodes": {}, "contour": contour}
    inputs = {"contour": [files[contour]["observables"]], "plane": [files["plane"]["observables"]]}
    inputs |= {"others": [files[name]["observables"] for name in others]}
    inputs |= {"quantities": [files[contour]["quantities"]]}
    inputs |= {"trainings": [one["observables"] for one in trainings]} if trainings else {}
    outputs = {"scan": folder / "scan.nc", "table": folder / "scan.csv"}
    collect_scan.run(inputs, outputs, params | {"others": others})
    row = pd.read_csv(outputs["table"]).iloc[0]
    dataset = netcdf.read(outputs["scan"], "scan", ["independence", "status"])
    assert set(dataset.variables) == set(row.index)
    assert row["independence"] == pytest.approx(dataset["independence"].item(), rel=1e-9, nan_ok=True)
    assert dataset["independence"].attrs["units"] == "1"
    return row


def numbers_of(files: dict) -> dict[str, float]:
    """What was measured on a contour, by name."""
    dataset = netcdf.read(files["observables"], "observables", ["cosine"])
    return {name: value.item() for name, value in dataset.data_vars.items()}
