"""Universal approximation: fits and their errors for growing width."""

from pomflow.plotting import common
from pomflow.plotting.words import say


def draw(lesson, attrs):
    """Some fits on the function, and the root mean square error against the width."""
    sheet, (fits, errors) = common.figure(1, 2)
    fits.plot(lesson["x"], lesson["target"], color=common.EXACT, label=say("target"))
    shown = lesson["width"].values[:4]
    for width, color in zip(shown, common.shades(len(shown)), strict=True):
        fits.plot(
            lesson["x"],
            lesson["fit"].sel(width=width),
            color=color,
            linewidth=common.line(0.7),
            label=f"H = {width}",
        )
    fits.set(title=say("Best fits"), xlabel="x", ylabel="f(x)", ylim=(-1.3, 2.1))
    fits.legend(loc="upper left", ncols=2)
    errors.loglog(lesson["width"], lesson["error"], "o-", color=common.OPTIMIZED)
    errors.set_xticks(lesson["width"].values, [str(width) for width in lesson["width"].values])
    errors.set_xticks([], minor=True)
    errors.set(title=say("Error"), xlabel=say("hidden units H"), ylabel=say("root mean square error"))
    return sheet
