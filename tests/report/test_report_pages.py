"""Pages of tables: what stands in them, how it is marked, and that they are the same bytes every time."""

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from pomflow.errors import StoreError
from pomflow.report import page, quantities, studies, summary_pages, tables
from pomflow.report.findings import Finding
from pomflow.stages.report.collect_report import read_table
from scan_tables import comparison_table, curves_table, phi4, scan_table, series_tables, tilted, two_axes

VOID = {"meta", "br"}


class Cells(HTMLParser):
    """The cells of all tables as (text, classes), and whether every element is closed."""

    def __init__(self, text: str):
        super().__init__()
        self.open, self.cells = [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)
        if tag == "td":
            self.cells.append(["", dict(attributes).get("class", "").split()])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "td":
            self.cells[-1][0] += data


def marked(text: str, mark: str) -> list[str]:
    """The texts of the cells with a mark."""
    return [cell for cell, classes in Cells(text).cells if mark in classes]


def of_scan(maker, study=None, **changed) -> str:
    """A page of a scan."""
    study = study or phi4()
    return maker(scan_table(study, **changed), study, "4x4", "dense")


def heads(text: str) -> list[str]:
    """The heads of the columns."""
    return re.findall(r"<th [^>]*>(.*?)</th>", text)


def test_values_have_errors_and_failed_rows_are_grey():
    text = of_scan(tables.scan, status=["ok", "ok", "ess"])
    cells = [cell for cell, _ in Cells(text).cells]
    assert cells[:4] == ["0", "ok", "ok", "0.500(10)"]
    grey = marked(text, "failed")
    assert grey[0] == "2"
    assert len(grey) == len(cells) / 3


def test_columns_of_the_complex_scalar_field():
    expected = ["μ", "status", "status₀", "APF", "APF₀", "n", "n₀", "n exact", "n mean field"]
    squared = "⟨φ_aφ_a⟩"
    assert heads(of_scan(tables.scan)) == [*expected, squared, f"{squared}₀", f"{squared} exact"]
    imaginary = ["Im APF", "Im n", f"Im {squared}", "Im APF₀"]
    assert heads(of_scan(tables.pulls)) == ["μ", "n", squared, "APF₀", *imaginary, "other contours", "status"]


def test_the_best_path_is_a_column_where_a_model_states_it():
    text = of_scan(tables.scan, apf_best=[1.0, 0.75, 0.5])
    assert heads(text)[:6] == ["μ", "status", "status₀", "APF", "APF₀", "APF of the best path"]
    assert [cell for cell, _ in Cells(text).cells][len(heads(text)) + 5] == "0.75"


def test_the_free_energy_of_the_phase_stands_beside_its_exact_value():
    known = {f"free_energy{end}": value for end, value in {"": 0.1, "_err": 0.01, "_exact": 0.11}.items()}
    known |= {"free_energy_exact_err": 0.001, "free_energy_pull": -1.0, "status_free_energy": "ok"}
    symbol = "−ln(APF₀)/V"
    assert heads(of_scan(tables.scan, **known))[-3:] == [symbol, f"status of {symbol}", f"{symbol} exact"]
    assert symbol in heads(of_scan(tables.pulls, **known))


def test_columns_of_two_axes():
    text = of_scan(tables.health, two_axes())
    assert heads(text)[:3] == ["μ", "λ", "status"]
    cells = [cell for cell, _ in Cells(text).cells]
    assert [cells[row * len(heads(text)) :][:2] for row in range(4)] == [
        ["0", "0.5"], ["0", "2"], ["1", "0.5"], ["1", "2"]
    ]  # fmt: skip


def test_columns_of_another_model(monkeypatch):
    """Where no symmetry makes an imaginary part zero, it is shown."""
    study = tilted(monkeypatch)
    text = of_scan(tables.scan, study)
    odd = ["odd_part", "odd_part₀", "odd_part exact", "Im odd_part"]
    assert heads(text)[3:] == ["APF", "APF₀", "Im APF", "Im APF₀", "σ_z", "σ_z₀", "σ_z exact", *odd]
    assert "σ_z is the slant of everything (degrees), odd_part is the odd part;" in text
    last = ["other contours", "status"]
    assert heads(of_scan(tables.pulls, study)) == ["θ", "σ_z", "APF₀", "odd_part", "Im σ_z", *last]


def test_large_pulls_are_red():
    text = of_scan(tables.pulls, density_pull=[-3.3, 2.9, np.nan])
    assert marked(text, "large") == ["-3.3"]
    # 3 pulls and 4 imaginary parts at 3 mu, of which one is unknown
    assert "20 differences" in text


