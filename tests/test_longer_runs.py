"""Chains that go on where shorter ones have ended, or begin where others have."""

import logging
import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

import strict_cupy
from builders import NETWORK
from kept import checkpoint_in
from pomflow.errors import DivergenceError, StoreError
from pomflow.io import checkpoint as checkpoints
from pomflow.io import netcdf
from pomflow.io.checkpoint import keep_shorter
from pomflow.jobs import job
from pomflow.stages.scan import sample_contour, sample_plane, sampling
from pomflow.stages.scan.point import Point, write_trained
from test_resume import Killed, kill_after  # noqa: F401

HMC = {"chains": 8, "thermalization": 4, "record_every": 2, "start": "mixed", "leapfrog_steps": 3}
HMC |= {"step_size": 0.1, "target_acceptance": 0.8, "tuned_by": "acceptance", "windings": 0}
PARAMS = {"study": "phi4", "model": "complex_phi4", "lattice": "2x2", "point": "mu=0.8", "seed": 1}
PARAMS |= {"parameters": {"mass": 1.0, "coupling": 1.0, "mu": 0.8}, "backend": "numpy", "network": NETWORK}
SHORT, LONG = 7, 16


def sampled(folder, contour="plane", kept=None, params=PARAMS, trajectories=LONG, after=None, **settings):
    """The samples of a job in a folder, with the checkpoint of that folder or another one."""
    folder.mkdir(exist_ok=True)
    settings = HMC | {"trajectories": trajectories} | settings
    files, params = {"samples": folder / "samples.nc"}, params | {"contour": contour}
    stage, section = (sample_plane, "plane") if contour == "plane" else (sample_contour, "hmc")
    if after is not None:
        files["start"], settings["start"] = after, "from"
    if contour != "plane":
        files["contour"] = folder / "contour.nc"
        write_contour(files["contour"], params)
    stage.run(files, files, params | {section: settings}, kept or checkpoint_in(folder))
    return files["samples"]


def write_contour(path, params):
    point = Point.of(params)
    contour = point.contour(params["contour"], params["network"])
    theta = np.random.default_rng(1).normal(scale=0.1, size=contour.n_parameters)
    dataset = xr.Dataset({"theta": ("parameter", theta)})
    write_trained(dataset, path, "contour", point, netcdf.Clock.start())


def shorter(folder, **settings):
    """The checkpoint of a job of which a shorter run has ended."""
    result = sampled(folder / "short", trajectories=SHORT, **settings)
    kept = checkpoint_in(folder)
    shutil.move(result, kept.shorter)
    return kept


def assert_same(one, other):
    """All variables of two files of samples have the same bytes."""
    one, other = (xr.load_dataset(path, engine="h5netcdf") for path in (one, other))
    assert one.variables.keys() == other.variables.keys()
    for name in one.variables:
        first, second = one[name].values, other[name].values
        assert first.dtype == second.dtype, name
        plain = (lambda array: array.tolist()) if first.dtype == object else np.ndarray.tobytes
        assert plain(first) == plain(second), name


SETTINGS = {
    "as it is": {},
    "every trajectory": {"record_every": 1},
    "every third": {"record_every": 3},
    "hot": {"start": "hot"},
    "hartree": {"start": "hartree"},
    "windings": {"windings": 2},
    "tuned by the integrator": {"tuned_by": "integrator"},
    "not tuned": {"thermalization": 0},
    "dense": {"contour": "dense"},
    "equivariant": {"contour": "equivariant", "windings": 1},
    "linear": {"contour": "linear"},
    "layered": {"contour": "layered"},
}
OVER_SETTINGS = pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)


