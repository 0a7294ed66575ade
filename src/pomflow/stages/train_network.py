"""Supervised warm start: fit the network to the Gaussian path on the plane dataset."""

import numpy as np
import xarray as xr

from pomflow import store
from pomflow.backend import to_host
from pomflow.progress import Progress
from pomflow.stages.phi4 import SAMPLES, Point, about, write
from pomflow.training import warm_start

KIND = "network"


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['network']``: starting parameters of the contour named in ``params``.

    With the warm start off, or for a contour without a network, they are the contour's initial ones.
    """
    started, point, settings = store.Clock.start(), Point.of(params), params["warm_start"]
    contour = point.contour(params["contour"], params["network"])
    stream = point.stream("train_network", params["contour"])
    theta, history = contour.initial_parameters(stream.child("initial")), []
    if settings["enabled"] and contour.network is not None:
        fields = store.read(inputs["samples"], "samples", SAMPLES)["field"].values
        t = point.xp.asarray(fields.reshape(-1, fields.shape[-1]))
        epochs = Progress(range(settings["epochs"]), point.where(f"train_network {params['contour']}"))
        theta, history = warm_start(point.action, contour, theta, t, settings, stream.child("order"), epochs)
    write(_dataset(theta, history, point), outputs["network"], KIND, point, started)


def _dataset(theta, history: list, point: Point) -> xr.Dataset:
    return xr.Dataset(
        {
            "theta": ("parameter", to_host(theta), about("parameters of the contour")),
            "loss": ("epoch", np.array(history, dtype=float), about("squared error of Im z")),
        },
        attrs={"contour": point.params["contour"]},
    )
