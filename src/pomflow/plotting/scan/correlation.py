"""The correlation that the network learns: Im z against Re z at the temporal neighbour."""

import numpy as np

from pomflow.plotting import common

SIGNS = ("+", "-")


def draw(pairs, attrs):
    """Density of (Re z_{2, x±0}, Im z_{1, x}) for each mu given.

    ``pairs`` maps mu to ``(forward, backward, displacement)``: Re z_2 at both temporal neighbours and
    Im z_1, each flat over configurations and sites. The Gaussian path predicts straight lines of opposite
    slope.
    """
    sheet, axes = common.figure(2, len(pairs), sharex="col", sharey="col", squeeze=False)
    for column, mu in enumerate(pairs):
        *neighbours, displacement = pairs[mu]
        for panel, neighbour, sign in zip(axes[:, column], neighbours, SIGNS, strict=True):
            panel.hexbin(
                neighbour, displacement, gridsize=45, bins="log", cmap="viridis", mincnt=1, linewidths=0
            )
            panel.set_title(f"μ = {mu}, {_correlation(neighbour, displacement)}")
            panel.set_xlabel(rf"Re $z_{{2,x{sign}\hat 0}}$")
            if column == 0:
                panel.set_ylabel(r"Im $z_{1,x}$")
    sheet.suptitle(f"What the {attrs['contour']} contour learned, {common.theory(attrs)}")
    return sheet


def _correlation(first, second) -> str:
    """The correlation coefficient, where there is one."""
    if not first.std() or not second.std():
        return "no displacement"
    return f"correlation {np.corrcoef(first, second)[0, 1]:+.2f}"
