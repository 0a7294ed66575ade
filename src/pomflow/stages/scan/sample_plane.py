"""Dataset generation: phase-quenched configurations on the undeformed plane."""

from pomflow.io.checkpoint import Checkpoint
from pomflow.jobs import faults
from pomflow.stages.scan.point import Point
from pomflow.stages.scan.sampling import KIND, run_chains


@faults.recorded(KIND)
def run(inputs: dict, outputs: dict, params: dict, checkpoint: Checkpoint) -> None:
    """Write ``outputs['samples']``; ``params`` has ``plane`` beside the point of the scan."""
    point = Point.of(params)
    path = point.path(point.contour("plane", {}), [])
    stream, where = point.stream("sample_plane", "plane"), point.where("sample_plane")
    run_chains(point, path, params["plane"], stream, where, inputs | outputs, checkpoint)
