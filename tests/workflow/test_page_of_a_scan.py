"""The page with which a scan ends: made by Snakemake, complete, and readable on every screen."""

import base64
import re
from html import escape

import pytest

import browser
from small_scan import SMALL, changed

PAGE = "results/small/index.html"
WIDTHS = [1400, 1024, 390]
# a window of Chromium is no narrower than 500 pixels; a frame is
FRAME = '<!DOCTYPE html><html><head></head><body><iframe height="900" srcdoc="{}"></iframe></body></html>'
LOOK = """
const frame = document.querySelector("iframe");
const inside = frame.contentDocument;
return WIDTHS.map(width => {
    frame.width = width;
    const { clientWidth, scrollWidth } = inside.documentElement;
    const pictures = [...inside.images].map(image => {
        const { width, left, right } = image.getBoundingClientRect();
        const seen = image.complete && image.checkVisibility() && left >= 0 && right <= clientWidth;
        return [image.alt, image.naturalWidth, width, seen];
    });
    const small = [...inside.querySelectorAll("nav a, .files a")].filter(link => {
        const { width, height } = link.getBoundingClientRect();
        return width < 24 || height < 24;
    });
    return { pictures, small: small.map(link => link.textContent), clientWidth, scrollWidth };
});
""".replace("WIDTHS", str(WIDTHS))


def test_the_page_is_complete(finished):
    """Every figure is part of it, and what it links to is there."""
    folder = finished.folder / "results/small"
    text = (folder / "index.html").read_text(encoding="utf-8")
    figures = {path.read_bytes() for path in (folder / "figures").glob("*.png")}
    embedded = [base64.b64decode(data) for data in re.findall(r'src="data:image/png;base64,(.*?)"', text)]
    assert len(embedded) == len(figures) > 5
    assert set(embedded) == figures
    links = [link for link in re.findall(r'href="(.*?)"', text) if not link.startswith("#")]
    assert {"phi4/L2x2/dense/scan.csv", "phi4/L2x2/dense/scan.nc", "phi4/L2x2/exact/scan.csv"} <= set(links)
    assert "figures/phi4_L2x2_dense_apf.pdf" in links
    assert [link for link in links if not (folder / link).is_file()] == []
    assert "<h2>phi4: complex φ⁴, m = 1, λ = 1</h2>" in text
    assert len(text) < 3e6


def test_a_caption_or_a_setting_that_it_shows_makes_it_anew(copied):
    only = {"write_result_page": 1, "all": 1}
    # a setting of another contour, which no other job reads
    assert copied.planned(changed(network={"reach": 4})) == only
    caption = copied.folder / "workflow/report/phase.rst"
    caption.write_text(caption.read_text() + "\nMore.\n")
    assert copied.planned(SMALL) == only


def test_a_figure_that_was_drawn_anew_makes_it_anew(copied):
    done = copied.run("results/small/index.html", "--forcerun", "plot_phase", "--dry-run", config=SMALL)
    assert copied.counted(done.stdout) == {"plot_phase": 1, "write_result_page": 1}


@pytest.mark.skipif(browser.CHROMIUM is None, reason="needs Chromium, such as Debian's package chromium")
def test_a_browser_shows_every_figure_and_scrolls_tables_only(finished, tmp_path):
    text = (finished.folder / PAGE).read_text(encoding="utf-8")
    count = len(list((finished.folder / "results/small/figures").glob("*.png")))
    alone = browser.visit(finished.folder / PAGE, "return document.images.length;", tmp_path)
    assert alone == {"seen": count, "problems": []}
    frame = tmp_path / "frame.html"
    frame.write_text(FRAME.format(escape(text)), encoding="utf-8")
    visited = browser.visit(frame, LOOK, tmp_path, "--window-size=1500,1000")
    assert visited["problems"] == []
    for width, page in zip(WIDTHS, visited["seen"], strict=True):
        assert page["scrollWidth"] <= page["clientWidth"] <= width
        assert page["small"] == []
        assert len(page["pictures"]) == count
        for alt, pixels, shown, seen in page["pictures"]:
            assert seen, (width, alt)
            assert pixels > 500, alt
            assert shown > 300, (width, alt)
