"""What a change reruns, by real dry runs on a finished scan."""

import shutil

import pytest

import pictures
from small_scan import ROOT, SMALL, changed

# what is left to do where a setting is not used: the page shows it
PAGE = {"write_result_page": 1, "all": 1}


def test_nothing_changed(copied):
    assert copied.planned(SMALL) == {}


def test_adding_a_mu_runs_that_mu_and_the_collectors(copied):
    planned = copied.planned(changed(over={"mu": [0.0, 0.5, 0.8]}))
    for rule in ("sample_plane", "train_network", "optimize_contour", "sample_contour", "collect_scan"):
        assert planned[rule] == 1
    assert planned["measure_observables"] == 2
    assert planned["sample_worm"] == planned["collect_exact"] == 1


def test_a_sampling_parameter_keeps_the_contours(copied):
    planned = copied.planned(changed(hmc={"trajectories": 30}))
    assert planned["sample_contour"] == 2
    assert not {"sample_plane", "train_network", "optimize_contour"} & set(planned)


def test_an_optimization_parameter_keeps_the_dataset_and_the_warm_start(copied):
    planned = copied.planned(changed(optimize={"steps": 40}))
    assert planned["optimize_contour"] == 2
    assert not {"sample_plane", "train_network"} & set(planned)


def test_an_approach_is_a_matter_of_the_optimization(copied):
    planned = copied.planned(changed(optimize={"approach": {"mu": 0.1}}))
    assert planned["optimize_contour"] == 2
    assert not {"sample_plane", "train_network"} & set(planned)
    assert copied.planned(changed(optimize={"approach": {}})) == {}


def test_the_network_of_another_contour_runs_nothing_but_the_page_with_all_settings(copied):
    """`reach` belongs to the equivariant contour, `hidden_ratio` to the dense one of this scan."""
    assert copied.planned(changed(network={"reach": 4})) == PAGE
    assert copied.planned(changed(network={"hidden_ratio": 0.5}))["train_network"] == 2


def test_the_exact_simulation_has_nothing_to_do_with_the_contours(copied):
    planned = copied.planned(changed(worm={"sweeps": 500}))
    assert planned["sample_worm"] == 3
    assert not {"sample_plane", "optimize_contour", "measure_observables"} & set(planned)
    finer = copied.planned(changed(worm={"spacing": 0.4}))
    assert finer["collect_exact"] == 1
    assert finer["sample_worm"] == 1


def test_without_the_exact_simulation_only_the_tables_change(copied):
    planned = copied.planned(changed(worm={"enabled": False}))
    assert planned["collect_scan"] == 1
    assert not {"sample_worm", "collect_exact"} & set(planned)


def test_closed_forms_need_no_exact_simulation(project):
    planned = project.planned(changed(parameters={"coupling": 0.0}, over={"mu": [0.0, 0.4]}))
    assert planned["collect_scan"] == 1
    assert "sample_worm" not in planned


def test_the_seed_runs_everything(copied):
    """Every stage that draws numbers reads it."""
    planned = copied.planned(SMALL | {"seed": 7})
    assert planned["sample_plane"] == 2
    assert planned["sample_worm"] == 3
    assert planned["collect_scan"] == 1


@pytest.mark.parametrize("change", [{"checkpoint": {"seconds": 5}}, {"batch": {"sample_worm": 2}}])
def test_what_changes_no_result_runs_nothing(copied, change):
    assert copied.planned(SMALL | change) == {}


@pytest.mark.parametrize("plots", [{"style": "slides"}, {"language": "ja"}], ids=str)
def test_how_figures_look_runs_figures_only(copied, plots):
    planned = copied.planned(SMALL | {"plots": plots})
    figures = {"plot_scan", "plot_training", "plot_history", "plot_phase", "plot_correlation"}
    assert set(planned) == figures | {"plot_free_energy", "plot_series", "write_result_page", "all"}
    assert planned["plot_scan"] == 10


