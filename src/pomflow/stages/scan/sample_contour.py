"""Hybrid Monte Carlo on the optimized contour: fresh configurations, none of them seen in training."""

from pomflow.io.checkpoint import Checkpoint
from pomflow.jobs import faults
from pomflow.stages.scan.point import Point, read_theta
from pomflow.stages.scan.sampling import KIND, run_chains


@faults.recorded(KIND)
def run(inputs: dict, outputs: dict, params: dict, checkpoint: Checkpoint) -> None:
    """Write ``outputs['samples']`` on the path of ``inputs['contour']``."""
    point, name = Point.of(params), params["contour"]
    contour = point.contour(name, params["network"])
    path = point.path(contour, read_theta(inputs["contour"], "contour", contour, point))
    stream, where = point.stream("sample_contour", name), point.where(f"sample_contour {name}")
    run_chains(point, path, params["hmc"], stream, where, inputs | outputs, checkpoint)
