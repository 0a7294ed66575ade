"""Dataset generation: phase-quenched configurations on the undeformed plane."""

from pomflow.io.checkpoint import Checkpoint
from pomflow.jobs import faults
from pomflow.jobs.progress import Progress
from pomflow.samplers.hmc import sample
from pomflow.stages.scan.point import Point, samples_dataset, write

KIND = "samples"


@faults.recorded(KIND)
def run(inputs: dict, outputs: dict, params: dict, checkpoint: Checkpoint) -> None:
    """Write ``outputs['samples']``; ``params`` has ``plane`` beside the point of the scan."""
    point, settings = Point.of(params), params["plane"]
    path = point.path(point.contour("plane", {}), [])
    where = point.where("sample_plane")
    numbers = Progress(range(settings["thermalization"] + settings["trajectories"]), where)
    stream = point.stream("sample_plane", "plane")
    record = sample(path, settings, stream, numbers, where, checkpoint)
    write(samples_dataset(record, settings), outputs["samples"], KIND, point, checkpoint.clock)
