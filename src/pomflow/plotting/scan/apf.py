"""Average phase factor with and without optimization against mu."""

from pomflow.plotting import common


def draw(scan, attrs):
    """Re <exp(i theta)> on the optimized contour and on the plane, with exact values of the latter."""
    sheet, axes = common.figure()
    common.contour_points(axes, scan, "apf_re", attrs["contour"])
    common.plane_points(axes, scan, "apf0_re", "undeformed plane")
    common.exact_points(axes, scan, "apf0")
    axes.set(
        title=f"Average phase factor\n{common.theory(attrs)}",
        xlabel="chemical potential μ (lattice units)",
        ylabel=r"Re $\langle e^{i\theta} \rangle$",
        ylim=(-0.05, 1.06),
    )
    axes.legend(loc="best")
    return sheet
