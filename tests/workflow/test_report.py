"""The report of a real scan: made by Snakemake, opened and read through in a browser."""

import copy
import json
import re
import shutil
import subprocess
import sys
from html import unescape

import pytest

import browser
from ising_study import STUDY
from small_scan import ROOT, Project

EVERYTHING = copy.deepcopy(STUDY) | {"lessons": {"enabled": True}}
# three sites in time, so that there is a phase, and enough of them to pass the gates
SAMPLES = {"chains": 16, "trajectories": 80, "thermalization": 20}
EVERYTHING["studies"]["phi4"] |= {"compare": {"enabled": True}, "langevin": {"chains": 8}}
EVERYTHING["studies"]["phi4"] |= {"lattices": [[3, 2]], "plane": dict(SAMPLES), "hmc": dict(SAMPLES)}
# most of it: one mu with exact values in closed form, two lattices with the classifier of the tables, and
# one of another model
QUICK = copy.deepcopy(EVERYTHING) | {"lessons": {"enabled": False}}
QUICK["studies"]["phi4"] |= {"parameters": {"mass": 1.0, "coupling": 0.0}, "over": {"mu": [0.8]}}
QUICK["studies"]["phi4"]["compare"] = {"enabled": False}
QUICK["ising"]["lattices"] = [
    EVERYTHING["ising"]["lattices"][place] | {"classifiers": ["tied"]} for place in (0, 1, 3)
]
REPORT = "results/small/report.html"
# every category and what is in it is clicked open, and every picture and page is loaded
WALK = """
const tick = () => new Promise(resolve => setTimeout(resolve, 20));
while (!document.querySelector("#app nav")) await tick();
const link = text => [...document.querySelectorAll("nav li a")].find(a => a.textContent.trim() === text);
const described = {}, shown = {};
const seen = { first: document.querySelector("#app").innerText, described, shown, menus: [] };
for (const category of Object.keys(categories)) {
    for (const [subcategory, paths] of Object.entries(categories[category])) {
        app.setView({ navbarMode: "menu" }); await tick();
        link(category).click(); await tick();
        if (Object.keys(categories[category]).length > 1) { link(subcategory).click(); await tick(); }
        const rows = [...document.querySelectorAll("nav tbody tr")];
        seen.menus.push([category, subcategory, rows.map(row => row.innerText.trim())]);
        for (const row of rows) {
            row.querySelector("td:last-child a").click(); await tick();
            const path = app.state.resultPath;
            const image = document.querySelector("#app .grow img");
            const frame = document.querySelector("#app iframe");
            for (let wait = 0; image && !image.complete && wait < 100; wait++) await tick();
            if (image) shown[path] = image.naturalWidth;
            else shown[path] = new TextDecoder().decode(
                Uint8Array.from(atob(frame.src.split("base64,")[1]), letter => letter.charCodeAt(0)));
        }
        for (const path of paths) {
            app.showResultInfo(path); await tick();
            described[path] = document.querySelector("nav").innerText;
        }
    }
}
return seen;
"""


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(QUICK, id="quick"),
        pytest.param(EVERYTHING, id="everything", marks=pytest.mark.slow),
    ],
)
def config(request) -> dict:
    return request.param


@pytest.fixture(scope="module")
def reported(config, tmp_path_factory) -> Project:
    """A finished scan and its report."""
    project = Project(tmp_path_factory.mktemp("reported"))
    done = project.run(config=config)
    assert done.returncode == 0, done.stdout + done.stderr
    done = project.run("report", "--report", REPORT, "--report-after-run", config=config)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


@pytest.fixture
def copied(reported, tmp_path) -> Project:
    """A copy that a test may change, with the dates of its files kept."""
    return reported.copy(tmp_path / "copy")


def figures(project) -> set[str]:
    return {str(path.relative_to(project.folder)) for path in project.files() if path.suffix == ".png"}


