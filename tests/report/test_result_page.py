"""The page of a scan, made from built tables: what stands on it, and how it is marked."""

import base64
import re
from html import unescape

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pomflow.config.scan import Study
from pomflow.io import netcdf
from pomflow.report import page
from pomflow.report.captions import Captions
from pomflow.report.result_page import Shown, Table
from pomflow.stages.report import write_result_page
from pomflow.stages.scan.results import results_dataset
from scan_tables import PHI4, phi4, scan_table, series_tables, tilted
from small_scan import ROOT

NO_BREAK = "\N{NO-BREAK SPACE}"
CLASSIFIERS = pd.DataFrame(
    {"lattice": ["4x4"], "classifier": ["tied"], "cross_entropy": 1.2, "t_peak_curve": 2.3}
    | {
        name: 0.1
        for name in ("excess", "excess_err", "t_peak_curve_err", "specific_heat_rms", "specific_heat_max")
    }
    | {name: 2.3 for name in ("correlation", "t_peak", "t_peak_exact")}
)
HEAT = pd.DataFrame(
    {"L": [4, 4], "beta": [0.3, 0.4], "specific_heat": [1.0, -0.02], "specific_heat_exact": [1.1, 1.2]}
    | dict.fromkeys(
        ("specific_heat_err", "specific_heat_pull", "minus_bias", "minus_bias_err", "free_energy_exact"), 0.1
    )
)
CRITICAL = pd.DataFrame(
    [{"t_c": 2.4, "t_c_err": 0.05, "t_c_exact": 2.2692, "slope": -0.5, "t_c_corrected": 2.3}]
).assign(t_c_corrected_err=0.08, t_c_corrected_systematic=0.06, t_c_corrected_doubtful=False)
EXPONENTS = pd.DataFrame(
    {"source": ["network"], "estimator": ["width"], "nu_exact_curves": [0.99], "chi2": [1.3], "dof": [2]}
    | {name: [1.0] for name in ("power", "nu", "alpha_over_nu")}
    | {f"{name}_{kind}": [0.1] for name in ("power", "nu", "alpha_over_nu") for kind in ("err", "systematic")}
).assign(smallest_L=4.0, largest_L=32.0, doubtful=False)
LESSONS = pd.DataFrame(
    [["descent", "steps to the minimum", 3.0, "< 5", True], ["descent", "final cost", 7.0, "< 1", False]],
    columns=["lesson", "quantity", "value", "expected", "passed"],
)
ISING = {"thermodynamics": HEAT, "critical_temperature": CRITICAL, "classifiers": CLASSIFIERS}
ISING["exponents"] = EXPONENTS


