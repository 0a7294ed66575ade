"""Back-propagation checked by central differences."""

from pomflow.plotting import common
from pomflow.plotting.words import say


def draw(lesson, attrs):
    """Largest relative error of every layer, and the error of differences against their step."""
    sheet, (layers, steps) = common.figure(1, 2)
    places = range(lesson.sizes["layer"])
    layers.semilogx(lesson["layer_error"], places, "o", color=common.OPTIMIZED)
    layers.axvline(1e-6, color=common.GATED, linestyle=":", label=say("limit"))
    layers.set_yticks(places, [say(name) for name in lesson["layer"].values], fontsize="x-small")
    layers.invert_yaxis()
    layers.set(title=say("Gradient of every layer"), xlabel=say("largest relative error"))
    layers.legend(loc="best")
    steps.loglog(
        lesson["step"],
        lesson["error"],
        "o",
        markersize=common.marker(0.7),
        color=common.OPTIMIZED,
        label=say("a network"),
    )
    large = lesson["step"].values > 1e-4
    scale = (lesson["error"] / lesson["step"] ** 2).values[large][len(lesson["step"][large]) // 2]
    steps.loglog(lesson["step"][large], scale * lesson["step"][large] ** 2, color=common.EXACT, label="∝ h²")
    steps.set(title=say("Error of central differences"), xlabel=say("step h"), ylabel=say("relative error"))
    steps.legend(loc="best")
    return sheet
