"""Instances of every registered model and contour, for tests that run over the registry.

A new plug-in adds its constructor's arguments to ``MODEL_EXAMPLES``; contours are built as a stage builds
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
from pomflow.models.base import Model, Variables
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.models.integrals.integral import POINT
from pomflow.models.integrals.power import Power
from pomflow.models.integrals.quartic import Quartic
from pomflow.random.stream import Stream

# every dimension up to 3, with extents of 1 (own neighbour) and 2 (two links to the same neighbour)
SHAPES = ((1,), (2,), (5,), (1, 1), (2, 1), (1, 3), (2, 2), (4, 3), (2, 1, 3), (3, 2, 2))
NETWORK = {"hidden_ratio": 1.0, "reach": 3, "spatial_reach": 1, "features": 3, "scale": 2.0}
NETWORK |= {"currents": False, "window": 1, "spatial_window": 1, "hidden_units": 2, "harmonics": 1}

MODEL_EXAMPLES = {
    "complex_phi4": [
        {"lattice": Lattice(shape), "mass": 0.9, "coupling": coupling, "mu": mu}
        for shape, coupling, mu in itertools.product(SHAPES, (0.0, 1.3), (0.0, 1.2))
    ],
    "thirring": [
        {"lattice": Lattice(shape), "mass": mass, "beta": 1.3, "mu": mu}
        for shape, (mass, mu) in itertools.product(((4,), (6, 4), (4, 4, 4)), ((0.7, 0.0), (0.5, 0.9)))
    ],
    "u1_gauge": [
        {"lattice": Lattice(shape), "beta_re": re, "beta_im": im, "theta": theta}
        for shape, (re, im, theta) in itertools.product(
            ((2, 2), (3, 4)), ((1.0, 0.5, 0.0), (0.0, 1.0, 0.0), (-0.7, 0.4, 3.0))
        )
    ],
    "xy": [
        {"lattice": Lattice(shape), "beta": beta, "mu": mu}
        for shape, (beta, mu) in itertools.product(SHAPES, ((0.8, 0.0), (0.4, 1.1), (0.0, 0.5)))
    ],
    "qcd_0p1": [
        {"lattice": POINT, "mass": mass, "flavours": flavours, "mu": mu}
        for mass, flavours, mu in ((0.8, 1, 1.1), (0.0, 3, -0.6))
    ],
    "hubbard": [
        {"lattice": Lattice(shape), "interaction": 2.5, "beta": 2.0, "mu": mu, "geometry": geometry}
        for shape, geometry in (((3, 1), "ring"), ((4, 2), "ring"), ((2, 3), "ring"), ((2, 4), "complete"))
        for mu in (0.0, 0.9)
    ],
    "oscillator": [
        {"lattice": Lattice((sites,)), "mass": 1.2, "beta": 0.9}
        | {"coupling": coupling, "time": time, "euclidean_steps": euclidean}
        for (sites, euclidean), (coupling, time) in itertools.product(
            ((3, 1), (9, 3), (8, 2)), ((24.0, 0.8), (0.0, 1.5))
        )
    ],
    "power_integral": [
        {"lattice": POINT, "power": power, "shift": shift} for power, shift in ((0, 1.0), (3, 1.4), (4, -2.5))
    ],
    "quartic_integral": [
        {"lattice": POINT, "sigma_re": re, "sigma_im": im, "coupling": coupling}
        for re, im, coupling in ((1.0, 0.0, 1.0), (0.7, 2.0, 0.5))
    ],
}


def model_cases(*names: str):
    """One pytest parameter for each example of each registered model, or of those named."""
    return [
        pytest.param(name, arguments, id=f"{name}-{','.join(map(str, arguments.values()))}")
        for name in names or registry.MODELS
        for arguments in MODEL_EXAMPLES.get(name, ())
    ]


# of these the last example is too small, or too large, for tests of contours
SMALL_MODELS = {
    "complex_phi4": {"lattice": Lattice((3, 2)), "mass": 1.0, "coupling": 1.0, "mu": 0.8},
    "thirring": {"lattice": Lattice((4, 4)), "mass": 1.0, "beta": 1.0, "mu": 0.8},
    "u1_gauge": {"lattice": Lattice((3, 4)), "beta_re": 1.0, "beta_im": 0.5, "theta": 1.0},
    "xy": {"lattice": Lattice((3, 2)), "beta": 0.8, "mu": 0.7},
    "oscillator": {"lattice": Lattice((6,)), "coupling": 24.0, "time": 0.5},
}


def build_model(name: str, arguments: dict, xp=np):
    return registry.load("model", name)(**arguments, xp=xp)


def small_model(name: str, xp=np):
    """A registered theory on a small lattice, for tests of contours."""
    return build_model(name, SMALL_MODELS.get(name) or MODEL_EXAMPLES[name][-1], xp)


def fitting_model(contour: str, xp=np):
    """The first theory of ``small_model`` that a contour can be built for."""
    models = (small_model(name, xp) for name in registry.MODELS)
    return next(model for model in models if registry.load("contour", contour).misfit(model) is None)


def contours_and_models():
    """Every registered contour with every registered model that it fits, as pytest parameters."""
    return [
        pytest.param(contour, model, id=f"{contour}-{model}")
        for contour in registry.CONTOURS
        for model in registry.MODELS
        if registry.load("contour", contour).misfit(small_model(model)) is None
    ]


class Upside(Model):
    """S = -z^2 / 2, unbounded below: every field runs away."""

    variables = Variables("real", per_site=2)

    def value(self, z):
        return -(z * z).sum(axis=1) / 2

    def gradient(self, z):
        return -z


def phi4(*shape: int, mu: float = 0.8, coupling: float = 1.0, mass: float = 1.0, xp=np) -> ComplexPhi4:
    """The phi^4 theory at m = lambda = 1 unless told otherwise."""
    return ComplexPhi4(Lattice(shape), xp, mass=mass, coupling=coupling, mu=mu)


def power_integral(power: int, shift: float) -> Power:
    """The integral of (x + i a)^p exp(-x^2 / 2)."""
    return Power(power=power, shift=shift)


def quartic_integral(sigma: complex, coupling: float) -> Quartic:
    """The integral of exp(-sigma x^2 / 2 - lambda x^4 / 4)."""
    sigma = complex(sigma)
    return Quartic(sigma_re=sigma.real, sigma_im=sigma.imag, coupling=coupling)


def build_contour(name: str, model, **settings):
    return registry.load("contour", name).build(model, NETWORK | settings)


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


def plane_path(model) -> Path:
    """The model on the undeformed plane."""
    return Path(model, Plane(model.xp), model.xp.zeros(0))


def steep_path(model, hidden: int, amplitude: float = 1.0) -> Path:
    """The model on a steep dense contour."""
    return Path(model, *steep_dense(model.size, hidden, amplitude, model.xp))
