"""The phase of Ising configurations, by convolution and pooling and by a fully connected network."""

from pomflow.ising.exact import CRITICAL_TEMPERATURE
from pomflow.plotting import common

COLORS = {"convolution": common.OPTIMIZED, "fully connected": common.PLANE}


def draw(lesson, attrs):
    """Mean probability of the ordered phase against the temperature."""
    sheet, axes = common.figure()
    for name, color in COLORS.items():
        one = lesson.sel(network=name)
        label = f"{name}, {one['parameters'].item()} parameters"
        axes.plot(lesson["temperature"], one["output"], "o-", markersize=3.5, color=color, label=label)
    axes.axvline(CRITICAL_TEMPERATURE, color=common.GATED, linestyle=":", label="exact $T_c$")
    axes.axhline(0.5, color="0.8", linewidth=0.8, zorder=0)
    axes.set(
        title="Which phase? 16×16 Ising configurations",
        xlabel="temperature T (units of J)",
        ylabel="mean probability of the ordered phase",
    )
    axes.legend(loc="best")
    return sheet
