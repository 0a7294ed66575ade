"""The scan that `make run` makes reaches the accuracy that the project promises."""

import numpy as np
import pandas as pd
import pytest

from small_scan import Project


@pytest.fixture(scope="module")
def default_scan(tmp_path_factory):
    project = Project(tmp_path_factory.mktemp("default"))
    done = project.run("scan", seconds=3600)
    assert done.returncode == 0, done.stderr
    return project.folder / "results/default/phi4"


def assert_exact_values_are_precise(scan):
    """An exact value has at most a third of the error of what it judges, on the path or on the plane."""
    for name, judged in (
        ("density", ["density_err", "density0_err"]),
        ("phi2", ["phi2_err", "phi20_err"]),
        ("apf0", ["apf0_re_err"]),
    ):
        assert (scan[f"{name}_exact_err"] <= scan[judged].max(axis=1) / 3).all(), name


def check(scan, least_phase: float, least_phase_dense: float):
    """Densities within 4 combined errors of the exact ones, chi^2 per point below 2, the promised phase."""
    assert len(scan) == 11
    assert_exact_values_are_precise(scan)
    assert (scan["status"] == "ok").all()
    for name in ("density", "phi2", "apf0"):
        assert scan[f"{name}_pull"].abs().max() < 4
        assert (scan[f"{name}_pull"] ** 2).mean() < 2
    dense = scan["mu"] >= 1.2
    assert scan["apf_re"][~dense].min() >= least_phase
    assert scan["apf_re"][dense].min() >= least_phase_dense
    for name in ("apf_im", "density_im", "phi2_im"):
        assert np.all(scan[name].abs() <= 4 * scan[f"{name}_err"] + 1e-12)
    return (scan["density_err"] / scan["density"])[dense].max()


@pytest.mark.slow
def test_published_contour_on_4x4(default_scan):
    scan = pd.read_csv(default_scan / "L4x4/dense/scan.csv")
    assert check(scan, 0.97, 0.93) < 0.02


@pytest.mark.slow
def test_symmetric_contour_on_8x8(default_scan):
    """Where the plane's average phase factor is 0.001, that of the contour is above 0.99."""
    scan = pd.read_csv(default_scan / "L8x8/equivariant/scan.csv")
    check(scan, 0.99, 0.99)
    assert scan["apf0_exact"].min() < 0.002
