"""A scan in which one mu diverges: that mu has no numbers and says why, all else is made."""

import copy

import pandas as pd
import pytest

from small_scan import SMALL


@pytest.fixture
def config():
    """With a tiny coupling the field condenses at mu = 1.5, far beyond what a field may reach."""
    config = copy.deepcopy(SMALL)
    config["studies"]["phi4"] |= {
        "parameters": {"mass": 1.0, "coupling": 1e-7},
        "over": {"mu": [0.4, 1.5]},
        "worm": {"enabled": False},
    }
    return config


def test_other_mu_and_all_figures_are_made(project, config):
    done = project.run(config=config)
    assert done.returncode == 0, done.stderr
    assert "sample_plane L2x2 mu=1.5: a field reached |t|" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    folder = project.folder / "results/small"
    table = pd.read_csv(folder / "phi4/L2x2/dense/scan.csv").set_index("mu")
    for column in ("status", "status0"):
        assert table[column].eq("diverged").to_dict() == {0.4: False, 1.5: True}
    measured = ["density", "density_err", "apf_re", "density0", "acceptance", "ess", "thermalization"]
    assert table.loc[1.5, measured].isna().all()
    assert table.loc[0.4, measured].notna().all()
    assert len(list((folder / "figures").iterdir())) == 34
    log = (folder / "logs/sample_contour/phi4_L2x2_dense_mu=1.5.log").read_text()
    assert "a field reached |t|" in log
    # what is known to diverge is not tried again
    assert project.planned(config) == {}
