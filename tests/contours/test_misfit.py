"""A model is integrated only on contours that fit it; elsewhere the integral would be another one."""

import numpy as np
import pytest

from builders import build_model, phi4
from pomflow import registry
from pomflow.contours.base import Contour
from pomflow.contours.dense import Dense
from pomflow.contours.path import Path
from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.base import Model, Variables
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.models.integrals.integral import POINT
from small_models import thirring

QUARTIC = build_model("quartic_integral", {"lattice": POINT, "sigma_im": 2.0})


class RealLine(Dense):
    """A contour of the author's own that says nothing of angles."""

    kinds = Contour.kinds


class Rotors(Model):
    """Angles without an interaction."""

    variables = Variables("angle", per_site=1)

    def value(self, z):
        return -np.cos(z).sum(axis=1)

    def gradient(self, z):
        return np.sin(z)


def built(name: str, model):
    """A contour for a model that it does fit, which a model that it does not fit is then put on."""
    settings = dict.fromkeys(registry.load("contour", name).network_settings, 1)
    return registry.load("contour", name).build(model, settings)


class Cube(Rotors):
    """A gauge field in three dimensions, of which only the name matters here."""

    variables, gauge_field = Variables("angle", per_link=1), True


CUBE = Cube(Lattice((2, 2, 2)))
GAUGE = built("gauge", build_model("u1_gauge", {"lattice": Lattice((2, 2)), "beta_im": 0.5}))


@pytest.mark.parametrize(
    ("model", "name", "contour", "why"),
    [
        (thirring(4, 4), "Thirring", built("equivariant", phi4(2, 2)), "Equivariant.* of the kind 'angle'"),
        (thirring(4, 4), "Thirring", built("linear", phi4(2, 2)), "Linear.* of the kind 'angle'"),
        (thirring(4, 4), "Thirring", GAUGE, "Gauge.* made for a gauge field"),
        (CUBE, "Cube", GAUGE, "Gauge.* made for two dimensions, and the lattice is 2x2x2"),
        (thirring(4), "Thirring", RealLine(4, 2), "RealLine.* made for real variables"),
        (Rotors(phi4(2, 2).lattice), "Rotors", RealLine(4, 2), "RealLine.* made for real variables"),
        (QUARTIC, "Quartic", built("linear", phi4(2, 2)), "Linear.* made for a complex scalar field"),
        (QUARTIC, "Quartic", built("equivariant", phi4(2, 2)), "Equivariant.* made for a complex scalar"),
    ],
)
def test_a_path_that_does_not_fit_is_refused(model, name, contour, why):
    """By one message with both names and the remedy."""
    with pytest.raises(ConfigError, match=f"^{name} on {why}") as told:
        Path(model, contour, np.zeros(contour.n_parameters))
    assert str(told.value).endswith("Take another contour.")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("model", "fitting"),
    [
        ("complex_phi4", {"plane", "shift", "dense", "local", "linear", "equivariant", "layered"}),
        ("thirring", {"plane", "shift", "dense", "local"}),
        ("u1_gauge", {"plane", "shift", "dense", "local", "gauge"}),
        ("xy", {"plane", "dense", "local"}),
        ("qcd_0p1", {"plane", "shift", "dense", "local"}),
        ("hubbard", {"plane", "shift", "dense", "local"}),
        ("oscillator", {"flow"}),
        ("quartic_integral", {"plane", "shift", "dense", "local"}),
        ("power_integral", {"plane", "shift", "dense", "local"}),
    ],
)
def test_which_contours_fit(model, fitting):
    """Of the class as of an instance, as the validation of a configuration asks the class."""
    found = {
        name
        for name in registry.CONTOURS
        if registry.load("contour", name).misfit(registry.load("model", model)) is None
    }
    assert found >= fitting
    special = {"linear", "equivariant", "layered", "gauge", "shift", "flow"}
    assert not found & (special - fitting)
    assert found == fitting or registry.load("model", model).plane


def test_a_model_without_growth_has_no_linear_contour():
    """Its slopes are bounded by the power with which S grows."""

    class Grown(ComplexPhi4):
        growth = None

    model = Grown(phi4(2, 2).lattice, mass=1.0, coupling=1.0, mu=0.5)
    with pytest.raises(ConfigError, match=r"^Grown on Linear: .*states no growth"):
        Path(model, built("linear", phi4(2, 2)), np.zeros(0))
    assert "states no growth" in registry.load("contour", "linear").misfit(Grown)