@pytest.fixture
def made(tmp_path):
    """A function that writes the page of tables of studies and of what is made once; it gives the text."""

    def of(tables=(), **single) -> str:
        folder = tmp_path / "results/x"
        folder.mkdir(parents=True, exist_ok=True)
        run = netcdf.describe_run({"seed": 1}, "CPU", netcdf.Clock.start())
        netcdf.write(results_dataset({}, {}), folder / "x.nc", "x", run)
        paths = [(study.name, lattice, "dense") for study, lattice, _ in tables]
        kinds = ("scan", "series", "curves", "exact", "comparison", "finite_size", "figures")
        inputs = {kind: [] for kind in kinds}
        figures, pages = (
            [],
            {"warnings": shown("1 Warnings", "Warnings"), "settings": shown("8 Settings", "S")},
        )
        for (study, lattice, table), path in zip(tables, paths, strict=True):
            place = " ".join(path)
            inputs["scan"].append(written(folder / study.name / f"L{lattice}/dense/scan.csv", table))
            for name, series in series_tables(study).items():
                inputs["series"].append(written(folder / study.name / f"L{lattice}/dense/{name}.csv", series))
            wildcards = dict(zip(("study", "lattice", "contour"), path, strict=True))
            for name, main in (("apf", True), (next(iter(study.observables)), False)):
                inputs["figures"].append(drawn(folder / f"figures/{'_'.join(path)}_{name}.png", len(figures)))
                about = {"caption": "scan", "wildcards": wildcards | {"figure": name}}
                figures.append(about | {"shown": shown("2 Sign problem", name, place, main=main)})
            for name in ("scan", "pulls", "health"):
                pages[f"{name}_{study.name}_L{lattice}_dense"] = shown("3 Exact checks", name, place)
        for name, table in single.items():
            inputs[name] = [written(folder / f"once/{name}.csv", table)]
            pages[name] = shown("7 Other", name, main=name in ("lessons", "critical_temperature"))
        if "lessons" in single:
            inputs["figures"].append(drawn(folder / "figures/lesson.png", 99))
            about = {"caption": "lesson", "wildcards": {"lesson": "descent"}}
            figures.append(about | {"shown": shown("7 Other", "descent")})
        inputs["data"] = [*inputs["scan"], *(inputs[name][0] for name in single)]
        params = {"folder": str(folder), "paths": paths, "figures": figures}
        params |= {"curves": [], "exact": [], "comparisons": [], "finite_sizes": []}
        params["systems"] = {"": "Ising model"} if "thermodynamics" in single else {}
        params["config"] = {
            "scan": "my_scan",
            "studies": {study.name: study.settings for study, *_ in tables},
        }
        params["captions"] = {
            path.stem: path.read_text() for path in (ROOT / "workflow/report").glob("*.rst")
        }
        outputs = {"page": str(folder / "index.html")}
        write_result_page.run(inputs, outputs, params | {"tables": pages})
        return (folder / "index.html").read_text(encoding="utf-8")

    return of


def shown(category, result, place="", main=False) -> dict:
    return {"category": category, "result": result, "place": place, "main": main}


def written(path, table) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    netcdf.write_table(table, path)
    return str(path)


