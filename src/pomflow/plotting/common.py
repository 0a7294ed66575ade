"""What the figures share: style, colours of the roles, error bars with gated points, saving."""

import io
import json
import re
from collections.abc import Sequence
from importlib.resources import as_file, files
from unicodedata import east_asian_width

import matplotlib
import matplotlib.style
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation

from pomflow import registry
from pomflow.analysis import gates
from pomflow.analysis.phase import has_real_phase
from pomflow.config.scan import label_of as label_of_point
from pomflow.config.scan import spread, text_of, texts_of
from pomflow.io import netcdf
from pomflow.models.base import Model
from pomflow.models.observables import Observable
from pomflow.models.quantities import Quantity
from pomflow.plotting import styles
from pomflow.plotting.words import say, speak

OPTIMIZED, PLANE, EXACT, MEAN_FIELD, GATED = "#0072B2", "#D55E00", "#000000", "#009E73", "0.6"
# of several contours in one figure
CONTOURS = (OPTIMIZED, MEAN_FIELD, "#56B4E9", "#E69F00")
MARKERS = "osD^v<>P"
# characters of a line of a title, and what of TeX is not seen
LONGEST_LINE, TEX = 66, re.compile(r"\\mathrm|[$_^{}\\]")
# that of a number or its exponent, not a hyphen in a word
MINUS = re.compile(r"^-(?=\d)|(?<=\de)-(?=\d)")
# a figure has room for so many panels side by side
LARGEST_GRID = 4
# what error bars in a panel are of, as their identifiers
GOOD, FAILED = "good", "failed"
# points from one name of a gate to the next above it
NAME_STEP = 9


def styled(style: str = "paper", language: str = "en") -> None:
    """Use a style, a language, and nothing of the user's own, for every figure drawn from here on."""
    matplotlib.rcdefaults()
    for name in styles.FILES[style]:
        with as_file(files("pomflow.plotting") / name) as file:
            matplotlib.style.use(file)
    speak(language)


def marker(share: float) -> float:
    """The size of a marker, as a share of that of the style."""
    return share * matplotlib.rcParams["lines.markersize"]


def line(share: float) -> float:
    """The width of a line, as a share of that of the style."""
    return share * matplotlib.rcParams["lines.linewidth"]


def figure(rows: int = 1, columns: int = 1, **options):
    """A figure and its axes."""
    sheet = Figure()
    width, height = sheet.get_size_inches()
    sheet.set_size_inches(
        width * (1 if columns == 1 else 0.62 * columns), height * (1 if rows == 1 else 0.72 * rows)
    )
    return sheet, sheet.subplots(rows, columns, **options)


def phase_label(model) -> str:
    """What stands at an axis of average phase factors."""
    mean = r"\langle e^{i\theta} \rangle"
    return f"Re ${mean}$" if has_real_phase(model) else f"$|{mean}|$"


def prepare() -> None:
    """Draw a figure for nobody: fonts and the grammar of formulas are then there for all that come."""
    styled()
    sheet, axes = figure()
    axes.semilogy([0.1, 1.0], [0.1, 1.0], label=r"$\langle n \rangle_{pq}$")
    axes.set_title(r"$\mu = 1$")
    axes.legend()
    for kind in ("png", "pdf"):
        sheet.savefig(io.BytesIO(), format=kind)


def make(name: str, outputs: dict, params: dict, *data, lost: Sequence[str] = ()) -> None:
    """Draw a registered figure from its data and save it as ``outputs['png']`` and ``outputs['pdf']``.

    ``params['style']`` and ``params['language']`` say how it looks. ``lost`` are points without data, because
    their runs diverged; the figure names them.
    """
    styled(params["style"], params["language"])
    points = "; ".join(point_words(params, point) for point in lost)
    told = say("diverged: {points}", points=points) if lost else ""
    if lost and not data[0]:
        sheet = nothing(told)
    else:
        sheet = registry.load("figure", name)(*data, params)
        if lost:
            sheet.supxlabel(told, fontsize="small", color="0.4", ha="right", x=0.99)
    save(sheet, outputs["png"], outputs["pdf"], json.dumps(netcdf.describe_code(params)))


