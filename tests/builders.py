"""Instances of every registered action and contour, for tests that run over the registry.

A new plug-in adds its constructor's arguments to ``ACTION_EXAMPLES``; contours are built as a stage builds
them, with ``NETWORK`` as the ``network`` section of the config.
"""

import itertools

import numpy as np
import pytest

from pomflow import registry
from pomflow.contours.dense import Dense
from pomflow.contours.path import Path
from pomflow.contours.plane import Plane
from pomflow.lattice import Lattice
from pomflow.models.base import Action
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.random.stream import Stream

# every dimension up to 3, with extents of 1 (own neighbour) and 2 (two links to the same neighbour)
SHAPES = ((1,), (2,), (5,), (1, 1), (2, 1), (1, 3), (2, 2), (4, 3), (2, 1, 3), (3, 2, 2))
NETWORK = {"hidden_ratio": 1.0, "reach": 3, "spatial_reach": 1, "features": 3, "scale": 2.0}

ACTION_EXAMPLES = {
    "complex_phi4": [
        {"lattice": Lattice(shape), "mass": 0.9, "coupling": coupling, "mu": mu}
        for shape, coupling, mu in itertools.product(SHAPES, (0.0, 1.3), (0.0, 1.2))
    ],
    "power": [{"power": 0, "shift": 1.0}, {"power": 3, "shift": 1.4}, {"power": 4, "shift": -2.5}],
    "quartic": [{"sigma": 1.0, "coupling": 1.0}, {"sigma": 0.7 + 2.0j, "coupling": 0.5}],
}


def action_cases():
    """One pytest parameter for each example of each registered action."""
    return [
        pytest.param(name, arguments, id=f"{name}-{','.join(map(str, arguments.values()))}")
        for name in registry.ACTIONS
        for arguments in ACTION_EXAMPLES.get(name, ())
    ]


def build_action(name: str, arguments: dict, xp=np):
    return registry.load("action", name)(**arguments, xp=xp)


class Upside(Action):
    """S = -z^2 / 2, unbounded below: every field runs away."""

    size = 2

    def value(self, z):
        return -(z * z).sum(axis=1) / 2

    def gradient(self, z):
        return -z


def phi4(*shape: int, mu: float = 0.8, coupling: float = 1.0, mass: float = 1.0, xp=np) -> ComplexPhi4:
    """The phi^4 theory at m = lambda = 1 unless told otherwise."""
    return ComplexPhi4(Lattice(shape), mass, coupling, mu, xp)


def build_contour(name: str, action, **settings):
    return registry.load("contour", name).build(action, NETWORK | settings)


def random_parameters(contour, seed: int = 3, width: float = 0.2):
    """Parameters away from the start, where nothing cancels by symmetry."""
    stream = Stream(seed, "test parameters", xp=contour.xp)
    theta = contour.initial_parameters(stream)
    return theta + width * stream.child("noise").normals(0, 1, contour.n_parameters)[0]


def steep_dense(size: int, hidden: int, amplitude: float = 1.0, xp=np, seed: int = 5):
    """A dense contour and parameters for which det J is far from 1 and the path far from the plane."""
    contour = Dense(size, hidden, xp)
    theta = contour.initial_parameters(Stream(seed, "steep", xp=xp))
    contour.network.unpack(theta)["scale"]["alpha"][...] = amplitude
    return contour, theta


def plane_path(action) -> Path:
    """The action on the undeformed plane."""
    return Path(action, Plane(action.xp), action.xp.zeros(0))


def steep_path(action, hidden: int, amplitude: float = 1.0) -> Path:
    """The action on a steep dense contour."""
    return Path(action, *steep_dense(action.size, hidden, amplitude, action.xp))
