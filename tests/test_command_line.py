"""``python -m pomflow``: what it says of files, folders, configurations and plug-ins."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from pomflow import registry
from pomflow.__main__ import main
from pomflow.errors import DivergenceError
from pomflow.io import netcdf, provenance

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _here(monkeypatch):
    """Where the Snakefile is."""
    monkeypatch.chdir(ROOT)


def made(path, revision="0123456789ab", kind="observables", **settings):
    """A file of a given revision."""
    dataset = xr.Dataset(
        {"density": ("mu", np.zeros(3), netcdf.about("number density", "particles per site"))}
    )
    about = netcdf.describe_run(settings, "numpy on CPU", netcdf.Clock.start())
    netcdf.write(dataset, path, kind, about | {"git_revision": revision})
    return path


@pytest.fixture
def scan(tmp_path):
    """Three files of two revisions, one of them changed."""
    made(tmp_path / "mu=0" / "a.nc", seed=7)
    made(tmp_path / "mu=1" / "a.nc", seed=7)
    made(tmp_path / "mu=1" / "b.nc", "0123456789ab-dirty", "samples", seed=8)
    return tmp_path


def test_info_of_a_file(tmp_path, capsys):
    path = made(tmp_path / "a.nc", "0123456789ab-dirty", seed=7, hmc={"chains": 8})
    assert main(["info", str(path)]) == 0
    words = capsys.readouterr().out
    for part in (
        "kind          observables",
        "seed          7",
        "git revision  0123456789ab (the source was changed)",
        f"numpy {np.__version__}",
        "device        numpy on CPU",
        "s of a processor",
        "density  3  particles per site  number density",
        '"chains": 8',
    ):
        assert part in words


def test_info_as_json_has_everything(tmp_path, capsys):
    path = made(tmp_path / "a.nc", seed=7)
    assert main(["info", "--json", str(path)]) == 0
    about = json.loads(capsys.readouterr().out)
    assert about == provenance.of_file(path)
    assert set(provenance.MADE) | {"seed", "dirty", "variables", "kind"} <= set(about)
    assert about["config"] == {"seed": 7}
    assert about["dirty"] is False
    assert about["variables"]["density"]["shape"] == [3]


def test_revisions_of_a_scan_are_named_with_their_files(scan):
    found = provenance.revisions(scan)
    assert {revision: len(paths) for revision, paths in found.items()} == {
        "0123456789ab": 2,
        "0123456789ab-dirty": 1,
    }
    assert found["0123456789ab-dirty"] == [str(scan / "mu=1" / "b.nc")]


def test_info_of_a_folder(scan, capsys):
    assert main(["info", str(scan)]) == 0
    words = capsys.readouterr().out
    assert "files         3 (2 observables, 1 samples)" in words
    assert "revisions     0123456789ab: 2 files" in words
    assert "revisions     0123456789ab-dirty: 1 files" in words
    assert "seeds         7: 2 files" in words


def test_info_of_a_folder_names_damaged_files_and_fails(scan, capsys):
    (scan / "mu=0" / "a.nc").write_bytes(b"half")
    assert main(["info", str(scan)]) == 1
    words = capsys.readouterr().out
    assert f"damaged       {scan}/mu=0/a.nc: is damaged or was changed" in words
    assert "files         2" in words


def test_info_of_a_folder_names_what_diverged(scan, capsys):
    error = DivergenceError("sample_plane L4x4 mu=1", "a field ran away", "Lower the step_size")
    about = netcdf.describe_run({}, "CPU", netcdf.Clock.start())
    for name in ("samples", "observables"):
        netcdf.write_lost(error, scan / f"{name}.nc", name, about)
    assert main(["info", str(scan)]) == 0
    words = capsys.readouterr().out
    assert "diverged      sample_plane L4x4 mu=1: a field ran away. Lower the step_size (2 files)" in words


def test_info_of_a_folder_names_what_no_table_is_made_of(tmp_path, capsys):
    """Nodes of an earlier spacing, and points that the scan had; on the plane, all that no contour has."""
    lattice, points = tmp_path / "phi4" / "L4x4", {"mu=0": {}, "mu=0.4": {}}
    made(lattice / "dense" / "scan.nc", kind="scan", points=points)
    made(lattice / "linear" / "scan.nc", kind="scan", points={"mu=0.4": {}})
    made(lattice / "exact" / "scan.nc", kind="exact", nodes={"mu=0": True, "mu=0.2": True, "mu=0.4": True})
    for place in ("exact/mu=0.2", "dense/mu=0.4", "plane/mu=0", "linear/mu=0.4"):
        made(lattice / place / "a.nc")
    # a lattice of a curriculum has no tables
    made(tmp_path / "phi4" / "L2x2" / "dense" / "mu=9" / "contour.nc")
    assert provenance.of_folder(tmp_path)["leftovers"] == []
    assert main(["info", str(tmp_path)]) == 0
    assert "leftovers" not in capsys.readouterr().out
    left = [str(made(lattice / place / "a.nc")) for place in ("exact/mu=0.1", "linear/mu=0", "plane/mu=0.3")]
    assert provenance.of_folder(tmp_path)["leftovers"] == left
    assert main(["info", str(tmp_path)]) == 0
    assert f"leftovers     3 files of points that no table has: {left[0]}" in capsys.readouterr().out


def test_a_reader_that_has_seen_enough(tmp_path):
    command = f"{sys.executable} -m pomflow list | head -n 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1


MINE = """
scan: mine
studies:
  phi4:
    model: complex_phi4
    lattices: [[4, 4], {shape: [6, 6], contours: [plane, equivariant]}]
    parameters: {coupling: 0.5}
    over: {mu: [0.5, 0.4], mass: {start: 1, stop: 2, num: 3}}
    contours: [dense]