@OVER_SETTINGS
def test_a_longer_run_has_the_bytes_of_one_from_the_beginning(settings, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    kept = shorter(tmp_path, **settings)
    caplog.clear()
    found = sampled(tmp_path / "long", kept=kept, **settings)
    begun = settings.get("thermalization", 4) + SHORT
    assert f"goes on from the shorter run {kept.shorter}, after {begun} of {begun + 9} steps" in caplog.text
    assert_same(found, sampled(tmp_path / "new", **settings))


def test_it_goes_on_again_and_again(tmp_path):
    kept = shorter(tmp_path)
    for length in (8, 11, 13):
        shutil.move(sampled(tmp_path / "step", kept=kept, trajectories=length), kept.shorter)
    assert_same(sampled(tmp_path / "long", kept=kept), sampled(tmp_path / "new"))


@pytest.mark.parametrize("steps", [1, 3])
def test_killed_again_and_again_it_goes_on(steps, tmp_path, kill_after):  # noqa: F811
    kept = shorter(tmp_path, windings=1)
    kills = 0
    while True:
        kill_after(steps)
        try:
            found = sampled(tmp_path / "long", kept=checkpoint_in(tmp_path), windings=1)
        except Killed:
            kills += 1
            assert kept.shorter.exists()
        else:
            break
    assert kills >= 9 // (steps + 1)
    kill_after(1000)
    assert_same(found, sampled(tmp_path / "new", windings=1))


def test_on_a_device(tmp_path, monkeypatch):
    """The records come back from the host: the double of CuPy gives what it gives without an end between."""
    monkeypatch.setattr("pomflow.numerics.backend.select", lambda name: strict_cupy)
    kept = shorter(tmp_path, windings=1)
    found = sampled(tmp_path / "long", kept=kept, windings=1)
    assert_same(found, sampled(tmp_path / "new", windings=1))


def test_the_time_of_the_shorter_run_counts(tmp_path):
    kept = shorter(tmp_path)
    made = netcdf.read_provenance(kept.shorter, "samples")
    found = netcdf.read_provenance(sampled(tmp_path / "long", kept=kept), "samples")
    assert found["seconds"] > made["seconds"]
    assert found["cpu_seconds"] > made["cpu_seconds"]


def test_who_goes_back_to_the_settings_of_before_has_the_samples_of_before(tmp_path, caplog):
    """As after a run with other settings that was ended before its jobs were."""
    caplog.set_level(logging.INFO)
    kept = shorter(tmp_path)
    sampled(tmp_path / "other", kept=checkpoint_in(tmp_path, key="other"))
    found = sampled(tmp_path / "same", kept=kept, trajectories=SHORT)
    assert "after 11 of 11 steps" in caplog.text
    assert_same(found, sampled(tmp_path / "new", trajectories=SHORT))


# --- what is not used -----------------------------------------------------------------------------------


def flipped(path):
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


def truncated(path):
    path.write_bytes(path.read_bytes()[:-200])


def emptied(path):
    path.write_bytes(b"")


def diverged(path):
    made = netcdf.describe_run(PARAMS, "numpy", netcdf.Clock.start())
    netcdf.write_lost(DivergenceError("here", "a field ran away", "Smaller steps."), path, "samples", made)


def of_before(path):
    """As they were before longer runs could go on from them."""
    with xr.open_dataset(path, engine="h5netcdf") as file:
        dataset = file.load()
    made = netcdf.describe_run(PARAMS, "numpy", netcdf.Clock.start())
    kind = {"pomflow_kind", "pomflow_format"}
    attributes = {name: value for name, value in dataset.attrs.items() if name not in kind | set(made)}
    netcdf.write(
        xr.Dataset(dataset.drop_vars(sampling.LAST).variables, attrs=attributes), path, "samples", made
    )


def foreign(path):
    path.write_text("not a file of results")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (flipped, "is damaged or was changed"),
        (truncated, "is damaged or was changed"),
        (emptied, "is damaged or was changed"),
        (foreign, "is damaged or was changed"),
        (diverged, "a field ran away"),
        (of_before, "lacks last_field"),
    ],
)
def test_what_cannot_be_used_is_ignored(change, why, tmp_path, caplog):
    kept = shorter(tmp_path)
    change(kept.shorter)
    found = sampled(tmp_path / "long", kept=kept)
    assert f"the shorter run {kept.shorter} {why}" in caplog.text
    assert "it is ignored and the work begins anew" in caplog.text
    assert_same(found, sampled(tmp_path / "new"))


