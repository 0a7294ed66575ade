"""The documentation site: built without a warning, and nothing in it comes from elsewhere."""

import json
import re
import subprocess
import sys
from importlib.util import find_spec

import pytest

from browser import CHROMIUM, visit
from pages import ROOT

NEEDED = ["furo", "myst_nb", "sphinx", "sphinx-mathjax-offline"]
MISSING = [name for name in NEEDED if find_spec(name) is None]
pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"the packages of the documentation are not installed; `make docs` does: {MISSING}"
)
needs_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no browser (chromium) to look at the pages with"
)
WIDTHS = (390, 768, 1024, 1440)
# pages that one browser looks at
TOGETHER = 20
# Opens pages one after the other in a frame and lists what is wrong, as "page, width: what".
LOOK = """
const found = [];
const parts = color => { const [r, g, b, a = 1] = color.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
// one colour laid over an opaque one
const over = (top, paper) => [0, 1, 2].map(i => top[3] * top[i] + (1 - top[3]) * paper[i]).concat(1);
const background = (view, part) => {
  const layers = [];
  for (let at = part; at; at = at.parentElement) {
    layers.push(parts(view.getComputedStyle(at).backgroundColor));
    if (layers.at(-1)[3] === 1) break;
  }
  return layers.reverse().reduce((paper, layer) => over(layer, paper), [255, 255, 255, 1]);
};
const luminance = color => {
  const [r, g, b] = color.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (one, other) => {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};
// elements with text of their own that is seen
const texts = shown => [...shown.body.querySelectorAll("*:not(script, style, noscript)")].filter(part =>
  [...part.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()) &&
  part.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
  !part.closest("mjx-container, svg"));
// What a finger may miss, by success criterion 2.5.8 of WCAG 2.2: a target of less than 24 pixels, to whose
// circle of this width another target or the circle of another small one comes. Links within a sentence are
// excepted.
const small = shown => {
  const alone = part => {
    const block = part.closest("p, li, td, th, dd, dt, figcaption, h1, h2, h3, h4, h5, summary, label, div");
    return !block || block.textContent.trim() === part.textContent.trim();
  };
  const targets = [...shown.querySelectorAll("a[href], button, summary, input, label[for]")]
    .map(part => ({ part, box: part.getBoundingClientRect() }))
    .filter(({ part, box }) => part.checkVisibility({ visibilityProperty: true }) && box.width > 1);
  const little = targets.filter(({ part, box }) => Math.min(box.width, box.height) < 24 && alone(part));
  const middle = box => [box.left + box.width / 2, box.top + box.height / 2];
  const away = ([x, y], box) =>
    Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
  const apart = ([x, y], [u, v]) => Math.hypot(x - u, y - v);
  const near = (one, other) => !other.part.contains(one.part) && !one.part.contains(other.part) && (
    away(middle(one.box), other.box) < 12 ||
    little.includes(other) && apart(middle(one.box), middle(other.box)) < 24);
  return little.filter(one => targets.some(other => near(one, other))).map(({ part, box }) =>
    `a target of ${box.width.toFixed(0)} x ${box.height.toFixed(0)}: ${part.outerHTML.slice(0, 120)}`);
};
for (const page of PAGES) {
  const frame = document.createElement("iframe");
  frame.style.height = "900px";
  frame.src = page;
  const loaded = new Promise(resolve => frame.onload = resolve);
  document.body.append(frame);
  await loaded;
  const view = frame.contentWindow, shown = frame.contentDocument;
  if (view.MathJax) await view.MathJax.startup.promise;
  const name = page.split("/html/").pop();
  for (const width of [...WIDTHS].reverse()) {
    frame.style.width = width + "px";
    await new Promise(resolve => setTimeout(resolve, 50));
    for (const part of [shown.documentElement, shown.querySelector(".content")])
      if (part && part.scrollWidth > part.clientWidth)
        found.push(`${name}, ${width}: scrolls sideways, ${part.scrollWidth} of ${part.clientWidth}`);
  }
  for (const image of shown.querySelectorAll("article img")) {
    if (!image.naturalWidth) found.push(`${name}: does not load: ${image.src}`);
    if (!image.alt) found.push(`${name}: no words for ${image.src}`);
  }
  let level = 0;
  for (const heading of shown.querySelectorAll("article :is(h1, h2, h3, h4, h5)")) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) found.push(`${name}: h${next} below h${level}: ${heading.textContent}`);
    level = next;
  }
  for (const theme of ["light", "dark"]) {
    shown.body.dataset.theme = theme;
    for (const part of texts(shown)) {
      const style = view.getComputedStyle(part), paper = background(view, part);
      const size = parseFloat(style.fontSize), large = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
      const ratio = contrast(over(parts(style.color), paper), paper);
      if (ratio < (large ? 3 : 4.5))
        found.push(`${name}: contrast of ${ratio.toFixed(1)} in ${theme}: ${part.textContent.slice(0, 40)}`);
    }
  }
  found.push(...small(shown).map(words => `${name}, ${WIDTHS[0]}: ${words}`));
  frame.remove();
}
return found;
"""
# what a browser fetches when it shows a page
FETCHED = re.compile(r"""<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)=["']([^"']+)""")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The pages without the tutorials, which take minutes."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-c", "docs"]
    command += ["-D", "nb_execution_mode=off", "-d", folder / "doctrees", ".", folder / "html"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "html"


def page(site, name: str) -> str:
    return (site / name).read_text(encoding="utf-8")


def test_nothing_is_fetched_from_elsewhere(site):
    fetched = {
        address
        for path in site.rglob("*.html")
        for address in FETCHED.findall(path.read_text(encoding="utf-8"))
    }
    assert any("mathjax" in address for address in fetched)
    assert not [address for address in fetched if "//" in address]
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert not re.search(r"""(?:@import|url\()\s*["']?(?:https?:)?//""", styles)


def test_the_first_page_leads_to_the_index(site):
    [target] = re.findall(r"url=([^\"]+)\"", page(site, "index.html"))
    assert (site / target).is_file()


def test_mathematics_is_set_by_files_of_the_site(site):
    html = page(site, "docs/reference/contours.html")
    [script] = [address for address in FETCHED.findall(html) if "mathjax" in address]
    assert (site / "docs/reference" / script).resolve().is_file()
    # of the page, and of a docstring
    assert r"\langle e^{i\theta} \rangle_{pq} = \frac{Z}{Z_{pq}}" in html
    assert r"a_k = b \tanh(\hat c_k / b)" in html


def test_every_page_says_its_language(site):
    for path in written(site):
        language = "ja" if "ja" in path.relative_to(site).parts else "en"
        assert f'lang="{language}"' in path.read_text(encoding="utf-8").partition("<body")[0], path


def test_collapsed_cells_are_opened_by_words_of_the_language(site):
    prompt = re.compile(r'<p class="(?:collapsed|expanded) admonition-title">(.*?)</p>')
    found = {
        folder: {
            words for path in (site / folder).glob("*.html") for words in prompt.findall(page(site, path))
        }
        for folder in ("docs/lecture", "docs/ja/lecture")
    }
    assert found["docs/lecture"] == {"Show code cell content", "Hide code cell content"}
    assert found["docs/ja/lecture"] == {"コードを表示", "コードを隠す"}


def test_headings_in_japanese_are_linked_by_their_words(site):
    """The number of a heading, by which it is found too, changes with every heading before it."""
    for path in sorted(site.glob("docs/ja/**/*.html")):
        text = path.read_text(encoding="utf-8")
        links = re.findall(r'class="headerlink" href="#([^"]*)"', text)
        assert links
        assert [link for link in links if re.fullmatch(r"id\d+", link)] == [], path
        assert set(links) <= set(re.findall(r'\bid="([^"]*)"', text)), path


def written(site) -> list:
    """The pages that somebody wrote: not the source files and the indices."""
    made = {"index.html", "genindex.html", "search.html", "py-modindex.html"}
    inside = [path.relative_to(site) for path in site.rglob("*.html")]
    return sorted(site / path for path in inside if path.parts[0] != "_modules" and str(path) not in made)


def look(pages: list, folder) -> list[str]:
    """What a browser finds wrong with pages."""
    empty = folder / "empty.html"
    empty.write_text("<!doctype html><html><head></head><body></body></html>")
    script = LOOK.replace("PAGES", json.dumps([path.as_uri() for path in pages]))
    seen = visit(
        empty, script.replace("WIDTHS", json.dumps(WIDTHS)), folder, "--allow-file-access-from-files"
    )
    return seen["seen"] + seen["problems"]


@needs_browser
def test_pages_fit_phones_and_desks_and_can_be_read(site, tmp_path):
    pages = written(site)
    parts = [pages[first : first + TOGETHER] for first in range(0, len(pages), TOGETHER)]
    assert [problem for part in parts for problem in look(part, tmp_path)] == []


@needs_browser
def test_what_is_wrong_with_a_page_is_found(tmp_path):
    page = tmp_path / "page.html"
    tap = '<a style="display: block; font-size: 9px; line-height: 14px" href="#{0}">tap {0}</a>'
    page.write_text(
        '<body style="background-color: rgb(255, 255, 255)"><article><h1>one</h1><h3>three</h3>'
        '<p style="color: rgb(200, 200, 200)">pale</p><p style="color: rgba(0, 0, 0, 0.5)">half</p>'
        '<p style="background: rgba(0, 0, 0, 0.4)">legible</p><img src="nowhere.png">'
        f"<ul><li>{tap.format('first')}</li><li>{tap.format('second')}</li></ul><p>Far from others:</p>"
        f'{tap.format("third")}<p>Within <a href="#a">a</a> <a href="#b">sentence</a>.</p>'
        '<div style="width: 1100px">wide</div></article></body>'
    )
    found = look([page], tmp_path)
    for words in (
        "390: scrolls",
        "1024: scrolls",
        "h3 below h1",
        "no words",
        "does not load",
        "contrast of 1.7 in dark: pale",
        "contrast of 4.0 in light: half",
        "390: a target of",
        "tap first",
        "tap second",
    ):
        assert [problem for problem in found if words in problem], words
    assert not [problem for problem in found if re.search("1440|legible|tap third|sentence", problem)]


@needs_browser
def test_a_browser_without_a_network_sets_all_mathematics(site):
    for path in [*site.glob("docs/reference/*.html"), site / "docs/physics.html"]:
        formulas = path.read_text(encoding="utf-8").count('class="math notranslate')
        shown = shown_by_browser(path)
        assert shown.count("<mjx-container") == formulas, path.name
        # an error, and a command that TeX does not know
        assert not re.search(r"<mjx-merror|style=.color: red", shown), path.name


def shown_by_browser(path) -> str:
    """A page as HTML after its scripts have run."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"]
    command = [CHROMIUM, *options, "--virtual-time-budget=60000", "--dump-dom", path.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=300).stdout


def test_functions_stand_below_their_formulas(site):
    for name, function in (
        ("training", "pomflow.training.cost.cost_gradient"),
        ("worm", "pomflow.models.dual.windings.symmetric_weights"),
        ("gaussian", "pomflow.models.complex_phi4.gaussian.average_phase_factor"),
    ):
        assert f'id="{function}"' in page(site, f"docs/reference/{name}.html")


def test_moduli_and_conjugates_of_docstrings_are_text(site):
    """|x| and phi* are markup in reST, but neither in docstrings nor in their examples and formulas."""
    assert "|r_0| + sum_i |r_i| &lt;= reach" in page(site, "docs/reference/contours.html")
    assert "v = phi* - F*" in page(site, "docs/reference/contours.html")
    assert "square, _ = reweighted" in re.sub(r"<[^>]+>", "", page(site, "docs/reference/statistics.html"))
    assert not [path for path in site.rglob("reference/*.html") if re.search(r"\\[*]", path.read_text())]


def test_no_page_names_a_folder_of_the_machine(site):
    """Such as the default of an argument that is a module."""
    assert not [
        path for path in site.rglob("docs/**/*.html") if str(ROOT) in path.read_text(encoding="utf-8")
    ]


def test_links_between_pages_work_here_as_in_the_repository(site):
    html = page(site, "docs/performance.html")
    assert 'href="../benchmarks/results/gradient.html"' in html
    # a folder has no page
    assert re.search(r"in (?:<[^>]+>)*benchmarks/results(?:<[^>]+>)*\.", html)
