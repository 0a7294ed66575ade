"""Activation functions, their slopes, and the gradient in a deep network."""

from pomflow.plotting import common
from pomflow.plotting.words import say


def draw(lesson, attrs):
    """Functions, slopes, and the norm of the gradient at every layer relative to the last."""
    sheet, (functions, slopes, norms) = common.figure(1, 3)
    colors = {name: f"C{place}" for place, name in enumerate(lesson["activation"].values)}
    for name, color in colors.items():
        chosen = lesson.sel(activation=name)
        functions.plot(lesson["x"], chosen["function"], color=color, label=name)
        slopes.plot(lesson["x"], chosen["slope"], color=color)
    functions.set(title=say("Activation functions"), xlabel="x", ylabel="f(x)", ylim=(-1.5, 3))
    slopes.set(title=say("Slopes"), xlabel="x", ylabel="f'(x)", ylim=(-1.5, 3))
    functions.legend(loc="best")
    for name in lesson["deep"].values:
        norm = lesson["norm"].sel(deep=name)
        norms.semilogy(
            lesson["layer"], norm, "o-", markersize=common.marker(0.7), color=colors[name], label=name
        )
    norms.set(
        title=say("Gradient in a deep network"),
        xlabel=say("layer"),
        ylabel=say("norm, relative to the last layer"),
    )
    norms.legend(loc="best")
    return sheet
