"""Exact values of the complex phi^4 theory without a simulation: closed forms, and a table."""

import functools
from importlib.resources import files

import pandas as pd

from pomflow.analysis.estimates import Estimate
from pomflow.models.base import Model, closed_form
from pomflow.models.complex_phi4 import gaussian

QUANTITIES = ("density", "phi2", "apf0")


def values(model: Model) -> dict[str, Estimate]:
    """Exact density, phi2 and apf0 at a point; empty where nothing is known.

    At lambda = 0 they are closed forms; otherwise they come from the table ``exact.csv`` of simulations in
    dual variables, which knows some two-dimensional lattices.

    Examples
    --------
    >>> from pomflow.lattice import Lattice
    >>> from pomflow.models.complex_phi4.action import ComplexPhi4
    >>> known = values(ComplexPhi4(Lattice((4, 4)), mass=1.0, coupling=1.0, mu=1.2))
    >>> print(f"{known['apf0'].value:.4f} +- {known['apf0'].error:.4f}")
    0.3696 +- 0.0004
    """
    lattice, mass, mu = model.lattice, model.mass, model.mu
    if model.coupling == 0:
        return closed_form(
            density=gaussian.density(lattice, mass, mu),
            phi2=gaussian.phi2(lattice, mass, mu),
            apf0=gaussian.average_phase_factor(lattice, mass, mu),
        )
    row = _table().get((lattice.shape, mass, model.coupling, abs(mu)))
    if row is None:
        return {}
    known = {name: Estimate.of(row, name) for name in QUANTITIES}
    if mu < 0:
        known["density"] = Estimate(-known["density"].value, known["density"].error)
    return known


@functools.cache
def _table() -> dict:
    """Rows of the table by (lattice shape, mass, coupling, mu)."""
    frame = pd.read_csv(files("pomflow.models.complex_phi4") / "exact.csv")
    keys = zip(frame["Lt"], frame["Lx"], frame["mass"], frame["coupling"], frame["mu"], strict=True)
    return {
        ((int(lt), int(lx)), float(mass), float(coupling), float(mu)): row
        for (lt, lx, mass, coupling, mu), row in zip(keys, frame.to_dict("records"), strict=True)
    }