def pages(project) -> dict[str, str]:
    folder = project.folder / "results/small/report"
    return {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.html")}


def embedded(project, name: str):
    """A variable of the report's script."""
    text = (project.folder / REPORT).read_text(encoding="utf-8")
    return json.loads(re.search(rf"^    var {name} = (.*);$", text, re.MULTILINE)[1])


def test_every_figure_and_page_is_in_it(reported):
    results = embedded(reported, "results")
    assert {path for path in results if path.endswith(".png")} == figures(reported)
    assert {path.rpartition("/")[2] for path in results if path.endswith(".html")} == {
        f"{name}.html" for name in pages(reported)
    }
    # a second label would become a switch, which fails where its values do not pair up
    assert all(list(result["labels"]) == ["result"] for result in results.values())


def test_warnings_come_first(reported):
    assert min(embedded(reported, "categories")) == "1 Warnings"
    description = embedded(reported, "workflow_desc")
    assert description.index("Warnings:") < description.index("Sign problem")


def test_captions_quote_the_numbers_of_this_run(reported):
    numbers = json.loads((reported.folder / "results/small/report/numbers.json").read_text())
    results = embedded(reported, "results")
    captions = {path.rpartition("/")[2]: unescape(result["caption"]) for path, result in results.items()}
    scan = numbers["scans"]["phi4 3x2 dense"]
    assert " at μ = 0.8" in scan["lowest_plane"]
    for name in ("apf", "phase", "training"):
        assert scan["lowest_plane"] in captions[f"phi4_L3x2_dense_{name}.png"]
    assert scan["exact"]["largest"] in captions["phi4_L3x2_dense_density.png"]
    assert scan["tau_int"] in captions["phi4_L3x2_dense_history.png"]
    assert numbers["ising"][""]["t_c"] in captions["ising_critical_temperature.png"]
    for lesson, said in (numbers.get("lessons") or {}).items():
        assert said["rows"][0].partition(":")[0] in captions[f"lesson_{lesson}.png"]
    for caption in (*captions.values(), embedded(reported, "workflow_desc")):
        # what docutils could not read, or a template had no number for
        assert not re.search(r"system-message|problematic|None|Undefined|  at | is \.|nan", caption), caption


def test_a_scan_that_is_not_finished_is_refused(copied, config):
    (copied.folder / "results/small/phi4/L3x2/dense/scan.csv").unlink()
    refused = copied.run("report", "--report", "new.html", "--report-after-run", config=config)
    assert refused.returncode != 0
    assert "the scan is not finished: 1 of " in refused.stderr
    assert "Run `make run`" in refused.stderr
    assert not (copied.folder / "new.html").exists()
    # the scan itself is not
    assert copied.planned(config)["collect_scan"] == 1


def test_a_second_report_makes_nothing_anew(reported, config):
    assert reported.planned(config) == {}
    again = reported.run("report", "--dry-run", config=config)
    assert "Nothing to be done" in again.stdout + again.stderr


def test_make_report(copied):
    """The target of the Makefile, with the environment of the tests."""
    folder = copied.folder
    (folder / REPORT).unlink()
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "bin").mkdir()
    for name in ("python", "snakemake"):
        module = " -m snakemake" if name == "snakemake" else ""
        (folder / f"bin/{name}").write_text(f'#!/bin/sh\nexec {sys.executable}{module} "$@"\n')
        (folder / f"bin/{name}").chmod(0o755)
    command = ["make", "--no-print-directory", "report", "CONFIG=test.yaml", "BIN=bin", "READY=", "CORES=1"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith(f"{REPORT}\n")
    assert (folder / REPORT).stat().st_size > 1e6
    assert not list((folder / "results/small").glob(".report*"))


@pytest.mark.skipif(browser.CHROMIUM is None, reason="needs Chromium, such as Debian's package chromium")
def test_a_browser_shows_everything(reported, tmp_path):
    """No error on the console; every figure loads, every page has its text, every caption is found."""
    visited = browser.visit(reported.folder / REPORT, WALK, tmp_path)
    assert visited["problems"] == []
    seen = visited["seen"]
    results = embedded(reported, "results")
    assert set(seen["shown"]) == set(seen["described"]) == set(results)
    assert "scan small" in seen["first"]
    assert "Warnings:" in seen["first"]
    widths = [shown for path, shown in seen["shown"].items() if path.endswith(".png")]
    assert min(widths) > 500
    assert seen["shown"]["results/small/report/warnings.html"] == pages(reported)["warnings"]
    for path, result in results.items():
        caption = unescape(re.sub(r"<[^>]*>", "", result["caption"]))
        assert len(caption) > 100
        # line breaks are the browser's own
        assert "".join(caption.split()) in "".join(seen["described"][path].split())
