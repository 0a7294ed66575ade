"""What a network learned: Im z against the real parts that it depends on most."""

import numpy as np

from pomflow.analysis.estimates import ROUNDING
from pomflow.plotting import common
from pomflow.plotting.words import say


def draw(pairs, attrs):
    """Density of (Re z, Im z) for each point given.

    ``pairs`` maps a point to a dict of panels: the TeX of Re z and Im z, to their values, both flat over
    configurations and sites. A complex scalar field shows Im z_1 at a site against Re z_2 at both neighbours
    in time, for which the Gaussian path predicts straight lines of opposite slope; other variables show Im z
    against Re z of the same variable, a panel for each component.
    """
    rows = max(map(len, pairs.values()))
    sheet, axes = common.figure(rows, len(pairs), sharex="row", sharey="row", squeeze=False)
    for column, point in enumerate(pairs):
        for panel, ((real, imaginary), values) in zip(axes[:, column], pairs[point].items(), strict=True):
            panel.hexbin(*values, gridsize=45, bins="log", cmap="viridis", mincnt=1, linewidths=0)
            panel.set_title(f"{common.point_words(attrs, point)}, {_correlation(*values)}")
            panel.set_xlabel(f"Re ${real}$")
            if column == 0:
                panel.set_ylabel(f"Im ${imaginary}$")
    sheet.suptitle(f"{say('What the {name} contour learned', name=attrs['contour'])}\n{common.theory(attrs)}")
    return sheet


def _correlation(first, second) -> str:
    """The correlation coefficient, where there is one."""
    # a mean rounds, so a constant may have a spread
    if first.std() == 0 or second.std() <= ROUNDING * abs(second).max():
        return say("no displacement") if not second.any() else say("a constant")
    words = say("correlation {value:+.2f}", value=np.corrcoef(first, second)[0, 1])
    return words.replace("-", "−")
