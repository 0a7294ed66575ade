"""The slides of the lecture: some for every section, nothing from elsewhere, nothing that leaves a slide."""

import re
import subprocess
import sys
from importlib.util import find_spec

import pytest

from browser import CHROMIUM, visit
from pages import ROOT

MISSING = [name for name in ("myst_nb", "sphinx_revealjs") if find_spec(name) is None]
pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"the packages of the documentation are not installed; `make docs` does: {MISSING}"
)
LECTURE = sorted((ROOT / "docs/ja/lecture").glob("0*.md"))
FETCHED = re.compile(r"""<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)=["']([^"']+)""")
# Goes through the slides and lists those that are too large, or have no title, as [h, v, first words, right,
# bottom]. What a stretched bracket has beyond its end is clipped.
LOOK = """
await MathJax.startup.promise;
await new Promise(resolve => Reveal.isReady() ? resolve() : Reveal.on("ready", resolve));
const found = [];
for (const slide of Reveal.getSlides()) {
  const { h, v } = Reveal.getIndices(slide);
  Reveal.slide(h, v);
  const frame = document.querySelector(".slides").getBoundingClientRect(), scale = Reveal.getScale();
  let right = 0, bottom = 0;
  for (const part of slide.querySelectorAll("*")) {
    if (part.closest("aside, mjx-assistive-mml") || part.parentElement.closest("mjx-ext")) continue;
    const box = part.getBoundingClientRect();
    right = Math.max(right, (box.right - frame.left) / scale);
    bottom = Math.max(bottom, (box.bottom - frame.top) / scale);
  }
  if (right > 1280 || bottom > 720 || !slide.querySelector("h1, h2"))
    found.push([h, v, slide.innerText.split("\\n")[0], Math.round(right), Math.round(bottom)]);
}
return { found, count: Reveal.getTotalSlides() };
"""


@pytest.fixture(scope="module")
def slides(tmp_path_factory):
    """As `make slides` makes them, without the figures and numbers of the cells."""
    folder = tmp_path_factory.mktemp("slides")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-q",
        "-b",
        "revealjs",
        "-c",
        "docs/slides",
    ]
    command += ["-D", "nb_execution_mode=off", "-d", folder / "doctrees", ".", folder / "html"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "html/docs/ja/lecture"


def test_every_section_has_slides_and_every_slide_the_title_of_its_section(slides):
    for path in LECTURE:
        html = (slides / f"{path.stem}.html").read_text(encoding="utf-8")
        titles = re.findall(r"<h2>(.*?)</h2>", html)
        sections = re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert list(dict.fromkeys(titles)) == sections
        assert len(titles) >= 2 * len(sections)


def test_the_speaker_says_what_is_not_shown(slides):
    """A paragraph is shown up to its first sentence and said as a whole, an answer is only said, code not."""
    html = (slides / "01_perceptron.html").read_text(encoding="utf-8")
    shown, said = (
        re.sub(r"<aside.*?</aside>", "", html, flags=re.DOTALL),
        "".join(re.findall(r"<aside.*?</aside>", html, re.DOTALL)),
    )
    assert "一つの信号を送り出します。" in shown
    assert "仕組みの細部を捨てて" not in shown
    assert "仕組みの細部を捨てて" in said
    assert "答えは一通りではありません" in said
    assert "np.array" not in html


def test_nothing_is_fetched_from_elsewhere(slides):
    fetched = {
        one for path in slides.glob("*.html") for one in FETCHED.findall(path.read_text(encoding="utf-8"))
    }
    assert any("reveal.js" in address for address in fetched)
    assert [address for address in fetched if "//" in address] == []
    assert all(
        (slides / address.partition("?")[0]).exists()
        for address in fetched
        if not address.startswith(("#", "0"))
    )


def look(page) -> dict:
    """What a browser sees in a copy that lies beside the page, where its style and its scripts are."""
    seen = visit(page, LOOK, page.parent, "--allow-file-access-from-files", "--window-size=1280,720")
    assert seen["problems"] == []
    return seen["seen"]


@pytest.mark.skipif(CHROMIUM is None, reason="there is no browser (chromium) to look at the slides with")
def test_nothing_leaves_a_slide(slides):
    for path in (slides / f"{path.stem}.html" for path in LECTURE):
        seen = look(path)
        assert seen["found"] == [], path.name
        assert seen["count"] >= 7
    wide = slides / "wide.html"
    wide.write_text(
        path.read_text(encoding="utf-8").replace("<p>", '<p style="width: 1300px">', 1), encoding="utf-8"
    )
    assert [one[:2] for one in look(wide)["found"]] == [[0, 0]]
