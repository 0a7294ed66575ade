"""Distribution of the phase on the plane and on the optimized contour."""

import numpy as np

from pomflow.plotting import common
from pomflow.plotting.words import say

BINS = np.linspace(-np.pi, np.pi, 62)  # an odd number of bins, one of them around 0


def draw(samples, planes, attrs):
    """Normalized histograms of theta for each point given; both arguments map a point to its file.

    ``planes`` is empty where the theory has no integral over the plane.
    """
    sheet, axes = common.figure(1, len(samples), sharey=True, squeeze=False)
    for column, (point, panel) in enumerate(zip(samples, axes[0], strict=True)):
        shown = [(samples[point], common.OPTIMIZED, common.label_of(attrs["contour"]))]
        if planes:
            shown.insert(0, (planes[point], common.PLANE, common.label_of("plane")))
        for file, color, label in shown:
            theta = np.angle(np.exp(1j * file["phase"].values.ravel()))
            panel.hist(theta, BINS, density=True, histtype="step", color=color, label=label)
        panel.set_yscale("log")
        panel.set(
            title=common.point_words(attrs, point),
            xlabel=f"{say('phase θ')} ({say('radian')})",
            xlim=(-np.pi, np.pi),
        )
        panel.set_xticks([-np.pi, 0, np.pi], ["−π", "0", "π"])
        if column == 0:
            panel.set_ylabel(say("probability density"))
    sheet.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    sheet.suptitle(f"{say('Distribution of the phase')}\n{common.theory(attrs)}")
    return sheet
