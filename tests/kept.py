"""Checkpoints for tests, and a clock that they set."""

from pomflow.io.checkpoint import Checkpoint
from pomflow.io.netcdf import Clock


class Hands:
    """What a clock reads: seconds on the clock and of the processor, which stand still until moved."""

    def __init__(self):
        self.wall, self.processor = 1000.0, 50.0

    def __call__(self) -> tuple[float, float]:
        return self.wall, self.processor

    def pass_by(self, wall: float, processor: float = 0.0) -> None:
        self.wall, self.processor = self.wall + wall, self.processor + processor


def checkpoint_in(
    folder, key: str = "test", seconds: float = 3600.0, clock: Clock | None = None
) -> Checkpoint:
    """Of some work in a folder; with ``seconds=0`` every step is kept."""
    return Checkpoint(folder / "checkpoint", key, seconds, clock or Clock.start())
