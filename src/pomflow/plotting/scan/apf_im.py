"""Imaginary part of the average phase factor: zero by symmetry, shown as a check."""

from pomflow.plotting import common


def draw(scan, attrs):
    """Im <exp(i theta)> on the optimized contour against mu."""
    sheet, axes = common.figure()
    axes.axhline(0, color=common.EXACT, linewidth=common.line(0.6), label="exact (charge conjugation)")
    common.contour_points(axes, scan, "apf_im", attrs["contour"])
    axes.set(
        title=f"Imaginary part of the average phase factor\n{common.theory(attrs)}",
        xlabel="chemical potential μ (lattice units)",
        ylabel=r"Im $\langle e^{i\theta} \rangle$",
    )
    axes.legend(loc="best")
    return sheet
