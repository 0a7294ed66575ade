"""The figures of the lecture in Japanese that no cell of it draws: sketches of networks, lessons, a scan.

Run by `make docs-figures`, which writes them to docs/images/ja.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from figures import draw_overlap, save
from matplotlib.patches import Circle, FancyArrowPatch

from pomflow import registry
from pomflow.plotting import common
from pomflow.random.stream import Stream

IMAGES = Path(__file__).parent / "images/ja"
SCAN = Path(__file__).parent / "gallery/paper/L4x4_dense_scan.csv"
PHI4 = {"model": "complex_phi4", "lattice": "4x4", "contour": "dense", "axes": ["mu"]}
PHI4 |= {"parameters": {"mass": 1.0, "coupling": 1.0}}
OVERLAP = {
    "exact": "厳密値",
    "1 / √samples": r"$1 / \sqrt{N}$",
    "good": "合格",
    "gate failed": "検査に不合格",
    "number of variables": "変数の数 V",
    "|average phase factor|": "平均位相因子の絶対値",
    "⟨x²⟩ of one variable": r"一つの変数の $\langle x^2 \rangle$",
}
# units of the layers that are sketched, and their radius
SIZES, RADIUS = (3, 4, 4, 2), 0.16
FORWARD, BACKWARD = common.OPTIMIZED, common.PLANE


def _sketch(width: float, height: float):
    """A figure without axes, of this size in units of the drawing."""
    sheet, axes = common.figure()
    sheet.set_size_inches(width, height)
    axes.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    axes.set_axis_off()
    return sheet, axes


def _unit(axes, x: float, y: float, words: str = "", color="white") -> None:
    axes.add_patch(Circle((x, y), RADIUS, facecolor=color, edgecolor=common.EXACT, zorder=2))
    axes.text(x, y, words, ha="center", va="center", fontsize="small", zorder=3)


def _arrow(axes, start, end, **style) -> None:
    """From the edge of one unit to that of another."""
    style = {"arrowstyle": "-|>", "mutation_scale": 8, "color": "0.7", "linewidth": 0.8} | style
    size = np.hypot(*np.subtract(end, start))
    margin = (RADIUS + 0.02) * np.subtract(end, start) / size
    axes.add_patch(FancyArrowPatch(start + margin, end - margin, shrinkA=0, shrinkB=0, **style))


def draw_unit():
    """A nerve cell as a unit: inputs, weights, sum, activation, output."""
    sheet, axes = _sketch(6.2, 2.3)
    body = (2.9, 1.1)
    for place, name in enumerate(("1", "2", "N")):
        start = (0.9, 1.8 - 0.7 * place)
        _unit(axes, *start, f"$x_{name}$")
        _arrow(axes, start, body, color=FORWARD)
        axes.text(1.85, 1.66 - 0.42 * place, f"$w_{name}$", ha="center", color=FORWARD)
    axes.text(0.9, 0.75, "⋮", ha="center", va="center")
    _unit(axes, *body, r"$\Sigma$")
    _unit(axes, 4.1, 1.1, "$f$")
    _arrow(axes, (2.9, 0.35), body, color=common.MEAN_FIELD)
    axes.text(2.9, 0.2, "$b$", ha="center", color=common.MEAN_FIELD)
    _arrow(axes, body, (4.1, 1.1), color=FORWARD)
    axes.text(3.5, 1.2, "$u$", ha="center", color=FORWARD)
    _arrow(axes, (4.1, 1.1), (5.4, 1.1), color=FORWARD)
    axes.text(4.75, 1.2, "$z = f(u)$", ha="center", color=FORWARD)
    for x, words in ((0.9, "樹状突起"), (1.9, "シナプス"), (2.9, "細胞体"), (4.1, "発火"), (5.3, "軸索")):
        axes.text(x, 2.12, words, ha="center", fontsize="small", color="0.3")
    return sheet


def _places() -> list[list[tuple[float, float]]]:
    """Centres of the units of every layer."""
    return [
        [(0.8 + 1.55 * layer, 1.5 + 0.6 * ((size - 1) / 2 - unit)) for unit in range(size)]
        for layer, size in enumerate(SIZES)
    ]


def _layers(words: str):
    """A network with every connection, the names of its layers, and a title."""
    sheet, axes = _sketch(6.2, 3.2)
    places = _places()
    for left, right in pairwise(places):
        for start in left:
            for end in right:
                _arrow(axes, start, end, color="0.85", arrowstyle="-")
    for layer in places:
        for x, y in layer:
            _unit(axes, x, y)
    names = ("入力 $x$", "第 $l-1$ 層", "第 $l$ 層", "出力 $y$")
    for layer, name in zip(places, names, strict=True):
        axes.text(layer[0][0], 0.12, name, ha="center", fontsize="small")
    axes.text(3.1, 3.0, words, ha="center", va="center")
    return sheet, axes, places


def draw_layers():
    """Forward: all senders k of one receiver j."""
    sheet, axes, places = _layers("順伝播：受け手 $j$ は、すべての送り手 $k$ から受け取る")
    receiver = places[2][1]
    for sender in places[1]:
        _arrow(axes, sender, receiver, color=FORWARD, linewidth=1.4)
    _unit(axes, *receiver, "$j$", "#cfe2f3")
    _unit(axes, *places[1][0], "$k$", "#cfe2f3")
    axes.text(3.12, 2.42, "$w_{kj}^l$", ha="center", color=FORWARD)
    axes.text(4.1, 2.05, "$u_j^l, z_j^l$", color=FORWARD)
    axes.text(2.2, 2.68, "$z_k^{l-1}$", ha="right", color=FORWARD)
    return sheet


def draw_backward():
    """Backward: one sender j collects from all receivers k."""
    sheet, axes, places = _layers("逆伝播：送り手 $j$ は、すべての受け手 $k$ の $\\delta$ を集める")
    for layer, name in ((2, "l"), (3, "l+1")):
        axes.text(places[layer][0][0], 2.72, f"$\\delta^{{{name}}}$", ha="center", color=BACKWARD)
    sender = places[2][1]
    for receiver in places[3]:
        _arrow(axes, receiver, sender, color=BACKWARD, linewidth=1.4)
    _unit(axes, *sender, "$j$", "#f9d8c4")
    _unit(axes, *places[3][0], "$k$", "#f9d8c4")
    axes.text(4.75, 2.0, "$w_{jk}^{l+1}$", ha="center", color=BACKWARD)
    for start in places[1]:
        _arrow(axes, sender, start, color=BACKWARD, linestyle=":", linewidth=1.0)
    return sheet


def draw_scan(drawing: str, name: str = ""):
    """A figure of the published scan on 4x4, whose table stands in the gallery."""
    scan = pd.read_csv(SCAN).set_index("mu").to_xarray()
    return registry.load("figure", drawing)(scan, PHI4 | {"figure": name})


def draw_lesson(name: str):
    """A lesson as the default scan teaches it."""
    lesson = registry.load("lesson", name)(Stream(1, "teach_lesson", name))
    return registry.load("figure", f"lesson_{name}")(lesson.data, {})


FIGURES = {
    "unit": draw_unit,
    "layers": draw_layers,
    "backward": draw_backward,
    "sign_problem": lambda: draw_overlap(OVERLAP.__getitem__),
    "apf": lambda: draw_scan("apf"),
    "apf_im": lambda: draw_scan("apf_im"),
    "density": lambda: draw_scan("observable", "density"),
    **{
        f"lesson_{name}": lambda name=name: draw_lesson(name)
        for name in ("descent", "backpropagation", "phases", "unsupervised")
    },
}


def main() -> None:
    """Draw all of them."""
    common.styled("paper", "ja")
    for name, draw in FIGURES.items():
        save(draw(), IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
