"""The scan that `make run` makes reaches the accuracy that the project promises."""

import numpy as np
import pandas as pd
import pytest


@pytest.mark.slow
def test_default_scan_against_exact_values(project):
    """Densities within 4 combined errors of the exact ones, chi^2 per point below 2, the promised phase."""
    done = project.run("scan")
    assert done.returncode == 0, done.stderr
    scan = pd.read_csv(project.folder / "results/default/phi4/L4x4/dense/scan.csv")
    assert len(scan) == 11
    assert (scan["status"] == "ok").all()
    for name in ("density", "phi2", "apf0"):
        assert scan[f"{name}_pull"].abs().max() < 4
        assert (scan[f"{name}_pull"] ** 2).mean() < 2
    dense = scan["mu"] >= 1.2
    assert (scan["density_err"] / scan["density"])[dense].max() < 0.02
    assert scan["apf_re"][~dense].min() >= 0.97
    assert scan["apf_re"][dense].min() >= 0.93
    for name in ("apf_im", "density_im", "phi2_im"):
        assert np.all(scan[name].abs() <= 4 * scan[f"{name}_err"] + 1e-12)
