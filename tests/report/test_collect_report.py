"""The stage that writes all pages and numbers: of several studies, models and axes in one report."""

import json

import pandas as pd
import pytest

from pomflow.config.scan import Study
from pomflow.errors import StoreError
from pomflow.io import netcdf
from pomflow.report.quoted import Quoted
from pomflow.stages.report import collect_report
from pomflow.stages.scan.results import results_dataset
from scan_tables import comparison_table, curves_table, phi4, scan_table, series_tables, tilted, two_axes

CRITICAL = pd.DataFrame(
    {
        "source": ["dense", "exact"],
        "method": ["crossing", "crossing"],
        "lattices": ["4x4x4 4x6x6"] * 2,
        "critical": [1.1, float("nan")],
        "critical_err": [0.002, float("nan")],
        "critical_sys": [0.001, float("nan")],
        "exponent": float("nan"),
        "exponent_err": float("nan"),
        "chi2_per_dof": 1.2,
        "dof": 3,
        "low": 1.0,
        "high": 1.2,
        "status": ["ok", "no_crossing"],
    }
)
EXACT = ("density", "density_pq", "phi2", "phi2_pq", "apf0")
PAGES = ("scan", "pulls", "health", "budget")


def exact_table(study):
    """scan.csv of an exact simulation."""
    table = scan_table(study)[list(study.axes)]
    numbers = {f"{name}{end}": 0.5 for name in EXACT for end in ("", "_err")}
    return table.assign(**numbers, status="ok")


@pytest.fixture
def report(tmp_path, monkeypatch):
    """Inputs, outputs and parameters of a report of three studies, of which two are compared."""
    studies = [
        phi4(finite_size={"method": "crossing", "quantity": "binder"}),
        Study("grid", two_axes().settings),
        tilted(monkeypatch),
    ]
    netcdf.write(
        results_dataset({}, {}), tmp_path / "x.nc", "x", netcdf.describe_run({}, "CPU", netcdf.Clock.start())
    )
    paths = [(study.name, "4x4", "dense") for study in studies]
    places = {
        "scan": [(study, scan_table(study, density_pull=9.0)) for study in studies],
        "exact": [(study, exact_table(study)) for study in studies[:2]],
        "comparison": [(study, comparison_table(study)) for study in studies[1:]],
        "finite_size": [(studies[0], CRITICAL)],
        "curves": [(studies[0], curves_table(studies[0]))],
    }
    inputs = {name: [] for name in places}
    for name, tables in places.items():
        for study, table in tables:
            inputs[name].append(str(tmp_path / f"{name}_{study.name}.csv"))
            netcdf.write_table(table, inputs[name][-1])
    inputs["series"] = []
    for study in studies:
        for name, table in series_tables(study).items():
            inputs["series"].append(str(tmp_path / f"{name}_{study.name}.csv"))
            netcdf.write_table(table, inputs["series"][-1])
    names = [f"{page}_{study}_L4x4_dense" for study, *_ in paths for page in PAGES]
    names += [f"{page}_{study}_L4x4_dense" for study in ("phi4", "grid") for page in ("quantities", "series")]
    names += ["curves_phi4_L4x4_dense"]
    names += ["exact_phi4_L4x4", "exact_grid_L4x4", "comparison_grid", "comparison_tilted"]
    names += ["finite_size_phi4"]
    outputs = {name: tmp_path / f"{name}.html" for name in (*names, "warnings", "settings")}
    params = {
        "folder": str(tmp_path),
        "paths": paths,
        "exact": [("phi4", "4x4"), ("grid", "4x4")],
        "comparisons": ["grid", "tilted"],
        "finite_sizes": ["phi4"],
        "systems": {},
        "curves": [("phi4", "4x4", "dense")],
        "config": {"scan": "my_scan", "studies": {study.name: study.settings for study in studies}},
    }
    return inputs, outputs | {"numbers": tmp_path / "numbers.json"}, params


def test_every_page_is_written_and_is_of_its_study(report):
    inputs, outputs, params = report
    collect_report.run(inputs, outputs, params)
    pages = {name: path.read_text() for name, path in outputs.items()}
    assert "<h1>Scan, grid 4×4 dense</h1>" in pages["scan_grid_L4x4_dense"]
    assert "<h1>Monte Carlo, tilted 4×4 dense</h1>" in pages["health_tilted_L4x4_dense"]
    assert "<h1>Error budget, grid 4×4 dense</h1>" in pages["budget_grid_L4x4_dense"]
    assert "<h1>Exact values, phi4 4×4</h1>" in pages["exact_phi4_L4x4"]
    assert "<h1>Susceptibilities and more, grid 4×4 dense</h1>" in pages["quantities_grid_L4x4_dense"]
    assert "<h1>Series, grid 4×4 dense</h1>" in pages["series_grid_L4x4_dense"]
    assert "<h1>Curves, phi4 4×4 dense</h1>" in pages["curves_phi4_L4x4_dense"]
    assert "σ_z" in pages["comparison_tilted"]
    assert "1.100(2)" in pages["finite_size_phi4"]
    assert "no critical point (crossing)" in pages["warnings"]
    assert "λ" not in pages["comparison_tilted"]
    assert "phi4 4×4 dense, μ = 1" in pages["warnings"]
    numbers = json.loads(pages["numbers"])
    assert list(numbers["scans"]) == [f"{name} 4x4 dense" for name in ("phi4", "grid", "tilted")]
    assert list(numbers["comparison"]) == ["grid", "tilted"]
    assert numbers["series"]["tilted 4x4 dense"] == {}
    # 3 points with 3 momenta and times
    assert numbers["series"]["phi4 4x4 dense"]["correlator"]["count"] == 27
    # one for each point; the model without this observable has none
    assert sum("number density 9.0 errors off" in warning for warning in numbers["warnings"]) == 3 + 4
    assert not [warning for warning in numbers["warnings"] if "tilted" in warning]
    assert Quoted(str(outputs["numbers"]))["made"]["studies"][2]["name"] == "tilted"


def test_a_table_without_one_of_its_axes_is_refused(report):
    inputs, outputs, params = report
    path = inputs["scan"][1]
    pd.read_csv(path).drop(columns="coupling").to_csv(path, index=False)
    with pytest.raises(StoreError, match="lacks the column coupling"):
        collect_report.run(inputs, outputs, params)
