"""All contours and baselines on one page: the phase, its volume dependence, costs and pulls."""

from itertools import product

import numpy as np
from matplotlib.lines import Line2D

from pomflow import registry
from pomflow.analysis import gates
from pomflow.analysis.phase import has_real_phase, with_moduli
from pomflow.config.scan import label_of, spread, texts_of
from pomflow.plotting import common
from pomflow.plotting.words import say

BASELINES = {"plane": common.PLANE, "langevin": "#CC79A7"}
NAMES = {"plane": "undeformed plane, reweighted", "langevin": "complex Langevin"}
LINES = ("-", "--", ":")
PHASE = r"\langle e^{i\theta} \rangle"


def draw(table, attrs):
    """Six panels; colours are methods, markers are lattices, hollow points are behind a failed gate.

    Parameters
    ----------
    table : Dataset
        On a grid of lattice, method and point, the points in the order of ``attrs['points']``.
    attrs : dict
        Settings of the figure: ``model``, ``parameters``, ``axes``, ``points``, and ``shown``, the points of
        the panel against the volume. The others have the first axis along x; where there are other axes,
        styles of lines are some of their values.
    """
    model = registry.load("model", attrs["model"])
    table = with_moduli(table, model)
    sheet, axes = common.figure(2, 3)
    apf, volume, *costs, pull = axes.ravel()
    name, symbol = _first_observable(attrs)
    if f"{name}_pull" not in table:
        # a model without observables has a phase and costs only
        table = table.assign({f"{name}_pull": np.nan * table["apf_re"]})
    _points(apf, _against_first_axis(table, attrs, "apf_re"))
    lowest = np.nanmin(table["apf_re"].values, initial=0.0)
    apf.set(title=say("Average phase factor"), ylabel=common.phase_label(model), ylim=(lowest - 0.05, 1.06))
    _against_volume(volume, table, attrs)
    for axes, (column, ylabel, title) in zip(costs, _costs(symbol), strict=True):
        axes.set(title=title, ylabel=ylabel, yscale="log")
        _points(axes, _against_first_axis(table.where(table[column] > 0), attrs, column))
    _pulls(pull, table, attrs, name, symbol)
    for axes in (apf, *costs, pull):
        _first_axis(axes, table[attrs["axes"][0]].values, attrs)
    sheet.legend(handles=_legend(table, attrs), loc="outside lower center", ncols=5)
    sheet.suptitle(f"{say('Methods compared')}, {common.theory(attrs)}")
    return sheet


def _first_observable(attrs: dict) -> tuple[str, str]:
    """Name and TeX of the observable that costs and pulls are of; of a model without any, O."""
    model = registry.load("model", attrs["model"])
    for name, one in registry.observables(attrs["model"], model).items():
        return name, one.symbol or rf"\mathrm{{{name.replace('_', '~')}}}"
    return "O", "O"


def _costs(symbol: str) -> tuple[tuple[str, str, str], ...]:
    """The logarithmic panels: column, label of the axis, title."""
    return (
        ("train_seconds", say("seconds"), say("Training")),
        ("ess_per_second", say("effective samples / s"), say("Sampling")),
        (
            "seconds_to_percent",
            say("seconds of sampling"),
            say("To a 1 % error of {symbol}", symbol=f"${symbol}$"),
        ),
    )


def _colors(table) -> dict[str, str]:
    """A colour for each method; the baselines keep theirs in every scan."""
    contours = iter(common.CONTOURS * table.sizes["method"])
    return {name: BASELINES.get(name) or next(contours) for name in table["method"].values}


def _markers(table) -> dict[str, str]:
    """A marker for each lattice."""
    return {name: common.MARKERS[i % len(common.MARKERS)] for i, name in enumerate(table["lattice"].values)}


def _lines(attrs: dict) -> dict[str, str]:
    """A style of line for some combinations of the values of the other axes, by their names."""
    texts = [texts_of(point) for point in attrs["points"]]
    others = dict.fromkeys(label_of({axis: at[axis] for axis in attrs["axes"][1:]}) for at in texts)
    return dict(zip(spread(list(others), len(LINES)), LINES, strict=False))


def _places(attrs: dict, label: str) -> list[int]:
    """Where in the list of points those stand at which the other axes have these values."""
    at = texts_of(label) if label else {}
    return [i for i, point in enumerate(attrs["points"]) if at.items() <= texts_of(point).items()]


def _dimension(attrs: dict) -> str:
    """The dimension of the table along which the points stand."""
    return attrs["axes"][0] if len(attrs["axes"]) == 1 else "point"


def _first_axis(axes, x, attrs: dict) -> None:
    """The same in every panel, whatever is known where."""
    margin = 0.05 * (x.max() - x.min() or 1.0)
    axes.set(xlabel=common.axis_label(attrs), xlim=(x.min() - margin, x.max() + margin))


