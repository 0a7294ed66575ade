"""How the specific heat grows and narrows with the lattice, and the exponents that this gives."""

import numpy as np

from pomflow.plotting import common
from pomflow.plotting.ising import common as ising_common
from pomflow.plotting.words import say
from pomflow.studies.ising.exponents import ESTIMATORS, exponent
from pomflow.studies.ising.marks import NETWORK, REWEIGHTING, on_lattices

LABELS = {
    "steepness": r"range of $\kappa_3 / N$",
    "width": "width of the transition in ln T",
    "height": "largest C / N",
}
# reweighting stands so much to the right of the network
ASIDE = 1.08


def draw(files, attrs):
    """A column a mark: what the network says and the fit, beside reweighting and exact values."""
    sheet, panels = common.figure(2, len(ESTIMATORS), sharex="col", height_ratios=(3, 1.4))
    for name, (above, below) in zip(ESTIMATORS, panels.T, strict=True):
        found = exponent(name, files, NETWORK, attrs["transition"]["shift"])
        _points(above, below, files, name, found.power.curve)
        above.set_xscale("log", base=2)
        if name != "height":
            above.set_yscale("log", base=2)
        above.set(title=_words(found), ylabel=say(LABELS[name]))
        below.set_xlabel("L")
    panels[1, 0].set_ylabel(say("over the fit\nminus 1 (%)"))
    panels[0, 0].legend(loc="upper left")
    what = say("critical exponents (statistical and systematic error together)")
    sheet.suptitle(f"{ising_common.system(attrs)}: {what}")
    return sheet


def _points(above, below, files, name: str, curve) -> None:
    """Values against L, and by how much they are above the fit to those of the network."""
    extent, *network, exact = on_lattices(files, name, NETWORK)
    _, *reweighted, _ = on_lattices(files, name, REWEIGHTING)
    fine = np.geomspace(extent.min() / 1.2, extent.max() * 1.2)
    above.plot(fine, curve(fine), color=common.OPTIMIZED, linewidth=common.line(0.7))
    below.axhline(0, color=common.OPTIMIZED, linewidth=common.line(0.7))
    for (value, error), place, style in (
        (network, extent, {"fmt": "o", "color": common.OPTIMIZED, "label": say("network")}),
        (reweighted, ASIDE * extent, {"fmt": "s", "color": common.PLANE, "label": say("reweighting")}),
    ):
        above.errorbar(place, value, error, mfc="white", **style)
        below.errorbar(place, 100 * (value / curve(extent) - 1), 100 * error / curve(extent), **style)
    if np.isfinite(exact).any():
        above.plot(extent, exact, "x", color=common.EXACT, label=say("exact"))
        below.plot(extent, 100 * (exact / curve(extent) - 1), "x", color=common.EXACT)


def _words(found) -> str:
    """Both exponents, and the fit."""
    nu = _total(found.nu, found.nu_systematic)
    alpha = _total(found.alpha_over_nu, found.alpha_over_nu_systematic)
    fit = found.power
    if not len(fit.extent):
        return say("too few lattices")
    low, high = f"{fit.extent.min():g}", f"{fit.extent.max():g}"
    lattices = say("L = {low} to {high}", low=low, high=high)
    return f"ν = {nu}\nα / ν = {alpha}\n{lattices}, χ² = {fit.chi2:.1f} / {fit.dof}"


def _total(estimate, systematic: float) -> str:
    text = f"{estimate.value:.2f} ± {np.hypot(estimate.error, systematic):.2f}"
    return text.replace("-", "\N{MINUS SIGN}")
