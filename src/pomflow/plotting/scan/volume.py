"""Average phase factor and what it costs against the volume, for every contour of a scan."""

from itertools import cycle
from operator import itemgetter

import numpy as np

from pomflow import registry
from pomflow.analysis import gates
from pomflow.analysis.phase import with_moduli
from pomflow.config.scan import row_at
from pomflow.lattice import Lattice
from pomflow.plotting import common
from pomflow.plotting.words import say


def draw(scans, attrs):
    """<exp(i theta)> and -ln <exp(i theta)> against V, a column for each point of ``attrs['shown']``.

    Its real part, or its modulus where no symmetry makes it real; the plane is exact. The logarithm is what
    the phase costs: statistics that a given error takes grow as the exponential of twice this number. A path
    that is as good on every volume has it in proportion to V, a straight line of slope 1 in the lower panels.

    Parameters
    ----------
    scans : list of (str, str, xarray.Dataset)
        Lattice, contour, and the table of the scan.
    attrs : dict
        Settings of the figure with ``shown``, names of points.
    """
    shown, model = attrs["shown"], registry.load("model", attrs["model"])
    sheet, panels = common.figure(2, len(shown), sharex="col", sharey="row", squeeze=False)
    scans = sorted(((Lattice.parse(lattice).volume, *rest) for lattice, *rest in scans), key=itemgetter(0))
    tables = [
        (volume, name, with_moduli(scan.to_dataframe().reset_index(), model)) for volume, name, scan in scans
    ]
    volumes = sorted({volume for volume, _, _ in scans})
    for (upper, lower), point in zip(panels.T, shown, strict=True):
        rows = [(name, volume, row_at(table, point)) for volume, name, table in tables]
        for axes, numbers in ((upper, _phase), (lower, _cost)):
            _plane(axes, numbers, rows)
            for name, color, marker in zip(_contours(scans), cycle(common.CONTOURS), cycle(common.MARKERS)):
                points = [(volume, row) for other, volume, row in rows if other == name]
                _contour(
                    axes, numbers, points, color=color, marker=marker, label=say("{name} contour", name=name)
                )
        upper.set(title=common.point_words(attrs, point))
        lower.set(xlabel=say("volume V (sites)"), xscale="log", yscale="log")
        lower.set_xticks(volumes, [f"{volume:d}" for volume in volumes])
        lower.set_xticks([], minor=True)
    # phases that are lost to noise on every lattice leave nothing that a logarithmic axis could be made for
    if not any(np.isfinite(lower.dataLim.minposy) for lower in panels[1]):
        panels[1, 0].set_yscale("linear")
    panels[0, 0].set(ylabel=common.phase_label(model), ylim=(-0.05, 1.06))
    panels[1, 0].set(ylabel=f"$-\\ln$ {common.phase_label(model)}")
    columns = 4 if len(shown) > 2 else 2
    common.legend_below(sheet, common.entries(panels[0]), columns)
    sheet.suptitle(f"{say('Average phase factor and volume')}, {common.theory(attrs)}")
    return sheet


def _phase(value, error):
    """The average phase factor as it is."""
    return value, error


def _cost(value, error):
    """-ln of the average phase factor; NaN where that is not positive."""
    value = np.where(value > 0, value, np.nan)
    return -np.log(value), error / value


def _contours(scans) -> list[str]:
    """Names of the deformed contours."""
    return sorted({name for _, name, _ in scans} - {"plane"})


def _plane(axes, numbers, rows) -> None:
    """The exact phase of the undeformed plane, once a volume, from its free energy where that is known.

    Of several tables of a lattice, whose exact simulations may differ, that with the smallest error has it. A
    phase that an exact simulation cannot tell from zero has no cost.
    """
    known, errors = {}, {}
    for _, volume, row in rows:
        value, error = (float(row.get(f"apf0_exact{end}", np.nan)) for end in ("", "_err"))
        free, free_error = (
            volume * float(row.get(f"free_energy_exact{end}", np.nan)) for end in ("", "_err")
        )
        if np.isfinite(free):
            # the exponential is zero in double precision where its logarithm is a number
            value = np.exp(-free)
            error = free_error * value
            found = (free, free_error) if numbers is _cost else (value, error)
        else:
            lost = numbers is _cost and not value > gates.SIGMAS * error
            found = (np.nan, np.nan) if lost else numbers(value, error)
        if np.isfinite(value) and error <= errors.get(volume, np.inf):
            known[volume], errors[volume] = found, error
    if known:
        x, values = np.array(sorted(known)), np.transpose([known[volume] for volume in sorted(known)])
        axes.errorbar(x, *values, fmt="x--", color=common.PLANE, label=say("undeformed plane, exact"))


def _contour(axes, numbers, points, **style) -> None:
    """Measured points of a contour; those behind a failed gate hollow and not joined."""
    x = np.array([volume for volume, _ in points])
    y, error = (np.array([float(row[name]) for _, row in points]) for name in ("apf_re", "apf_re_err"))
    good = np.array([row["status"] == gates.OK for _, row in points])
    y, error = numbers(y, error)
    common.joined_points(axes, x, y, error, good, **style)
    common.hollow_points(axes, x, y, error, good, **style)
