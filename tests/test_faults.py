"""Numerical faults: a run that diverged says so in its file, the table and the figures, and no NaN hides."""

import errno
import math
import sys

import numpy as np
import pytest
import xarray as xr

from builders import build_contour, phi4
from kept import checkpoint_in
from pomflow.analysis import gates, statistics
from pomflow.analysis.estimates import Estimate, largest
from pomflow.errors import ConfigError, DivergenceError, LostError
from pomflow.io import netcdf
from pomflow.jobs import faults
from pomflow.plotting import common
from pomflow.random.stream import Stream
from pomflow.stages.scan import optimize_contour, plots
from pomflow.stages.scan.collect_scan import NO_NUMBERS, _measured, scan_row
from pomflow.stages.scan.compare_contours import _values, comparison_row, statuses_of
from pomflow.training.optimize import optimize

TRAINING = {
    "steps": 120,
    "leapfrog_steps": 5,
    "start": "hot",
    "chains": 8,
    "step_size": 0.1,
    "thermalization": 0,
    "learning_rate": 0.01,
    "control_variate": 1,
    "target_acceptance": 0.8,
    "restart": False,
    "approach": {},
}
POINT = {
    "study": "phi4",
    "model": "complex_phi4",
    "lattice": "2x2",
    "parameters": {"mass": 1.0, "coupling": 1.0, "mu": 0.8},
    "point": "mu=0.8",
    "seed": 1,
    "backend": "numpy",
    "contour": "dense",
    "network": {"hidden_ratio": 1.0},
}


@faults.recorded("samples")
def diverging(inputs, outputs, params):
    raise DivergenceError("sample_contour L4x4 mu=1", "a field reached |t| = 2e+03", "Lower the step_size")


@faults.recorded("observables")
def reading(inputs, outputs, params):
    netcdf.read(inputs["samples"], "samples", ["field"])


@pytest.fixture
def lost(tmp_path, capsys):
    """A file of samples that diverged, and one of observables made from it."""
    paths = {name: tmp_path / f"{name}.nc" for name in ("samples", "observables")}
    diverging({}, {"samples": paths["samples"]}, {"mu": "1"})
    assert capsys.readouterr().err.count("pomflow: sample_contour L4x4 mu=1: a field reached") == 1
    reading({"samples": paths["samples"]}, {"observables": paths["observables"]}, {"mu": "1"})
    assert capsys.readouterr().err == ""
    return paths


def test_a_divergence_is_a_file_that_says_so_again_and_again(lost):
    for kind, path in lost.items():
        with pytest.raises(LostError, match=r"mu=1: a field reached .* Lower the step_size"):
            netcdf.read(path, kind, ["anything"])
        assert netcdf.read_provenance(path, kind)["config"] == '{"mu": "1"}'


def test_a_divergence_is_recorded_where_nobody_can_hear_of_it(tmp_path, monkeypatch):
    """The disk behind the standard error is full, or its terminal closed."""

    def refuse(text):
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "samples.nc"
    monkeypatch.setattr(sys.stderr, "write", refuse)
    diverging({}, {"samples": path}, POINT)
    with pytest.raises(LostError, match="a field reached"):
        netcdf.read(path, "samples", ["field"])


def test_time_of_earlier_sittings_counts(tmp_path):
    """A job that was resumed before it diverged has cost both sittings."""
    path = tmp_path / "samples.nc"
    kept = checkpoint_in(tmp_path)
    kept._earlier["seconds"] = 50.0
    faults.recorded("samples")(diverging_long)({}, {"samples": path}, {"mu": "1"}, kept)
    assert netcdf.read_provenance(path, "samples")["seconds"] >= 50


def diverging_long(inputs, outputs, params, checkpoint):
    diverging.__wrapped__(inputs, outputs, params)


def test_what_a_run_that_diverged_has_cost_buys_nothing(lost):
    here, exact = ("4x4", "plane", "mu=1"), dict.fromkeys(("density", "phi2"), Estimate(1.0, 0.0))
    assert _values(lost["observables"], list(exact), {}) == {}
    row = comparison_row({}, {"observables": lost["observables"]}, exact)
    assert statuses_of({here: {}}, list(exact)) == {here: gates.DIVERGED}
    assert all(
        math.isnan(row[name]) for name in ("density", "train_seconds", "sample_seconds", "ess_per_second")
    )


