"""The curves of all lattices of a study, and what the fits of finite sizes make of them."""

import math
from itertools import cycle

import numpy as np
import pandas as pd

from pomflow import registry
from pomflow.analysis import gates
from pomflow.analysis.finite_size.collapse import universal_stiffness
from pomflow.analysis.finite_size.fit import EXTRAPOLATION
from pomflow.analysis.finite_size.geometry import CROSSING, JUMP, ONSET, SCALING, extent
from pomflow.config.finite_size import EXACT
from pomflow.config.scan import label_of as label_of_point
from pomflow.config.scan import spread, text_of
from pomflow.lattice import Lattice
from pomflow.plotting import common
from pomflow.plotting.words import say

PREFIX = "data_"


def draw(dataset, attrs):
    """The curves with the critical point, and beside them the fit; a row for each source and other axis.

    On the right are the crossings or the onsets against 1 / L with their limit; of a scaling the curves
    against x = (mu - mu_c) L^{1/nu}; of a jump K in units of that at the transition, so that they meet at
    1. A title has chi^2 per degree of freedom and the range; without a critical point what failed.

    Parameters
    ----------
    dataset : xarray.Dataset
        Fits and data of a study.
    attrs : dict
        Settings of the figure with ``axes`` and ``finite_size``.
    """
    names = ["source", *attrs["axes"][1:]]
    fits = dataset[[name for name in dataset if dataset[name].dims == ("fit",)]].to_dataframe()
    data = dataset[[name for name in dataset if dataset[name].dims == ("point",)]].to_dataframe()
    data.columns = data.columns.str.removeprefix(PREFIX)
    parts = spread(list(data.groupby(names, sort=False)), common.LARGEST_GRID)
    sheet, panels = common.figure(len(parts), 2, squeeze=False)
    for (left, right), (values, points) in zip(panels, parts, strict=True):
        here = fits[(fits[names] == list(values)).all(axis=1)]
        _curves(left, points, here, attrs)
        _beside(right, points, here, attrs)
        left.set_title(_source(dict(zip(names, values, strict=True)), attrs), fontsize="medium")
        right.set_title(_judgement(here.iloc[-1]), fontsize="medium")
        left.set_ylabel(_label(attrs))
    panels[-1, 0].set_xlabel(common.axis_label(attrs))
    handles = panels[0, 0].get_legend_handles_labels()
    sheet.legend(*handles, loc="outside lower center", ncols=3)
    sheet.suptitle(f"{say('Critical point from finite lattices')}\n{common.theory(attrs)}")
    return sheet


def _source(values: dict, attrs: dict) -> str:
    """The contour or the exact simulation, and the other axes."""
    source = values.pop("source")
    words = [say("exact simulation") if source == EXACT else say("contour: {name}", name=source)]
    if values:
        texts = {axis: text_of(value) for axis, value in values.items()}
        words.append(common.point_words(attrs, label_of_point(texts)))
    return ", ".join(words)


def _judgement(fit: pd.Series) -> str:
    """chi^2 and the range of the last fit, or what failed."""
    if fit["status"] != gates.OK:
        return say("no critical point: {status}", status=fit["status"].replace("_", " "))
    chi2 = (
        rf"$\chi^2/\mathrm{{dof}}$ = {fit['chi2_per_dof']:.2f}, {say('{number} dof', number=fit['dof'])}"
        if fit["dof"]
        else say("one value")
    )
    return say("{chi2}, {low:g} to {high:g}", chi2=chi2, low=fit["low"], high=fit["high"])


def _label(attrs: dict) -> str:
    """The quantity and the power of L that it is multiplied by."""
    wanted, model = attrs["finite_size"], registry.load("model", attrs["model"])
    if wanted["method"] == ONSET:
        return say("onset {symbol}", symbol=f"${common.symbol(model, attrs['axes'][0])}_1$")
    if wanted["method"] == JUMP:
        return say("stiffness {symbol}", symbol="$K$")
    name, power = wanted["quantity"], wanted["power"]
    one = (registry.observables(attrs["model"], model) | registry.quantities(attrs["model"], model))[name]
    text = one.symbol or rf"\mathrm{{{name.replace('_', '~')}}}"
    if not power:
        return f"${text}$"
    return f"${text}\\,L$" if power == 1 else f"${text}\\,L^{{{power:g}}}$"


def _by_lattice(points: pd.DataFrame, axis: str):
    """Lattice, its points in increasing order, and a style."""
    groups = [(name, part.sort_values(axis)) for name, part in points.groupby("lattice", sort=False)]
    groups.sort(key=lambda group: extent(group[0]))
    for (name, part), color, marker in zip(groups, common.shades(len(groups)), cycle(common.MARKERS)):
        yield name, part, {"color": color, "marker": marker}


