"""Back-propagation checked by central differences."""

from pomflow.plotting import common


def draw(lesson, attrs):
    """Largest relative error of every layer, and the error of differences against their step."""
    sheet, (layers, steps) = common.figure(1, 2)
    places = range(lesson.sizes["layer"])
    layers.semilogx(lesson["layer_error"], places, "o", color=common.OPTIMIZED)
    layers.axvline(1e-6, color=common.GATED, linestyle=":", label="limit")
    layers.set_yticks(places, lesson["layer"].values, fontsize="x-small")
    layers.invert_yaxis()
    layers.set(title="Gradient of every layer", xlabel="largest relative error")
    layers.legend(loc="best")
    steps.loglog(
        lesson["step"],
        lesson["error"],
        "o",
        markersize=common.marker(0.7),
        color=common.OPTIMIZED,
        label="a network",
    )
    large = lesson["step"].values > 1e-4
    scale = (lesson["error"] / lesson["step"] ** 2).values[large][len(lesson["step"][large]) // 2]
    steps.loglog(lesson["step"][large], scale * lesson["step"][large] ** 2, color=common.EXACT, label="∝ h²")
    steps.set(title="Error of central differences", xlabel="step h", ylabel="relative error")
    steps.legend(loc="best")
    return sheet
