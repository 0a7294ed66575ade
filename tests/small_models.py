"""Small examples of the registered models, and which contours fit them."""

import itertools

import numpy as np
import pytest

from builders import MODEL_EXAMPLES, build_model
from differences import directional
from pomflow import registry
from pomflow.contours.path import Path
from pomflow.lattice import Lattice

PHI4 = {"mass": 1.0, "coupling": 1.0, "mu": 0.8}
THIRRING = {"mass": 0.6, "beta": 0.9, "mu": 0.7}
XY = {"beta": 0.8, "mu": 0.7}
HUBBARD = {"interaction": 2.0, "beta": 1.5, "mu": 0.7, "geometry": "ring"}
SMALL = {
    "complex_phi4": [PHI4 | {"lattice": Lattice(shape)} for shape in ((4,), (2, 2), (3, 2))],
    "xy": [XY | {"lattice": Lattice(shape)} for shape in ((5,), (3, 2))],
    "thirring": [THIRRING | {"lattice": Lattice(shape)} for shape in ((4,), (4, 4))],
    "hubbard": [HUBBARD | {"lattice": Lattice(shape)} for shape in ((4, 2), (2, 3))],
}
# of the dense contour, whose determinant takes another way where it is narrower than the field
RATIOS = (0.5, 1.0, 1.5)
# with as many hidden units as the 32 links of a 4x4 lattice central differences would take long
LARGE, NARROW = 16, 0.25


def thirring(*shape: int, xp=np, **values):
    return build_model("thirring", THIRRING | {"lattice": Lattice(shape)} | values, xp)


def xy(*shape: int, xp=np, **values):
    return build_model("xy", XY | {"lattice": Lattice(shape)} | values, xp)


def hubbard(*shape: int, xp=np, **values):
    return build_model("hubbard", HUBBARD | {"lattice": Lattice(shape)} | values, xp)


def examples(name: str) -> list[dict]:
    """Small examples of a model: those above, else the last one of the registry tests."""
    return SMALL.get(name, MODEL_EXAMPLES.get(name, [])[-1:])


def fitting_cases():
    """A pytest parameter (contour, model, arguments, settings) for every contour with all models it fits."""
    cases = []
    for contour, model in itertools.product(registry.CONTOURS, registry.MODELS):
        for arguments in examples(model):
            built = build_model(model, arguments)
            if registry.load("contour", contour).misfit(built) is None:
                ratios = [NARROW] if built.size > LARGE else RATIOS if contour == "dense" else [1.0]
                cases += [
                    pytest.param(
                        contour,
                        model,
                        arguments,
                        {"hidden_ratio": ratio},
                        id=f"{contour}-{model}-{arguments['lattice']}-{ratio}",
                    )
                    for ratio in ratios
                ]
    return cases


def points(model, rng, rows: int):
    """Real configurations, angles over more than their period."""
    width = np.pi if model.variables.kind == "angle" else 1.0
    return width * rng.normal(size=(rows, model.size))


def assert_derivatives(contour, model, theta, t, rng, directions: int = 12):
    """D = d(ln det J - S) / d theta of each configuration, in random directions, to 1e-7 of the largest."""
    point = contour.evaluate(theta, t)
    found = point.derivatives(model.at(point.z).gradient)
    assert found.shape == (len(t), contour.n_parameters)
    here = Path(model, contour, theta).log_weight(t)
    for direction in rng.normal(size=(directions, contour.n_parameters)):
        # relative to the weight here, so that no logarithm jumps by 2 pi i
        expected = directional(
            lambda theta: np.log(np.exp(Path(model, contour, theta).log_weight(t) - here)), theta, direction
        )
        scale = 1 + np.abs(expected).max()
        np.testing.assert_allclose(found @ direction, expected, rtol=0, atol=1e-7 * scale)


def torus(size: int, points: int):
    """All points of a grid on the torus of angles, shape (points^size, size)."""
    axis = 2 * np.pi * np.arange(points) / points
    return np.stack(np.meshgrid(*[axis] * size, indexing="ij"), axis=-1).reshape(-1, size)


def torus_means(path, t):
    """Z and the means of the observables on a deformed torus, from a grid of points.

    The trapezoidal rule converges exponentially for functions of a period.
    """
    weight = np.exp(path.log_weight(t))
    point = path.model.at(path.at(t).z)
    observables = path.model.observables().items()
    means = {name: (weight * one.measure(point)).mean() / weight.mean() for name, one in observables}
    return weight.mean(), means
