"""Files: round trip, atomicity, and one clear error for every way a file can be bad."""

import json
import re
import subprocess

import numpy as np
import pytest
import xarray as xr

from kept import Hands
from pomflow.errors import StoreError
from pomflow.io import netcdf


@pytest.fixture
def dataset():
    values = np.random.default_rng(0).normal(size=(4, 300))
    return xr.Dataset(
        {
            "x": (("chain", "trajectory"), values, {"units": "1"}),
            "name": ("chain", np.array(list("abcd"), object)),
        }
    )


@pytest.fixture
def file(dataset, tmp_path):
    path = tmp_path / "deep" / "file.nc"
    netcdf.write(dataset, path, "samples", netcdf.describe_run({"seed": 3}, "numpy", netcdf.Clock.start()))
    return path


def test_round_trip_keeps_every_bit_and_the_provenance(dataset, file):
    back = netcdf.read(file, "samples", ["x", "name"])
    assert back["x"].values.tobytes() == dataset["x"].values.tobytes()
    assert list(back["name"].values) == list("abcd")
    assert json.loads(back.attrs["config"]) == {"seed": 3}
    made = {"versions", "git_revision", "device", "machine", "created", "seconds", "cpu_seconds"}
    assert made <= set(back.attrs)
    assert json.loads(back.attrs["versions"])["numpy"] == np.__version__


def test_the_provenance_alone(file):
    assert netcdf.read_provenance(file, "samples") == netcdf.read(file, "samples", []).attrs
    with pytest.raises(StoreError, match="holds 'samples'"):
        netcdf.read_provenance(file, "contour")


def test_a_clock_tells_both_times_since_its_start():
    """Waiting takes time on the clock only."""
    hands = Hands()
    started = netcdf.Clock.start(hands)
    assert started.elapsed() == {"seconds": 0, "cpu_seconds": 0}
    hands.pass_by(wall=3.0)
    assert started.elapsed() == {"seconds": 3.0, "cpu_seconds": 0}
    hands.pass_by(wall=0.5, processor=0.25)
    assert started.elapsed() == {"seconds": 3.5, "cpu_seconds": 0.25}


def test_a_clock_of_its_own_reads_the_system(monkeypatch):
    monkeypatch.setattr(netcdf.time, "monotonic", lambda: 70.0)
    monkeypatch.setattr(netcdf.time, "process_time", lambda: 7.0)
    started = netcdf.Clock.start()
    assert (started.wall, started.processor) == (70.0, 7.0)


def test_nothing_is_left_beside_the_file(file):
    assert list(file.parent.iterdir()) == [file]


def test_a_failed_write_leaves_the_old_file_and_no_temporary(file):
    before = file.read_bytes()

    def interrupted():
        with netcdf.atomic(file) as temporary:
            temporary.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_missing_file(tmp_path):
    with pytest.raises(StoreError, match=r"none.nc: does not exist"):
        netcdf.read(tmp_path / "none.nc", "samples", [])


def test_wrong_kind_and_missing_variables(file):
    with pytest.raises(StoreError, match="holds 'samples'"):
        netcdf.read(file, "contour", [])
    with pytest.raises(StoreError, match="lacks theta"):
        netcdf.read(file, "samples", ["x", "theta"])


@pytest.mark.parametrize("keep", [0, 1, 100, 2000, -1])
def test_truncated_file(file, keep):
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(StoreError, match=r"file.nc: is damaged or was changed"):
        netcdf.read(file, "samples", ["x"])


def test_flipped_bit_in_the_numbers(file, dataset):
    raw = bytearray(file.read_bytes())
    place = raw.find(dataset["x"].values.tobytes()[:64])
    assert place > 0
    raw[place + 9] ^= 4
    file.write_bytes(raw)
    with pytest.raises(StoreError, match="is damaged"):
        netcdf.read(file, "samples", ["x"])


def test_foreign_file(tmp_path):
    path = tmp_path / "foreign.nc"
    path.write_text("mu,density\n0,0\n")
    with pytest.raises(StoreError, match="is damaged"):
        netcdf.read(path, "samples", [])


def test_refusing_file_system_is_one_clear_error(tmp_path):
    (tmp_path / "plain").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        netcdf.write_text("x", tmp_path / "plain" / "file.csv")


def git(folder, *arguments):
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A repository with one commit and a tag, which netcdf.py takes for its own."""
    for name in ("src", "results"):
        (tmp_path / name).mkdir()
    (tmp_path / "src" / "netcdf.py").write_text("1")
    (tmp_path / "results" / "README.md").write_text("What is here.")
    git(tmp_path, "init")
    git(tmp_path, "add", "src", "results")
    git(tmp_path, "commit", "-m", "first")
    git(tmp_path, "tag", "-a", "v1", "-m", "first")
    monkeypatch.setattr(netcdf, "__file__", str(tmp_path / "src" / "netcdf.py"))
    return tmp_path


def revision() -> str:
    """Asked anew."""
    netcdf.git_revision.cache_clear()
    return netcdf.git_revision()


def test_revision_is_a_commit_whatever_the_tags(source):
    assert re.fullmatch("[0-9a-f]{12}", revision())
    (source / "src" / "netcdf.py").write_text("2")
    assert re.fullmatch("[0-9a-f]{12}-dirty", revision())


def test_only_code_counts_for_the_revision(source, tmp_path):
    """The folder of results may be a link to a larger disk."""
    (source / "results" / "README.md").unlink()
    (source / "results").rmdir()
    (source / "results").symlink_to(tmp_path / "scratch")
    assert re.fullmatch("[0-9a-f]{12}", revision())


def test_revision_of_a_package_within_another_repository_is_unknown(source, monkeypatch):
    (source / "site-packages").mkdir()
    (source / "site-packages" / "netcdf.py").write_text("1")
    monkeypatch.setattr(netcdf, "__file__", str(source / "site-packages" / "netcdf.py"))
    assert revision() == "unknown"
