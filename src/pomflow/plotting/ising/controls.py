"""Controls: networks that cannot or must not know the energy."""

from pomflow.plotting import common
from pomflow.plotting.ising import common as ising_common

STYLES = {
    "tied": ("o", common.OPTIMIZED),
    "magnetization": ("s", common.PLANE),
    "shuffled": ("D", common.MEAN_FIELD),
}


def draw(files, attrs):
    """C / N of each, with what the cross-entropy is above the best possible one."""
    sheet, axes = common.figure()
    ising_common.exact_curve(axes, files["tied"], label="exact")
    for name, file in files.items():
        marker, color = STYLES[name]
        label = f"{ising_common.NAMES[name]}: cross-entropy {file['excess'].item():+.4f}"
        axes.plot(
            file["temperature"],
            file["specific_heat"],
            marker,
            markersize=common.marker(0.8),
            color=color,
            label=label,
        )
    axes.set(
        title=f"Controls, {ising_common.lattice(attrs['lattice'])} (cross-entropy above the best possible)",
        xlabel=ising_common.TEMPERATURE,
        ylabel=ising_common.SPECIFIC_HEAT,
    )
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.6 * (high - low))
    axes.legend(loc="upper right")
    return sheet
