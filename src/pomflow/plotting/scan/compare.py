"""All contours and baselines on one page: the phase, its volume dependence, costs and pulls."""

import numpy as np
from matplotlib.lines import Line2D

from pomflow.analysis import gates
from pomflow.plotting import common

BASELINES = {"plane": common.PLANE, "langevin": "#CC79A7"}
NAMES = {"plane": "undeformed plane, reweighted", "langevin": "complex Langevin"}
LINES = ("-", "--", ":")
# the logarithmic panels against mu: column, label of the axis, title
COSTS = (
    ("train_seconds", "seconds", "Training"),
    ("ess_per_second", "effective samples / s", "Sampling"),
    ("seconds_to_percent", "seconds of sampling", "To a 1 % error of the density"),
)
PHASE = r"\langle e^{i\theta} \rangle"


def draw(table, attrs):
    """Six panels; colours are methods, markers are lattices, hollow points are behind a failed gate.

    ``table`` is on a grid of lattice, method and mu; ``attrs['shown']`` lists the mu of the second panel.
    """
    sheet, axes = common.figure(2, 3)
    phase, volume, *costs, pull = axes.ravel()
    _points(phase, _against_mu(table, "apf_re"))
    phase.set(title="Average phase factor", ylabel=f"Re ${PHASE}$", ylim=(-0.05, 1.06))
    _against_volume(volume, table, attrs["shown"])
    for axes, (name, ylabel, title) in zip(costs, COSTS, strict=True):
        axes.set(title=title, ylabel=ylabel, yscale="log")
        _points(axes, _against_mu(table.where(table[name] > 0), name))
        _whole_decades(axes)
    _pulls(pull, table)
    for axes in (phase, *costs, pull):
        _mu_axis(axes, table["mu"].values)
    sheet.legend(handles=_legend(table), loc="outside lower center", ncols=5)
    sheet.suptitle(f"Methods compared, {common.theory(attrs)}")
    return sheet


def _colors(table) -> dict[str, str]:
    """A colour for each method; the baselines keep theirs in every scan."""
    contours = iter(common.CONTOURS * table.sizes["method"])
    return {name: BASELINES.get(name) or next(contours) for name in table["method"].values}


def _markers(table) -> dict[str, str]:
    """A marker for each lattice."""
    return {name: common.MARKERS[i % len(common.MARKERS)] for i, name in enumerate(table["lattice"].values)}


def _mu_axis(axes, mu) -> None:
    """The same in every panel, whatever is known where."""
    margin = 0.05 * (mu.max() - mu.min() or 1.0)
    axes.set(xlabel="μ (lattice units)", xlim=(mu.min() - margin, mu.max() + margin))


def _whole_decades(axes) -> None:
    """Limits at powers of ten, so that the axis has numbers to read."""
    low, high = np.log10(axes.get_ylim())
    axes.set_ylim(10 ** np.floor(low), 10 ** np.ceil(high))


def _against_mu(table, name):
    """For each lattice and method: (mu, value, error, whether good, style)."""
    for lattice, marker in _markers(table).items():
        for method, color in _colors(table).items():
            run = table.sel({"lattice": lattice, "method": method})
            error = run.get(f"{name}_err", 0 * run[name]).values
            good = run["status"].values == gates.OK
            yield run["mu"].values, run[name].values, error, good, {"color": color, "marker": marker}


def _points(axes, runs) -> None:
    """Good points joined by lines; the others hollow and without a say in the scale of the axes."""
    runs = list(runs)
    for x, y, error, good, style in runs:
        common.joined_points(axes, x, y, error, good, linewidth=common.line(0.7), **style)
    limits = axes.get_ylim() if any(np.isfinite(y[good]).any() for _, y, _, good, _ in runs) else None
    for x, y, error, good, style in runs:
        common.hollow_points(axes, x, y, error, good, **style)
    axes.set_ylim(limits)


def _against_volume(axes, table, shown) -> None:
    """-ln APF / V against V: constant where the phase has an extensive cause."""
    volume, styles = table["volume"].values, list(zip(shown, LINES, common.MARKERS, strict=False))
    axes.set(title="Volume dependence", xlabel="volume V (sites)", ylabel=rf"$-\ln\, {PHASE} / V$")
    axes.set(xscale="log", yscale="log")
    axes.set_xticks(volume, [f"{one:d}" for one in volume])
    axes.set_xticks([], minor=True)
    _points(axes, _logarithms(table, styles))
    handles = [
        Line2D([], [], color="0.4", linestyle=line, marker=marker, label=f"μ = {mu}")
        for mu, line, marker in styles
    ]
    axes.legend(handles=handles, loc="best", handlelength=3)


def _logarithms(table, styles):
    """For each method and mu shown: (V, -ln APF / V, error, whether good, style), where 0 < APF < 1."""
    volume = table["volume"].values
    for method, color in _colors(table).items():
        for mu, line, marker in styles:
            run = table.sel({"method": method, "mu": float(mu)})
            phase = run["apf_re"].where((run["apf_re"] > 0) & (run["apf_re"] < 1)).values
            error = run["apf_re_err"].values / phase / volume
            style = {"color": color, "linestyle": line, "marker": marker}
            yield volume, -np.log(phase) / volume, error, run["status"].values == gates.OK, style


def _pulls(axes, table) -> None:
    axes.axhspan(-1, 1, color="0.92", zorder=0)
    axes.axhline(0, color=common.EXACT, linewidth=common.line(0.6))
    axes.set(title="Density against exact values", ylabel="(n − exact) / error")
    # noise: nothing to join by lines
    runs = _against_mu(table, "density_pull")
    _points(axes, [(*run, style | {"linestyle": "none"}) for *run, style in runs])
    largest = max(map(abs, axes.get_ylim()))
    axes.set_ylim(-max(largest, 3), max(largest, 3))
    if not np.isfinite(table["density_pull"]).any():
        axes.text(0.5, 0.5, "no exact values known here", transform=axes.transAxes, ha="center", va="center")


def _legend(table) -> list[Line2D]:
    """What colours, markers and hollow points mean."""
    methods = [
        Line2D([], [], color=color, label=NAMES.get(name, f"{name} contour"))
        for name, color in _colors(table).items()
    ]
    lattices = [
        Line2D([], [], color="0.4", linestyle="none", marker=marker, label=name.replace("x", "×"))
        for name, marker in _markers(table).items()
    ]
    gated = Line2D([], [], color="0.4", linestyle="none", marker="o", mfc="white", label="gate failed")
    return [*methods, *lattices, gated]
