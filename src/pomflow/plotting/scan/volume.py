"""Average phase factor against the volume, for every contour of a scan."""

from itertools import cycle
from operator import itemgetter

import numpy as np

from pomflow import registry
from pomflow.analysis import gates
from pomflow.analysis.phase import with_moduli
from pomflow.config.scan import row_at
from pomflow.lattice import Lattice
from pomflow.plotting import common


def draw(scans, attrs):
    """<exp(i theta)> against V, a panel for each point of ``attrs['shown']``; the plane is exact.

    Its real part, or its modulus where no symmetry makes it real.

    Parameters
    ----------
    scans : list of (str, str, xarray.Dataset)
        Lattice, contour, and the table of the scan.
    attrs : dict
        Settings of the figure with ``shown``, names of points.
    """
    shown, model = attrs["shown"], registry.load("model", attrs["model"])
    sheet, panels = common.figure(1, len(shown), sharey=True, squeeze=False)
    scans = sorted(((Lattice.parse(lattice).volume, *rest) for lattice, *rest in scans), key=itemgetter(0))
    tables = [
        (volume, name, with_moduli(scan.to_dataframe().reset_index(), model)) for volume, name, scan in scans
    ]
    volumes = sorted({volume for volume, _, _ in scans})
    for axes, point in zip(panels[0], shown, strict=True):
        rows = [(name, volume, row_at(table, point)) for volume, name, table in tables]
        _plane(axes, rows)
        for name, color, marker in zip(_contours(scans), cycle(common.CONTOURS), cycle(common.MARKERS)):
            points = [(volume, row) for other, volume, row in rows if other == name]
            _contour(axes, points, color=color, marker=marker, label=f"{name} contour")
        axes.set(title=common.point_words(attrs, point), xlabel="volume V (sites)", xscale="log")
        axes.set_xticks(volumes, [f"{volume:d}" for volume in volumes])
        axes.set_xticks([], minor=True)
    panels[0, 0].set(ylabel=common.phase_label(model), ylim=(-0.05, 1.06))
    columns = 4 if len(shown) > 2 else 2
    sheet.legend(*panels[0, -1].get_legend_handles_labels(), loc="outside lower center", ncols=columns)
    sheet.suptitle(f"Average phase factor and volume, {common.theory(attrs)}")
    return sheet


def _contours(scans) -> list[str]:
    """Names of the deformed contours."""
    return sorted({name for _, name, _ in scans} - {"plane"})


def _plane(axes, rows) -> None:
    """The exact phase of the undeformed plane, once a volume."""
    known = {volume: row for _, volume, row in rows if np.isfinite(row.get("apf0_exact", np.nan))}
    points = [(v, float(known[v]["apf0_exact"]), float(known[v]["apf0_exact_err"])) for v in sorted(known)]
    if points:
        x, y, error = np.transpose(points)
        axes.errorbar(x, y, error, fmt="x--", color=common.PLANE, label="undeformed plane, exact")


def _contour(axes, points, **style) -> None:
    """Measured points of a contour; those behind a failed gate hollow and not joined."""
    x = np.array([volume for volume, _ in points])
    y, error = (np.array([float(row[name]) for _, row in points]) for name in ("apf_re", "apf_re_err"))
    good = np.array([row["status"] == gates.OK for _, row in points])
    common.joined_points(axes, x, y, error, good, **style)
    common.hollow_points(axes, x, y, error, good, **style)
