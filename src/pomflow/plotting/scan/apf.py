"""Average phase factor with and without optimization against the first axis."""

from pomflow.plotting import common


def draw(scan, attrs):
    """Re <exp(i theta)> on the optimized contour and on the plane, with exact values of the latter."""
    sheet, parts = common.panels(scan, attrs)
    for axes, _, rows in parts:
        common.contour_points(axes, rows, "apf_re", attrs)
        common.plane_points(axes, rows, "apf0_re", attrs, "undeformed plane")
        common.exact_points(axes, rows, "apf0", attrs)
        axes.set_ylim(min(-0.05, 1.05 * rows["apf0_re"].min(), 1.05 * rows["apf_re"].min()), 1.06)
    common.finish(sheet, parts, attrs, "Average phase factor", r"Re $\langle e^{i\theta} \rangle$")
    return sheet