def test_a_figure_in_japanese_is_drawn_in_the_font_of_a_locked_package(copied):
    """From a finished scan; its png and pdf say what they were made with."""
    name = "results/small/figures/phi4_L2x2_dense_apf.png"
    done = copied.run(name, config=SMALL | {"plots": {"language": "ja"}})
    assert done.returncode == 0, done.stdout + done.stderr
    png, pdf = (copied.folder / name).with_suffix(".png"), (copied.folder / name).with_suffix(".pdf")
    assert pictures.settings_of(png)["language"] == pictures.settings_of(pdf)["language"] == "ja"
    assert b"IPAexGothic" in pdf.read_bytes()


@pytest.fixture
def source(tmp_path):
    """A copy of the library that a test may edit, with what Python has compiled of it."""
    return shutil.copytree(ROOT / "src", tmp_path / "src")


def edit(source, module, old, new):
    path = source / "pomflow" / module
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_copy_of_the_library_runs_nothing(copied, source):
    assert copied.planned(SMALL, source) == {}


def test_a_style_and_a_language_that_are_not_used_run_nothing(copied, source):
    edit(source, "plotting/slides.mplstyle", "font.size: 13", "font.size: 14")
    edit(source, "plotting/words_ja.yaml", "平均場近似", "平均場")
    assert copied.planned(SMALL, source) == {}


def test_a_comment_in_the_library_runs_nothing(copied, source):
    edit(source, "samplers/hmc.py", "import numpy as np", "import numpy as np  # a comment")
    assert copied.planned(SMALL, source) == {}


@pytest.mark.parametrize(
    ("module", "old", "new", "reruns", "keeps"),
    [
        (
            "stages/scan/measure_observables.py",
            "BYTES_TOGETHER = 1024,",
            "BYTES_TOGETHER = 512,",
            "measure_observables",
            "sample_contour",
        ),
        ("contours/dense.py", "0.05", "0.06", "train_network", "sample_plane"),
        ("models/complex_phi4/worm.py", "LINK = 4", "LINK = 5", "sample_worm", "measure_observables"),
        ("numerics/integration.py", "h / 2", "h / 3", "collect_exact", "sample_worm"),
        ("analysis/gates.py", "SIGMAS = 5.0", "SIGMAS = 4.0", "collect_scan", "measure_observables"),
        ("models/complex_phi4/exact.csv", "4,4,1,1,0,", "4,4,1,2,0,", "collect_scan", "measure_observables"),
        ("plotting/pomflow.mplstyle", "font.size: 9", "font.size: 8", "plot_scan", "collect_scan"),
        ("plotting/pomflow.mplstyle", "font.size: 9", "font.size: 8", "plot_correlation", "collect_scan"),
        ("plotting/scan/apf.py", "-0.05", "-0.06", "plot_scan", "plot_training"),
    ],
)
def test_an_edit_of_the_library_runs_its_stage_and_later_ones(
    copied, source, module, old, new, reruns, keeps
):
    edit(source, module, old, new)
    planned = copied.planned(SMALL, source)
    assert planned[reruns] >= 1
    assert keeps not in planned


# --- without Snakemake's records: results that were copied, or records that were deleted
# ---------------------


@pytest.fixture
def forgotten(copied):
    """A finished scan of which Snakemake knows nothing."""
    shutil.rmtree(copied.folder / ".snakemake")
    return copied


def test_results_without_records_are_results(forgotten):
    assert forgotten.planned(SMALL) == {}


@pytest.mark.parametrize(
    "config",
    [changed(parameters={"mass": 2.0}), SMALL | {"seed": 7}, changed(over={"mu": [0.0, 0.5, 0.8]})],
    ids=["another mass", "another seed", "one more point"],
)
def test_results_without_records_are_told_by_what_they_say(forgotten, copied, config):
    """The same jobs are run as where there are records, and a report of old numbers is refused."""
    planned = forgotten.planned(config)
    assert planned["sample_plane"] == (1 if len(config["studies"]["phi4"]["over"]["mu"]) == 3 else 2)
    assert planned["collect_scan"] == 1
    refused = forgotten.run("report", config=config)
    assert refused.returncode != 0
    assert "Run `make run` with the same CONFIG= first." in refused.stdout + refused.stderr


def test_what_an_earlier_configuration_left_behind_is_left_alone(forgotten):
    """A point that is no longer asked for is not made anew, whatever seed it had."""
    planned = forgotten.planned(changed(over={"mu": [0.8]}) | {"seed": 7})
    assert planned["optimize_contour"] == 1
