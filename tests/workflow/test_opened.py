"""A finished scan opened from Python: the numbers of its tables, and what one may calculate with them."""

import multiprocessing
import shutil

import numpy as np
import pyerrors
import pytest

import pomflow
from pomflow.errors import StoreError


@pytest.fixture(scope="module")
def scan(finished):
    return pomflow.open_scan(finished.folder / "results/small")


@pytest.fixture(scope="module")
def run(scan):
    return scan.run("phi4", "2x2", "dense", mu=0.8)


def test_means_are_those_of_the_table(scan, run):
    row = scan.table("phi4", "2x2", "dense").set_index("mu").loc[0.8]
    found = {"apf": run.average_phase_factor} | run.observables
    assert set(found) == {"apf", "density", "phi2"}
    assert found["apf"].real.value == pytest.approx(row["apf_re"], rel=1e-9)
    assert found["apf"].real.dvalue == pytest.approx(row["apf_re_err"], rel=1e-6)
    for name, mean in run.observables.items():
        assert mean.real.value == pytest.approx(row[name], rel=1e-9)
        assert mean.imag.value == pytest.approx(row[f"{name}_im"], abs=1e-9)
        assert mean.real.dvalue == pytest.approx(row[f"{name}_err"], rel=0.05)


def test_weights_are_those_of_the_configurations_on_the_path(run):
    """ln(det J exp(-S)) once more, from the fields."""
    t = run.t.reshape(-1, run.model.size)
    point = run.path.at(t)
    again = point.log_det() - run.model.value(point.z)
    assert again.reshape(run.log_weight.shape).real == pytest.approx(run.log_weight.real, abs=1e-10)
    assert np.exp(1j * again.imag).reshape(run.phase_factor.shape) == pytest.approx(
        run.phase_factor, abs=1e-10
    )
    assert run.z.reshape(t.shape) == pytest.approx(point.z, abs=1e-14)
    assert np.abs(run.z.imag).max() > 1e-3


def test_means_of_one_run_are_correlated_and_those_of_two_are_not(scan, run):
    density = run.observables["density"].real
    assert (density - run.mean(run.series["density"]).real).is_zero()
    at_zero = scan.run("phi4", "2x2", "dense", mu=0.0).observables["density"].real
    correlation = pyerrors.covariance([density, run.observables["phi2"].real, at_zero], correlation=True)
    assert abs(correlation[0, 1]) > 0.1
    assert correlation[0, 2] == 0


def test_any_function_of_the_configurations_has_a_mean(run):
    """An identity: the mean of a total derivative, here of z dS/dz - 1 for all variables, vanishes."""
    values = run.evaluate(lambda at: (at.z * at.gradient).sum(axis=1) - run.model.size)
    mean = run.mean(values).real
    assert values.shape == run.phase_factor.shape
    assert abs(mean.value) < 4 * mean.dvalue
    assert 0 < mean.dvalue < 1


def test_a_plane_has_no_training_and_a_contour_has_its_history(scan, run):
    plane = scan.run("phi4", "2x2", "plane", mu=0.8)
    assert plane.history is None
    assert plane.z == pytest.approx(plane.t)
    assert run.history.sizes["step"] == 30
    assert "apf_re" in run.history


def test_a_run_is_opened_by_its_folder_too(scan, run):
    again = pomflow.open_run(scan.folder / "phi4/L2x2/dense/mu=0.8")
    assert again.name == run.name == "phi4 2x2 dense mu=0.8"
    assert np.array_equal(again.t, run.t)


def test_configurations_of_another_action_are_refused(scan, run, monkeypatch):
    """The code of the model was changed behind a finished scan."""
    model = type(run.model)
    value = model.value
    with monkeypatch.context() as changed:
        changed.setattr(model, "value", lambda self, z: value(self, z) * (1 + 1e-12))
        assert scan.run("phi4", "2x2", "dense", mu=0.8).name == run.name
        for factor in (1.01, 1 + 0.01j):
            changed.setattr(model, "value", lambda self, z, factor=factor: factor * value(self, z))
            with pytest.raises(
                StoreError, match=r"samples.nc: ln w of a configuration was .* by the code of now"
            ):
                scan.run("phi4", "2x2", "dense", mu=0.8)


def test_a_run_goes_to_another_process(run):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        [found] = pool.map(_mean_of_density, [run])
    assert found == _mean_of_density(run)


def _mean_of_density(run) -> tuple[float, float]:
    mean = run.observables["density"]
    return mean.real.value, mean.real.dvalue


def test_a_scan_stays_open_where_the_process_works_elsewhere(scan, run, monkeypatch, tmp_path):
    """A relative folder, or one below that of the user; a run reads its history when it is asked for."""
    monkeypatch.chdir(scan.folder.parent)
    again = pomflow.open_scan(scan.folder.name)
    other = again.run("phi4", "2x2", "dense", mu=0.8)
    monkeypatch.setenv("HOME", str(scan.folder.parent))
    monkeypatch.chdir(tmp_path)
    assert pomflow.open_scan(f"~/{scan.folder.name}").places == again.places == scan.places
    assert other.history.identical(run.history)


def test_values_need_not_be_written_as_in_a_config(scan, run):
    """The end of a range is 0.7999999999999999."""
    value = 0.1 * 3 + 0.5 - 1e-16
    assert value != 0.8
    assert scan.run("phi4", "2x2", "dense", mu=value).name == run.name
    assert scan.run("phi4", "2x2", "dense", mu="0.8").name == run.name


def test_points_are_there_when_they_are_sampled(scan, tmp_path):
    """A scan that is being made is looked through at every question."""
    shutil.copytree(scan.folder / "phi4/L2x2/dense/mu=0", tmp_path / "phi4/L2x2/dense/mu=0")
    growing = pomflow.open_scan(tmp_path)
    assert len(growing.places) == 1
    shutil.copytree(scan.folder / "phi4/L2x2/dense/mu=0.8", tmp_path / "phi4/L2x2/dense/mu=0.8")
    assert len(growing.places) == 2
    assert growing.run("phi4", "2x2", "dense", mu=0.8).name == "phi4 2x2 dense mu=0.8"


def test_what_is_not_there_is_named_with_what_is(scan, run, tmp_path):
    with pytest.raises(
        StoreError, match=r"has no samples of phi4 2x2 dense mu=1\. There are: phi4 2x2 dense mu=0; "
    ):
        scan.run("phi4", "2x2", "dense", mu=1.0)
    with pytest.raises(
        StoreError, match=r"holds no samples of any point, and no spins\. Name the folder of a scan"
    ):
        pomflow.open_scan(tmp_path)
    with pytest.raises(StoreError, match=r"samples\.nc"):
        pomflow.open_run(tmp_path)
    with pytest.raises(StoreError, match=r"linear/scan\.csv: does not exist"):
        scan.table("phi4", "2x2", "linear")
    with pytest.raises(StoreError, match=r"has no samples of phi4 \(2, 2\) dense mu=0\."):
        scan.run("phi4", (2, 2), "dense", mu=0)
    with pytest.raises(
        ValueError, match=r"values has the shape \(3,\), not \(chains, recorded\) = \(8, 10\)"
    ):
        run.mean(np.ones(3))
