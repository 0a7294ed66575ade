"""What is unreadable in a figure: texts that overlap, leave the sheet, or are in the wrong language."""

import re
from itertools import combinations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from pomflow import registry
from pomflow.analysis import gates, reweighting
from pomflow.nn import ELEMENTWISE
from pomflow.plotting import styles

# styles and languages of figures: Japanese in the larger letters
LOOKS = [*((style, "en") for style in styles.FILES), ("slides", "ja")]
# what a Japanese figure calls by its name in the configuration, in logic or in print
NAMES = {*registry.members("contour"), *gates.GATES, gates.DIVERGED, reweighting.OVERLAP, *ELEMENTWISE}
NAMES |= {"AND", "OR", "NAND", "XOR", "Re", "Im", "APF", "QCD", "XY", "Thirring", "arXiv", "nat"}
FORMULA, LATIN = re.compile(r"\$[^$]*\$"), re.compile(r"[A-Za-z]{2,}")
# pixels by which the boxes of two texts, which are larger than the letters, may touch
SLACK = 4.0


def unreadable(sheet, language: str = "en") -> list[str]:
    """Pairs of titles, labels, numbers of axes and legends of the sheet that overlap, and what leaves it.

    In Japanese also words of two or more Latin letters that are no names and in no formula.
    """
    FigureCanvasAgg(sheet)
    sheet.draw_without_rendering()
    parts = [(name, artist.get_window_extent()) for name, artist in _named(sheet)]
    width, height = sheet.get_size_inches() * sheet.dpi
    outside = [
        f"{name} leaves the sheet"
        for name, box in parts
        if box.x0 < -SLACK or box.y0 < -SLACK or box.x1 > width + SLACK or box.y1 > height + SLACK
    ]
    english = left_in_english(sheet) if language == "ja" else []
    return (
        [f"{text!r} is in English" for text in english]
        + outside
        + [
            f"{first} overlaps {second}"
            for (first, one), (second, other) in combinations(parts, 2)
            if _common(one, other)
        ]
    )


def left_in_english(sheet) -> list[str]:
    """Texts of a sheet with English words."""
    return sorted({text.get_text() for text in sheet.findobj(Text) if english_in(text.get_text())})


def english_in(text: str) -> set[str]:
    """Words of two or more Latin letters that are no names and in no formula."""
    return set(LATIN.findall(FORMULA.sub("", text))) - NAMES


def _named(sheet):
    """Every text outside the area of the data, with what it says, and the legends beside the panels."""
    for text in (sheet._suptitle, sheet._supxlabel):
        if text is not None:
            yield repr(text.get_text()), text
    for legend in sheet.legends:
        yield "legend of the sheet", legend
    for axes in sheet.axes:
        yield from _shown(axes.title, axes.xaxis.label, axes.yaxis.label)
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks():
                if low <= tick.get_loc() <= high:
                    yield from _shown(tick.label1)


def _shown(*texts: Text):
    return ((repr(text.get_text()), text) for text in texts if text.get_visible() and text.get_text())


def _common(one, other) -> bool:
    return (
        min(one.x1, other.x1) - max(one.x0, other.x0) > SLACK
        and min(one.y1, other.y1) - max(one.y0, other.y0) > SLACK
    )
