"""Another workflow uses this one as a Snakemake module, from a folder of its own."""

import subprocess
import sys

import pytest
import xarray as xr
import yaml

from small_scan import ROOT, SMALL, Project, changed

MODULE = """
module {name}:
    snakefile: "{root}/Snakefile"
    config: {config}
    {prefix}

use rule * from {name} as {name}_*
"""
# a rule of the other workflow, which reads what this one makes
SUMMARY = """
rule summary:
    default_target: True
    input:
        rules.pomflow_scan.input,
    output: "summary.csv"
    shell: "cp {input[0]} {output}"
"""


def module(name="pomflow", config="config", prefix=""):
    prefix = f'prefix: "{prefix}"' if prefix else ""
    return MODULE.format(name=name, root=ROOT, config=config, prefix=prefix)


@pytest.fixture
def other(tmp_path):
    """Runs Snakemake in a folder that holds nothing but a Snakefile and a config of its own."""

    def run(snakefile, *arguments, config=SMALL, cores=2):
        (tmp_path / "Snakefile").write_text(snakefile)
        (tmp_path / "my.yaml").write_text(config if isinstance(config, str) else yaml.safe_dump(config))
        options = ["--cores", str(cores), "--configfile", "my.yaml"]
        command = [sys.executable, "-m", "snakemake", *arguments, *options]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=900)

    return run


def jobs(done):
    """How many jobs of each rule a dry run plans."""
    assert done.returncode == 0, done.stdout + done.stderr
    return Project.counted(done.stdout)


def test_a_scan_on_one_core_below_a_prefix_has_the_same_bytes(other, finished, tmp_path):
    """Scripts, schema, default config and checkpoints are found; every file lies below the prefix."""
    snakefile = module(config='config["theory"]', prefix="mine") + SUMMARY
    done = other(snakefile, config={"theory": SMALL}, cores=1)
    assert done.returncode == 0, done.stdout + done.stderr
    table = "results/small/phi4/L2x2/dense/scan.csv"
    expected = (finished.folder / table).read_bytes()
    assert (tmp_path / "mine" / table).read_bytes() == expected
    assert (tmp_path / "summary.csv").read_bytes() == expected
    for path in sorted((finished.folder / "results/small/phi4").rglob("*.nc")):
        ours = xr.open_dataset(tmp_path / "mine" / path.relative_to(finished.folder), engine="h5netcdf")
        theirs = xr.open_dataset(path, engine="h5netcdf")
        xr.testing.assert_identical(ours.drop_attrs(), theirs.drop_attrs())
    made = {path.name for path in tmp_path.iterdir()} - {".snakemake", ".cache", "Snakefile", "my.yaml"}
    assert made == {"mine", "summary.csv"}


def test_all_and_figures_are_planned_with_and_without_names_of_their_own(other):
    renamed = jobs(other(module(), "--dry-run", "pomflow_all"))
    snakefile = module().replace(" as pomflow_*", "")
    plain = jobs(other(snakefile, "--dry-run"))
    assert renamed == {f"pomflow_{rule}": count for rule, count in plain.items()}
    assert (plain["plot_scan"], plain["plot_series"]) == (10, 3)
    assert plain["sample_worm"] == 3


def test_the_config_lies_over_the_default_one(other):
    planned = jobs(other(module(), "--dry-run", "pomflow_all", config={"lessons": {"enabled": False}}))
    assert planned["pomflow_sample_plane"] == 2 * 11
    assert planned["pomflow_train_classifier"] == 10
    assert "pomflow_teach_lesson" not in planned


def test_two_of_them_live_below_two_prefixes(other):
    config = {name: changed(parameters={"mass": mass}) for name, mass in (("light", 0.5), ("heavy", 2.0))}
    snakefile = "".join(module(name, f'config["{name}"]', name) for name in config)
    planned = jobs(other(snakefile, "--dry-run", "light_scan", "heavy_scan", config=config))
    assert planned["light_sample_plane"] == planned["heavy_sample_plane"] == 2


def test_a_wrong_key_is_named_and_the_rest_of_the_config_is_not_looked_at(other):
    """The other workflow may write aliases, and keys that are none of ours."""
    snakefile = module(config='config["theory"]')
    config = "own: &one [1]\nmore: *one\ntheory: {seeds: 2}\n"
    done = other(snakefile, "--dry-run", config=config)
    assert "pomflow: seeds: there is no such key. Did you mean 'seed'?" in done.stderr
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
