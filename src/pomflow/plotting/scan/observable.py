"""An observable, or a number made from means, beside the mean field and exact values; the pulls below."""

import numpy as np

from pomflow import registry
from pomflow.analysis import gates
from pomflow.lattice import Lattice
from pomflow.plotting import common
from pomflow.plotting.words import say

CURVE = 101


def draw(scan, attrs):
    """The observable or number ``attrs['figure']`` on the contour, and from the plane; below, the pulls."""
    name = attrs["figure"]
    model = registry.load("model", attrs["model"])
    known = f"{name}_exact" in scan
    sheet, parts = common.panels(scan, attrs, below=known)
    for axes, below, rows in parts:
        _mean_field(axes, rows, name, model, attrs)
        common.contour_points(axes, rows, name, attrs)
        if f"{name}0" in rows:
            common.plane_points(axes, rows, f"{name}0", attrs, say("reweighted from the plane"))
        if known:
            common.exact_points(axes, rows, name, attrs)
            _pulls(below, rows, name, attrs)
    numbers = registry.observables(attrs["model"], model) | registry.quantities(attrs["model"], model)
    common.finish(sheet, parts, attrs, common.title_of(numbers[name]), common.value_label(numbers[name]))
    if known:
        parts[0][1].set_ylabel(say("(measured − exact)\n/ error"))
    return sheet


def _mean_field(axes, rows, name: str, model, attrs: dict) -> None:
    """The curve of the mean field between the first and the last value of the first axis, if there is one."""
    if f"{name}_mf" not in rows:
        return
    first, *others = attrs["axes"]
    fixed = attrs["parameters"] | {axis: float(rows[axis].iloc[0]) for axis in others}
    x = np.linspace(rows[first].min(), rows[first].max(), CURVE)
    lattice = Lattice.parse(attrs["lattice"])
    curve = [model(lattice, **fixed, **{first: value}).mean_field_values()[name] for value in x]
    axes.plot(x, curve, "--", color=common.MEAN_FIELD, label=say("mean field"))


def _pulls(axes, rows, name: str, attrs: dict) -> None:
    axes.axhspan(-1, 1, color="0.92", zorder=0)
    axes.axhline(0, color=common.EXACT, linewidth=common.line(0.6))
    good = (rows["status"] == gates.OK).to_numpy()
    x, pull = (rows[key].to_numpy(float) for key in (attrs["axes"][0], f"{name}_pull"))
    axes.plot(x[good], pull[good], "o", color=common.OPTIMIZED)
    axes.plot(x[~good], pull[~good], "o", color=common.GATED, mfc="white")
    finite = np.abs(pull[np.isfinite(pull)])
    largest = max(1.15 * finite.max(initial=3), *map(abs, axes.get_ylim()))
    axes.set_ylim(-largest, largest)
    if not finite.size:
        common.nothing_exact(axes)
