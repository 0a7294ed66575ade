"""What the figures of the Ising study share."""

import math

import numpy as np

from pomflow.plotting import common
from pomflow.plotting.words import say

# an axis ends at so many times the temperature of the highest peak: beta = 0.01 is a point far away
FARTHEST = 3.0
# lattices side by side
WIDEST = 3
NAMES = {
    "tied": "tied head",
    "free": "free head",
    "unbalanced": "random minibatches",
    "magnetization": "fed with the magnetization",
    "shuffled": "shuffled labels",
    "connected": "fully connected",
}


def panels(lattices: int, heights: tuple = (1,), **options) -> tuple:
    """A figure and its panels, of some heights for each lattice; shape (lattices, heights)."""
    columns, rows = min(lattices, WIDEST), len(heights)
    lines = math.ceil(lattices / columns)
    sheet, axes = common.figure(
        lines * rows, columns, squeeze=False, height_ratios=heights * lines, **options
    )
    of_lattices = axes.reshape(lines, rows, columns).swapaxes(1, 2).reshape(-1, rows)
    for panel in of_lattices[lattices:].flat:
        panel.remove()
    return sheet, of_lattices[:lattices]


def label_left(axes: np.ndarray, words: str) -> None:
    """Label the leftmost one of every line; ``axes`` has one panel of each lattice."""
    for panel in axes[::WIDEST]:
        panel.set_ylabel(words)


def temperature() -> str:
    """What stands at an axis of temperatures."""
    return say("temperature T (units of J)")


def specific_heat() -> str:
    """What stands at an axis of specific heats."""
    return say("specific heat per site C / N")


def system(attrs: dict) -> str:
    """The model of a figure of a system in words."""
    return say(attrs["title"]["words"], **attrs["title"]["numbers"])


def lattice(name: str) -> str:
    """A lattice in words."""
    return f"L = {name}" if name.isdecimal() else name.replace("x", "×")


def heat_points(axes, file, **style) -> None:
    """Specific heat with its errors against the temperature."""
    points = (file[name].values for name in ("temperature", "specific_heat", "specific_heat_err"))
    axes.errorbar(*points, **{"fmt": "o", "markersize": common.marker(0.8)} | style)


def exact_curve(axes, file, **style) -> None:
    """The exact specific heat, where it is known."""
    axes.plot(
        file["curve_temperature"],
        file["curve"],
        **{"color": common.EXACT, "linewidth": common.line(0.7)} | style,
    )


def reweighted_band(axes, file, **style) -> None:
    """The specific heat by multi-histogram reweighting of the same configurations, one error up and down."""
    value, error = file["curve_reweighting"], file["curve_reweighting_err"]
    axes.fill_between(
        file["curve_temperature"], value - error, value + error, **{"alpha": 0.35, "linewidth": 0} | style
    )


def end_temperatures(axes, files) -> None:
    """Let the axis of the temperature end where nothing happens any more."""
    peaks = [file["temperature"].values[file["specific_heat"].values.argmax()] for file in files.values()]
    left, right = axes.get_xlim()
    # the margin of a long axis would reach below zero
    axes.set_xlim(max(left, 0), min(right, FARTHEST * max(peaks)))
