"""Specific heat from the biases of the last layer, on the exact curves."""

from pomflow.plotting import common
from pomflow.plotting.ising import common as ising_common
from pomflow.plotting.words import say


def draw(files, attrs):
    """C / N against T for every lattice; ``files`` maps a lattice to what its classifier says."""
    sheet, axes = common.figure()
    for (name, file), color, marker in zip(
        files.items(), common.shades(len(files)), common.MARKERS * len(files), strict=False
    ):
        ising_common.reweighted_band(axes, file, color=color)
        ising_common.exact_curve(axes, file, color=color)
        ising_common.heat_points(axes, file, fmt=marker, color=color, label=ising_common.lattice(name))
    known = attrs["transition"]["temperature"]
    if known is not None and any("x" in name for name in files):
        label = say("{symbol} of the infinite lattice", symbol="$T_c$")
        axes.axvline(known, color=common.GATED, linestyle=":", label=label)
    what = say("specific heat from the biases")
    axes.set(
        title=f"{ising_common.system(attrs)}: {what}\n({_lines(files)})",
        xlabel=ising_common.temperature(),
        ylabel=ising_common.specific_heat(),
    )
    ising_common.end_temperatures(axes, files)
    axes.legend(loc="best")
    return sheet


def _lines(files) -> str:
    """What lines and bands are."""
    if all(file["curve"].isnull().all() for file in files.values()):
        return say("bands: reweighted histograms")
    return say("lines: exact, bands: reweighted histograms")
