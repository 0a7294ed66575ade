"""A model whose integral does not converge on the plane: nothing samples the plane, and nothing misses it."""

import pandas as pd
import pytest

from small_scan import Project

STUDY = {
    "model": "oscillator",
    "lattices": [[4], [6]],
    "parameters": {"coupling": 2.0},
    "over": {"time": [0.2, 0.4]},
    "contours": ["flow"],
    "natural_gradient": {"steps": 10, "chains": 64, "thermalization": 10},
    "hmc": {"chains": 16, "trajectories": 80, "thermalization": 40},
    "compare": {"enabled": True, "langevin": True},
    "langevin": {"chains": 8, "steps": 200, "thermalization": 50},
}
CONFIG = {
    "scan": "small",
    "studies": {"realtime": STUDY},
    "ising": {"enabled": False},
    "lessons": {"enabled": False},
}
REPORT = "results/small/report.html"


def test_no_job_samples_the_plane(tmp_path):
    done = Project(tmp_path).run("scan", "figures", "compare", "--dry-run", config=CONFIG)
    assert done.returncode == 0, done.stderr
    planned = Project.counted(done.stdout)
    assert "sample_plane" not in planned
    assert (planned["sample_contour"], planned["measure_observables"]) == (4, 4)


@pytest.mark.slow
def test_tables_figures_and_the_report_do_without(tmp_path):
    project = Project(tmp_path)
    for arguments in ((), ("report", "--report", REPORT, "--report-after-run")):
        done = project.run(*arguments, config=CONFIG)
        assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / REPORT).stat().st_size > 10000
    results = tmp_path / "results/small"
    table = pd.read_csv(results / "realtime/L6/flow/scan.csv")
    assert not [name for name in table if name.startswith("apf0") or name.endswith("0")]
    assert "status0" not in table
    assert {"apf_re", "status", "correlator_pull", "correlator_im_pull", "square_exact"} <= set(table)
    assert (table["correlator_pull"].abs() < 5).all()
    assert not list((results / "realtime").glob("L*/plane"))
    for name in ("apf", "apf_im", "correlator", "square", "phase", "history", "training", "correlation"):
        assert (results / f"figures/realtime_L6_flow_{name}.png").stat().st_size > 1000
    methods = pd.read_csv(results / "realtime/compare/contours.csv")["method"].unique()
    assert list(methods) == ["flow", "langevin"]