def nothing(why: str) -> Figure:
    """A figure that says that there is nothing to show, and why."""
    sheet, axes = figure()
    axes.set_axis_off()
    axes.text(0.5, 0.5, f"{say('nothing to show')}\n{why}", ha="center", va="center")
    return sheet


def save(sheet: Figure, png, pdf, made: str = "") -> None:
    """Write both files atomically and without a date, so that the same data give the same bytes.

    ``made``, how they were made, stands in the Description of the png and the Subject of the pdf.
    """
    kinds = (
        (png, "png", {"Software": None, "Description": made}),
        (pdf, "pdf", {"CreationDate": None, "Subject": made}),
    )
    for path, kind, metadata in kinds:
        with netcdf.atomic(path) as temporary:
            sheet.savefig(temporary, format=kind, metadata=metadata)


def theory(attrs: dict) -> str:
    """The theory, and the lattice if there is one, in words for a title; ``attrs``: settings of a figure.

    In as many lines as it needs to be no wider than a figure of one panel.
    """
    model = registry.load("model", attrs["model"])
    lattice = [lattice_words(attrs["lattice"])] if attrs.get("lattice", "1") != "1" else []
    lines = [say(model.title)]
    for part in (*lattice, *_values(model, attrs["parameters"])):
        longer = f"{lines[-1]}, {part}"
        if _width(longer) <= LONGEST_LINE:
            lines[-1] = longer
        else:
            lines[-1:] = [f"{lines[-1]},", part]
    return "\n".join(lines)


def _width(text: str) -> int:
    """The characters that are seen of a text; those of Japanese count twice, for they are as wide as two."""
    return sum(1 + (east_asian_width(letter) == "W") for letter in TEX.sub("", text))


def lattice_words(name: str) -> str:
    """A lattice in words: 4×4 lattice, 8 sites."""
    if "x" in name:
        return say("{lattice} lattice", lattice=name.replace("x", "×"))
    return say("{number} sites", number=name)


def point_words(attrs: dict, point: str) -> str:
    """A point in words: μ = 0.4, λ = 1."""
    return ", ".join(_values(registry.load("model", attrs["model"]), texts_of(point)))


def _values(model: type[Model], values: dict) -> list[str]:
    """Parameters with their symbols; numbers as texts stay as they are."""
    return [f"${symbol(model, name)}$ = {_plain(value)}" for name, value in values.items()]


def _plain(value) -> str:
    return MINUS.sub("−", value if isinstance(value, str) else f"{value:g}")


def symbol(model: type[Model], parameter: str) -> str:
    """TeX for a parameter, without dollars."""
    return model.parameters[parameter].symbol or rf"\mathrm{{{parameter.replace('_', '~')}}}"


def axis_label(attrs: dict) -> str:
    """The label of the horizontal axis: the first axis of the grid."""
    model, name = registry.load("model", attrs["model"]), attrs["axes"][0]
    parameter = model.parameters[name]
    words = say(parameter.long_name or name.replace("_", " "))
    return f"{words} ${symbol(model, name)}$ ({say(parameter.units)})"


def panels(scan: xr.Dataset, attrs: dict, below: bool = False):
    """A figure of a scan with a panel for each value of the other axes, at most LARGEST_GRID of them.

    Parameters
    ----------
    scan : Dataset
        The table of a scan.
    attrs : dict
        ``axes``, ``model``, ``lattice``, ``parameters``.
    below : bool
        Whether every panel has a smaller one below it.

    Returns
    -------
    sheet : Figure
    parts : list of (panel, panel below or None, rows)
        ``rows`` are the points of the panel, a DataFrame.
    """
    groups = by_other_axes(scan, attrs)
    rows, columns = (2, len(groups)) if below else (1, len(groups))
    ratios = {"height_ratios": (3, 1)} if below else {}
    sheet, axes = figure(rows, columns, sharex=True, sharey="row", squeeze=False, **ratios)
    parts = []
    for column, (words, part) in enumerate(groups):
        axes[0, column].set_title(words)
        axes[-1, column].set_xlabel(axis_label(attrs))
        parts.append((axes[0, column], axes[1, column] if below else None, part))
    return sheet, parts


