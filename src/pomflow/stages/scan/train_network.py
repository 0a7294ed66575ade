"""The start of a contour.

A network is fitted to a path that the model knows on the plane dataset. Weights that move between lattices
may come from a smaller one. Otherwise the contour itself says where it starts.
"""

import numpy as np
import xarray as xr

from pomflow.io import netcdf
from pomflow.jobs import faults
from pomflow.jobs.progress import Progress
from pomflow.nn.train import require_finite
from pomflow.numerics.backend import to_host
from pomflow.random.stream import Stream
from pomflow.stages.scan.point import Point, read_samples, read_theta, write_trained
from pomflow.training.warm_start import warm_start

KIND = "network"


@faults.recorded(KIND)
def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['network']``: starting parameters of the contour named in ``params``.

    They come from ``inputs['smaller']``, the contour of the lattice ``params['smaller']``, or from
    ``inputs['samples']``, the plane dataset; without either they are the contour's initial ones.
    """
    started, point = netcdf.Clock.start(), Point.of(params)
    contour = point.contour(params["contour"], params["network"])
    stream = point.stream("train_network", params["contour"])
    theta, history, before = contour.initial_parameters(stream.child("initial")), [], None
    if params["smaller"]:
        before = inputs["smaller"], "contour"
        theta = _transferred(contour, inputs["smaller"], params)
    elif contour.network is not None and "samples" in inputs:
        theta, history = _fitted(contour, theta, inputs["samples"], point, stream)
    write_trained(_dataset(theta, history, point), outputs["network"], KIND, point, started, before)


def _fitted(contour, theta, path, point: Point, stream: Stream):
    """Parameters fitted to what the model knows on the plane dataset, if anything, and the history."""
    fields = read_samples(path, point)["field"].values
    t = point.xp.asarray(fields.reshape(-1, fields.shape[-1]))
    target, settings = point.model.warm_start_target(t), point.params["warm_start"]
    if target is None:
        return theta, []
    epochs = Progress(range(settings["epochs"]), point.where(f"train_network {point.params['contour']}"))
    theta, history = warm_start(contour, theta, t, target, settings, stream.child("order"), epochs)
    field = f"studies.{point.params['study']}.warm_start.learning_rate"
    require_finite(history, point.where("train_network"), field)
    return theta, history


def _transferred(contour, path, params: dict):
    """The parameters of the same family of contours on a smaller lattice, taken over to this one."""
    smaller = Point.of(params | {"lattice": params["smaller"]})
    source = smaller.contour(params["contour"], params["network"])
    theta = read_theta(path, "contour", source, smaller)
    return contour.transferred(smaller.xp.asarray(theta), source)


def _dataset(theta, history: list, point: Point) -> xr.Dataset:
    return xr.Dataset(
        {
            "theta": ("parameter", to_host(theta), netcdf.about("parameters of the contour")),
            "loss": ("epoch", np.array(history, dtype=float), netcdf.about("squared error of Im z")),
        },
        attrs={"contour": point.params["contour"]},
    )
