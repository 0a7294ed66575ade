"""Specific heat from the biases of the last layer, on the exact curves."""

from pomflow.models.ising.exact import CRITICAL_TEMPERATURE
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
    if any("x" in name for name in files):
        axes.axvline(
            CRITICAL_TEMPERATURE,
            color=common.GATED,
            linestyle=":",
            label=say("{symbol} of the infinite lattice", symbol="$T_c$"),
        )
    axes.set(
        title=say(
            "Specific heat from the biases of the last layer\n(lines: exact, bands: reweighted histograms)"
        ),
        xlabel=ising_common.temperature(),
        ylabel=ising_common.specific_heat(),
    )
    ising_common.end_temperatures(axes, files)
    axes.legend(loc="best")
    return sheet
