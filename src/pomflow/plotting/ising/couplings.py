"""Couplings that a fully connected network has learned, beside those of the model."""

import numpy as np

from pomflow.plotting import common
from pomflow.plotting.ising import common as ising_common
from pomflow.plotting.words import say


def draw(file, attrs):
    """J_ij as a matrix, and learned against true couplings."""
    sheet, (left, right) = common.figure(1, 2, width_ratios=(1, 1))
    learned, exact = file["learned"].values, file["exact"].values
    scale = np.abs(exact).max()
    image = left.imshow(learned, cmap="RdBu_r", vmin=-scale, vmax=scale, interpolation="nearest")
    sheet.colorbar(image, ax=left, label=say("learned {symbol}", symbol="$J_{ij}$ (J)"), shrink=0.8)
    left.grid(False)
    left.set(title=say("learned couplings"), xlabel=say("site j"), ylabel=say("site i"))
    pairs = np.triu_indices(len(exact), 1)
    values, truth = learned[pairs], exact[pairs]
    right.plot([0, scale], [0, scale], color=common.EXACT, linewidth=common.line(0.6))
    right.plot(
        truth, values, ".", markersize=common.marker(0.45), color=common.OPTIMIZED, alpha=0.5, rasterized=True
    )
    for level in np.unique(truth):
        chosen = values[truth == level]
        right.errorbar(
            level, chosen.mean(), chosen.std(), fmt="s", color=common.PLANE, markersize=common.marker(0.9)
        )
    right.set(
        title=say("mean and spread"), xlabel=say("coupling of the model (J)"), ylabel=say("learned (J)")
    )
    sheet.suptitle(
        f"{say('A fully connected network finds the model')}, {ising_common.lattice(attrs['lattice'])}"
    )
    return sheet
