"""The phase of Ising configurations, by convolution and pooling and by a fully connected network."""

from pomflow.models.ising.exact import CRITICAL_TEMPERATURE
from pomflow.plotting import common
from pomflow.plotting.words import say

COLORS = {"convolution": common.OPTIMIZED, "fully connected": common.PLANE}


def draw(lesson, attrs):
    """Mean probability of the ordered phase and share of wrong answers against the temperature."""
    sheet, (outputs, errors) = common.figure(1, 2)
    for name, color in COLORS.items():
        one = lesson.sel(network=name)
        label = say("{name}, {number} parameters", name=say(name), number=one["parameters"].item())
        outputs.plot(
            lesson["temperature"],
            one["output"],
            "o-",
            markersize=common.marker(0.7),
            color=color,
            label=label,
        )
        errors.plot(lesson["temperature"], one["wrong"], "o-", markersize=common.marker(0.7), color=color)
    outputs.axhline(0.5, color="0.8", linewidth=common.line(0.6), zorder=0)
    outputs.set(title=say("Output"), ylabel=say("mean probability of the ordered phase"))
    # no wrong answer at all has its place below the smallest share
    errors.set_yscale("symlog", linthresh=1e-3)
    errors.set(title=say("Wrong answers"), ylabel=say("share of wrong answers"), ylim=(0, 1))
    for axes in (outputs, errors):
        axes.axvline(
            CRITICAL_TEMPERATURE,
            color=common.GATED,
            linestyle=":",
            label=say("exact {symbol}", symbol="$T_c$"),
        )
        axes.set_xlabel(say("temperature T (units of J)"))
    sheet.legend(*outputs.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    sheet.suptitle(say("Which phase is a 16×16 Ising configuration from?"))
    return sheet
