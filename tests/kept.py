"""Checkpoints for tests."""

from pomflow.io.checkpoint import Checkpoint
from pomflow.io.netcdf import Clock


def checkpoint_in(folder, key: str = "test", seconds: float = 3600.0) -> Checkpoint:
    """Of some work in a folder; with ``seconds=0`` every step is kept."""
    return Checkpoint(folder / "checkpoint", key, seconds, Clock.start())
