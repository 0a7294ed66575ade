"""Paths and runs of Hybrid Monte Carlo that several tests share."""

import pytest

from builders import phi4, plane_path, steep_path
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import sample

SETTINGS = {
    "chains": 64,
    "leapfrog_steps": 5,
    "step_size": 0.2,
    "target_acceptance": 0.8,
    "thermalization": 100,
    "record_every": 1,
    "start": "hot",
}
PATHS = {
    "plane": lambda: plane_path(phi4(4, 2, mu=1.0)),
    "dense": lambda: steep_path(phi4(4, 2, mu=1.0), 16),
    "narrow dense": lambda: steep_path(phi4(4, 2, mu=1.0), 6),
}
OVER_PATHS = pytest.mark.parametrize("path", [make() for make in PATHS.values()], ids=PATHS)


def run(path, trajectories: int, seed: int = 1, **settings):
    settings = SETTINGS | settings
    numbers = range(settings["thermalization"] + trajectories)
    return sample(path, settings, Stream(seed, "hmc test"), numbers, "test run")