def test_other_errors_stay_errors(tmp_path):
    @faults.recorded("samples")
    def stage(inputs, outputs, params):
        raise ConfigError("mu", "is bad", "Mend it")

    with pytest.raises(ConfigError):
        stage({}, {"samples": tmp_path / "file.nc"}, {})
    assert not list(tmp_path.iterdir())


def test_the_row_of_a_run_that_diverged(lost):
    """Nothing measured is a number, the exact values stay, and the status says why; the plane is apart."""
    names = ["density", "phi2"]
    numbers = {name: 1.0 for name in ("apf_re", "apf_im", "density", "density_im", "phi2", "phi2_im")}
    numbers |= {f"{name}_err": 0.1 for name in numbers} | {"exp_dh": 1.0, "exp_dh_err": 0.1}
    numbers |= {"dh_balance": 0.0, "dh_balance_err": 0.01, "chain_length": 100, "tau_int": 1.0}
    numbers |= {"acceptance": 0.8, "acceptance_min": 0.5, "ess": 500.0, "thermalization": 1.0}
    exact = {"density": Estimate(0.9, 0.0)}
    assert _measured(lost["observables"], names, {}) is NO_NUMBERS
    row = scan_row({"dense": NO_NUMBERS, "plane": numbers}, "dense", names, {}, exact)
    assert (row["status"], row["status0"]) == (gates.DIVERGED, gates.OK)
    assert math.isnan(row["density"])
    assert math.isnan(row["acceptance"])
    assert row["density0"] == 1.0
    assert row["density_exact"] == 0.9
    healthy = numbers | {"tau_phase": 1, "largest_weight": 0, "n_samples": 9}
    row = scan_row({"dense": healthy, "plane": NO_NUMBERS}, "dense", names, {}, exact)
    assert (row["status"], row["status0"]) == (gates.OK, gates.DIVERGED)


@pytest.mark.parametrize("gate", gates.GATES)
def test_no_gate_lets_a_nan_pass(gate):
    names = (
        "acceptance",
        "acceptance_min",
        "thermalization",
        "drift_tail",
        "virial",
        "dh_balance",
        "apf_re",
        "apf_im",
        "ess",
        "tau_int",
        "chain_length",
    )
    row = dict.fromkeys([*names, *(f"{name}_err" for name in names)], math.nan)
    assert gates.status(row, [gate]) == gate


def test_a_nan_is_not_averaged_away():
    series = np.random.default_rng(1).normal(size=(8, 50))
    series[3, 20] = np.nan
    assert math.isnan(statistics.mean(series).value)
    assert all(math.isnan(part.value) for part in statistics.reweighted(np.ones((8, 50)) + 0j, series + 0j))
    assert math.isnan(largest([1.0, math.nan, 2.0]))
    assert largest([1.0, 3.0, 2.0]) == 3.0


@pytest.mark.parametrize("steps", [30, 150])
def test_a_batch_that_hardly_moves_stops_a_training(steps):
    """The step size is told to aim at an acceptance of 1 %."""
    model = phi4(2, 2)
    contour = build_contour("dense", model)
    theta = contour.initial_parameters(Stream(1, "initial"))
    settings = TRAINING | {"target_acceptance": 0.01, "step_size": 2.0}
    with pytest.raises(DivergenceError, match=r"% of the last (30|100) trajectories were accepted"):
        optimize(model, contour, theta, settings, Stream(1, "o"), range(steps), "test")


# --- a second attempt ---------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path):
    """The start of a contour, and where the contour goes."""
    theta = build_contour("dense", phi4(2, 2)).initial_parameters(Stream(1, "initial"))
    provenance = netcdf.describe_run({}, "numpy", netcdf.Clock.start()) | {"training_seconds": 0.0}
    network = tmp_path / "network.nc"
    netcdf.write(xr.Dataset({"theta": ("parameter", theta)}), network, "network", provenance)
    return {"network": network}, {"contour": tmp_path / "contour.nc"}


def trained(files, tmp_path, monkeypatch, fails, restart):
    """Run the stage; training fails at as high a step size as ``fails``."""
    attempts = []

    def attempt(model, contour, theta, settings, *rest):
        attempts.append((settings["learning_rate"], settings["step_size"]))
        if settings["step_size"] >= fails:
            raise DivergenceError("optimize_contour", "training diverged at step 3", "Lower the step")
        return optimize(model, contour, theta, settings, *rest)

    monkeypatch.setattr(optimize_contour, "optimize", attempt)
    params = POINT | {"optimize": TRAINING | {"restart": restart}}
    optimize_contour.run(*files, params, checkpoint_in(tmp_path))
    return attempts


