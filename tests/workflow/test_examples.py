"""The example configs are valid, plan what they are about, and the quick one runs."""

import pandas as pd
import pytest
import yaml

from pictures import settings_of
from pomflow.__main__ import main
from small_scan import ROOT

# of each example, how many jobs of some rules a dry run plans; None: rules that it must not plan
PLANNED = {
    "quick_look": {"optimize_contour": 1, "sample_worm": 7, "train_classifier": None, "teach_lesson": None},
    "dense_or_symmetric": {"optimize_contour": 16, "compare_contours": 1, "sample_langevin": None},
    "one_and_three_dimensions": {"optimize_contour": 8, "sample_worm": 26, "collect_exact": 2},
    "free_theory": {"optimize_contour": 16, "sample_worm": None, "collect_exact": None},
    "larger_lattice": {"optimize_contour": 6, "sample_plane": 6},
    "own_ising_study": {"train_classifier": 4, "sample_plane": None, "extract_couplings": 1},
    "cluster_batches": {"optimize_contour": 41, "sample_worm": 41},
    "restart_with_smaller_steps": {"optimize_contour": 4},
    # two contours on two lattices at 11 mu, all with exact values in closed form
    "thirring": {"optimize_contour": 44, "sample_contour": 44, "sample_worm": None, "train_classifier": None},
    # a ring in closed form, a square and a cube that are simulated, the cube beside the baselines
    "xy": {"optimize_contour": 17, "sample_worm": 9, "collect_exact": 2, "sample_langevin": 3},
    # four and two mu with two contours, and one mu on three lattices with one
    "hubbard": {"optimize_contour": 15, "sample_contour": 15, "sample_plane": 9, "sample_worm": None},
    # two contours at four mu, two on a larger lattice at one, which were on the smaller one before
    "thirring_volume": {"optimize_contour": 12, "sample_contour": 10, "sample_worm": None},
    # two contours on 4x4 and one on 8x8, at four couplings in closed form
    "u1_gauge": {"optimize_contour": 12, "sample_contour": 12, "sample_worm": None},
    # three contours at five mu, all with exact values
    "qcd_0p1": {"optimize_contour": 15, "sample_plane": 5, "sample_worm": None},
    # four times; the integral over the plane does not converge
    "oscillator": {"optimize_contour": 4, "sample_plane": None, "measure_observables": 4},
    # five and four points of two studies
    "one_variable": {"optimize_contour": 9, "sample_plane": 9, "sample_worm": None},
    # seven mu on four lattices, no integral over mu
    "critical_point": {"optimize_contour": 28, "sample_worm": 28, "fit_finite_size": 1},
    # a grid of 4 x 3 points; the exact simulation runs at two couplings, the third is in closed form
    "two_axes": {"optimize_contour": 12, "sample_plane": 12, "sample_worm": 20},
}
TARGETS = {"own_ising_study": ["ising"]}


def path_of(name):
    return f"config/examples/{name}.yaml"


def test_every_example_is_tested():
    assert {path.stem for path in (ROOT / "config/examples").iterdir()} == set(PLANNED)


@pytest.mark.parametrize("name", PLANNED)
def test_an_example_is_valid_named_like_its_file_and_says_what_it_is_for(name, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert main(["validate", path_of(name)]) == 0
    assert f"{name}, to results/{name}" in capsys.readouterr().out
    text = (ROOT / path_of(name)).read_text()
    assert text.startswith("# ")
    # what belongs to the default scan alone is switched on or off in words
    assert {"ising", "lessons"} <= set(yaml.safe_load(text))


@pytest.mark.parametrize("name", PLANNED)
def test_a_dry_run_plans_what_an_example_is_about(name, project):
    done = project.run("--dry-run", *TARGETS.get(name, []), "--configfile", path_of(name))
    assert done.returncode == 0, done.stderr
    planned = project.counted(done.stdout)
    assert {rule: planned.get(rule) for rule in PLANNED[name]} == PLANNED[name]


@pytest.mark.slow
def test_the_quick_look_is_quick_and_right(project):
    """One mu: the phase is back, and the density is the exact one."""
    figure = "results/quick_look/figures/phi4_L4x4_equivariant_phase.png"
    done = project.run("scan", figure, "--configfile", path_of("quick_look"))
    assert done.returncode == 0, done.stderr
    scan = pd.read_csv(project.folder / "results/quick_look/phi4/L4x4/equivariant/scan.csv")
    assert list(scan["status"]) == ["ok"]
    assert scan["apf_re"][0] > 0.98
    assert scan["apf0_exact"][0] < 0.6
    assert abs(scan["density_pull"][0]) < 4
    assert settings_of(project.folder / figure)["contour"] == "equivariant"
