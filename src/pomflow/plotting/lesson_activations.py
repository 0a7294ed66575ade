"""Activation functions, their slopes, and the gradient in a deep network."""

from pomflow.plotting import common


def draw(lesson, attrs):
    """Functions, slopes, and the norm of the gradient at every layer relative to the last."""
    sheet, (functions, slopes, norms) = common.figure(1, 3)
    for name, color in zip(
        lesson["activation"].values, common.shades(lesson.sizes["activation"]), strict=True
    ):
        chosen = lesson.sel(activation=name)
        functions.plot(lesson["x"], chosen["function"], color=color, label=name)
        slopes.plot(lesson["x"], chosen["slope"], color=color)
    functions.set(title="activation functions", xlabel="x", ylabel="f(x)", ylim=(-1.5, 3))
    slopes.set(title="slopes", xlabel="x", ylabel="f'(x)", ylim=(-1.5, 3))
    functions.legend(loc="best")
    for name, color in zip(lesson["deep"].values, common.shades(lesson.sizes["deep"]), strict=True):
        norms.semilogy(
            lesson["layer"], lesson["norm"].sel(deep=name), "o-", markersize=3, color=color, label=name
        )
    norms.set(title="gradient in a deep network", xlabel="layer", ylabel="norm, relative to the last layer")
    norms.legend(loc="best")
    return sheet
