"""How the specific heat grows and narrows with the lattice, and the exponents that this gives."""

import numpy as np

from pomflow.models.ising.exact import NU
from pomflow.plotting import common
from pomflow.studies.ising.exponents import ESTIMATORS, exponent
from pomflow.studies.ising.marks import NETWORK, REWEIGHTING, on_lattices

LABELS = {
    "steepness": r"range of $\kappa_3 / N$",
    "width": "width of the transition in ln T",
    "height": "largest C / N",
}


def draw(files, attrs):
    """A panel a mark, against L: what the network says and the fit, beside reweighting and exact values."""
    sheet, panels = common.figure(1, len(ESTIMATORS))
    for name, panel in zip(ESTIMATORS, panels, strict=True):
        found = exponent(name, files, NETWORK, 1 / NU)
        extent, value, error, exact = on_lattices(files, name, NETWORK)
        _, other, other_error, _ = on_lattices(files, name, REWEIGHTING)
        fine = np.geomspace(extent.min() / 1.2, extent.max() * 1.2)
        panel.plot(fine, found.power.curve(fine), color=common.OPTIMIZED, linewidth=common.line(0.7))
        panel.errorbar(extent, value, error, fmt="o", color=common.OPTIMIZED, label="network")
        panel.errorbar(
            1.06 * extent, other, other_error, fmt="s", color=common.PLANE, mfc="white", label="reweighting"
        )
        panel.plot(extent, exact, "x", color=common.EXACT, label="exact")
        panel.set_xscale("log", base=2)
        if name != "height":
            panel.set_yscale("log")
        panel.set(
            title=f"ν = {_total(found.nu, found.nu_systematic)}\n"
            f"α / ν = {_total(found.alpha_over_nu, found.alpha_over_nu_systematic)}",
            xlabel="L",
            ylabel=LABELS[name],
        )
    panels[0].legend(loc="upper left")
    sheet.suptitle("Critical exponents (statistical and systematic error together)")
    return sheet


def _total(estimate, systematic: float) -> str:
    return f"{estimate.value:.2f} ± {np.hypot(estimate.error, systematic):.2f}"