def test_a_second_attempt_with_smaller_steps(files, tmp_path, monkeypatch):
    assert trained(files, tmp_path, monkeypatch, fails=0.1, restart=True) == [(0.01, 0.1), (0.0025, 0.05)]
    contour = netcdf.read(files[1]["contour"], "contour", ["theta"])
    assert contour.attrs["restarted"].startswith("optimize_contour: training diverged at step 3")
    assert np.isfinite(contour["theta"]).all()


def test_a_second_attempt_begins_where_the_first_did(files, tmp_path, monkeypatch):
    """With the approach of the settings, for contours of the models on the way."""
    moving = []

    def attempt(*arguments):
        moving.append(arguments[-1])
        if len(moving) == 1:
            raise DivergenceError("optimize_contour", "training diverged at step 3", "Lower the step")
        return optimize(*arguments)

    monkeypatch.setattr(optimize_contour, "optimize", attempt)
    settings = TRAINING | {"restart": True, "approach": {"mu": 0.2}}
    optimize_contour.run(*files, POINT | {"optimize": settings}, checkpoint_in(tmp_path))
    target = phi4(2, 2)
    for one in moving:
        model, contour = one.at(target, None, 0, TRAINING["steps"])
        assert (model.mu, model.mass, contour.n_parameters) == (0.2, 1.0, one.build(target).n_parameters)


def test_the_setting_reaches_the_training(files, tmp_path):
    """From the point itself the stage writes what it writes without, from elsewhere another path."""
    written = []
    for start in ({}, {"mu": 0.8}, {"mu": 0.2}):
        settings = TRAINING | {"approach": start}
        optimize_contour.run(*files, POINT | {"optimize": settings}, checkpoint_in(tmp_path))
        written.append(netcdf.read(files[1]["contour"], "contour", ["theta"])["theta"].values.tobytes())
    assert written[0] == written[1] != written[2]


@pytest.mark.parametrize(("fails", "restart", "count"), [(0.01, True, 2), (0.1, False, 1)])
def test_there_is_no_third_attempt_and_no_second_unless_configured(
    files, tmp_path, monkeypatch, fails, restart, count
):
    assert len(trained(files, tmp_path, monkeypatch, fails, restart)) == count
    with pytest.raises(LostError):
        netcdf.read(files[1]["contour"], "contour", ["theta"])


def test_a_training_without_faults_begins_once(files, tmp_path, monkeypatch):
    assert len(trained(files, tmp_path, monkeypatch, fails=9.0, restart=True)) == 1
    assert netcdf.read(files[1]["contour"], "contour", ["theta"]).attrs["restarted"] == ""


# --- figures ------------------------------------------------------------------------------------------------


def history(path):
    steps = np.arange(60.0)
    names = ("apf_re", "gradient_norm", "control")
    dataset = xr.Dataset({name: ("step", 1 + steps) for name in names})
    netcdf.write(dataset, path, "contour", netcdf.describe_run({}, "numpy", netcdf.Clock.start()))


@pytest.mark.parametrize("diverged", [["1"], ["0.5", "1"]])
def test_a_figure_without_the_runs_that_diverged(tmp_path, monkeypatch, diverged):
    paths = [tmp_path / f"{mu}.nc" for mu in ("0.5", "1")]
    for mu, path in zip(("0.5", "1"), paths, strict=True):
        if mu in diverged:
            faults.recorded("contour")(diverging.__wrapped__)({}, {"contour": path}, {})
        else:
            history(path)
    sheets = []
    monkeypatch.setattr(common, "save", lambda sheet, *paths: sheets.append(sheet))
    points = {f"mu={mu}": POINT["parameters"] | {"mu": float(mu)} for mu in ("0.5", "1")}
    params = POINT | {
        "points": points,
        "parameters": {"mass": 1.0, "coupling": 1.0},
        "style": "paper",
        "language": "en",
    }
    plots.training({"contour": paths}, {"png": "a.png", "pdf": "a.pdf"}, params)
    (sheet,) = sheets
    words = [text.get_text() for text in sheet.texts + [text for axes in sheet.axes for text in axes.texts]]
    words += [sheet.get_supxlabel()]
    told = "; ".join(rf"$\mu$ = {mu}" for mu in diverged)
    assert any(f"diverged: {told}" in word for word in words)
    assert sum(len(axes.lines) for axes in sheet.axes) == 2 * (2 - len(diverged))
