"""The temperature of the peak against 1 / L, and the critical temperature it tends to."""

import numpy as np

from pomflow.models.ising.exact import CRITICAL_TEMPERATURE, NU
from pomflow.plotting import common
from pomflow.plotting.words import say
from pomflow.studies.ising.exponents import critical_temperature
from pomflow.studies.ising.marks import NETWORK, on_lattices


def draw(files, attrs):
    """T_peak with errors beside exact ones, the fit of smallest error and Onsager's T_c."""
    sheet, axes = common.figure()
    extent, peak, error, exact = on_lattices(files, "t_peak_curve", NETWORK)
    fit, _ = critical_temperature(files, NETWORK, 1 / NU)
    limit, inverse = fit.value.value, 1.05 / extent.min()
    if len(fit.extent):
        places = np.linspace(1e-6, 1 / fit.extent.min())
        axes.plot(places, fit.curve(1 / places), color=common.OPTIMIZED, linewidth=common.line(0.7))
    axes.errorbar(1 / extent, peak, error, fmt="o", color=common.OPTIMIZED, label=say("from the network"))
    axes.plot(1 / extent, exact, "x", color=common.EXACT, label=say("exact on the finite lattice"))
    axes.errorbar(
        0, limit, fit.error, fmt="s", color=common.OPTIMIZED, mfc="white", label=say("fit at L = ∞")
    )
    axes.axhline(
        CRITICAL_TEMPERATURE,
        color=common.GATED,
        linestyle=":",
        label=say("exact {symbol}", symbol=f"$T_c$ = {CRITICAL_TEMPERATURE:.4f}"),
    )
    found = f"$T_c$ = {limit:.4f} ± {fit.value.error:.4f} ± {fit.systematic:.4f}"
    axes.set(
        title=f"{say('Critical temperature')}: {found}",
        xlabel="1 / L",
        ylabel=say("temperature of the peak of C (J)"),
        xlim=(-0.04 * inverse, inverse),
    )
    axes.legend(loc="upper left")
    return sheet