def by_other_axes(scan: xr.Dataset, attrs: dict) -> list[tuple[str, pd.DataFrame]]:
    """The points of a table for each value of the other axes, in words; at most LARGEST_GRID of them."""
    table = scan.to_dataframe().reset_index()
    others = attrs["axes"][1:]
    if not others:
        return [("", table)]
    groups = [
        (point_words(attrs, label_of_point(dict(zip(others, map(text_of, values), strict=True)))), part)
        for values, part in table.groupby(others, sort=False)
    ]
    return spread(groups, LARGEST_GRID)


def title_of(one: Observable | Quantity) -> str:
    """The long name of an observable or a quantity, as the beginning of a title."""
    words = say(one.long_name)
    return words[0].upper() + words[1:]


def value_label(one: Observable | Quantity) -> str:
    """What stands at an axis of its values: the symbol, for a long name has no room, and units."""
    label = f"${one.symbol}$" if one.symbol else say(one.long_name)
    return label if one.units == "1" else f"{label} ({say(one.units)})"


def finish(sheet: Figure, parts: list, attrs: dict, title: str, ylabel: str) -> None:
    """Title, label and legend of a figure of ``panels``."""
    first = parts[0][0]
    first.set_ylabel(ylabel)
    _scale_to_failed([axes for axes, *_ in parts])
    words = f"{title}\n{theory(attrs)}"
    if len(parts) == 1:
        first.set_title(words)
        first.legend(loc="best")
    else:
        sheet.suptitle(words)
        legend_below(sheet, entries([axes for axes, *_ in parts]))
    for axes, *_ in parts:
        _names_apart(sheet, axes)


def entries(panels: Sequence) -> dict:
    """What the legend of several panels shows, by label: also what stands in only one of them."""
    found = {}
    for axes in panels:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    return found


def legend_below(sheet: Figure, found: dict, columns: int = 4) -> None:
    """A legend of these entries below the panels.

    In fewer columns where the sheet is too narrow for them; it then grows by the lines that this adds.
    """
    heights = []
    for count in range(columns, 0, -1):
        legend = sheet.legend(found.values(), found.keys(), loc="outside lower center", ncols=count)
        box = legend.get_window_extent()
        heights.append(box.height / sheet.dpi)
        if count == 1 or box.width <= sheet.bbox.width:
            break
        legend.remove()
    sheet.set_figheight(sheet.get_figheight() + heights[-1] - heights[0])


def _scale_to_failed(panels: list) -> None:
    """Let failed points set the scale of panels that share it, if none of them has a good point."""
    bars = [(axes, bar) for axes in panels for bar in axes.containers if isinstance(bar, ErrorbarContainer)]
    measured = [(axes, line, ends) for axes, (line, _, ends) in bars if line and line.get_gid()]
    if any(line.get_gid() == GOOD and np.isfinite(line.get_ydata()).any() for _, line, _ in measured):
        return
    for axes, line, ends in measured:
        # of a point that diverged there is an empty one
        segments = [np.reshape(one, (-1, 2)) for collection in ends for one in collection.get_segments()]
        axes.dataLim.update_from_data_xy(np.concatenate([line.get_xydata(), *segments]), ignore=False)
        axes.autoscale_view()


def _names_apart(sheet: Figure, axes) -> None:
    """Move names of gates towards the middle of their panel until none covers another."""
    names = [text for text in axes.texts if isinstance(text, Annotation)]
    if len(names) < 2:
        return
    # the layout that the sheet will have
    sheet.draw_without_rendering()
    middle = axes.get_window_extent().y0 + axes.get_window_extent().height / 2
    placed = []
    for name in names:
        up = name.get_window_extent().y0 < middle
        # a point that is out of sight has no name that could be moved away
        for _ in names:
            if not any(name.get_window_extent().overlaps(box) for box in placed):
                break
            x, y = name.xyann
            # a name that goes down passes its point
            name.xyann = (x, y + NAME_STEP if up else min(y, -NAME_STEP) - NAME_STEP)
        placed.append(name.get_window_extent())


