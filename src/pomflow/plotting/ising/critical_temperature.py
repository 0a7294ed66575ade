"""The temperature of the peak against a power of 1 / L, and the critical temperature it tends to."""

import numpy as np

from pomflow.plotting import common
from pomflow.studies.ising.readout import critical_temperature


def draw(files, attrs):
    """T_peak with errors beside exact ones, the fit T_c + a / L^shift and the known T_c."""
    sheet, axes = common.figure()
    extent = np.array([int(name.partition("x")[0]) for name in files], dtype=float)
    peak, error, exact = (
        np.array([file[name].item() for file in files.values()])
        for name in ("t_peak", "t_peak_err", "t_peak_exact")
    )
    transition = attrs["transition"]
    known, shift = transition["temperature"], transition["shift"]
    limit, limit_error, slope = critical_temperature(extent, peak, error, shift)
    place = extent**-shift
    inverse = np.linspace(0, 1.05 * place.max(), 2)
    axes.plot(inverse, limit + slope * inverse, color=common.OPTIMIZED, linewidth=common.line(0.7))
    axes.errorbar(place, peak, error, fmt="o", color=common.OPTIMIZED, label="from the network")
    if np.isfinite(exact).any():
        axes.plot(place, exact, "x", color=common.EXACT, label="exact on the finite lattice")
    axes.errorbar(0, limit, limit_error, fmt="s", color=common.OPTIMIZED, mfc="white", label="fit at L = ∞")
    if known is not None:
        label = f"{transition['source']} $T_c$ = {known:.4f}"
        axes.axhline(known, color=common.GATED, linestyle=":", label=label)
    axes.set(
        title=f"{attrs['title']}: $T_c$ = {limit:.4f} ± {limit_error:.4f}",
        xlabel="1 / L" if shift == 1 else f"$1 / L^{{{shift:.4g}}}$",
        ylabel="temperature of the peak of C (J)",
        xlim=(-0.03 * inverse[-1], inverse[-1]),
    )
    axes.legend(loc="best")
    return sheet
