"""Unsupervised optimization of the contour at one mu."""

import xarray as xr

from pomflow import store
from pomflow.backend import to_host
from pomflow.progress import Progress
from pomflow.stages.phi4 import Point, read_theta, write_trained
from pomflow.training import HISTORY, Training, optimize

KIND = "contour"


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['contour']``: optimized parameters and the history of the training."""
    started, point = store.Clock.start(), Point.of(params)
    contour = point.contour(params["contour"], params["network"])
    settings = params["natural_gradient" if contour.shared_weights else "optimize"]
    theta = point.xp.asarray(read_theta(inputs["network"], "network", contour))
    where = point.where(f"optimize_contour {params['contour']}")
    training = optimize(
        point.action,
        contour,
        theta,
        settings,
        point.stream("optimize_contour", params["contour"]),
        Progress(range(settings["thermalization"] + settings["steps"]), where),
        where,
    )
    dataset, before = _dataset(training, params["contour"]), (inputs["network"], "network")
    write_trained(dataset, outputs["contour"], KIND, point, started, before)


def _dataset(training: Training, contour: str) -> xr.Dataset:
    series = {name: ("step", training.history[name], store.about(*words)) for name, words in HISTORY.items()}
    return xr.Dataset(
        {"theta": ("parameter", to_host(training.theta), store.about("parameters of the contour")), **series},
        attrs={"contour": contour},
    )
