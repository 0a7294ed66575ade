"""Average phase factor with and without optimization against the first axis."""

from pomflow import registry
from pomflow.analysis.phase import with_moduli
from pomflow.plotting import common
from pomflow.plotting.words import say


def draw(scan, attrs):
    """<exp(i theta)> on the optimized contour and on the plane, exact values of the latter, the best path.

    Its real part, or its modulus where no symmetry makes it real.
    """
    model = registry.load("model", attrs["model"])
    sheet, parts = common.panels(scan, attrs)
    lowest = -0.05
    for axes, _, rows in parts:
        rows = with_moduli(rows, model)
        common.contour_points(axes, rows, "apf_re", attrs)
        if model.plane:
            common.plane_points(axes, rows, "apf0_re", attrs, say("undeformed plane"))
            common.exact_points(axes, rows, "apf0", attrs)
        if "apf_best" in rows:
            x = rows[attrs["axes"][0]]
            axes.plot(x, rows["apf_best"], ":", color=common.MEAN_FIELD, label=say("best path"), zorder=1)
        measured = ["apf_re", "apf0_re"] if model.plane else ["apf_re"]
        lowest = min(lowest, *(1.05 * rows[name].min() for name in measured))
    # the panels share this axis
    parts[0][0].set_ylim(lowest, 1.06)
    common.finish(sheet, parts, attrs, say("Average phase factor"), common.phase_label(model))
    return sheet
