"""Unsupervised optimization of the contour at one point."""

import logging
from dataclasses import replace

import xarray as xr

from pomflow.contours.base import SECTIONS, Contour
from pomflow.errors import DivergenceError
from pomflow.io import netcdf
from pomflow.io.checkpoint import Checkpoint
from pomflow.jobs import faults
from pomflow.jobs.progress import Progress
from pomflow.models.base import Model
from pomflow.numerics.backend import to_host
from pomflow.stages.scan.point import Point, read_theta, write_trained
from pomflow.training.approach import Approach
from pomflow.training.optimize import HISTORY, Training, optimize

KIND = "contour"


@faults.recorded(KIND)
def run(inputs: dict, outputs: dict, params: dict, checkpoint: Checkpoint) -> None:
    """Write ``outputs['contour']``: optimized parameters and the history of the training.

    Its attribute ``restarted`` says why the training began once more, and is empty if it did not.
    """
    point = Point.of(params)

    def build(model: Model) -> Contour:
        return replace(point, model=model).contour(params["contour"], params["network"])

    contour = build(point.model)
    settings = params[SECTIONS[contour.optimizer]]
    theta = point.xp.asarray(read_theta(inputs["network"], "network", contour, point))
    where = point.where(f"optimize_contour {params['contour']}")

    def attempt(settings: dict, kept: Checkpoint) -> Training:
        stream = point.stream("optimize_contour", params["contour"])
        numbers = Progress(range(settings["thermalization"] + settings["steps"]), where)
        approach = Approach(settings["approach"], build)
        return optimize(point.model, contour, theta, settings, stream, numbers, where, kept, approach)

    try:
        training, restarted = attempt(settings, checkpoint), ""
    except DivergenceError as error:
        if not settings["restart"]:
            raise
        restarted = str(error)
        logging.getLogger("pomflow").warning("%s Beginning once more with smaller steps", error)
        training = attempt(settings | gentler(settings), checkpoint.part("again"))
    dataset = _dataset(training, params["contour"]).assign_attrs(restarted=restarted)
    before = inputs["network"], "network"
    write_trained(dataset, outputs["contour"], KIND, point, checkpoint.clock, before)


def gentler(settings: dict) -> dict:
    """What a second attempt changes: a quarter of the learning rate and half of the leapfrog step."""
    return {"learning_rate": settings["learning_rate"] / 4, "step_size": settings["step_size"] / 2}


def _dataset(training: Training, contour: str) -> xr.Dataset:
    series = {name: ("step", training.history[name], netcdf.about(*words)) for name, words in HISTORY.items()}
    return xr.Dataset(
        {
            "theta": ("parameter", to_host(training.theta), netcdf.about("parameters of the contour")),
            **series,
        },
        attrs={"contour": contour},
    )