def test_the_largest_difference_from_another_contour():
    text = of_scan(tables.pulls, independence=[0.71, np.nan, 12.3], status=["ok", "ok", "independence"])
    cells = [cell for cell, _ in Cells(text).cells]
    place = heads(text).index("other contours")
    assert cells[place :: len(heads(text))] == ["0.71", "–", "12"]
    assert "12" in marked(text, "failed")
    alone = of_scan(tables.pulls, independence=np.nan)
    assert "other contours" not in heads(alone)
    assert "another contour" not in alone


def test_a_scan_without_exact_values():
    without = scan_table().drop(columns=[name for name in scan_table() if "exact" in name or "pull" in name])
    assert "n exact" not in heads(tables.scan(without, phi4(), "4x4", "dense"))
    assert marked(tables.pulls(without, phi4(), "4x4", "dense"), "large") == []


def test_the_sampling_that_is_off_is_red():
    assert marked(of_scan(tables.health, dh_balance=[0.0, 0.2, 0.0]), "large") == ["0.200(10)"]


def test_the_error_budget_of_several_trainings():
    """0.03 and 0.04 make 0.05 with an excess of sqrt(0.05^2 - 0.03^2); where statistics explain it, 0."""
    spreads = {"density_spread": [0.05, 0.02, np.nan], "density_spread_expected": [0.03, 0.03, np.nan]}
    text = of_scan(tables.budget, density_err=0.03, density_exact_err=[0.0, 0.04, 0.0], **spreads)
    assert heads(text) == ["μ", "quantity", "value", "statistical", "trainings", "exact", "total", "status"]
    cells = [cell for cell, _ in Cells(text).cells]
    rows = [cells[place : place + 8] for place in range(0, len(cells), 8)]
    # what a symmetry of this theory makes zero has no row
    assert [row[:2] for row in rows[:4]] == [["0", "APF"], ["0", "n"], ["0", "⟨φ_aφ_a⟩"], ["1", "APF"]]
    assert [row[3:7] for row in rows if row[1] == "n"] == [
        ["0.03", "0.04", "0", "0.05"],
        ["0.03", "0", "0.04", "0.05"],
        ["0.03", "–", "0", "0.03"],
    ]
    assert rows[0][3:7] == ["0.01", "–", "–", "0.01"]


def test_the_error_budget_says_how_well_trainings_agree():
    names = ("apf_re", "density", "phi2")
    text = of_scan(tables.budget, **{f"{name}_chi2": 0.5 + place for place, name in enumerate(names)})
    assert heads(text)[-2:] == ["χ² per degree of freedom", "status"]
    assert [cell for cell, _ in Cells(text).cells][7:27:9] == ["0.5", "1.5", "2.5"]


def test_the_error_budget_has_imaginary_parts_that_no_symmetry_forbids(monkeypatch):
    text = of_scan(tables.budget, tilted(monkeypatch), status=["ok", "ess"])
    found = [cell for cell, _ in Cells(text).cells][1::8]
    assert found == ["APF", "Im APF", "σ_z", "Im odd_part"] * 2
    assert marked(text, "failed")[0] == "1.5"


def test_the_exact_simulation_names_its_integral():
    columns = {name: 0.5 for name in ("density", "density_pq", "phi2", "phi2_pq", "apf0")}
    table = pd.DataFrame({"mu": [0.0], "coupling": 0.5} | columns | {f"{name}_err": 0.01 for name in columns})
    text = tables.exact(table.assign(status="ok"), two_axes(), "4x4")
    assert heads(text)[:4] == ["μ", "λ", "n", "n without the phase"]
    assert "the integral over μ of the\ndifference of the two values of the number density" in text


KNOWN = {"binder_exact": 0.26, "binder_exact_err": 0.0, "binder_pull": [-1.0, 3.5, np.nan]}


def test_numbers_made_from_means_and_control_variates():
    text = of_scan(quantities.quantities, **KNOWN)
    own = ["ξ", "χ_n", "χ_φ²", "U", "U exact", "⟨S⟩/V", "Υ", "jackknife"]
    controlled = [
        f"{symbol}{words}"
        for symbol in ("n", "⟨φ_aφ_a⟩")
        for words in ("", " with control variates", " exact", " gain")
    ]
    assert heads(text) == ["μ", "status", *own, "μ", "status", *controlled]
    assert "χ_n is the charge susceptibility (per site)" in text
    cells = [cell for cell, _ in Cells(text).cells]
    assert cells[2:4] == ["0.250(10)", "0.250(10)"]
    assert "123" in cells


