"""The temperature of the peak against a power of 1 / L, and the critical temperature it tends to."""

import math

import numpy as np

from pomflow.plotting import common
from pomflow.plotting.ising import common as ising_common
from pomflow.plotting.words import say
from pomflow.studies.ising.exponents import critical_temperature
from pomflow.studies.ising.marks import NETWORK, on_lattices

# a known T_c by who found it
KNOWN = {"exact": "exact {symbol}", "published": "published {symbol}"}
# of a T_c; more where its error is smaller
FEWEST_DECIMALS = 4


def draw(files, attrs):
    """T_peak with errors beside exact ones, the fit of smallest error and the known T_c."""
    sheet, axes = common.figure()
    extent, peak, error, exact = on_lattices(files, "t_peak_curve", NETWORK)
    transition = attrs["transition"]
    known, shift = transition["temperature"], transition["shift"]
    fit, _ = critical_temperature(files, NETWORK, shift)
    limit, place = fit.value.value, extent**-shift
    decimals = FEWEST_DECIMALS
    if fit.error > 0:
        # two digits of the error
        decimals = max(decimals, 1 - math.floor(math.log10(fit.error)))
    if len(fit.extent):
        places = np.linspace(1e-6, fit.extent.min() ** -shift)
        curve = fit.curve(places ** (-1 / shift))
        axes.plot(places, curve, color=common.OPTIMIZED, linewidth=common.line(0.7))
    axes.errorbar(place, peak, error, fmt="o", color=common.OPTIMIZED, label=say("from the network"))
    if np.isfinite(exact).any():
        axes.plot(place, exact, "x", color=common.EXACT, label=say("exact on the finite lattice"))
    axes.errorbar(
        0, limit, fit.error, fmt="s", color=common.OPTIMIZED, mfc="white", label=say("fit at L = ∞")
    )
    if known is not None:
        label = say(KNOWN[transition["source"]], symbol=f"$T_c$ = {known:.{decimals}f}")
        axes.axhline(known, color=common.GATED, linestyle=":", label=label)
    numbers = (limit, fit.value.error, fit.systematic)
    found = "$T_c$ = " + " ± ".join(f"{one:.{decimals}f}" for one in numbers)
    axes.set(
        title=f"{ising_common.system(attrs)}: {found}",
        xlabel="1 / L" if shift == 1 else f"$1 / L^{{{shift:.4g}}}$",
        ylabel=say("temperature of the peak of C (J)"),
        xlim=(-0.04 * 1.05 * place.max(), 1.05 * place.max()),
    )
    axes.legend(loc="best")
    return sheet