def test_other_work_is_not_gone_on_with(tmp_path, caplog):
    kept = shorter(tmp_path)
    found = sampled(tmp_path / "long", kept=checkpoint_in(tmp_path, key="other"))
    assert "belongs to other settings, code or input" in caplog.text
    assert_same(found, sampled(tmp_path / "new"))
    kept.remove()
    assert not kept.shorter.exists()


def test_a_run_that_is_to_be_shorter_begins_anew(tmp_path, caplog):
    kept = shorter(tmp_path)
    found = sampled(tmp_path / "shortest", kept=kept, trajectories=6)
    assert "is of a longer run; it is ignored" in caplog.text
    assert_same(found, sampled(tmp_path / "new", trajectories=6))


def test_a_checkpoint_beyond_the_end_leaves_the_shorter_run(tmp_path, kill_after, caplog):  # noqa: F811
    kept = shorter(tmp_path)
    kill_after(8)
    with pytest.raises(Killed):
        sampled(tmp_path / "long", kept=checkpoint_in(tmp_path), trajectories=30)
    kill_after(1000)
    caplog.set_level(logging.INFO)
    found = sampled(tmp_path / "long", kept=checkpoint_in(tmp_path), trajectories=9)
    assert "is of a longer run; it is ignored" in caplog.text
    assert f"goes on from the shorter run {kept.shorter}, after 11 of 13 steps" in caplog.text
    assert_same(found, sampled(tmp_path / "new", trajectories=9))


# --- whose chains they are --------------------------------------------------------------------------------


def test_a_job_knows_its_chains_whatever_their_number_of_trajectories(tmp_path):
    contour = tmp_path / "contour.nc"
    contour.write_bytes(b"1")
    about = {
        "settings": {"seed": 1, "backend": "numpy", "hmc": HMC | {"trajectories": 200}},
        "modules": "abc",
    }
    about |= {"checkpoint": "kept", "inputs": {"contour": str(contour)}, "seconds": 1.0}
    about |= {"length": ["hmc", "trajectories"]}

    def key(hmc=(), **changes):
        settings = about["settings"] | {"hmc": about["settings"]["hmc"] | dict(hmc)}
        return job._checkpoint(about | {"settings": settings} | changes).key

    first = key()
    assert key({"trajectories": 300}) == first
    changes = [
        {"chains": 9},
        {"thermalization": 5},
        {"leapfrog_steps": 4},
        {"record_every": 1},
        {"windings": 1},
    ]
    changes += [{"start": "hot"}, {"step_size": 0.2}, {"target_acceptance": 0.7}, {"tuned_by": "integrator"}]
    keys = [key(change) for change in changes]
    keys += [key(modules="abd"), key(settings=about["settings"] | {"seed": 2})]
    del about["length"]
    keys += [key(), key({"trajectories": 300})]
    contour.write_bytes(b"2")
    keys.append(key())
    assert len({first, *keys}) == 1 + len(keys)


def test_a_shorter_run_is_kept_without_a_copy(tmp_path):
    result = sampled(tmp_path)
    kept = checkpoint_in(tmp_path / "checkpoints")
    keep_shorter(result, kept._path, "other work")
    assert kept.shorter.samefile(result)
    result.unlink()
    keep_shorter(result, kept._path, "other work")
    assert kept.shorter.exists()


def test_where_there_are_no_links_it_is_moved(tmp_path, monkeypatch):
    def refused(*names):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(checkpoints.os, "link", refused)
    result = sampled(tmp_path)
    kept = checkpoint_in(tmp_path / "checkpoints")
    keep_shorter(result, kept._path, "other work")
    assert kept.shorter.exists()
    assert not result.exists()


