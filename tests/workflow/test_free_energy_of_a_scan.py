"""The free energy of the phase in a real run, of the Gaussian theory, where it is known."""

import math

import pandas as pd

from pictures import settings_of
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import gaussian
from small_scan import changed

CONFIG = changed(
    lattices=[[4, 2]],
    contours=["linear"],
    parameters={"coupling": 0.0},
    over={"mu": [0.8]},
    natural_gradient={"steps": 2, "chains": 8, "thermalization": 2},
    hmc={"chains": 32, "trajectories": 40, "thermalization": 60, "start": "hot"},
    free_energy={"nodes": 3, "trajectories": 40},
)
TABLE = "results/small/phi4/L4x2/linear/scan.csv"
FIGURE = "results/small/figures/phi4_free_energy.png"


def test_columns_and_figure(project):
    """The last columns, within 4 errors of the closed form; other settings of it run nothing else anew."""
    done = project.run(FIGURE, config=CONFIG)
    assert done.returncode == 0, done.stderr
    frame = pd.read_csv(project.folder / TABLE)
    assert list(frame)[-3:] == ["free_energy", "free_energy_err", "status_free_energy"]
    (row,) = frame.to_dict("records")
    assert row["status_free_energy"] == "ok"
    exact = -math.log(gaussian.average_phase_factor(Lattice((4, 2)), 1.0, 0.8)) / 8
    assert abs(row["free_energy"] - exact) <= 4 * row["free_energy_err"]
    assert row["free_energy_err"] < 0.1 * exact
    assert settings_of(project.folder / FIGURE)["pairs"] == [["4x2", "linear"]]
    done = project.run("--dry-run", TABLE, config=changed(CONFIG, free_energy={"nodes": 4}))
    assert project.counted(done.stdout) == {"switch_contour": 1, "collect_scan": 1}