def _curves(axes, points: pd.DataFrame, fits: pd.DataFrame, attrs: dict) -> None:
    """What was fitted of every lattice, joined where points are neighbours; the critical point as a band."""
    axis = attrs["axes"][0]
    for name, part, style in _by_lattice(points, axis):
        x, y, error = (part[key].to_numpy(float) for key in (axis, "curve", "curve_err"))
        common.joined_points(axes, x, y, error, part["used"], **style, label=common.lattice_words(name))
    last = fits.iloc[-1]
    if last["status"] == gates.OK and math.isfinite(last["critical_err"]):
        low, high = (last["critical"] + sign * last["critical_err"] for sign in (-1, 1))
        band = axes.axhspan if attrs["finite_size"]["method"] == ONSET else axes.axvspan
        band(
            low,
            high,
            color=common.GATED,
            alpha=0.4,
            linewidth=common.line(0.6),
            zorder=0,
            label=say("critical point"),
        )


def _beside(axes, points: pd.DataFrame, fits: pd.DataFrame, attrs: dict) -> None:
    """What the method makes of the curves."""
    method = attrs["finite_size"]["method"]
    if method in (CROSSING, ONSET):
        _limits(axes, fits, attrs)
    elif fits.iloc[-1]["status"] in (gates.OK, "chi2"):
        _collapsed(axes, points, fits.iloc[-1], attrs)
    else:
        axes.set_axis_off()


def _limits(axes, fits: pd.DataFrame, attrs: dict) -> None:
    """Critical points of single lattices or pairs against 1 / L, and their limit at 0."""
    single = fits[(fits["method"] != EXTRAPOLATION) & (fits["status"] == gates.OK)]
    x = np.array([_middle(names) for names in single["lattices"]])
    axes.errorbar(1 / x, single["critical"], single["critical_err"], fmt="o", color=common.OPTIMIZED)
    model, axis = registry.load("model", attrs["model"]), attrs["axes"][0]
    axes.set_ylabel(say("critical {symbol}", symbol=f"${common.symbol(model, axis)}$"))
    axes.set_xlabel("$1 / L$")
    axes.set_xlim(left=0)
    for _, limit in fits[fits["method"] == EXTRAPOLATION].iterrows():
        axes.errorbar(0, limit["critical"], limit["critical_err"], fmt="s", color=common.EXACT, clip_on=False)
        lengths = np.geomspace(x.min(), 50 * x.max(), 300)
        axes.plot(
            1 / lengths, _extrapolation(limit, lengths), "-", color=common.EXACT, linewidth=common.line(0.6)
        )


def _middle(lattices: str) -> float:
    """L of a lattice, and the geometric mean of two."""
    extents = [extent(name) for name in lattices.split()]
    return math.prod(extents) ** (1 / len(extents))


def _extrapolation(limit: pd.Series, lengths: np.ndarray) -> np.ndarray:
    """The fitted form: a power where the fit has one, else the exponential of the first particle."""
    critical, amplitude, power = (limit[name] for name in ("critical", "constant", "exponent"))
    if math.isfinite(power):
        return critical + amplitude * lengths**-power
    space = Lattice.parse(limit["lattices"].split()[0]).dimension - 1
    return critical + amplitude * lengths ** (-space / 2) * np.exp(-critical * lengths)


def _collapsed(axes, points: pd.DataFrame, fit: pd.Series, attrs: dict) -> None:
    """All curves against one variable, or in units of the stiffness at the transition."""
    model, axis = registry.load("model", attrs["model"]), attrs["axes"][0]
    symbol, scaled = common.symbol(model, axis), attrs["finite_size"]["method"] == SCALING
    for _, part, style in _by_lattice(points[points["used"]], axis):
        away, lengths = part[axis] - fit["critical"], part["extent"].to_numpy(float)
        x = away * lengths ** (1 / fit["exponent"]) if scaled else part[axis]
        unit = 1.0 if scaled else universal_stiffness(lengths, fit["constant"])
        axes.errorbar(x, part["curve"] / unit, part["curve_err"] / unit, linestyle="none", **style)
    if scaled:
        axes.set_xlabel(rf"$({symbol} - {symbol}_c)\,L^{{1/\nu}}$, $\nu$ = {fit['exponent']:.3g}")
    else:
        axes.axhline(1, color=common.GATED, linewidth=common.line(0.6))
        axes.set_xlabel(f"${symbol}$")
        axes.set_ylabel("$K / K_c(L)$")
