"""Controls: networks that cannot or must not know the energy."""

from pomflow.plotting import common
from pomflow.plotting.ising import common as ising_common
from pomflow.plotting.words import say

STYLES = {
    "tied": ("o", common.OPTIMIZED),
    "magnetization": ("s", common.PLANE),
    "shuffled": ("D", common.MEAN_FIELD),
}


def draw(files, attrs):
    """C / N of each, with what the cross-entropy is above the best possible one."""
    sheet, axes = common.figure()
    ising_common.exact_curve(axes, files["tied"], label=say("exact"))
    for name, file in files.items():
        marker, color = STYLES[name]
        label = say(
            "{name}: cross-entropy {excess:+.4f}",
            name=say(ising_common.NAMES[name]),
            excess=file["excess"].item(),
        )
        axes.plot(
            file["temperature"],
            file["specific_heat"],
            marker,
            markersize=common.marker(0.8),
            color=color,
            label=label,
        )
    axes.set(
        title=say(
            "Controls, {lattice} (cross-entropy above the best possible)",
            lattice=ising_common.lattice(attrs["lattice"]),
        ),
        xlabel=ising_common.temperature(),
        ylabel=ising_common.specific_heat(),
    )
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.6 * (high - low))
    axes.legend(loc="upper right")
    return sheet
