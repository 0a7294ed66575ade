"""The lines that perceptrons draw, XOR with a hidden layer, and wrong answers while they learn."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pomflow.plotting import common
from pomflow.plotting.words import say

POSITIVE = "#cfe2f3"


def draw(lesson, attrs):
    """A panel a gate, one for the hidden layer, and the share of wrong answers against the epoch."""
    sheet, panels = common.figure(2, 3)
    gates = lesson["gate"].values
    for panel, gate in zip(panels.ravel(), gates, strict=False):
        _examples(panel, lesson["answers"].sel(gate=gate).values)
        _line(panel, lesson["line"].sel(gate=gate).values)
        panel.set_title(say("{gate}, one unit", gate=gate))
    hidden, history = panels.ravel()[4:]
    _positive(hidden, lesson["first"], lesson["second"], lesson["output"])
    _examples(hidden, lesson["answers"].sel(gate="XOR").values)
    hidden.set_title(say("XOR, hidden layer"))
    sheet.legend(handles=_meanings(), loc="outside lower center", ncols=3)
    for name, color in zip(lesson["learner"].values, common.shades(lesson.sizes["learner"]), strict=True):
        history.plot(
            1 + lesson["epoch"].values, lesson["wrong"].sel(learner=name), color=color, label=say(name)
        )
    history.set(
        xscale="log",
        xlabel=say("before epoch"),
        ylabel=say("share of wrong answers"),
        title=say("all starts"),
    )
    history.legend(loc="best", fontsize="x-small")
    sheet.suptitle(say("A unit draws a line; XOR needs two layers"))
    return sheet


def _examples(panel, answers) -> None:
    """The four inputs, full where the answer is 1."""
    for (first, second), answer in zip(np.ndindex(2, 2), answers, strict=True):
        panel.add_line(_point(answer, first, second))
    panel.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5), xticks=(0, 1), yticks=(0, 1), aspect="equal")
    panel.set(xlabel="$x_1$", ylabel="$x_2$")


def _meanings() -> list:
    """For the legend: the right answers and the answer of the unit."""
    points = [
        _point(answer, linestyle="", label=say("right answer {answer}", answer=answer)) for answer in (1, 0)
    ]
    return [*points, Patch(color=POSITIVE, label=say("its answer is 1"))]


def _point(answer: int, x=0, y=0, **style) -> Line2D:
    """Full where the right answer is 1."""
    face = common.EXACT if answer else "white"
    size = common.marker(1.8)
    return Line2D([x], [y], marker="o", color=common.EXACT, mfc=face, markersize=size, **style)


def _line(panel, parameters) -> None:
    """Where w.x + b = 0, and the side of the answer 1."""
    first, second, bias = parameters
    x, y = np.meshgrid([-0.5, 1.5], [-0.5, 1.5])
    _positive(panel, x, y, first * x + second * y + bias)


def _positive(panel, x, y, output) -> None:
    """Where the answer is 1."""
    panel.contourf(x, y, output, [0, np.inf], colors=[POSITIVE])
