"""Captions, filled in as Snakemake does it: with good numbers and with none, for every figure."""

import itertools
import json
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from docutils.core import publish_parts
from jinja2 import Environment, StrictUndefined

from pomflow import registry
from pomflow.errors import StoreError
from pomflow.report import headlines
from pomflow.report.quoted import Quoted
from scan_tables import scan_table
from small_scan import ROOT

CAPTIONS = sorted((ROOT / "workflow/report").glob("*.rst"))
MADE = {"revisions": {"abc_-dirty": ["a.nc"]}, "seeds": {"1": ["a.nc"]}}
# Snakemake adds a link to every category that there is
LINKS = "\n\n.. _1 Warnings: #\n"
CATEGORIES = [SimpleNamespace(name="1 Warnings")]
CONFIG = {"scan": "my_scan", "phi4": {"mass": 1.0, "coupling": 0.5}}
METHODS = [
    {"lattice": "4x4", "method": name, "mu": mu, "apf_re": mu, "apf_re_err": 0.1, "status": "ok"}
    | dict.fromkeys(("density", "density_err", "density_pull"), 0.1)
    | dict.fromkeys(("train_seconds", "ess_per_second", "seconds_to_percent"), 7.0)
    for name, mu in itertools.product(("plane", "dense", "langevin"), (0.5, 1.0))
]
WORTH = ("excess", "excess_err", "correlation", "t_peak", "t_peak_err", "t_peak_exact", "specific_heat_rms")
CLASSIFIERS = [
    {"lattice": "4x4", "classifier": name} | dict.fromkeys((*WORTH, "specific_heat_max"), 0.7)
    for name in ("tied", "free", "connected")
]
LESSONS = [
    {"lesson": name, "quantity": "a *b* `c` |d| e_", "value": 1.0, "expected": "< 2", "passed": True}
    for name in registry.LESSONS
]
FIGURES = ("apf", "apf_im", "density", "specific_heat", "free_energy", "energy", "critical_temperature")
FIGURES += ("heads", "minibatches", "controls")
WILDCARDS = [
    {"lattice": "4x4", "contour": "dense", "lesson": "descent", "figure": figure} for figure in FIGURES
]


def numbers(known: bool) -> dict:
    """What the stage collect_report writes, from tables of good numbers or of none."""
    value = 1.0 if known else np.nan
    scan = (
        scan_table() if known else scan_table(apf_re=value, apf0_re=value, status="diverged", status0="ess")
    )
    critical = pd.DataFrame([{"t_c": 2.3 * value, "t_c_err": 0.1, "t_c_exact": 2.2692}])
    heat = {"specific_heat": [value, 2.0 * value], "specific_heat_exact": 1.1, "specific_heat_err": 0.1}
    methods = pd.DataFrame(METHODS).assign(apf_re=[row["apf_re"] * value for row in METHODS])
    return {
        "warnings": ["gate ess failed (4×4 dense)"] * 11 if known else [],
        "scans": {"4x4 dense": headlines.of_scan(scan, "4x4", "dense")},
        "made": headlines.of_making(MADE, CONFIG),
        "comparison": headlines.of_comparison(methods),
        "ising": headlines.of_ising(critical, pd.DataFrame(CLASSIFIERS), pd.DataFrame(heat)),
        "lessons": headlines.of_lessons(pd.DataFrame(LESSONS)),
    }


@pytest.fixture(scope="module", params=[True, False], ids=["known", "unknown"])
def quoted(request, tmp_path_factory) -> Quoted:
    path = tmp_path_factory.mktemp("numbers") / "numbers.json"
    path.write_text(json.dumps(numbers(request.param)))
    return Quoted(str(path))


def rendered(path, quoted, wildcards) -> str:
    environment = Environment(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    snakemake = SimpleNamespace(config={"quoted": quoted}, wildcards=SimpleNamespace(**wildcards))
    text = environment.from_string(path.read_text(encoding="utf-8") + LINKS).render(
        snakemake=snakemake, categories=CATEGORIES
    )
    return publish_parts(text, writer="html", settings_overrides={"warning_stream": False})["html_body"]


@pytest.mark.parametrize("path", CAPTIONS, ids=lambda path: path.stem)
def test_every_caption_is_readable(path, quoted):
    for wildcards in WILDCARDS:
        html = rendered(path, quoted, wildcards)
        assert not re.search(r"system-message|problematic|None|nan|inf\b|\{|\[\]", html), html
        words = re.sub(r"<[^>]*>", " ", html).split()
        assert len(words) > 20


def test_the_first_page_says_how_many_warnings_there_are(quoted):
    html = rendered(ROOT / "workflow/report/first_page.rst", quoted, WILDCARDS[0])
    assert "and 1 more" in html if quoted["warnings"] else "none." in html


def test_numbers_that_are_missing_or_damaged(tmp_path):
    path = tmp_path / "numbers.json"
    with pytest.raises(StoreError, match="target report"):
        Quoted(str(path))["scans"]
    path.write_text("{")
    with pytest.raises(StoreError, match="has no numbers"):
        Quoted(str(path))["scans"]
