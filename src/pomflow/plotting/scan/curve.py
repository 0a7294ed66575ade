"""A curve between the points of a scan, with its error as a band."""

import itertools

import numpy as np
import pandas as pd

from pomflow import registry
from pomflow.analysis import gates
from pomflow.plotting import common
from pomflow.plotting.words import say

PRESSURE = "pressure"


def draw(curves, scan, attrs):
    """The curve of ``attrs['figure']``, an observable or the pressure, through the points of the scan.

    Nothing is drawn behind a failed gate; what lies between the values that passed is grey and has its name.

    Parameters
    ----------
    curves, scan : xarray.Dataset
        The tables of the curves and of the points.
    attrs : dict
        Settings of the figure.
    """
    name, first, *others = attrs["figure"], *attrs["axes"]
    model = registry.load("model", attrs["model"])
    table = curves.to_dataframe().reset_index()
    sheet, parts = common.panels(scan, attrs)
    for axes, _, rows in parts:
        here = (table[others] == rows[others].iloc[0]).all(axis=1)
        _band(axes, table[here], first, name)
        if name == PRESSURE:
            at_points = table[here & table[first].isin(rows[first])]
            rows = at_points.assign(status=at_points["ln_z_status"])
        common.contour_points(axes, rows, name, attrs)
        if f"{name}_exact" in rows:
            common.exact_points(axes, rows, name, attrs)
    title, label = _words(name, attrs, model)
    common.finish(sheet, parts, attrs, title, label)
    return sheet


def _band(axes, rows: pd.DataFrame, axis: str, name: str) -> None:
    """The curve and its error; the gates behind which nothing is known."""
    x, y, error = (rows[key].to_numpy(float) for key in (axis, name, f"{name}_err"))
    axes.plot(
        x,
        y,
        "-",
        color=common.OPTIMIZED,
        linewidth=common.line(0.6),
        label=say("reweighted between the points"),
    )
    axes.fill_between(x, y - error, y + error, color=common.OPTIMIZED, alpha=0.3, linewidth=0)
    status = rows["ln_z_status" if name == PRESSURE else "status"].to_numpy()
    # the axis shows where nothing is known, too
    axes.dataLim.update_from_data_x(x, ignore=False)
    for gate, places in itertools.groupby(range(len(x)), key=lambda place: status[place]):
        if gate != gates.OK:
            _gap(axes, x, list(places), gate)


def _gap(axes, x: np.ndarray, places: list[int], gate: str) -> None:
    """From the last value before to the first behind, named at the lower edge."""
    low, high = x[max(places[0] - 1, 0)], x[min(places[-1] + 1, len(x) - 1)]
    axes.axvspan(low, high, color="0.93", linewidth=0, zorder=0)
    style = {"ha": "center", "va": "bottom", "rotation": 90, "fontsize": "x-small", "color": "0.4"}
    axes.text((low + high) / 2, 0.02, gate, transform=axes.get_xaxis_transform(), **style)


def _words(name: str, attrs: dict, model) -> tuple[str, str]:
    """The title, and the label of the vertical axis."""
    if name == PRESSURE:
        label = rf"$\ln|Z / Z_0|\,/\,V$ ({say('per site')})"
        return say("Pressure, relative to the first point"), label
    observable = registry.observables(attrs["model"], model)[name]
    return common.title_of(observable), common.value_label(observable)