def test_who_asks_for_the_same_run_again_gets_it_made_anew(tmp_path):
    result = sampled(tmp_path)
    kept = checkpoint_in(tmp_path / "checkpoints")
    keep_shorter(result, kept._path, "other work")
    keep_shorter(result, kept._path, netcdf.work_in(result))
    assert not kept.shorter.exists()


# --- a start from other chains ------------------------------------------------------------------------------


@pytest.mark.parametrize("contour", ["plane", "dense"])
def test_chains_start_where_others_ended(contour, tmp_path):
    """They are thermalized as always; with steps of no length they stay there."""
    first = sampled(tmp_path / "first")
    end = xr.load_dataset(first, engine="h5netcdf")["last_field"].values
    second = sampled(tmp_path / "second", contour, after=first, step_size=1e-12, thermalization=0)
    second = xr.load_dataset(second, engine="h5netcdf")
    np.testing.assert_allclose(second["field"][:, 0], end, atol=1e-9)
    assert set(second["start"].values) == {"from"}
    assert second.sizes["history"] == LONG


def test_they_have_random_numbers_of_their_own(tmp_path):
    """Chains with the momenta of those that they start from would end up as these once more."""
    first = sampled(tmp_path / "first", trajectories=300)
    second = sampled(tmp_path / "second", trajectories=300, after=first)
    third = sampled(tmp_path / "third", trajectories=300, after=second)
    steps = [
        xr.load_dataset(path, engine="h5netcdf")["delta_h"].values[:, 50:] for path in (first, second, third)
    ]
    for one, other in ((0, 1), (1, 2), (0, 2)):
        # the error of a correlation of 8 * 254 numbers is 0.022
        assert abs(np.corrcoef(steps[one].ravel(), steps[other].ravel())[0, 1]) < 0.1


def test_longer_runs_of_them_go_on(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    first = sampled(tmp_path / "first")
    kept = shorter(tmp_path, after=first)
    found = sampled(tmp_path / "long", kept=kept, after=first)
    assert "goes on from the shorter run" in caplog.text
    assert_same(found, sampled(tmp_path / "new", after=first))


@pytest.mark.parametrize(
    ("params", "settings", "message"),
    [
        ({"lattice": "2x3"}, {}, "holds chains of the lattice 2x2, not 2x3"),
        ({"model": "xy", "parameters": {"beta": 0.5, "mu": 0.8}}, {}, "of the model complex_phi4, not xy"),
        ({}, {"chains": 9}, r"holds 8 chains, and 9 are to start from there\. Write chains: 8"),
    ],
)
def test_chains_that_do_not_fit_are_refused(params, settings, message, tmp_path):
    first = sampled(tmp_path / "first")
    with pytest.raises(StoreError, match=message):
        sampled(tmp_path / "second", params=PARAMS | params, after=first, **settings)


def test_another_size_of_the_same_lattice_is_refused(tmp_path):
    """Of a plug-in whose code has changed, say."""
    first = sampled(tmp_path / "first")
    point = replace(Point.of(PARAMS), model=SimpleNamespace(size=9))
    with pytest.raises(StoreError, match="holds configurations of 8 variables, not 9"):
        sampling.last_fields(first, point, 8)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda path: path.unlink(), "does not exist"),
        (truncated, "is damaged or was changed"),
        (flipped, "is damaged or was changed"),
        (foreign, "is damaged or was changed"),
        (of_before, "lacks last_field"),
        (diverged, "a field ran away"),
    ],
)
def test_a_file_without_such_chains_is_refused(change, why, tmp_path):
    first = sampled(tmp_path / "first")
    change(first)
    with pytest.raises((StoreError, DivergenceError), match=why):
        sampling.last_fields(first, Point.of(PARAMS), 8)
