"""The temperature of the peak against 1 / L, and the critical temperature it tends to."""

import numpy as np

from pomflow.models.ising.exact import CRITICAL_TEMPERATURE
from pomflow.plotting import common
from pomflow.plotting.words import say
from pomflow.studies.ising.readout import critical_temperature


def draw(files, attrs):
    """T_peak with errors beside exact ones, the fit T_c + a / L and Onsager's T_c."""
    sheet, axes = common.figure()
    extent = np.array([int(name.partition("x")[0]) for name in files], dtype=float)
    peak, error, exact = (
        np.array([file[name].item() for file in files.values()])
        for name in ("t_peak", "t_peak_err", "t_peak_exact")
    )
    limit, limit_error, slope = critical_temperature(extent, peak, error)
    inverse = np.linspace(0, 1.05 / extent.min(), 2)
    axes.plot(inverse, limit + slope * inverse, color=common.OPTIMIZED, linewidth=common.line(0.7))
    axes.errorbar(1 / extent, peak, error, fmt="o", color=common.OPTIMIZED, label=say("from the network"))
    axes.plot(1 / extent, exact, "x", color=common.EXACT, label=say("exact on the finite lattice"))
    axes.errorbar(
        0, limit, limit_error, fmt="s", color=common.OPTIMIZED, mfc="white", label=say("fit at L = ∞")
    )
    axes.axhline(
        CRITICAL_TEMPERATURE,
        color=common.GATED,
        linestyle=":",
        label=say("exact {symbol}", symbol=f"$T_c$ = {CRITICAL_TEMPERATURE:.4f}"),
    )
    axes.set(
        title=f"{say('Critical temperature')}: $T_c$ = {limit:.4f} ± {limit_error:.4f}",
        xlabel="1 / L",
        ylabel=say("temperature of the peak of C (J)"),
        xlim=(-0.004, inverse[-1]),
    )
    axes.legend(loc="upper left")
    return sheet
