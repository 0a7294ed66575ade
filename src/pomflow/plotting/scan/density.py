"""Number density against mu beside the mean field and exact values, and the pulls below."""

import numpy as np

from pomflow.analysis import gates
from pomflow.models.complex_phi4 import mean_field as meanfield
from pomflow.plotting import common


def draw(scan, attrs):
    """Density on the contour and reweighted from the plane; below, deviations from exact values."""
    sheet, (axes, below) = common.figure(2, 1, sharex=True, height_ratios=(3, 1))
    mu = np.linspace(float(scan["mu"].min()), float(scan["mu"].max()), 201)
    curve = [meanfield.density(attrs["mass"], attrs["coupling"], value) for value in mu]
    axes.plot(mu, curve, "--", color=common.MEAN_FIELD, label="mean field")
    common.contour_points(axes, scan, "density", attrs["contour"])
    common.plane_points(axes, scan, "density0", "reweighted from the plane")
    common.exact_points(axes, scan, "density")
    axes.set(title=f"Number density\n{common.theory(attrs)}", ylabel="density n (particles per site)")
    axes.legend(loc="upper left")
    _pulls(below, scan)
    return sheet


def _pulls(axes, scan):
    axes.axhspan(-1, 1, color="0.92", zorder=0)
    axes.axhline(0, color=common.EXACT, linewidth=common.line(0.6))
    good = scan["status"].values == gates.OK
    mu, pull = scan["mu"].values, scan["density_pull"].values
    axes.plot(mu[good], pull[good], "o", color=common.OPTIMIZED)
    axes.plot(mu[~good], pull[~good], "o", color=common.GATED, mfc="white")
    largest = np.nanmax(np.abs(pull), initial=3)
    axes.set(
        xlabel="chemical potential μ (lattice units)",
        ylabel="(n − exact)\n/ error",
        ylim=(-1.15 * largest, 1.15 * largest),
    )
    if not np.isfinite(pull).any():
        axes.text(0.5, 0.5, "no exact values known here", transform=axes.transAxes, ha="center", va="center")
