"""The archive of a scan: what is in it, that it is enough, and that a change of it is found."""

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import zipfile
from urllib.parse import unquote

import pytest
import yaml
from rocrate.rocrate import ROCrate

from pomflow.__main__ import main
from pomflow.bundle import archive
from pomflow.io import netcdf, provenance
from pomflow.stages.scan import collect_scan
from small_scan import SMALL, Project

RESULTS = "results/small"
WHOLE, SMALLER = f"{RESULTS}/small_bundle.zip", f"{RESULTS}/small_bundle_without_samples.zip"
PATH = f"{RESULTS}/phi4/L2x2"
SCAN = f"{PATH}/dense/scan.csv"
BINARY = (".nc", ".png", ".pdf")


@pytest.fixture(scope="module")
def bundled(finished, tmp_path_factory) -> Project:
    """The finished scan with both of its bundles."""
    project = finished.copy(tmp_path_factory.mktemp("bundled") / "copy")
    done = project.run("bundle", "bundle_without_samples", config=SMALL)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


@pytest.fixture
def files(bundled) -> dict[str, bytes]:
    """What is in the bundle, by name."""
    with zipfile.ZipFile(bundled.folder / WHOLE) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def written(files: dict[str, bytes], path, sums: bool = False):
    """A zip of these files, with checksums that fit where a forger has thought of them."""
    if sums:
        others = {name: content for name, content in files.items() if name != archive.CHECKSUMS}
        entries = [archive.entry(*item) for item in others.items()]
        files = others | {archive.CHECKSUMS: archive.checksums(entries)}
    archive.write(files, path)
    return path


def verified(path, capsys) -> tuple[int, str]:
    """Exit status and words of `python -m pomflow verify`."""
    status = main(["verify", str(path)])
    said = capsys.readouterr()
    return status, said.out + said.err


def test_everything_that_the_scan_has_made_is_in_it(bundled, files):
    folder = bundled.folder
    made = {str(path.relative_to(folder)) for path in bundled.files()} - {WHOLE, SMALLER}
    made = {path for path in made if "/logs/" not in path and "/benchmarks/" not in path}
    about = {"ro-crate-metadata.json", "checksums.sha256", "bundle/README.md", "bundle/provenance.json"}
    about |= {"bundle/config.yaml", "bundle/requirements.lock", "bundle/jobs.json"}
    assert set(files) == made | about
    assert all(files[path] == (folder / path).read_bytes() for path in made)
    with zipfile.ZipFile(folder / SMALLER) as zipped:
        left_out = set(files) - set(zipped.namelist())
    assert left_out == {path for path in made if path.endswith("samples.nc")} != set()


def test_it_says_how_it_was_made_and_nothing_of_where(bundled, files):
    readme, config = files["bundle/README.md"].decode(), yaml.safe_load(files["bundle/config.yaml"])
    assert config["seed"] == 20180204
    assert config["studies"]["phi4"]["hmc"]["chains"] == 8
    (revision,) = provenance.of_folder(bundled.folder / RESULTS)["revisions"]
    assert f"- revisions: {revision}\n" in readme
    assert files["bundle/requirements.lock"] == (bundled.folder / "requirements.lock").read_bytes()
    for place in (str(bundled.folder), os.path.expanduser("~") + "/"):
        assert not [name for name, content in files.items() if place.encode() in content], place
    # a name of two letters stands in many a picture
    texts = {name: content.decode() for name, content in files.items() if not name.endswith(BINARY)}
    for path in bundled.folder.rglob("*.nc"):
        texts[path] = str(netcdf.read_any(path).attrs)
    host = re.compile(rf"\b{re.escape(socket.gethostname())}\b")
    assert not [name for name, text in texts.items() if host.search(text)]


def test_the_same_results_give_the_same_bytes_in_any_folder(bundled, tmp_path):
    again = bundled.copy(tmp_path / "elsewhere")
    (again.folder / WHOLE).unlink()
    for path in again.files():
        os.utime(path)
    done = again.run("bundle", config=SMALL, cores=1)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (again.folder / WHOLE).read_bytes() == (bundled.folder / WHOLE).read_bytes()


