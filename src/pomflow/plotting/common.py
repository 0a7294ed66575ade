"""What the figures share: style, colours of the roles, error bars with gated points, saving."""

import json
from collections.abc import Sequence
from importlib.resources import as_file, files

import matplotlib
import matplotlib.style
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from pomflow import registry
from pomflow.analysis import gates
from pomflow.io import netcdf as store
from pomflow.plotting import styles

OPTIMIZED, PLANE, EXACT, MEAN_FIELD, GATED = "#0072B2", "#D55E00", "#000000", "#009E73", "0.6"
# of several contours in one figure
CONTOURS = (OPTIMIZED, MEAN_FIELD, "#56B4E9", "#E69F00")
MARKERS = "osD^v<>P"


def styled(style: str = "paper") -> None:
    """Use the files of a style for every figure drawn from here on."""
    for name in styles.FILES[style]:
        with as_file(files("pomflow.plotting") / name) as file:
            matplotlib.style.use(file)


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


def make(name: str, outputs: dict, params: dict, *data, lost: Sequence[str] = ()) -> None:
    """Draw a registered figure from its data and save it as ``outputs['png']`` and ``outputs['pdf']``.

    ``params['style']`` names the style. ``lost`` are values of mu without data, because their runs diverged;
    the figure names them.
    """
    styled(params["style"])
    told = f"diverged: μ = {', '.join(lost)}"
    if lost and not data[0]:
        sheet, axes = figure()
        axes.set_axis_off()
        axes.text(0.5, 0.5, f"nothing to show\n{told}", ha="center", va="center")
    else:
        sheet = registry.load("figure", name)(*data, params)
        if lost:
            sheet.supxlabel(told, fontsize="small", color="0.4", ha="right", x=0.99)
    save(sheet, outputs["png"], outputs["pdf"], json.dumps(store.describe_code(params)))


def save(sheet: Figure, png, pdf, made: str = "") -> None:
    """Write both files atomically and without a date, so that the same data give the same bytes.

    ``made``, how they were made, stands in the Description of the png and the Subject of the pdf.
    """
    kinds = (
        (png, "png", {"Software": None, "Description": made}),
        (pdf, "pdf", {"CreationDate": None, "Subject": made}),
    )
    for path, kind, metadata in kinds:
        with store.atomic(path) as temporary:
            sheet.savefig(temporary, format=kind, metadata=metadata)


def theory(attrs: dict) -> str:
    """The theory, and the lattice if there is one, in words for a title; ``attrs`` are settings of a file."""
    lattice = f"{attrs['lattice'].replace('x', '×')} lattice, " if "lattice" in attrs else ""
    return f"{lattice}m = {attrs['mass']:g}, λ = {attrs['coupling']:g}"


def label_of(contour: str) -> str:
    """A contour in words."""
    return "undeformed plane" if contour == "plane" else f"optimized contour ({contour})"


def contour_points(axes, scan: xr.Dataset, name: str, contour: str) -> None:
    """Error bars of a contour against mu."""
    _points(axes, scan, name, "status", fmt="o", color=OPTIMIZED, label=label_of(contour))


def plane_points(axes, scan: xr.Dataset, name: str, label: str) -> None:
    """Error bars of the undeformed plane against mu."""
    _points(axes, scan, name, "status0", fmt="s", color=PLANE, label=label, zorder=1.5)


def _points(axes, scan: xr.Dataset, name: str, status: str, **style) -> None:
    """Error bars against mu; behind a failed gate hollow, grey and with the gate's name.

    The axes are scaled to the good points, if there are any: a ratio of noise must not set the scale.
    """
    good = scan[status].values == gates.OK
    mu, value, error = (scan[key].values for key in ("mu", name, f"{name}_err"))
    if good.any():
        axes.errorbar(mu[good], value[good], error[good], **style)
    if good.all():
        return
    limits = axes.get_ylim()
    hollow = style | {"color": GATED, "mfc": "white", "label": f"{style['label']}: gate failed"}
    axes.errorbar(mu[~good], value[~good], error[~good], **hollow)
    if good.any():
        axes.set_ylim(limits)
    # the axis shows every mu, also those without a value
    axes.dataLim.update_from_data_x(mu, ignore=False)
    axes.autoscale_view(scaley=False)
    for x, y, gate in zip(mu[~good], value[~good], scan[status].values[~good], strict=True):
        known = np.isfinite(y)
        axes.annotate(
            gate,
            # what has no value is named at the lower edge
            (x, y if known else 0),
            xycoords="data" if known else axes.get_xaxis_transform(),
            xytext=(0, 6),
            textcoords="offset points",
            # towards the middle, where there is room for a long name
            ha="left" if x < mu.mean() else "right",
            fontsize="x-small",
            color="0.4",
            # readable where a curve goes through
            path_effects=[withStroke(linewidth=2, foreground="white")],
            clip_on=True,
        )


def joined_points(axes, x, y, error, good, **style) -> None:
    """Error bars of the good points, joined by lines where they are neighbours."""
    axes.errorbar(x, np.where(good, y, np.nan), error, **style)


def hollow_points(axes, x, y, error, good, **style) -> None:
    """Error bars of the others, behind a failed gate: hollow, not joined, and not named in the legend."""
    hollow = {"mfc": "white", "linestyle": "none", "label": None}
    axes.errorbar(x, np.where(good, np.nan, y), error, **style | hollow)


def exact_points(axes, scan: xr.Dataset, name: str) -> None:
    """Exact values where they are known, as crosses with their errors."""
    known = np.isfinite(scan[f"{name}_exact"].values)
    if known.any():
        points = (scan[key].values[known] for key in ("mu", f"{name}_exact", f"{name}_exact_err"))
        axes.errorbar(*points, fmt="x", color=EXACT, label="exact", zorder=3)


def shades(count: int):
    """Colours for an ordered parameter, from dark to light, in a colour-blind-safe map."""
    return matplotlib.colormaps["viridis"](np.linspace(0.0, 0.88, max(count, 1)))
