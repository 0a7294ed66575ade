"""History of the optimization: average phase factor and gradient against the step."""

import numpy as np

from pomflow import registry
from pomflow.analysis.phase import has_real_phase
from pomflow.plotting import common
from pomflow.plotting.words import say

# of the running means in a history
WINDOWS = 50


def draw(contours, attrs):
    """Batch APF and gradient norm, running means over 1/50 of the steps; ``contours``: files by point."""
    switched, model = False, registry.load("model", attrs["model"])
    sheet, (top, bottom) = common.figure(2, 1, sharex=True)
    for point, color in zip(contours, common.shades(len(contours)), strict=True):
        history = contours[point]
        apf = history["apf_re"].values
        if not has_real_phase(model):
            apf = np.hypot(apf, history["apf_im"].values)
        top.plot(*_smooth(apf), color=color, label=common.point_words(attrs, point))
        bottom.semilogy(*_smooth(history["gradient_norm"].values), color=color)
        started = np.flatnonzero(history["control"].values)
        if started.size and started[0]:
            switched = True
            top.axvline(started[0], color=color, linewidth=common.line(0.5), linestyle=":")
    top.set(
        title=f"{say('Training of the {name} contour', name=attrs['contour'])}\n{common.theory(attrs)}",
        ylabel=say("{symbol} of the batch", symbol=common.phase_label(model)),
    )
    meaning = say("dotted: control variate switched on") if switched else None
    known = top.get_legend_handles_labels()
    sheet.legend(*known, loc="outside lower center", ncols=4, title=meaning, title_fontsize="small")
    bottom.set(xlabel=say("optimization step"), ylabel=say("norm of {symbol}", symbol=r"$\nabla \ln Z_{pq}$"))
    return sheet


def _smooth(series):
    """Steps and running means over a fiftieth of them."""
    window = max(1, len(series) // WINDOWS)
    means = np.convolve(series, np.ones(window) / window, mode="valid")
    return np.arange(len(means)) + window / 2, means
