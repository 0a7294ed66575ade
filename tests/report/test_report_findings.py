"""Warnings: what is wrong in a table is found, and nothing else."""

import numpy as np
import pandas as pd
import pytest

from pomflow.analysis import gates, independence, trainings
from pomflow.report import findings
from pomflow.report.differences import differences
from scan_tables import comparison_table, phi4, scan_table, tilted, two_axes

CLEAN = {"path": "results/x", "revisions": {"abc": ["a.nc"]}, "versions": {"numpy 2": ["a.nc"]}}
CLEAN |= {"seeds": {"1": ["a.nc"], "none": ["b.nc"]}, "damaged": []}


def of_scan(study=None, **changed):
    study = study or phi4()
    table = scan_table(study, **changed)
    return [(found.what, found.where) for found in findings.of_scan(table, study, "4x4", "dense")]


def test_a_good_scan_has_none():
    assert of_scan() == []


def test_every_gate_can_be_explained():
    assert set(findings.MEANING) == {*gates.GATES, gates.DIVERGED, independence.STATUS, trainings.STATUS}


def test_failed_gates_on_the_path_and_on_the_plane():
    found = of_scan(status=["ok", "ess", "ess"], status0=["ok", "ok", gates.DIVERGED])
    assert found == [
        ("gate ess failed", "phi4 4×4 dense, μ = 1, 2"),
        ("diverged", "phi4 4×4 plane, μ = 2"),
    ]


def test_contours_that_contradict_each_other():
    """Both are named; a value that is far from its exact one is not named twice."""
    marked = ["ok", "independence", "ok"]
    assert of_scan(status=marked, status0=marked, density_pull=[0.0, 9.0, 0.0]) == [
        ("gate independence failed", "phi4 4×4 dense, μ = 1"),
        ("gate independence failed", "phi4 4×4 plane, μ = 1"),
    ]


def test_trainings_that_disagree_or_failed():
    """The row is of the first training, so the gates of the others have a place of their own."""
    assert of_scan(status=["ok", "trainings", "ok"], status_trainings=["ok", "ok", "ess"]) == [
        ("gate trainings failed", "phi4 4×4 dense, μ = 1"),
        ("gate ess failed", "phi4 4×4 dense, further trainings, μ = 2"),
    ]


def test_free_energies_that_failed_or_are_far_off():
    """Where the path failed, which is named, there is none for that reason."""
    known = {"free_energy": 0.1, "free_energy_err": 0.01, "free_energy_pull": [9.0, np.nan, 4.0]}
    own = {"status_free_energy": ["apf", "ess", "ok"]}
    assert of_scan(status=["apf", "ok", "ok"], **known, **own) == [
        ("gate apf failed", "phi4 4×4 dense, μ = 0"),
        ("gate ess failed", "phi4 4×4 dense, free energy of the phase, μ = 1"),
        ("free energy of the phase 4.0 errors off", "phi4 4×4 dense, μ = 2"),
    ]


def test_points_of_several_axes_are_named_by_all_of_them():
    found = of_scan(two_axes(), status=["ok", "ess", "ok", "ess"], phi2_pull=[4.0, 0.0, 0.0, 0.0])
    assert found == [
        ("gate ess failed", "phi4 4×4 dense, μ = 0, λ = 2; μ = 1, λ = 2"),
        ("squared field 4.0 errors off", "phi4 4×4 dense, μ = 0, λ = 0.5"),
    ]


@pytest.mark.parametrize("column", ["density_pull", "phi2_pull", "apf0_pull"])
def test_large_pulls(column):
    [(what, where)] = of_scan(**{column: [0.0, -3.2, 2.9]})
    assert what.endswith("3.2 errors off")
    assert where == f"phi4 4×4 {'plane' if column == 'apf0_pull' else 'dense'}, μ = 1"


@pytest.mark.parametrize("column", ["apf_im", "density_im", "phi2_im", "apf0_im"])
def test_imaginary_parts_that_are_not_zero(column):
    [(what, where)] = of_scan(**{column: [0.0, 0.0, 0.04]})
    assert what.startswith("Im ")
    assert what.endswith("4.0 errors off")
    assert where == f"phi4 4×4 {'plane' if column == 'apf0_im' else 'dense'}, μ = 2"


def test_another_model_says_itself_what_vanishes(monkeypatch):
    """Its phase is complex, so Im APF is no difference; an observable that vanishes is one."""
    study = tilted(monkeypatch)
    assert of_scan(study, apf_im=0.9, apf0_im=0.9, odd_part_im=0.9) == []
    assert of_scan(study, odd_part=[0.01, 0.05]) == [("odd part 5.0 errors off", "tilted 4×4 dense, θ = 1.5")]
    [(what, _)] = of_scan(study, slant_im=[0.05, 0.01])
    assert what == "Im slant of everything 5.0 errors off"


