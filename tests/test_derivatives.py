"""The check of a contour: what is right passes, and one wrong method is named, and nothing else."""

import numpy as np
import pytest

from builders import build_contour, fitting_model, phi4, random_parameters
from pomflow import registry
from pomflow.contours.base import ContourPoint
from pomflow.contours.check import deviations
from pomflow.random.stream import Stream


def check(contour, model, rng):
    theta, t = random_parameters(contour), rng.normal(size=(3, model.size))
    return deviations(contour, model, theta, t, Stream(1, "weights"))


@pytest.mark.parametrize("name", registry.CONTOURS)
def test_registered_contours_pass(name, rng):
    model = fitting_model(name)
    contour = build_contour(name, model)
    found = check(contour, model, rng)
    real_part = ["real_part"] if contour.keeps_real_part else []
    assert list(found) == [*real_part, "determinant", "force", "gradient"]
    assert max(found.values()) < 1e-8


class Spoilt(ContourPoint):
    """A point of which one method is wrong."""

    def __init__(self, point, wrong: str):
        self._point, self._wrong = point, wrong
        self.z = point.z + 0.1 if wrong == "real_part" else point.z

    def log_det(self):
        value = self._point.log_det()
        return value.conj() if self._wrong == "determinant" else value

    def pull_back(self, w):
        return self._point.pull_back(w.conj() if self._wrong == "force" else w)

    def parameter_gradient(self, weight, w):
        value = self._point.parameter_gradient(weight, w)
        # one parameter of many
        return value + (np.arange(len(value)) == 7) * 0.01 if self._wrong == "gradient" else value


@pytest.mark.parametrize("wrong", ["determinant", "force", "gradient"])
def test_what_is_wrong_is_named(wrong, rng, monkeypatch):
    model = phi4(3, 2)
    contour = build_contour("dense", model)
    right = contour.at
    monkeypatch.setattr(contour, "at", lambda theta, t: Spoilt(right(theta, t), wrong))
    found = check(contour, model, rng)
    assert found[wrong] > 1e-3
    others = {name: value for name, value in found.items() if name != wrong}
    if wrong == "determinant":
        # the weight, whose gradient is compared, has the wrong determinant too
        del others["gradient"]
    assert max(others.values()) < 1e-8


def test_a_path_that_leaves_its_real_part_is_named(rng, monkeypatch):
    model = phi4(3, 2)
    contour = build_contour("dense", model)
    right = contour.at
    monkeypatch.setattr(contour, "at", lambda theta, t: Spoilt(right(theta, t), "real_part"))
    assert check(contour, model, rng)["real_part"] > 1e-3