"""
MORE = """
lessons: {enabled: false}
studies:
  phi4: {compare: {enabled: true}}
  fermions: {model: thirring, lattices: [[8]], over: {mu: [1.0]}}
"""


def test_validate_says_what_would_run(tmp_path, capsys):
    (tmp_path / "my.yaml").write_text(MINE)
    (tmp_path / "more.yaml").write_text(MORE)
    assert main(["validate", str(tmp_path / "my.yaml"), str(tmp_path / "more.yaml")]) == 0
    words = capsys.readouterr().out
    for part in (
        "scan            mine, to results/mine",
        "study phi4      complex_phi4 with coupling = 0.5; dense on 4x4; plane on 6x6; equivariant on 6x6; "
        "mu = 0.4, 0.5 (2); mass = 1, 1.5, 2 (3); compared with the baselines",
        "study fermions  thirring; plane on 8; mu = 1 (1)",
        "tied on 16x16",
    ):
        assert part in words
    assert "lessons" not in words


def test_a_scan_without_a_name_would_share_the_results_of_the_default_one(tmp_path, capsys):
    (tmp_path / "my.yaml").write_text("seed: 3\n")
    (tmp_path / "more.yaml").write_text("scan: mine\n")
    assert main(["validate", str(tmp_path / "my.yaml")]) == 1
    message = capsys.readouterr().err
    assert f"{tmp_path}/my.yaml: scan: the scan has no name" in message
    # nor is the default scan unlocked in its place
    assert main(["unlock", str(tmp_path / "my.yaml")]) == 1
    assert "scan: the scan has no name" in capsys.readouterr().err
    assert "Write 'scan: NAME' there; they go to results/NAME." in message
    assert main(["validate", str(tmp_path / "my.yaml"), str(tmp_path / "more.yaml")]) == 0


def test_validate_runs_no_code_of_a_plug_in_and_says_so(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(registry.FAMILIES, "model", registry.MODELS.copy())
    (tmp_path / "own.py").write_text("raise SystemExit('this was run')\n")
    (tmp_path / "my.yaml").write_text(
        "scan: mine\nplugins: {model: {own: own.py:Own}}\n"
        "studies: {mine: {model: own, lattices: [[4]], over: {strength: [1.0]}}}\n"
    )
    assert main(["validate", str(tmp_path / "my.yaml")]) == 0
    words = capsys.readouterr().out
    assert "own with" not in words
    assert "own; plane on 4; strength = 1 (1)" in words
    assert "own.py:Own): their code is run by the scan, not by this check" in words


def test_validate_refuses_the_form_of_earlier_releases_and_shows_that_of_today(tmp_path, capsys):
    (tmp_path / "my.yaml").write_text("phi4: {coupling: 0.5}\n")
    assert main(["validate", str(tmp_path / "my.yaml")]) == 1
    message = capsys.readouterr().err
    assert message.startswith("pomflow: phi4: this section is now a study. `python -m pomflow upgrade FILE`")
    assert "studies: {phi4: {model: complex_phi4" in message
    assert message.count("\n") == 1


def test_upgrade_rewrites_files_and_keeps_the_old_text(tmp_path, capsys):
    old, path = "# mine\nscan: mine\nphi4: {coupling: 0.5}\n", tmp_path / "my.yaml"
    path.write_text(old)
    assert main(["upgrade", str(path)]) == 0
    assert capsys.readouterr().out == (
        f"{path}: written in the form of today; my.yaml.old keeps the old text\n"
    )
    assert (tmp_path / "my.yaml.old").read_text() == old
    assert path.read_text().startswith("# mine\nscan: mine\nstudies:\n")
    assert main(["validate", str(path)]) == 0
    assert "study phi4    complex_phi4 with mass = 1.0, coupling = 0.5; dense" in capsys.readouterr().out


def test_upgrade_writes_over_no_old_text(tmp_path, capsys):
    texts = {"my.yaml": "phi4: {coupling: 2}\n", "my.yaml.old": "phi4: {coupling: 3}\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    assert main(["upgrade", str(tmp_path / "my.yaml")]) == 1
    assert capsys.readouterr().err.startswith(f"pomflow: {tmp_path}/my.yaml.old: is there already. Move it")
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == texts


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: 3\n", "phi4: there is no such section. Nothing is to be upgraded here."),
        ("phi4: {mass: 1}\nstudies: {}\n", "phi4: is given beside 'studies'"),
        ("phi4: 3\n", "phi4: 3 is not a section"),
        ("phi4: {mass: 1\n", "my.yaml, line 2: expected"),
    ],
)
def test_a_file_that_cannot_be_upgraded_is_left_as_it_is(text, message, tmp_path, capsys):
    path = tmp_path / "my.yaml"
    path.write_text(text)
    assert main(["upgrade", str(path)]) == 1
    printed = capsys.readouterr().err
    assert message in printed
    assert "my.yaml" in printed
    assert printed.count("\n") == 1
    assert path.read_text() == text
    assert [file.name for file in tmp_path.iterdir()] == ["my.yaml"]


def test_every_file_is_checked_before_anything_is_written(tmp_path, capsys):
    texts = {"good.yaml": "phi4: {coupling: 2}\n", "wrong.yaml": "phi4: {coupling: -1}\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    assert main(["upgrade", *(str(tmp_path / name) for name in texts)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "wrong.yaml: studies.phi4.parameters.coupling: -1 is too small" in printed.err
    assert printed.err.count("\n") == 1
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == texts


@pytest.mark.parametrize("path", sorted((ROOT / "config").rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_config_file_is_valid(path, capsys):
    assert main(["validate", str(path)]) == 0
    assert "results/" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["info", "none.nc"], "none.nc: does not exist"),
        (["info", "results/none"], "results/none: does not exist"),
        (["info", "README.md"], "README.md: is no NetCDF file"),
        (["info", "docs"], "docs: holds no results"),
        (["validate", "none.yaml"], "none.yaml: cannot be read"),
        (["validate", "README.md"], "README.md, line "),
    ],
)
def test_one_message_on_the_standard_error(arguments, message, capsys):
    assert main(arguments) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"pomflow: {message}")
    assert printed.err.count("\n") == 1


def test_outside_of_the_project_validate_says_what_is_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["validate", "my.yaml"]) == 1
    assert f"{tmp_path}: this folder holds no workflow" in capsys.readouterr().err


def listed(words: str) -> dict[str, str]:
    """Names and sentences of what is listed."""
    lines = [line for line in words.splitlines() if line.startswith("  ") and line[2] != " "]
    return dict(line.strip().split(maxsplit=1) for line in lines)


def test_list_has_every_plug_in_with_a_sentence(capsys):
    assert main(["list"]) == 0
    words = listed(capsys.readouterr().out)
    assert list(words) == [name for family in registry.FAMILIES for name in registry.members(family)]
    assert all(len(sentence) > 10 for sentence in words.values())


@pytest.mark.parametrize("family", registry.FAMILIES)
def test_list_of_one_family(family, capsys):
    assert main(["list", family]) == 0
    words = capsys.readouterr().out
    assert words.startswith(f"{family}s\n")
    assert list(listed(words)) == registry.members(family)


def test_list_of_models_has_parameters_with_ranges_observables_and_contours(capsys):
    assert main(["list", "model"]) == 0
    words = capsys.readouterr().out
    phi4 = words[words.index("  complex_phi4 ") :].split("\n  ")[1:]
    for part in (
        "mass        Bare mass m in lattice units. (number, ≥ 0, ≤ 100; default 1.0)",
        "mu          Chemical potential in lattice units. (number, ≥ -10, ≤ 10; required)",
        "observables: ",
        "partners: exact values, mean-field values, an exact simulation",
        "contours: ",
    ):
        assert any(line.strip().startswith(part) for line in phi4), part
    contours = next(line for line in phi4 if line.strip().startswith("contours: "))
    assert "equivariant" in contours


def test_list_of_what_is_no_family_is_refused(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["list", "theory"])
    assert caught.value.code == 2
    assert "invalid choice: 'theory'" in capsys.readouterr().err


def test_as_a_command():
    done = subprocess.run(
        [sys.executable, "-m", "pomflow", "validate", "none.yaml"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("pomflow: none.yaml: cannot be read")
    assert "Traceback" not in done.stderr


def test_check_of_a_registered_model_and_of_a_contour(capsys):
    assert main(["check", "power_integral", "--set", "power=2", "shift=2.0"]) == 0
    words = capsys.readouterr().out
    assert "power=2, shift=2.0" in words
    assert words.endswith("everything passed\n")
    assert main(["check", "shift", "--model", "thirring", "--lattice", "4"]) == 0
    assert capsys.readouterr().out.startswith("shift of Thirring(4, ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["thimble"], "thimble: no model and no contour has this name"),
        (["thirring", "--set", "mass"], "--set: 'mass' is no setting. Write KEY=VALUE"),
        (["thirring", "--set", "nu=1"], "parameters.nu: is no parameter of this model. It has: "),
        (["equivariant", "--model", "thirring"], "equivariant: it does not fit Thirring: "),
    ],
)
def test_what_cannot_be_checked_is_refused_in_one_message(arguments, message, capsys):
    assert main(["check", *arguments]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith(f"pomflow: {message}")
    assert printed.count("\n") == 1
