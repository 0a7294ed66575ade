"""Hybrid Monte Carlo on the optimized contour: fresh configurations, none of them seen in training."""

from pomflow.io.checkpoint import Checkpoint
from pomflow.jobs import faults
from pomflow.jobs.progress import Progress
from pomflow.samplers.hmc import sample
from pomflow.stages.scan.point import Point, read_theta, samples_dataset, write

KIND = "samples"


@faults.recorded(KIND)
def run(inputs: dict, outputs: dict, params: dict, checkpoint: Checkpoint) -> None:
    """Write ``outputs['samples']`` on the path of ``inputs['contour']``."""
    point, settings = Point.of(params), params["hmc"]
    contour = point.contour(params["contour"], params["network"])
    theta = read_theta(inputs["contour"], "contour", contour, point)
    where = point.where(f"sample_contour {params['contour']}")
    numbers = Progress(range(settings["thermalization"] + settings["trajectories"]), where)
    stream = point.stream("sample_contour", params["contour"])
    record = sample(point.path(contour, theta), settings, stream, numbers, where, checkpoint)
    write(samples_dataset(record, settings), outputs["samples"], KIND, point, checkpoint.clock)
