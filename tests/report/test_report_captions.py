"""Captions, filled in as Snakemake does it: with good numbers and with none, for every figure."""

import json
import re
from html import unescape
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from docutils.core import publish_parts
from jinja2 import Environment, StrictUndefined

from pomflow import registry
from pomflow.config.scan import Study
from pomflow.errors import StoreError
from pomflow.report import headlines
from pomflow.report.quoted import Quoted
from scan_tables import comparison_table, phi4, scan_table, series_tables, tilted, two_axes
from small_scan import ROOT

CAPTIONS = sorted((ROOT / "workflow/report").glob("*.rst"))
MADE = {"revisions": {"abc_-dirty": ["a.nc"]}, "seeds": {"1": ["a.nc"]}}
# Snakemake adds a link to every category that there is
LINKS = "\n\n.. _1 Warnings: #\n"
CATEGORIES = [SimpleNamespace(name="1 Warnings")]
WORTH = (
    "excess",
    "excess_err",
    "correlation",
    "t_peak_curve",
    "t_peak_curve_err",
    "t_peak_exact",
    "specific_heat_rms",
)
CLASSIFIERS = [
    {"lattice": "4x4", "classifier": name} | dict.fromkeys((*WORTH, "specific_heat_max"), 0.7)
    for name in ("tied", "free", "connected")
]
LESSONS = [
    {"lesson": name, "quantity": "a *b* `c` |d| e_", "value": 1.0, "expected": "< 2", "passed": True}
    for name in registry.LESSONS
]
FIGURES = (
    "apf",
    "apf_im",
    "added",
    "specific_heat",
    "free_energy",
    "energy",
    "critical_temperature",
    "exponents",
)
FIGURES += ("heads", "minibatches", "controls")
OBSERVABLES = {"phi4": ("density", "binder"), "grid": ("density", "phi2"), "tilted": ("slant", "odd_part")}
SERIES = [
    {"study": study, "lattice": "4x4", "contour": "dense", "figure": figure}
    for study in ("phi4", "grid")
    for figure in ("correlator", "effective_mass")
]
WILDCARDS = [
    {"study": study, "lattice": "4x4", "contour": "dense", "lesson": "descent", "figure": figure}
    | {"system": ""}
    for study, observables in OBSERVABLES.items()
    for figure in (*FIGURES, *observables)
]


def numbers(known: bool, studies) -> dict:
    """What the stage collect_report writes, from tables of good numbers or of none."""
    value = 1.0 if known else np.nan
    lost = {} if known else {"apf_re": value, "apf0_re": value, "status": "diverged", "status0": "ess"}
    fitted = {"t_c_corrected": 2.3 * value, "t_c_corrected_err": 0.1, "t_c_corrected_systematic": 0.0}
    critical = pd.DataFrame([fitted | {"t_c_exact": 2.2692}])
    heat = {"specific_heat": [value, 2.0 * value], "specific_heat_exact": 1.1, "specific_heat_err": 0.1}
    return {
        "warnings": ["gate ess failed (4×4 dense)"] * 11 if known else [],
        "scans": {
            f"{study.name} 4x4 dense": headlines.of_scan(scan_table(study, **lost), study, "4x4", "dense")
            for study in studies
        },
        "series": {
            f"{study.name} 4x4 dense": {
                name: headlines.of_series(table, scan_table(study, **lost), study, name)
                for name, table in series_tables(study).items()
            }
            for study in studies
        },
        "made": headlines.of_making(MADE, "my_scan", studies),
        "comparison": {
            study.name: headlines.of_comparison(comparison_table(study, **lost), study) for study in studies
        },
        "ising": {
            "": headlines.of_ising(critical, pd.DataFrame(CLASSIFIERS), pd.DataFrame(heat), "Ising model")
        },
        "lessons": headlines.of_lessons(pd.DataFrame(LESSONS)),
    }


@pytest.fixture
def studies(monkeypatch) -> list[Study]:
    """Three studies: of one axis, of two, and of another model."""
    return [phi4(), Study("grid", two_axes().settings), tilted(monkeypatch)]


@pytest.fixture(params=[True, False], ids=["known", "unknown"])
def quoted(request, tmp_path, studies) -> Quoted:
    path = tmp_path / "numbers.json"
    path.write_text(json.dumps(numbers(request.param, studies)))
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
    for wildcards in SERIES if path.stem == "series" else WILDCARDS:
        html = rendered(path, quoted, wildcards)
        assert not re.search(r"system-message|problematic|None|nan|inf\b|\{|\[\]", html), html
        words = re.sub(r"<[^>]*>", " ", html).split()
        assert len(words) > 20


