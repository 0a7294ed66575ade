"""Supervised warm start: fit the network to the Gaussian path on the plane dataset."""

import time

import numpy as np
import xarray as xr

from pomflow import gaussian, store
from pomflow.backend import to_host
from pomflow.nn import Adam, SquaredError, fit, hold_then_cosine
from pomflow.progress import Progress
from pomflow.stages.phi4 import SAMPLES, Point, write

KIND = "network"


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['network']``: starting parameters of the contour named in ``params``.

    With ``warm_start`` off, or for a contour without a network, they are the contour's initial ones.
    """
    started, point, settings = time.time(), Point.of(params), params["network"]
    contour = point.contour(params["contour"], settings)
    stream = point.stream("train_network", params["contour"])
    theta, history = contour.initial_parameters(stream.child("initial")), []
    if settings["warm_start"] and contour.network is not None:
        fields = store.read(inputs["samples"], "samples", SAMPLES)["field"].values
        inputs_, targets = gaussian_dataset(point, fields.reshape(-1, fields.shape[-1]))
        epochs = Progress(range(settings["epochs"]), point.where("train_network"))
        theta, history = fit(
            contour.network,
            theta,
            inputs_,
            targets,
            SquaredError(),
            Adam(),
            hold_then_cosine(settings["learning_rate"]),
            settings["batch"],
            epochs,
            stream.child("order"),
        )
    write(_dataset(theta, history, point), outputs["network"], KIND, point, started)


def gaussian_dataset(point: Point, fields: np.ndarray):
    """Inputs t and targets Im z(t) of the Gaussian path, whose mass is that of the measured <phi_a phi_a>."""
    action = point.action
    phi2 = float((fields * fields).sum(axis=1).mean() / action.lattice.volume)
    mass_squared = gaussian.effective_mass_squared(action.mass, action.coupling, phi2)
    t = point.xp.asarray(fields)
    slopes = gaussian.slopes(action.lattice, mass_squared, action.mu)
    return t, gaussian.displacement(action.lattice, slopes, t)


def _dataset(theta, history: list, point: Point) -> xr.Dataset:
    return xr.Dataset(
        {
            "theta": ("parameter", to_host(theta), {"long_name": "parameters of the contour", "units": "1"}),
            "loss": (
                "epoch",
                np.array(history, dtype=float),
                {"long_name": "squared error of Im z", "units": "1"},
            ),
        },
        attrs={"contour": point.params["contour"]},
    )