def test_numbers_beside_exact_values_are_among_the_pulls():
    text = of_scan(tables.pulls, **KNOWN, density_cv_pull=0.5)
    assert heads(text)[4:6] == ["U", "n with control variates"]
    assert marked(text, "large") == ["+3.5"]
    assert "of 26 differences" not in text
    assert "26 differences" in text


def test_a_model_without_them_has_no_page(monkeypatch):
    assert phi4().has_numbers
    assert not tilted(monkeypatch).has_numbers


def test_series_of_a_path():
    study = two_axes()
    found = series_tables(study)
    found["correlator"].loc[5, "correlator_pull"] = 4.0
    judged = scan_table(study, status=["ok", "ok", "ess", "ok"])
    text = quantities.series(found, judged, study, "4x4", "dense")
    assert heads(text)[:7] == ["μ", "λ", "momentum", "time", "value", "exact", "pull"]
    assert text.count("<h2>") == 3
    assert "<h2>correlator (lattice units)</h2>" in text
    assert marked(text, "large") == ["+4.0"]
    # of one point of four 9 rows of the correlator and 3 of each effective mass
    assert len(marked(text, "failed")) == 9 * 7 + 2 * 3 * 6


def test_curves_between_the_points():
    text = quantities.curves(curves_table(phi4(), status=["ok", "overlap", "ok"]), phi4(), "4x4", "dense")
    last = ["ESS", "ln|Z / Z₀|", "pressure", "status of ln Z"]
    assert heads(text) == ["μ", "status", "n", "⟨φ_aφ_a⟩", *last]
    assert marked(text, "failed")[:2] == ["1", "overlap"]


def test_the_comparison_has_every_observable(monkeypatch):
    study = tilted(monkeypatch)
    text = tables.comparison(comparison_table(study, odd_part_pull=[0.0, -5.0] * 3), study)
    assert heads(text)[4:9] == ["APF", "σ_z", "pull of σ_z", "odd_part", "pull of odd_part"]
    assert heads(text)[-1] == "1 % of σ_z (s)"
    assert marked(text, "large") == ["-5.0"] * 3


def test_an_unknown_critical_temperature():
    names = ("t_c", "t_c_err", "slope", "t_c_corrected", "t_c_corrected_err", "t_c_corrected_systematic")
    critical = pd.DataFrame([dict.fromkeys(names, np.nan) | {"t_c_exact": 2.2692}])
    columns = {
        "lattice": "4x4",
        "classifier": "tied",
        "t_peak_curve": 2.4,
        "t_peak_curve_err": 0.01,
        "t_peak_exact": 2.41,
    }
    text = studies.critical_temperature(critical, pd.DataFrame([columns]), "Ising model")
    cells = [cell for cell, _ in Cells(text).cells]
    assert cells == ["–", "2.2692", "–", "–", "–", "4×4", "tied", "2.400(10)", "2.41"]


def test_no_warning_says_none():
    assert '<p class="none">none</p>' in summary_pages.warnings([], 100)
    text = summary_pages.warnings([Finding("gate ess failed", "4×4 dense", "few")], 100)
    assert 'class="none"' not in text
    assert "0.27 above 3" in text
    assert [cell for cell, _ in Cells(text).cells] == ["gate ess failed", "4×4 dense", "few"]


def test_what_a_file_says_cannot_become_markup():
    found = Finding("<script>alert(1)</script>", "a & b", '"c"')
    text = summary_pages.warnings([found], 0)
    assert "<script" not in text
    assert Cells(text).cells[0][0] == found.what
    assert "<b>" not in page.page("<b>", page.words("<b>"), page.heading("<b>"), page.listing("<b>"))


def test_the_same_bytes():
    first, second = (of_scan(tables.scan) for _ in range(2))
    assert first == second
    assert not re.search(r"https?://", first)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "cannot be read"),
        (b"", "cannot be read"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"mu\n1\n", "lacks"),
    ],
)
def test_bad_tables_are_refused(tmp_path, content, what):
    path = tmp_path / "scan.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StoreError, match=what) as refused:
        read_table(path, ["mu", "apf_re"])
    assert str(path) in str(refused.value)


def test_series_of_points_that_all_diverged():
    """Their tables have no rows."""
    found = {name: table.iloc[:0] for name, table in series_tables(phi4()).items()}
    text = quantities.series(found, scan_table(status="diverged"), phi4(), "4x4", "dense")
    assert text.count("<h2>") == 3
    assert Cells(text).cells == []