def test_the_first_page_says_how_many_warnings_there_are(quoted):
    html = rendered(ROOT / "workflow/report/first_page.rst", quoted, WILDCARDS[0])
    assert "and 1 more" in html if quoted["warnings"] else "none." in html


def said(name, quoted, **wildcards) -> str:
    """The text of a caption."""
    html = rendered(ROOT / f"workflow/report/{name}.rst", quoted, WILDCARDS[0] | wildcards)
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


@pytest.mark.parametrize("quoted", [True], indirect=True)
def test_the_first_page_names_every_theory(quoted):
    text = said("first_page", quoted)
    assert "phi4: complex φ⁴, m = 1, λ = 0.5" in text
    assert "grid: complex φ⁴, m = 1 " in text
    assert "tilted: tilted χ⁶, n_flavours = 3, boundary = open" in text
    assert "grid 4×4 dense, 0 ≤ μ ≤ 1, 0.5 ≤ λ ≤ 2 (4 points): 0.500(10) at μ = 0, λ = 0.5 on the" in text


def test_noise_of_the_plane_is_no_smallest_value():
    """All its points are named, with the smallest value of the path there, unless that is noise too."""
    table = scan_table(phi4(), apf0_re=[0.5, 0.015, -0.01], apf_re=[0.3, 0.9, 0.8])
    said = headlines.of_scan(table, phi4(), "4x4", "dense")
    assert said["lowest_plane"] == "consistent with 0 (error 0.01) at μ = 1, 2"
    assert said["path_there"] == "0.800(10) or more"
    assert said["lowest_path"] == "0.300(10) at μ = 0"
    said = headlines.of_scan(table.assign(apf_re=0.001, density=[0.001, 1.0, 2.0]), phi4(), "4x4", "dense")
    assert said["path_there"] == "consistent with 0 (error 0.01)"
    assert "consistent with 0 (error 0.01) at μ = 0 and 2.0" in said["observables"]["density"]["range"]


@pytest.mark.parametrize("quoted", [True], indirect=True)
def test_captions_of_observables(quoted):
    text = said("scan", quoted, figure="density")
    assert "The number density against the chemical potential μ" in text
    assert "and the mean field (line)" in text
    assert "On the path n is 0.500(10) at μ = 0 and 0.500(10) at μ = 2" in text
    text = said("scan", quoted, study="tilted", figure="slant")
    assert "The slant of everything against the tilt θ" in text
    assert "mean field" not in text
    assert "(slant of everything, odd part, average phase factor)" not in text


@pytest.mark.parametrize("quoted", [True], indirect=True)
def test_captions_of_numbers_and_series(quoted):
    text = said("scan", quoted, figure="binder")
    assert (
        "The Binder cumulant against the chemical potential μ, reweighted on the path. On the path U" in text
    )
    text = said("series", quoted, figure="correlator")
    assert "Correlator against the time" in text
    assert "largest of 27 pulls at points that passed their gates is -1.0; 0 are above 3, 0.073" in text


@pytest.mark.parametrize("quoted", [True], indirect=True)
def test_captions_say_what_holds_in_the_theory_only(quoted):
    """Symmetries, and the relation of Gaussian paths, are of the complex scalar field."""
    assert "A symmetry makes it zero" in said("scan", quoted, figure="apf_im")
    assert "In this theory no symmetry makes it zero" in said("scan", quoted, study="tilted", figure="apf_im")
    assert "Gaussian" in said("correlation", quoted)
    assert "Gaussian" not in said("correlation", quoted, study="tilted")
    # the modulus of 0.5 + 0.5 i
    text = said("scan", quoted, study="tilted", figure="apf")
    assert "the smallest modulus is 0.707(10) at θ = 0.5" in text


@pytest.mark.parametrize("quoted", [True], indirect=True)
def test_the_comparison_is_of_one_study(quoted):
    text = said("compare", quoted, study="grid")
    assert "4×4, μ = 1, λ = 2:" in text
    assert "dense (ok): APF 0.600(10), n 0.500(10)" in text
    assert "σ_z 0.500(10)" in said("compare", quoted, study="tilted")


def test_the_volume_caption_lists_its_own_study(quoted):
    text = said("volume", quoted, study="grid")
    assert "grid 4×4 dense" in text
    assert "phi4 4×4" not in text


def test_numbers_that_are_missing_or_damaged(tmp_path):
    path = tmp_path / "numbers.json"
    with pytest.raises(StoreError, match="target report"):
        Quoted(str(path))["scans"]
    path.write_text("{")
    with pytest.raises(StoreError, match="has no numbers"):
        Quoted(str(path))["scans"]