def _whole_decades(axes) -> None:
    """Limits of a logarithmic axis at powers of ten, so that it has numbers to read."""
    if axes.get_yscale() == "log":
        low, high = np.log10(axes.get_ylim())
        axes.set_ylim(10 ** np.floor(low), 10 ** max(np.ceil(high), np.floor(low) + 1))


def _against_first_axis(table, attrs: dict, name: str):
    """For each lattice, method and values of the other axes: (x, value, error, whether good, style)."""
    runs = product(_markers(table).items(), _colors(table).items(), _lines(attrs).items())
    for (lattice, marker), (method, color), (others, line) in runs:
        run = table.sel({"lattice": lattice, "method": method})
        run = run.isel({_dimension(attrs): _places(attrs, others)})
        error = run.get(f"{name}_err", 0 * run[name]).values
        good = run["status"].values == gates.OK
        style = {"color": color, "marker": marker, "linestyle": line}
        yield run[attrs["axes"][0]].values, run[name].values, error, good, style


def _points(axes, runs) -> None:
    """Good points joined by lines; the others hollow and without a say in the scale of the axes."""
    runs = list(runs)
    for x, y, error, good, style in runs:
        common.joined_points(axes, x, y, error, good, linewidth=common.line(0.7), **style)
    _whole_decades(axes)
    limits = axes.get_ylim() if any(np.isfinite(y[good]).any() for _, y, _, good, _ in runs) else None
    for x, y, error, good, style in runs:
        common.hollow_points(axes, x, y, error, good, **style)
    axes.set_ylim(limits)
    _whole_decades(axes)


def _against_volume(axes, table, attrs: dict) -> None:
    """-ln|APF| / V against V: constant where the phase has an extensive cause."""
    volume, styles = table["volume"].values, list(zip(attrs["shown"], LINES, common.MARKERS, strict=False))
    model = registry.load("model", attrs["model"])
    phase = rf"\mathrm{{Re}} {PHASE}" if has_real_phase(model) else PHASE
    axes.set(
        title=say("Volume dependence"), xlabel=say("volume V (sites)"), ylabel=rf"$-\ln\, |{phase}| / V$"
    )
    axes.set(xscale="log", yscale="log")
    axes.set_xticks(volume, [f"{one:d}" for one in volume])
    axes.set_xticks([], minor=True)
    _points(axes, _logarithms(table, attrs, styles))
    handles = [
        Line2D([], [], color="0.4", linestyle=line, marker=marker, label=common.point_words(attrs, point))
        for point, line, marker in styles
    ]
    axes.legend(handles=handles, loc="best", handlelength=3)


def _logarithms(table, attrs: dict, styles):
    """For each method and point shown: (V, -ln|APF| / V, error, whether good, style), where 0 < |APF| < 1.

    The modulus, because the phase of the partition function need not be positive.
    """
    volume = table["volume"].values
    for (method, color), (point, line, marker) in product(_colors(table).items(), styles):
        run = table.sel({"method": method}).isel({_dimension(attrs): attrs["points"].index(point)})
        modulus = abs(run["apf_re"])
        phase = modulus.where((modulus > 0) & (modulus < 1)).values
        error = run["apf_re_err"].values / phase / volume
        style = {"color": color, "linestyle": line, "marker": marker}
        yield volume, -np.log(phase) / volume, error, run["status"].values == gates.OK, style


def _pulls(axes, table, attrs: dict, name: str, symbol: str) -> None:
    axes.axhspan(-1, 1, color="0.92", zorder=0)
    axes.axhline(0, color=common.EXACT, linewidth=common.line(0.6))
    axes.set(title=say("{symbol} against exact values", symbol=f"${symbol}$"))
    axes.set_ylabel(say("({symbol} − exact) / error", symbol=f"${symbol}$"))
    # noise: nothing to join by lines
    runs = _against_first_axis(table, attrs, f"{name}_pull")
    _points(axes, [(*run, style | {"linestyle": "none"}) for *run, style in runs])
    largest = max(map(abs, axes.get_ylim()))
    axes.set_ylim(-max(largest, 3), max(largest, 3))
    if not np.isfinite(table[f"{name}_pull"]).any():
        common.nothing_exact(axes)


def _method_words(name: str) -> str:
    """A method in words."""
    return say(NAMES[name]) if name in NAMES else say("{name} contour", name=name)


def _legend(table, attrs: dict) -> list[Line2D]:
    """What colours, markers, lines and hollow points mean."""
    methods = [
        Line2D([], [], color=color, label=_method_words(name)) for name, color in _colors(table).items()
    ]
    lattices = [
        Line2D([], [], color="0.4", linestyle="none", marker=marker, label=name.replace("x", "×"))
        for name, marker in _markers(table).items()
    ]
    others = [
        Line2D([], [], color="0.4", linestyle=line, label=common.point_words(attrs, label))
        for label, line in _lines(attrs).items()
        if label
    ]
    gated = Line2D([], [], color="0.4", linestyle="none", marker="o", mfc="white", label=say("gate failed"))
    return [*methods, *lattices, *others, gated]