def drawn(path, shade: int) -> str:
    """A small picture of its own colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (12, 8), (shade, 0, 0)).save(path)
    return str(path)


def one_study(study=None, **changed):
    study = study or phi4()
    return [(study, "4x4", scan_table(study, **changed))]


def section(text: str, start: str) -> str:
    """A section of the page, from the head that it has to the next of its rank."""
    found = re.search(rf"<(h[23])>{start}.*?</\1>(.*?)(?=<h[12]|<\1|<footer)", text, re.DOTALL)
    assert found, start
    return found[2]


def rows(part: str) -> list[list[str]]:
    """The texts of the cells of the first table of a part."""
    table = re.search(r"<tbody>(.*?)</tbody>", part, re.DOTALL)[1]
    cells = [
        re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
        for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    ]
    return [[unescape(re.sub(r"<[^>]*>", "", cell)) for cell in row] for row in cells]


def words(part: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", "", part)).replace(NO_BREAK, " ").split())


def test_a_gated_row_is_marked_and_explained_beside_its_table(made):
    text = made(one_study(status=["ok", "ok", "apf"], status0=["ok", "thermalization", "apf"]))
    part = section(text, "Lattice 4×4, contour dense")
    good, plane, gated = rows(part)
    assert good[:5] == ["0", "ok", "ok", "0.500(10)", "0.500(10)"]
    assert plane[:5] == ["1", "ok", "thermalization", "0.500(10)†", "0.500(10)"]
    assert gated[:6] == ["2", "apf", "apf", "0.500(10)†", "0.500(10)†", "0.500(10)†"]
    assert "† behind a failed gate, not to be trusted." in words(part)
    assert "gate apf failed: phi4 4×4 dense, μ = 2. The phase cannot be told from zero" in words(part)
    assert "gate thermalization failed: phi4 4×4 plane, μ = 1. Parts of the run" in words(part)
    assert "2 of 3" in words(text)
    # the tree that runs the tests may be changed, which is one more
    count = 3 + ("the source was changed" in text)
    assert f'<a href="#Warnings">{count} warnings</a>' in text
    assert text.index("contour dense</h3>") < text.index("<h2>Warnings</h2>")


def test_noise_is_called_noise_and_minus_signs_are_true(made):
    text = made(
        one_study(apf_re=[-0.01, -0.5, 0.5], density=[-0.5, 1.5e-7, 0.5], density_err=[0.01, 1e-9, 0.01])
    )
    part = section(text, "Lattice 4×4, contour dense")
    first, second, _ = rows(part)
    assert first[3] == "−0.010(10) noise"
    assert first[4] == "−0.500(10)"
    assert second[3:5] == ["−0.500(10)", "1.500(10)·10⁻⁷"]
    assert "Noise: within two standard errors of zero" in words(part)
    numbers = re.findall(r"<td[^>]*>([^<]*)</td>", text)
    assert len(numbers) > 50
    assert not [one for one in numbers if re.match(r"-\d|.*\de[-+]\d", one)]
    assert "Noise:" not in section(made(one_study()), "Lattice 4×4, contour dense")


def test_without_exact_values_nothing_is_compared(made):
    known = scan_table(phi4())
    table = known.drop(columns=[name for name in known if "_exact" in name or name.endswith("_pull")])
    text = made([(phi4(), "4x4", table)])
    part = section(text, "Lattice 4×4, contour dense")
    assert "exact</th>" not in part
    assert "Exact partners: nothing to compare" in words(part)
    assert "nothing exact known" in words(text)
    assert "exact</th>" in section(made(one_study()), "Lattice 4×4, contour dense")


def test_a_large_pull_is_on_red_and_named(made):
    text = made(one_study(density_pull=[0.1, -4.2, 0.1]))
    assert re.findall(r'<td class="large">(.*?)</td>', section(text, "Lattice")) == ["−4.2"]
    assert "number density 4.2 errors off: phi4 4×4 dense, μ = 1. −4.2 standard errors" in words(text)


def test_a_scan_that_diverged_everywhere(made):
    lost = {name: np.nan for name in scan_table() if name not in ("mu", "status", "status0")}
    text = made(one_study(**lost, status="diverged", status0="diverged"))
    part = section(text, "Lattice 4×4, contour dense")
    assert {row[1] for row in rows(part)} == {"diverged"}
    assert "There are no numbers; the log of the job says why." in words(part)
    assert "0 of 3" in words(text)
    assert "†" not in words(part)


def test_a_model_without_a_plane(made):
    settings = {"model": "oscillator", "parameters": {"coupling": 2.0}, "over": {"time": [0.2, 0.4]}}
    study = Study("realtime", PHI4 | settings | {"worm": {"enabled": False}})
    table = scan_table(study)
    text = made([(study, "4", table.drop(columns=[name for name in table if re.search(r"0(_|$)", name)]))])
    assert "does not converge" in words(text)
    assert "APF₀" not in section(text, "Lattice 4, contour dense")


def test_several_studies_and_lattices_in_their_order(made, monkeypatch):
    other = tilted(monkeypatch)
    first = scan_table(phi4())
    text = made([(phi4(), "4x4", first), (phi4(), "6x6", first), (other, "4x4", scan_table(other))])
    assert re.findall(r"<h3>Lattice (.*?)</h3>", text) == [
        f"{one}, contour dense" for one in ("4×4", "6×6", "4×4")
    ]
    assert re.findall(r"<h2>(.*?)[:<]", text)[:3] == ["phi4", "tilted", "Warnings"]
    anchors = re.findall(r'href="#(.*?)"', text)
    assert len(anchors) > 8
    assert set(anchors) <= set(re.findall(r'id="(.*?)"', text))
    ids = re.findall(r'id="(.*?)"', text)
    assert len(set(ids) - {"results"}) > 5


def test_no_id_is_given_twice(made, monkeypatch):
    """Tables of several studies have the same columns."""
    other = tilted(monkeypatch)
    ids = re.findall(r'\bid="(.*?)"', made([*one_study(), (other, "4x4", scan_table(other, apf_re=0.3))]))
    assert sorted(ids) == sorted(set(ids))


def test_headings_of_tables_stand_below_those_of_their_place():
    text = page.page("Series", page.heading("Control variates"))
    of_all, of_place = (Table(Shown("x", "1 Y", place), text).body for place in ("", "phi4 4x4 dense"))
    assert of_all == "<h3>Control variates</h3>"
    assert of_place == "<h4>Control variates</h4>"


def test_the_main_figure_stands_with_its_caption_above_the_table(made, tmp_path):
    text = made(one_study())
    part = section(text, "Lattice 4×4, contour dense")
    figure = re.search(r"<figure.*?</figure>", part, re.DOTALL)[0]
    data = re.search(
        r'src="data:image/png;base64,(.*?)" width="12" height="8" alt="apf, phi4 4×4 dense"', figure
    )[1]
    assert base64.b64decode(data) == (tmp_path / "results/x/figures/phi4_4x4_dense_apf.png").read_bytes()
    assert "The average phase factor against the chemical potential μ" in words(figure)
    assert 'href="figures/phi4_4x4_dense_apf.pdf"' in figure
    assert part.index("</figure>") < part.index("<table>")
    # every figure once
    assert text.count("<img") == 2


def test_a_scan_of_the_ising_study_alone(made):
    text = made(**ISING)
    assert "Ising model: T_c = 2.30(10) from the biases of the networks, known 2.2692 (pull +0.3)." in words(
        text
    )
    assert "Lattice" not in re.findall(r"<h3>(.*?)</h3>", text)
    assert "specific heat" in words(section(text, "Warnings"))
    assert "−0.02(10)" in text
    assert 'href="once/critical_temperature.csv"' in text


def test_a_scan_of_lessons_alone(made):
    text = made(lessons=LESSONS)
    assert "Lessons: 1 of 2 numbers are as expected." in words(text)
    assert re.findall(r"<h2>(.*?)</h2>", text)[:3] == ["Other", "Warnings", "Other"]
    assert text.count("<img") == 1
    assert "final cost" in words(section(text, "Warnings"))


def test_a_good_scan_has_no_warnings(made):
    text = made(one_study(), lessons=LESSONS[:1])
    # the tree that runs the tests may be changed
    if "the source was changed" not in text:
        assert "No warnings: every gate passed" in words(text)
    assert "Every gate passed, and nothing is more than 3 standard errors off." in words(text)


def test_the_page_needs_no_other_file_and_is_the_same_every_time(made):
    text = made(one_study(), lessons=LESSONS)
    assert made(one_study(), lessons=LESSONS) == text
    assert not re.search(r"<script|<link|@import|url\(|https?://", text)
    assert all(one.startswith("data:") for one in re.findall(r'src="(.*?)"', text))
    assert not re.search(r"20\d\d-\d\d-\d\d", text)
    # a legend for all tables, once
    assert text.count("The digits in parentheses") == 1


def test_the_same_words_stand_above_the_first_table_only(made):
    first = scan_table(phi4())
    text = made([(phi4(), "4x4", first), (phi4(), "6x6", first)])
    assert text.count("The balance of ΔH") == 1
    assert text.count("balance of ΔH</th>") == 2


def test_revisions_and_versions_are_no_numbers():
    text = page.page("Settings", page.table({"value": ["12345e7", "-3"]}))
    assert "12345e7" in Table(Shown("Settings", "8 Settings"), text, numbers=False).body
    assert "−3" in Table(Shown("Pulls", "3 Exact"), text).body


def test_names_are_no_markup(made):
    study = Study("a_b", phi4().settings)
    text = made([(study, "4x4", scan_table(study, status="apf"))])
    assert "gate apf failed: a_b 4×4 dense" in words(text)
    html = Captions({"x": "{{ snakemake.config['quoted']['text'] }}"}, {"text": "a_ *b* <c>"}).html("x", {})
    assert words(html) == "a_ *b* <c>"
