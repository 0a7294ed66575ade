"""Imaginary part of the average phase factor: where a symmetry makes it zero, a check."""

from pomflow import registry
from pomflow.plotting import common
from pomflow.plotting.words import say


def draw(scan, attrs):
    """Im <exp(i theta)> on the optimized contour."""
    zero = "apf_im" in registry.load("model", attrs["model"]).vanishing
    sheet, parts = common.panels(scan, attrs)
    for axes, _, rows in parts:
        if zero:
            axes.axhline(0, color=common.EXACT, linewidth=common.line(0.6), label=say("exact (by symmetry)"))
        common.contour_points(axes, rows, "apf_im", attrs)
    title, ylabel = say("Imaginary part of the average phase factor"), r"Im $\langle e^{i\theta} \rangle$"
    common.finish(sheet, parts, attrs, title, ylabel)
    return sheet
