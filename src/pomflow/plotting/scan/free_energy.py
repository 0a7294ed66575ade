"""Free energy of the phase, -ln APF0 / V, on every lattice: exact, on contours, and published."""

from itertools import cycle

import numpy as np
import pandas as pd

from pomflow import registry
from pomflow.analysis import gates
from pomflow.lattice import Lattice
from pomflow.models.published import Published
from pomflow.models.simulation import EXACT, FREE_ENERGY
from pomflow.plotting import common
from pomflow.plotting.words import say

# of values on contours
CROSSES = ("x", "+", "1", "2")


def draw(tables, attrs):
    """-ln APF0 / V against the axis of the simulation; published values of other methods as open symbols.

    These are moved to the right by a fiftieth of the axis, where they would lie on ours. Values on contours
    are crosses in the colour of their lattice, moved to the left, each a fiftieth more. Published values of
    the critical point of this axis, ``critical_AXIS``, are bands, grey where several lattices share them.

    Parameters
    ----------
    tables : dict of xarray.Dataset
        By lattice and source, which is 'exact' or a contour, a table with ``free_energy`` and ``status``.
    attrs : dict
        Settings of the figure with ``axes``, that of the simulation first.
    """
    whole = [
        table.to_dataframe().reset_index().assign(lattice=lattice, source=source)
        for (lattice, source), table in tables.items()
    ]
    sheet, parts = common.panels(pd.concat(whole, ignore_index=True).to_xarray(), attrs)
    lattices = dict.fromkeys(lattice for lattice, _ in tables)
    contours = dict.fromkeys(source for _, source in tables if source != EXACT)
    crosses = dict(zip(contours, cycle(CROSSES)))
    for axes, _, rows in parts:
        known = {}
        for name, color, marker in zip(lattices, cycle(common.CONTOURS), cycle(common.MARKERS)):
            here, label = rows[rows["lattice"] == name], common.lattice_words(name)
            shift = 0.02 * np.ptp(here[attrs["axes"][0]])
            for place, (source, of_source) in enumerate(here.groupby("source", sort=False)):
                style = {"marker": marker} if source == EXACT else {"fmt": crosses[source], "zorder": 3}
                x = of_source[attrs["axes"][0]] - place * shift
                _values(axes, x, of_source, color=color, label=label, **style)
                label = None
            known[color] = _published(here.drop_duplicates(attrs["axes"]), name, attrs)
            _symbols(axes, known[color], shift, color=color, marker=marker)
        for contour, cross in crosses.items():
            axes.errorbar(
                [],
                [],
                [],
                fmt=cross,
                color=common.GATED,
                label=say("on the path, {contour}", contour=contour),
            )
        _sources(axes, known)
        _bands(axes, known, attrs)
    common.finish(sheet, parts, attrs, say("Free energy of the phase"), r"$-\ln\,\mathrm{APF}_0\,/\,V$")
    return sheet


def _values(axes, x: pd.Series, rows: pd.DataFrame, **style) -> None:
    """The values of one source on one lattice at places x; nothing is known behind a failed gate.

    Those of the exact simulation are joined where they are neighbours.
    """
    y, error = (rows[name].to_numpy(float) for name in (FREE_ENERGY, f"{FREE_ENERGY}_err"))
    good = (rows["status"] == gates.OK).to_numpy() & np.isfinite(y)
    common.joined_points(axes, x.to_numpy(float), y, error, good, **style)


def _published(rows: pd.DataFrame, lattice: str, attrs: dict) -> list[tuple[str, float, Published]]:
    """(quantity, place on the axis, value) of everything published of this lattice at its points."""
    model, names, found = registry.load("model", attrs["model"]), attrs["axes"], []
    for values in rows[names].to_dict("records"):
        theory = model(Lattice.parse(lattice), **attrs["parameters"] | values)
        for quantity, known in theory.published_values().items():
            found += [(quantity, values[names[0]], one) for one in known]
    return found


def _symbols(axes, known, shift: float, color: str, marker: str) -> None:
    for quantity, x, one in known:
        if quantity == FREE_ENERGY:
            place = (x + shift, one.estimate.value, one.estimate.error)
            axes.errorbar(*place, fmt=marker, color=color, mfc="white", zorder=3)


def _sources(axes, known: dict) -> None:
    """The published values in the legend, without a colour: those of all lattices have the same source."""
    every = (
        one for of_lattice in known.values() for quantity, _, one in of_lattice if quantity == FREE_ENERGY
    )
    for label in dict.fromkeys(f"{say(one.method)}, {one.source}" for one in every):
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
        shared = {"color": common.GATED, "label": f"${symbol}_c$: {say(one.method)}, {one.source}"}
        style = shared if len(where) > 1 else {"color": where[0]}
        axes.axvspan(value - error, value + error, alpha=0.3, linewidth=common.line(0.6), zorder=0, **style)
