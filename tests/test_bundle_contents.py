"""What a bundle takes along of plug-ins, and in which order its files stand."""

import os
import zipfile
from pathlib import Path

import xarray as xr
import yaml

from pomflow.bundle import archive
from pomflow.bundle.contents import contents, with_plugins
from pomflow.config import file
from pomflow.io import netcdf
from pomflow.jobs.graph import in_order


def test_plugins_come_along_with_the_files_that_they_import(tmp_path):
    """Two of one name in two folders, one of which imports a file and a package beside it."""
    names = ("here/phi6.py", "here/helper.py", "here/parts/__init__.py", "there/phi6.py")
    for name in (*names, "here/other.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("import helper\nimport parts\n" if name == "here/phi6.py" else "")
    given = {
        "model": {"phi6": f"{tmp_path}/here/phi6.py:Phi6"},
        "observable": {"moment": f"{tmp_path}/there/phi6.py:moment", "more": f"{tmp_path}/here/phi6.py:more"},
    }
    config, sources = with_plugins({"plugins": given})
    assert sources == {
        "bundle/plugins/1/helper.py": tmp_path / "here/helper.py",
        "bundle/plugins/1/parts/__init__.py": tmp_path / "here/parts/__init__.py",
        "bundle/plugins/1/phi6.py": tmp_path / "here/phi6.py",
        "bundle/plugins/2/phi6.py": tmp_path / "there/phi6.py",
    }
    assert given["model"]["phi6"] == f"{tmp_path}/here/phi6.py:Phi6"
    # where the bundle is unpacked, its config names them
    for name, source in sources.items():
        (tmp_path / "new" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "new" / name).write_bytes(source.read_bytes())
    (tmp_path / "new/bundle/config.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / "default.yaml").write_text("scan: default\n")
    found = file.merged(tmp_path / "default.yaml", [tmp_path / "new/bundle/config.yaml"])["plugins"]
    places = {name: Path(place) for family in found.values() for name, place in family.items()}
    assert places["moment"].resolve() == tmp_path / "new/bundle/plugins/2/phi6.py:moment"
    assert all(Path(str(place).rpartition(":")[0]).is_file() for place in places.values())


def test_configurations_of_fields_and_of_spins_can_be_left_out(tmp_path, monkeypatch):
    """What they were read off stays."""
    monkeypatch.chdir(tmp_path)
    made = {
        "results/small/phi4/L4x4/dense/mu=0.8": ("samples", "observables"),
        "results/small/ising/L8x8": ("training", "test", "tied/thermodynamics"),
    }
    paths = [f"{folder}/{name}.nc" for folder, names in made.items() for name in names]
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        netcdf.write(
            xr.Dataset({"x": 1.0}), path, "any", netcdf.describe_run({}, "CPU", netcdf.Clock.start())
        )
    jobs = [{"rule": "any", "inputs": {}, "outputs": {"all": paths}}]
    (tmp_path / "requirements.lock").write_text("")
    config = {"scan": "small", "studies": {}, "plugins": {}}
    whole, smaller = (contents(jobs, config, Path("requirements.lock"), samples) for samples in (True, False))
    left_out = {path for path in paths if Path(path).stem in ("samples", "training", "test")}
    assert set(paths) <= set(whole)
    assert set(whole) - set(smaller) == left_out
    told = "but `samples.nc`, `training.nc`, `test.nc`, which were left out"
    assert told in smaller["bundle/README.md"].decode()


def test_no_file_stands_before_those_that_it_was_made_of():
    first = {"inputs": {}, "outputs": {"a": "z.nc"}}
    second = {"inputs": {"many": ["z.nc", "given.nc"]}, "outputs": {"a": "b.nc", "c": "y.nc"}}
    third = {"inputs": {"one": "b.nc"}, "outputs": {"table": "a.csv"}}
    alone = {"inputs": {}, "outputs": {"a": "c.nc"}}
    assert in_order([third, second, alone, first]) == [alone, first, second, third]


def test_an_archive_depends_on_its_contents_alone(tmp_path):
    """Also of files that are older than any date that a zip can hold."""
    old = tmp_path / "old.nc"
    old.write_bytes(b"123")
    os.utime(old, (0, 0))
    archive.write({"b/old.nc": old, "a": b"4"}, tmp_path / "one.zip")
    old.chmod(0o600)
    os.utime(old)
    archive.write({"b/old.nc": old, "a": b"4"}, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert archive.entry("b/old.nc", old) == archive.entry("b/old.nc", b"123")


def test_empty_files_and_large_ones_are_in_an_archive(tmp_path, monkeypatch):
    """Beyond 4 GiB a zip needs another form of entry; here beyond 100 bytes."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)
    for name, content in (("empty", b""), ("large", b"1" * 300)):
        (tmp_path / name).write_bytes(content)
    names = ("empty", "large")
    archive.write({"nothing": b""} | {name: tmp_path / name for name in names}, tmp_path / "x.zip")
    with zipfile.ZipFile(tmp_path / "x.zip") as zipped:
        assert zipped.namelist() == ["nothing", *names]
        assert [len(zipped.read(name)) for name in zipped.namelist()] == [0, 0, 300]
