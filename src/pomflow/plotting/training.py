"""History of the optimization: average phase factor and gradient against the step."""

import numpy as np

from pomflow.plotting import common

WINDOW = 20


def draw(contours, attrs):
    """Batch APF and gradient norm, running means of 20 steps; ``contours`` maps mu to its file."""
    sheet, (top, bottom) = common.figure(2, 1, sharex=True)
    for mu, color in zip(contours, common.shades(len(contours)), strict=True):
        history = contours[mu]
        top.plot(*_smooth(history["apf_re"].values), color=color, label=f"μ = {mu}")
        bottom.semilogy(*_smooth(history["gradient_norm"].values), color=color)
        started = np.flatnonzero(history["control"].values)
        if started.size and started[0]:
            top.axvline(started[0], color=color, linewidth=0.6, linestyle=":")
    top.set(
        title=f"Training of the {attrs['contour']} contour\n{common.theory(attrs)}",
        ylabel=r"Re $\langle e^{i\theta} \rangle$ of the batch",
    )
    top.legend(loc="lower right", ncols=2, title="dotted: control variate switched on", title_fontsize=7)
    bottom.set(xlabel="optimization step", ylabel=r"norm of $\nabla \ln Z_{pq}$")
    return sheet


def _smooth(series):
    """Steps and running means over ``WINDOW`` of them."""
    window = min(WINDOW, len(series))
    means = np.convolve(series, np.ones(window) / window, mode="valid")
    return np.arange(len(means)) + window / 2, means