def test_checksums_are_those_of_the_files(files):
    lines = files["checksums.sha256"].decode().splitlines()
    assert lines == sorted(lines, key=lambda line: line[64:])
    sums = dict(reversed(line.split("  ", 1)) for line in lines)
    assert sums == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in files.items()
        if name != "checksums.sha256"
    }


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="sha256sum is not installed (coreutils)")
def test_sha256sum_checks_it(bundled, tmp_path):
    shutil.unpack_archive(bundled.folder / WHOLE, tmp_path)
    command = ["sha256sum", "--check", "--quiet", "--strict", "checksums.sha256"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0
    (tmp_path / SCAN).write_bytes((tmp_path / SCAN).read_bytes() + b"\n")
    failed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert f"{SCAN}: FAILED" in failed.stdout


def test_the_library_of_ro_crate_reads_it_back(bundled, files):
    crate = ROCrate(bundled.folder / WHOLE)
    assert crate.name == "pomflow scan small"
    assert "phi4: complex_phi4" in crate.description
    newest = provenance.of_folder(bundled.folder / RESULTS)["created"]
    assert crate.root_dataset["datePublished"] == newest
    # of names such as mu=0.8 too, which the identifiers of RO-Crate write as mu%3D0.8
    described = {unquote(one.id): one for one in crate.data_entities}
    assert set(described) == set(files) - {"ro-crate-metadata.json", "checksums.sha256"}
    for name, one in described.items():
        assert one["sha256"] == hashlib.sha256(files[name]).hexdigest()
        assert one["contentSize"] == str(len(files[name]))
        assert one.source.read_bytes() == files[name]
    assert described[SCAN]["description"] == "made by collect_scan"
    action = crate.dereference("#run")
    assert {unquote(one.id) for one in action["result"]} >= {SCAN, f"{PATH}/dense/table.tex"}


def test_the_tables_are_made_anew_from_the_bundle_alone(bundled, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (WHOLE, SMALLER):
        status, said = verified(bundled.folder / name, capsys)
        assert status == 0, said
        assert "5 tables made anew from the NetCDF files, the same to the last byte" in said


def test_the_stage_makes_a_table_from_unpacked_files_without_a_word_from_elsewhere(bundled, tmp_path):
    """As a reader would who knows the layout of results: the table knows its own settings."""
    shutil.unpack_archive(bundled.folder / SMALLER, tmp_path)
    here = tmp_path / PATH
    settings = json.loads(netcdf.read_provenance(here / "dense/scan.nc", "scan")["config"])
    inputs = {
        "contour": [here / f"dense/{point}/observables.nc" for point in settings["points"]],
        "plane": [here / f"plane/{point}/observables.nc" for point in settings["points"]],
        "quantities": [here / f"dense/{point}/quantities.nc" for point in settings["points"]],
        "exact": here / "exact/scan.nc",
    }
    collect_scan.run(inputs, {"scan": tmp_path / "new.nc", "table": tmp_path / "new.csv"}, settings)
    assert (tmp_path / "new.csv").read_bytes() == (tmp_path / SCAN).read_bytes()


def test_a_clone_goes_on_with_it(bundled, tmp_path):
    """Whatever dates the files get: unpacked in this way, each has that of its own unpacking."""
    clone = Project(tmp_path)
    shutil.unpack_archive(bundled.folder / WHOLE, tmp_path)
    done = clone.run("--dry-run", "--configfile", "bundle/config.yaml", config=None)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing to be done" in done.stdout + done.stderr


@pytest.mark.parametrize("name", [SCAN, f"{PATH}/dense/mu=0.8/samples.nc", "bundle/config.yaml"])
def test_a_changed_file_is_named(files, name, tmp_path, capsys):
    content = bytearray(files[name])
    content[len(content) // 2] ^= 1
    path = written(files | {name: bytes(content)}, tmp_path / "x.zip")
    status, said = verified(path, capsys)
    assert status == 1
    assert f"{name}: was changed since it was bundled. Get it again" in said


def test_a_change_with_checksums_that_fit_is_found_where_numbers_depend_on_each_other(
    files, tmp_path, capsys
):
    table = files[SCAN].replace(b"0.8,", b"0.80,", 1)
    status, said = verified(written(files | {SCAN: table}, tmp_path / "x.zip", sums=True), capsys)
    assert status == 1
    assert f"{SCAN}: comes out different from the NetCDF files" in said
    name = f"{PATH}/dense/mu=0.8/observables.nc"
    content = bytearray(files[name])
    content[9000] ^= 1
    path = written(files | {name: bytes(content)}, tmp_path / "y.zip", sums=True)
    status, said = verified(path, capsys)
    assert status == 1
    assert f"{name}: is damaged or was changed since it was written" in said


def test_a_missing_file_and_one_too_many_are_named(files, tmp_path, capsys):
    less = {name: content for name, content in files.items() if name != SCAN}
    status, said = verified(written(less, tmp_path / "x.zip"), capsys)
    assert (status, f"{SCAN}: is missing" in said) == (1, True)
    status, said = verified(written(files | {"results/new.csv": b"1\n"}, tmp_path / "y.zip"), capsys)
    assert (status, "results/new.csv: is no file of the bundle" in said) == (1, True)


def test_the_code_of_plugins_is_not_run_unasked(files, tmp_path, capsys, plugged):
    code = b"raise SystemExit('it was run')\n"
    config = yaml.safe_load(files["bundle/config.yaml"])
    config["plugins"]["observable"] = {"moment": "plugins/1/moment.py:moment"}
    changed = {"bundle/config.yaml": yaml.safe_dump(config).encode(), "bundle/plugins/1/moment.py": code}
    path = written(files | changed, tmp_path / "x.zip", sums=True)
    status, said = verified(path, capsys)
    assert status == 0
    assert said.endswith("tables not made anew, which runs the code in bundle/plugins: --run-plugins\n")
    assert main(["verify", str(path), "--run-plugins"]) == 1
    assert "moment.py:1 (SystemExit: it was run)" in capsys.readouterr().err


def test_what_is_no_bundle_is_refused(files, tmp_path, capsys):
    (tmp_path / "text.zip").write_text("text")
    (tmp_path / "half.zip").write_bytes(written(files, tmp_path / "x.zip").read_bytes()[:50000])
    for path, what in (("missing.zip", "cannot be"), ("text.zip", "cannot be"), ("half.zip", "cannot be")):
        status, said = verified(tmp_path / path, capsys)
        assert (status, what in said) == (1, True), said
    other = written({"a.txt": b"a"}, tmp_path / "other.zip")
    assert (
        "is no bundle: it has no checksums.sha256. Name a zip from `make bundle`"
        in verified(other, capsys)[1]
    )
    outside = written({archive.CHECKSUMS: b"0" * 64 + b"  ../x\n"}, tmp_path / "outside.zip")
    assert "has a line that is none" in verified(outside, capsys)[1]


def test_an_unfinished_scan_is_refused(bundled, tmp_path):
    copied = bundled.copy(tmp_path / "copy")
    (copied.folder / WHOLE).unlink()
    (copied.folder / f"{PATH}/dense/mu=0.8/samples.nc").unlink()
    refused = copied.run("bundle", config=SMALL, cores=1)
    assert refused.returncode != 0
    assert "results/small: the scan is not finished: 1 of " in refused.stderr
    assert f"such as {PATH}/dense/mu=0.8/samples.nc. Run `make run` with the same CONFIG=" in refused.stderr
    assert "CONFIG= and TARGETS= with its path first." in refused.stderr
    assert not (copied.folder / WHOLE).exists()
    # nothing else misses them
    (copied.folder / SMALLER).unlink()
    done = copied.run("bundle_without_samples", config=SMALL, cores=1)
    assert done.returncode == 0, done.stderr
    assert (copied.folder / SMALLER).read_bytes() == (bundled.folder / SMALLER).read_bytes()


def test_results_of_other_settings_are_refused(bundled):
    refused = bundled.run("bundle", config=SMALL | {"seed": 7}, cores=1)
    assert refused.returncode != 0
    assert "was made with other settings, another seed or other code" in refused.stderr


def test_a_damaged_file_is_refused(bundled, tmp_path):
    copied = bundled.copy(tmp_path / "copy")
    path = copied.folder / f"{PATH}/plane/mu=0/samples.nc"
    with path.open("r+b") as file:
        file.seek(9000)
        file.write(b"damage")
    refused = copied.run("bundle", "--rerun-triggers", "mtime", config=SMALL, cores=1)
    assert refused.returncode != 0
    assert "plane/mu=0/samples.nc: is damaged or was changed since it was written" in refused.stderr


def test_a_bundle_is_a_plain_zip(bundled):
    """Stored, without dates, owners and folders, so that no library or system makes another one of it."""
    with zipfile.ZipFile(bundled.folder / WHOLE) as zipped:
        for info in zipped.infolist():
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert (info.compress_type, info.create_system) == (zipfile.ZIP_STORED, 3)
            assert not info.is_dir()
            assert "\\" not in info.filename
        assert zipped.testzip() is None
