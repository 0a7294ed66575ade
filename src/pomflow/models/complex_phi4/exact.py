"""Exact values of the complex phi^4 theory to compare with: closed forms, dual simulations, and a table."""

import functools
from importlib.resources import files

import numpy as np
import pandas as pd
import xarray as xr

from pomflow.analysis import gates
from pomflow.analysis.estimates import Estimate
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import gaussian

QUANTITIES = ("density", "phi2", "apf0")
# NaN where nothing is known
UNKNOWN = Estimate(np.nan, np.nan)


def lookup(lattice: Lattice, mass: float, coupling: float, mu: float) -> dict[str, Estimate]:
    """Exact density, phi2 and apf0 at a point.

    At lambda = 0 they are closed forms; otherwise they come from the table ``exact.csv`` of
    dual-variable simulations, which knows some two-dimensional lattices.

    Examples
    --------
    >>> known = lookup(Lattice((4, 4)), mass=1.0, coupling=1.0, mu=1.2)
    >>> print(f"{known['apf0'].value:.4f} +- {known['apf0'].error:.4f}")
    0.3696 +- 0.0004
    """
    if coupling == 0:
        values = (
            gaussian.density(lattice, mass, mu),
            gaussian.phi2(lattice, mass, mu),
            gaussian.average_phase_factor(lattice, mass, mu),
        )
        return {name: Estimate(value, 0.0) for name, value in zip(QUANTITIES, values, strict=True)}
    row = _table().get((lattice.shape, mass, coupling, abs(mu)))
    return dict.fromkeys(QUANTITIES, UNKNOWN) if row is None else _at(mu, row)


def simulated(scan: xr.Dataset, mu: float) -> dict[str, Estimate]:
    """The same from the dual simulations of this scan, the dataset of the stage ``collect_exact``.

    Of a simulation that failed its gates nothing is known.
    """
    point = scan.sel(mu=abs(mu))
    if point["status"].item() != gates.OK:
        return dict.fromkeys(QUANTITIES, UNKNOWN)
    return _at(mu, {name: point[name].item() for name in point.data_vars})


def _at(mu: float, row: dict[str, float]) -> dict[str, Estimate]:
    """Values at mu from those at abs(mu): the density is odd, the others are even."""
    known = {name: Estimate(row[name], row[f"{name}_err"]) for name in QUANTITIES}
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
