"""What the figures share: style, colours of the roles, error bars with gated points, saving."""

from importlib.resources import as_file, files

import matplotlib
import matplotlib.style
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from pomflow import gates, store

OPTIMIZED, PLANE, EXACT, MEAN_FIELD, GATED = "#0072B2", "#D55E00", "#000000", "#009E73", "0.6"


def styled() -> None:
    """Use the style file for every figure drawn from here on."""
    with as_file(files("pomflow.plotting") / "pomflow.mplstyle") as style:
        matplotlib.style.use(style)


def figure(rows: int = 1, columns: int = 1, **options):
    """A figure and its axes."""
    sheet = Figure()
    width, height = sheet.get_size_inches()
    sheet.set_size_inches(
        width * (1 if columns == 1 else 0.62 * columns), height * (1 if rows == 1 else 0.72 * rows)
    )
    return sheet, sheet.subplots(rows, columns, **options)


def save(sheet: Figure, png, pdf) -> None:
    """Write both files atomically and without a date, so that the same data give the same bytes."""
    for path, kind, metadata in ((png, "png", {"Software": None}), (pdf, "pdf", {"CreationDate": None})):
        with store.atomic(path) as temporary:
            sheet.savefig(temporary, format=kind, metadata=metadata)


def theory(attrs: dict) -> str:
    """The theory and lattice in words for a title; ``attrs`` are the settings of a file."""
    lattice = attrs["lattice"].replace("x", "×")
    return f"{lattice} lattice, m = {attrs['mass']:g}, λ = {attrs['coupling']:g}"


def points(axes, scan: xr.Dataset, name: str, color: str, label: str, marker: str = "o") -> None:
    """Error bars against mu; points behind a failed gate are hollow and grey and carry the gate's name."""
    good = scan["status"].values == gates.OK
    mu, value, error = (scan[key].values for key in ("mu", name, f"{name}_err"))
    axes.errorbar(mu[good], value[good], error[good], fmt=marker, color=color, label=label)
    if good.all():
        return
    axes.errorbar(
        mu[~good],
        value[~good],
        error[~good],
        fmt=marker,
        color=GATED,
        mfc="white",
        label="gate failed, see status",
    )
    for x, y, gate in zip(mu[~good], value[~good], scan["status"].values[~good], strict=True):
        axes.annotate(
            gate, (x, y), xytext=(0, 6), textcoords="offset points", ha="center", fontsize=6, color="0.4"
        )


def plane_points(axes, scan: xr.Dataset, name: str, label: str) -> None:
    """Error bars of the undeformed plane against mu."""
    axes.errorbar(
        scan["mu"],
        scan[name],
        scan[f"{name}_err"],
        fmt="s",
        color=PLANE,
        mfc="white",
        label=label,
        zorder=1.5,
    )


def exact_points(axes, scan: xr.Dataset, name: str) -> None:
    """Exact values where they are known, as crosses."""
    known = np.isfinite(scan[f"{name}_exact"].values)
    if known.any():
        mu, value = scan["mu"].values[known], scan[f"{name}_exact"].values[known]
        axes.plot(mu, value, "x", color=EXACT, label="exact", zorder=3)


def shades(count: int):
    """Colours for an ordered parameter, from dark to light, in a colour-blind-safe map."""
    return matplotlib.colormaps["viridis"](np.linspace(0.0, 0.88, max(count, 1)))