def label_of(contour: str) -> str:
    """A contour in words."""
    if contour == "plane":
        return say("undeformed plane")
    return say("optimized contour ({contour})", contour=contour)


def contour_points(axes, rows: pd.DataFrame, name: str, attrs: dict) -> None:
    """Error bars of the contour against the first axis."""
    label = label_of(attrs["contour"])
    _points(axes, rows, name, "status", attrs, fmt="o", color=OPTIMIZED, label=label)


def plane_points(axes, rows: pd.DataFrame, name: str, attrs: dict, label: str) -> None:
    """Error bars of the undeformed plane against the first axis."""
    _points(axes, rows, name, "status0", attrs, fmt="s", color=PLANE, label=label, zorder=1.5)


def _points(axes, rows: pd.DataFrame, name: str, status: str, attrs: dict, **style) -> None:
    """Error bars against the first axis; behind a failed gate hollow, grey and with the gate's name.

    Those have no say in the scale of the values until `finish` finds no good ones: it must not be set by a
    ratio of noise.
    """
    good = rows[status].to_numpy() == gates.OK
    x, value, error = (rows[key].to_numpy(float) for key in (attrs["axes"][0], name, f"{name}_err"))
    if good.any():
        axes.errorbar(x[good], value[good], error[good], **style)[0].set_gid(GOOD)
    if good.all():
        return
    seen = axes.dataLim.frozen()
    hollow = style | {
        "color": GATED,
        "mfc": "white",
        "label": say("{label}: gate failed", label=style["label"]),
    }
    axes.errorbar(x[~good], value[~good], error[~good], **hollow)[0].set_gid(FAILED)
    # no limits: they would be those of all panels that share the axis, and of all that is drawn later
    axes.dataLim.set(seen)
    # the axis shows every point, also those without a value
    axes.dataLim.update_from_data_x(x, ignore=False)
    axes.autoscale_view(scaley=False)
    for place, y, gate in zip(x[~good], value[~good], rows[status].to_numpy()[~good], strict=True):
        known = np.isfinite(y)
        axes.annotate(
            gate,
            # what has no value is named at the lower edge
            (place, y if known else 0),
            xycoords="data" if known else axes.get_xaxis_transform(),
            xytext=(0, 6),
            textcoords="offset points",
            # towards the middle, where there is room for a long name
            ha="left" if place < x.mean() else "right",
            fontsize="x-small",
            color="0.4",
            # readable where a curve goes through
            path_effects=[withStroke(linewidth=2, foreground="white")],
            clip_on=True,
        )


def nothing_exact(axes) -> None:
    """Say in the middle of a panel of pulls, across the line at zero, that there is nothing to compare."""
    style = {"ha": "center", "va": "center", "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 2}}
    axes.text(0.5, 0.5, say("no exact values known here"), transform=axes.transAxes, **style)


def joined_points(axes, x, y, error, good, **style) -> None:
    """Error bars of the good points, joined by lines where they are neighbours."""
    axes.errorbar(x, np.where(good, y, np.nan), error, **style)


def hollow_points(axes, x, y, error, good, **style) -> None:
    """Error bars of the others, behind a failed gate: hollow, not joined, and not named in the legend."""
    hollow = {"mfc": "white", "linestyle": "none", "label": None}
    axes.errorbar(x, np.where(good, np.nan, y), error, **style | hollow)


def exact_points(axes, rows: pd.DataFrame, name: str, attrs: dict) -> None:
    """Exact values where they are known, as crosses with their errors."""
    known = np.isfinite(rows[f"{name}_exact"].to_numpy(float))
    if known.any():
        keys = (attrs["axes"][0], f"{name}_exact", f"{name}_exact_err")
        points = (rows[key].to_numpy(float)[known] for key in keys)
        axes.errorbar(*points, fmt="x", color=EXACT, label=say("exact"), zorder=3)


def shades(count: int):
    """Colours for an ordered parameter, from dark to light, in a colour-blind-safe map."""
    return matplotlib.colormaps["viridis"](np.linspace(0.0, 0.88, max(count, 1)))
