"""A series of numbers at some points of a scan, such as a correlator against time, beside exact values."""

import itertools

import numpy as np

from pomflow import registry
from pomflow.analysis import gates
from pomflow.config.scan import label_of, spread, text_of
from pomflow.models.quantities import Quantity
from pomflow.plotting import common
from pomflow.plotting.words import say

# a panel has room for so many curves, a figure for so many panels one below the other
MOST_CURVES, MOST_ROWS = 5, 3
# exact values stand to the right of what they would lie on, by a share of the axis and at most of a step
ASIDE, MOST_OF_A_STEP = 0.025, 0.25


def draw(series, scan, attrs):
    """The series ``attrs['figure']`` against its last dimension, a curve for each value of the first axis.

    One panel below the other for the other dimensions, side by side for the other axes. Exact values are
    crosses, moved to the right; points behind a failed gate are hollow, grey and named in the legend. Scales
    are those of values that passed, so that errors of noise may leave a panel.

    Parameters
    ----------
    series, scan : xarray.Dataset
        The tables of the series and of the points, in the same order of points.
    attrs : dict
        Settings of the figure.
    """
    name, model = attrs["figure"], registry.load("model", attrs["model"])
    one = registry.quantities(attrs["model"], model)[name]
    if not series[name].size:
        return common.nothing(say("every point diverged"))
    groups, rows = common.by_other_axes(scan, attrs), _rows(series, one)
    sheet, axes = common.figure(len(rows), len(groups), sharex=True, sharey="row", squeeze=False)
    for line, (where, at) in zip(axes, rows, strict=True):
        here = series.isel(at)
        for panel, (words, points) in zip(line, groups, strict=True):
            _curves(panel, here, points, one, attrs)
            panel.set_title(", ".join(filter(None, (where, words))))
        _scale(line, here, scan, one)
        line[0].set_ylabel(common.value_label(one))
    for panel in axes[-1]:
        panel.set_xlabel(say(one.dimensions[-1].replace("_", " ")))
        panel.xaxis.get_major_locator().set_params(integer=True)
    sheet.suptitle(f"{common.title_of(one)}\n{common.theory(attrs)}")
    _legend(sheet)
    return sheet


def _rows(series, one: Quantity) -> list[tuple[str, dict[str, int]]]:
    """The places along all dimensions but the last, in words and by dimension."""
    leading = one.dimensions[:-1]
    places = itertools.product(*(range(series.sizes[dimension]) for dimension in leading))
    found = [dict(zip(leading, place, strict=True)) for place in places]
    return [
        (", ".join(f"{say(dimension)} {place}" for dimension, place in at.items()), at)
        for at in spread(found, MOST_ROWS)
    ]


def _curves(panel, series, points, one: Quantity, attrs: dict) -> None:
    """Some points with error bars and exact values; ``points`` are rows of the table of the scan."""
    axis, x = attrs["axes"][0], np.arange(series.sizes[one.dimensions[-1]])
    aside = min(ASIDE * x[-1], MOST_OF_A_STEP)
    shown = spread(list(points.index), MOST_CURVES)
    for row, color, marker in zip(shown, common.shades(len(shown)), common.MARKERS, strict=False):
        values = series[one.name].values[row], series[f"{one.name}_err"].values[row]
        words = common.point_words(attrs, label_of({axis: text_of(points[axis][row])}))
        style = {"marker": marker, "linewidth": common.line(0.5)}
        if points["status"][row] == gates.OK:
            panel.errorbar(x, *values, **style, color=color, label=words)
        else:
            gate = f"{words}: {points['status'][row]}"
            panel.errorbar(x, *values, **style, color=common.GATED, mfc="white", label=gate, zorder=1.5)
        if f"{one.name}_exact" in series:
            exact = series[f"{one.name}_exact"].values[row], series[f"{one.name}_exact_err"].values[row]
            if np.isfinite(exact[0]).any():
                panel.errorbar(x + aside, *exact, fmt="x", color=common.EXACT, label=say("exact"), zorder=3)


def _scale(line, series, scan, one: Quantity) -> None:
    """Limits of a row of panels from the values that passed and the exact ones.

    Those of a logarithmic scale are from values that are larger than their errors; what is not positive lies
    below, of which the upper end of its error bar is seen.
    """
    passed, seen = scan["status"].values == gates.OK, []
    for name in (one.name, f"{one.name}_exact"):
        if name in series:
            good, errors = series[name].values[passed], series[f"{name}_err"].values[passed]
            seen.append(good[(good > errors) if one.logarithmic else np.isfinite(good)])
    seen = np.concatenate(seen)
    if one.logarithmic and seen.size:
        line[0].set_yscale("log")
        line[0].set_ylim(seen.min() / 1.6, 1.6 * seen.max())
    elif seen.size and seen.min() < seen.max():
        margin = 0.15 * np.ptp(seen)
        line[0].set_ylim(seen.min() - margin, seen.max() + margin)


def _legend(sheet) -> None:
    """Every label once, exact values last."""
    found = common.entries(sheet.axes)
    labels = sorted(found, key=lambda label: label == say("exact"))
    common.legend_below(sheet, {label: found[label] for label in labels}, 4 if len(labels) == 4 else 3)