def test_exact_imaginary_parts_are_compared_too(monkeypatch):
    study = tilted(monkeypatch)
    table = scan_table(study, odd_part_im_pull=[0.5, 4.0], apf0_im_pull=[5.0, 0.5], slant_im_pull=9.0)
    found = differences(table, study)
    # what vanishes, slant_im and odd_part, is compared with zero only
    assert list(found["name"].unique()) == [
        "slant", "odd_part_im", "apf0", "apf0_im", "odd_part", "slant_im"
    ]  # fmt: skip
    far = found[found["sigmas"].abs() > 3]
    assert list(far["words"]) == ["Im odd part", "Im average phase factor"]
    assert list(far["plane"]) == [False, True]
    assert list(far["point"]) == ["θ = 1.5", "θ = 0.5"]


def test_a_value_behind_a_failed_gate_is_named_once():
    assert of_scan(status=["ok", "ok", "ess"], density_pull=[0.0, 0.0, 9.0]) == [
        ("gate ess failed", "phi4 4×4 dense, μ = 2")
    ]


def test_unknown_exact_values_are_no_warning():
    assert of_scan(density_pull=np.nan, phi2_pull=np.nan, apf0_pull=np.nan) == []
    without = scan_table().drop(columns=["density_pull", "phi2_pull", "apf0_pull"])
    assert len(differences(without, phi4())) == 4 * len(without)


def test_the_exact_simulation():
    table = pd.DataFrame({"mu": [0.0, 1.0], "status": ["ok", "thermalization"]})
    [found] = findings.of_exact(table, phi4(), "8x8")
    assert found.where == "phi4 8×8 exact simulation, μ = 1"


def test_complex_langevin_dynamics_but_no_other_method():
    table = comparison_table(phi4(over={"mu": [1.0]}), ["dense", "langevin"], density_pull=4.0)
    [found] = findings.of_comparison(table, phi4())
    assert found.where == "phi4 4×4 complex Langevin, μ = 1"


def test_ising():
    fitted = {"t_c_corrected": 2.30, "t_c_corrected_err": 0.008, "t_c_corrected_systematic": 0.006}
    critical = pd.DataFrame([fitted | {"t_c_corrected_doubtful": False, "t_c_exact": 2.2692}])
    marks = {"source": "network", "estimator": ["steepness", "width"], "doubtful": False}
    exponents = pd.DataFrame(marks)
    heat = {"L": 8, "beta": [0.4, 0.44], "specific_heat": [1.0, 2.0], "specific_heat_exact": [1.1, 2.0]}
    thermodynamics = pd.DataFrame(heat | {"specific_heat_err": 0.02, "specific_heat_pull": [np.nan, -3.1]})
    found = list(findings.of_ising(critical, exponents, thermodynamics, "Ising model"))
    assert [finding.where for finding in found] == ["Ising", "Ising L = 8, β = 0.4", "Ising L = 8, β = 0.44"]
    assert found[1].meaning == "Up to 5.0 standard errors from the exact values, of 2 points."
    assert found[2].meaning == "Up to 3.1 standard errors from reweighted histograms, of 1 points."
    thermodynamics["specific_heat_pull"] = 1.0
    # 3.08 statistical and systematic errors together are 3.85 of the statistical ones
    wider = critical.assign(t_c_corrected_systematic=0.02)
    assert not list(findings.of_ising(wider, exponents, thermodynamics.iloc[1:], "Ising model"))
    [found] = findings.of_ising(
        wider.assign(t_c_corrected_doubtful=True), exponents, thermodynamics.iloc[1:], "Ising model"
    )
    assert found.what == "χ² refuses every fit of T_c that it can test"
    refused = exponents.assign(doubtful=[False, True])
    [found] = findings.of_ising(wider, refused, thermodynamics.iloc[1:], "Ising model")
    assert found.what == "χ² refuses every fit of an exponent that it can test"
    assert found.meaning.startswith("width by network: ")
    unknown = critical.assign(t_c_corrected=np.nan, t_c_corrected_err=np.nan)
    assert not list(
        findings.of_ising(unknown, exponents, thermodynamics.assign(specific_heat=np.nan), "Ising model")
    )


def test_lessons():
    rows = {"lesson": "descent", "quantity": ["a", "b"], "value": [1.0, 2.0], "expected": ["< 2", "< 1"]}
    [found] = findings.of_lessons(pd.DataFrame(rows | {"passed": [True, False]}))
    assert (found.what, found.where) == ("b", "lesson descent")
    assert found.meaning == "It is 2, not < 1."


def test_one_revision_and_one_seed_are_no_warning():
    assert not list(findings.of_folder(CLEAN))


@pytest.mark.parametrize("name", ["revisions", "versions", "seeds"])
def test_mixed_files(name):
    mixed = CLEAN | {name: {"one": ["a.nc"], "another": ["b.nc", "c.nc"]}}
    [found] = findings.of_folder(mixed)
    assert found.meaning == "1 files of one; 2 files of another."


def test_changed_source_and_damaged_files():
    about = CLEAN | {"revisions": {"abc-dirty": ["a.nc"]}, "damaged": ["b.nc: was changed."]}
    assert [found.what for found in findings.of_folder(about)] == ["the source was changed", "a damaged file"]
