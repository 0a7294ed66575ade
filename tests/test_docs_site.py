"""The documentation site: built without a warning, and nothing in it comes from elsewhere."""

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec

import pytest

from pages import ROOT

NEEDED = ["furo", "myst_nb", "sphinx", "sphinx-mathjax-offline"]
MISSING = [name for name in NEEDED if find_spec(name) is None]
pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"the packages of the documentation are not installed; `make docs` does: {MISSING}"
)
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
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


@pytest.mark.skipif(BROWSER is None, reason="there is no browser (chromium) to look at the pages with")
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
    command = [BROWSER, *options, "--virtual-time-budget=60000", "--dump-dom", path.as_uri()]
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


def test_links_between_pages_work_here_as_in_the_repository(site):
    html = page(site, "docs/performance.html")
    assert 'href="../benchmarks/results/gradient.html"' in html
    # a folder has no page
    assert re.search(r"in (?:<[^>]+>)*benchmarks/results(?:<[^>]+>)*\.", html)
