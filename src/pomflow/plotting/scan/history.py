"""Thermalization and Monte Carlo history of the chains."""

import numpy as np

from pomflow.plotting import common
from pomflow.plotting.words import say

COLORS = {
    "hot": common.PLANE,
    "ordered": common.OPTIMIZED,
    "hartree": common.OPTIMIZED,
    "cold": common.MEAN_FIELD,
}


def draw(samples, attrs):
    """Weight for each kind of start, and the phase of a chain; ``samples`` maps a point to its file."""
    sheet, axes = common.figure(2, len(samples), sharex=True, squeeze=False)
    for column, point in enumerate(samples):
        _weight(axes[0, column], samples[point])
        _phase(axes[1, column], samples[point])
        axes[0, column].set_title(common.point_words(attrs, point))
        axes[1, column].set_xlabel(say("trajectory"))
    axes[0, 0].set_ylabel(f"$-\\ln |\\det J\\, e^{{-S}}|$,\n{say('mean of the chains')}")
    axes[1, 0].set_ylabel(f"{say('phase θ of one chain')}\n({say('radian')})")
    axes[0, 0].legend(loc="best")
    title = say("Monte Carlo history on the {name} contour (grey: thermalization)", name=attrs["contour"])
    sheet.suptitle(f"{title}\n{common.theory(attrs)}")
    return sheet


def _weight(axes, file):
    trajectory = file["history"].values
    weight, starts = -file["history_log_modulus"].values, file["start"].values
    for kind in sorted(set(starts)):
        axes.plot(
            trajectory,
            weight[starts == kind].mean(axis=0),
            color=COLORS[kind],
            linewidth=common.line(0.6),
            label=say(f"{kind} start"),
        )
    # the first trajectories of hot chains would hide everything else
    settled = weight[:, trajectory >= file.attrs["thermalization"]].mean(axis=0)
    low, high = settled.min(), settled.max()
    axes.set_ylim(low - 2 * (high - low), high + 4 * (high - low))
    _grey(axes, file)


def _phase(axes, file):
    axes.plot(
        file["history"],
        np.angle(np.exp(1j * file["history_phase"].values[0])),
        ".",
        color=common.EXACT,
        markersize=common.marker(0.35),
    )
    axes.set_ylim(-np.pi, np.pi)
    _grey(axes, file)


def _grey(axes, file):
    if file.attrs["thermalization"]:
        axes.axvspan(0, file.attrs["thermalization"], color="0.9", zorder=0)
