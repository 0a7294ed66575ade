"""The start of a contour.

A network is fitted to the Gaussian path on the plane dataset. Weights that all sites share come from a
smaller lattice, or are those of the Gaussian path itself.
"""

import numpy as np
import xarray as xr

from pomflow.io import netcdf as store
from pomflow.jobs import faults
from pomflow.jobs.progress import Progress
from pomflow.nn.train import require_finite
from pomflow.numerics.backend import to_host
from pomflow.stages.scan.point import Point, read_samples, read_theta, write_trained
from pomflow.training.optimize import warm_start

KIND = "network"


@faults.recorded(KIND)
def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['network']``: starting parameters of the contour named in ``params``.

    They come from ``inputs['smaller']``, the contour of the lattice ``params['smaller']``, or from
    ``inputs['samples']``, the plane dataset; without either they are the contour's initial ones.
    """
    started, point = store.Clock.start(), Point.of(params)
    contour = point.contour(params["contour"], params["network"])
    stream = point.stream("train_network", params["contour"])
    theta, history, before = contour.initial_parameters(stream.child("initial")), [], None
    if params["smaller"]:
        before = inputs["smaller"], "contour"
        theta = _transferred(contour, inputs["smaller"], params)
    elif contour.network is not None and params["warm_start"]["enabled"]:
        fields = read_samples(inputs["samples"], point.action)["field"].values
        t = point.xp.asarray(fields.reshape(-1, fields.shape[-1]))
        settings = params["warm_start"]
        epochs = Progress(range(settings["epochs"]), point.where(f"train_network {params['contour']}"))
        theta, history = warm_start(point.action, contour, theta, t, settings, stream.child("order"), epochs)
        require_finite(history, point.where("train_network"), "phi4.warm_start.learning_rate")
    write_trained(_dataset(theta, history, point), outputs["network"], KIND, point, started, before)


def _transferred(contour, path, params: dict):
    """The parameters of the same family of contours on a smaller lattice, taken over to this one."""
    smaller = Point.of(params | {"lattice": params["smaller"]})
    source = smaller.contour(params["contour"], params["network"])
    theta = read_theta(path, "contour", source)
    return contour.transferred(smaller.xp.asarray(theta), source)


def _dataset(theta, history: list, point: Point) -> xr.Dataset:
    return xr.Dataset(
        {
            "theta": ("parameter", to_host(theta), store.about("parameters of the contour")),
            "loss": ("epoch", np.array(history, dtype=float), store.about("squared error of Im z")),
        },
        attrs={"contour": point.params["contour"]},
    )
