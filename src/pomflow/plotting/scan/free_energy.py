"""Free energy of the phase, -ln APF0 / V, on every lattice: exact values beside published ones."""

from itertools import cycle

import numpy as np
import pandas as pd

from pomflow import registry
from pomflow.analysis import gates
from pomflow.lattice import Lattice
from pomflow.models.published import Published
from pomflow.models.simulation import FREE_ENERGY
from pomflow.plotting import common


def draw(tables, attrs):
    """-ln APF0 / V against the axis of the simulation; published values of other methods as open symbols.

    These are moved to the right by a fiftieth of the axis, where they would lie on ours. Published values of
    the critical point of this axis, ``critical_AXIS``, are bands, grey where several lattices share them.

    Parameters
    ----------
    tables : dict of xarray.Dataset
        Of each lattice the table of the exact simulation.
    attrs : dict
        Settings of the figure with ``axes``, that of the simulation first.
    """
    whole = [table.to_dataframe().reset_index().assign(lattice=name) for name, table in tables.items()]
    sheet, parts = common.panels(pd.concat(whole, ignore_index=True).to_xarray(), attrs)
    for axes, _, rows in parts:
        known = {}
        for name, color, marker in zip(tables, cycle(common.CONTOURS), cycle(common.MARKERS)):
            here, style = rows[rows["lattice"] == name], {"color": color, "marker": marker}
            _exact(axes, here, attrs["axes"][0], **style, label=common.lattice_words(name))
            known[color] = _published(here, name, attrs)
            _symbols(axes, known[color], np.ptp(here[attrs["axes"][0]]), **style)
        _sources(axes, known)
        _bands(axes, known, attrs)
    common.finish(sheet, parts, attrs, "Free energy of the phase", r"$-\ln\,\mathrm{APF}_0\,/\,V$")
    return sheet


def _exact(axes, rows: pd.DataFrame, axis: str, **style) -> None:
    """The values of one lattice, joined where they are neighbours; nothing is known behind a failed gate."""
    x, y, error = (rows[name].to_numpy(float) for name in (axis, FREE_ENERGY, f"{FREE_ENERGY}_err"))
    good = (rows["status"] == gates.OK).to_numpy() & np.isfinite(y)
    common.joined_points(axes, x, y, error, good, **style)


def _published(rows: pd.DataFrame, lattice: str, attrs: dict) -> list[tuple[str, float, Published]]:
    """(quantity, place on the axis, value) of everything published of this lattice at its points."""
    model, names, found = registry.load("model", attrs["model"]), attrs["axes"], []
    for values in rows[names].to_dict("records"):
        theory = model(Lattice.parse(lattice), **attrs["parameters"] | values)
        for quantity, known in theory.published_values().items():
            found += [(quantity, values[names[0]], one) for one in known]
    return found


def _symbols(axes, known, width: float, color: str, marker: str) -> None:
    for quantity, x, one in known:
        if quantity == FREE_ENERGY:
            place = (x + 0.02 * width, one.estimate.value, one.estimate.error)
            axes.errorbar(*place, fmt=marker, color=color, mfc="white", zorder=3)


def _sources(axes, known: dict) -> None:
    """The published values in the legend, without a colour: those of all lattices have the same source."""
    every = (
        one for of_lattice in known.values() for quantity, _, one in of_lattice if quantity == FREE_ENERGY
    )
    for label in dict.fromkeys(f"{one.method}, {one.source}" for one in every):
        axes.errorbar([], [], [], fmt="o", color=common.GATED, mfc="white", label=label)


def _bands(axes, known: dict, attrs: dict) -> None:
    """Published critical points, in the colour of their lattice; one of several lattices is named."""
    wanted, colors = f"critical_{attrs['axes'][0]}", {}
    for color, of_lattice in known.items():
        for one in {one for quantity, _, one in of_lattice if quantity == wanted}:
            colors.setdefault(one, []).append(color)
    symbol = common.symbol(registry.load("model", attrs["model"]), attrs["axes"][0])
    for one, where in colors.items():
        value, error = one.estimate.value, one.estimate.error
        shared = {"color": common.GATED, "label": f"${symbol}_c$: {one.method}, {one.source}"}
        style = shared if len(where) > 1 else {"color": where[0]}
        axes.axvspan(value - error, value + error, alpha=0.3, linewidth=common.line(0.6), zorder=0, **style)
