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
# a source beside contours and the exact simulation
PUBLISHED = "published"
# what shares a place stands side by side, by this share of the axis
STEP = 0.0125


def draw(tables, attrs):
    """-ln APF0 / V against the axis of the simulation; published values of other methods as open symbols.

    Values on contours are crosses in the colour of their lattice. What shares a place with others of its
    lattice stands around it, contours on the left and published values on the right; what is alone, and the
    curve of the exact simulation, stays where it is. The legend says how many points of a contour are behind
    a failed gate and therefore left out. Published values of the critical point of this axis,
    ``critical_AXIS``, are bands, grey where several lattices share them.

    Parameters
    ----------
    tables : dict of xarray.Dataset
        By lattice and source, which is 'exact' or a contour, a table with ``free_energy`` and ``status``.
    attrs : dict
        Settings of the figure with ``axes``, that of the simulation first.
    """
    axis = attrs["axes"][0]
    whole = _whole(tables, axis)
    sheet, parts = common.panels(whole.to_xarray(), attrs)
    lattices = dict.fromkeys(lattice for lattice, _ in tables)
    contours = dict.fromkeys(source for _, source in tables if source != EXACT)
    crosses = dict(zip(contours, cycle(CROSSES)))
    step = STEP * np.ptp(whole[axis])
    for axes, _, rows in parts:
        known = {}
        for name, color, marker in zip(lattices, cycle(common.CONTOURS), cycle(common.MARKERS)):
            here, label = rows[rows["lattice"] == name], common.lattice_words(name)
            known[color] = _published(here.drop_duplicates(attrs["axes"]), name, attrs)
            moved = _moved(here, known[color], step, axis)
            for source, of_source in here.groupby("source", sort=False):
                style = {"marker": marker} if source == EXACT else {"fmt": crosses[source], "zorder": 3}
                of_source = of_source.sort_values(axis)
                x = of_source[axis] + [moved.get((source, x), 0.0) for x in of_source[axis]]
                _values(axes, x, of_source, color=color, label=label, **style)
                label = None
            _symbols(axes, known[color], moved, color=color, marker=marker)
        for contour, cross in crosses.items():
            words = _contour_words(contour, whole[whole["source"] == contour])
            axes.errorbar([], [], [], fmt=cross, color=common.GATED, label=words)
        _sources(axes, known)
        _bands(axes, known, attrs)
    common.finish(sheet, parts, attrs, say("Free energy of the phase"), r"$-\ln\,\mathrm{APF}_0\,/\,V$")
    return sheet


def _whole(tables, axis: str) -> pd.DataFrame:
    """All tables, and the mirror image of the exact simulation where points of contours are below zero."""
    whole = pd.concat(
        [
            table.to_dataframe().reset_index().assign(lattice=lattice, source=source)
            for (lattice, source), table in tables.items()
        ],
        ignore_index=True,
    )
    # its nodes are moduli, for it serves theories that are even in its axis
    seen = (whole["source"] == EXACT) & (whole[axis] > 0) & (whole[axis] <= -whole[axis].min())
    image = whole[seen].assign(**{axis: -whole[axis][seen]})
    return pd.concat([whole, image], ignore_index=True)


def _moved(rows: pd.DataFrame, known, step: float, axis: str) -> dict[tuple[str, float], float]:
    """By how much values of one lattice are moved along the axis, by source and place."""
    drawn = rows[(rows["status"] == gates.OK) & np.isfinite(rows[FREE_ENERGY])]
    sources = {place: list(of_place) for place, of_place in drawn.groupby(axis)["source"]}
    for place in {place for quantity, place, _ in known if quantity == FREE_ENERGY}:
        sources.setdefault(place, []).append(PUBLISHED)
    moved = {}
    for place, here in sources.items():
        others = [source for source in here if source != EXACT]
        slots = np.arange(len(others)) - (len(others) - 1) / 2
        if EXACT in here:
            # the middle is taken, and an odd one goes to its side
            left = (len(others) + (PUBLISHED not in others)) // 2
            slots = [slot - left + (slot >= left) for slot in range(len(others))]
        moved |= {(source, place): step * slot for source, slot in zip(others, slots, strict=True)}
    return moved


def _contour_words(contour: str, rows: pd.DataFrame) -> str:
    """A contour in the legend, with its points behind a failed gate and the names of the gates."""
    label = say("on the path, {contour}", contour=contour)
    failed = rows["status"][rows["status"] != gates.OK]
    if failed.empty:
        return label
    numbers = {"failed": len(failed), "points": len(rows), "gates": ", ".join(dict.fromkeys(failed))}
    return say("{label}: gate failed at {failed} of {points} points ({gates})", label=label, **numbers)


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


def _symbols(axes, known, moved: dict, color: str, marker: str) -> None:
    for quantity, x, one in known:
        if quantity == FREE_ENERGY:
            place = (x + moved[PUBLISHED, x], one.estimate.value, one.estimate.error)
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
