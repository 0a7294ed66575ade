"""What a change reruns, by real dry runs on a finished scan."""

import copy

from small_scan import SMALL


def changed(**sections):
    config = copy.deepcopy(SMALL)
    for section, values in sections.items():
        current = config["phi4"].get(section)
        config["phi4"][section] = current | values if isinstance(current, dict) else values
    return config


def test_nothing_changed(copied):
    assert copied.planned(SMALL) == {}


def test_adding_a_mu_runs_that_mu_and_the_collectors(copied):
    planned = copied.planned(changed(mu=[0.0, 0.5, 0.8]))
    for rule in ("sample_plane", "train_network", "optimize_contour", "sample_contour", "collect_scan"):
        assert planned[rule] == 1
    assert planned["measure_observables"] == 2


def test_a_sampling_parameter_keeps_the_contours(copied):
    planned = copied.planned(changed(hmc={"trajectories": 30}))
    assert planned["sample_contour"] == 2
    assert not {"sample_plane", "train_network", "optimize_contour"} & set(planned)


def test_an_optimization_parameter_keeps_the_dataset_and_the_warm_start(copied):
    planned = copied.planned(changed(optimize={"steps": 40}))
    assert planned["optimize_contour"] == 2
    assert not {"sample_plane", "train_network"} & set(planned)


def test_the_seed_runs_everything(copied):
    """Every stage that draws numbers reads it."""
    planned = copied.planned(SMALL | {"seed": 7})
    assert planned["sample_plane"] == 2
    assert planned["collect_scan"] == 1


def test_a_touched_figure_script_runs_figures_only(copied):
    script = copied.folder / "workflow/scripts/plot_training.py"
    script.write_text(script.read_text() + "\n# a comment\n")
    planned = copied.planned(SMALL)
    assert set(planned) <= {"plot_training", "all"}
    assert planned["plot_training"] == 1
