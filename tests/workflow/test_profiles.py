"""Profiles of clusters, and several mu of a stage in one job, without a cluster."""

import re
from pathlib import Path

import pytest
import yaml
from snakemake import cli

from small_scan import ROOT, SMALL

RULES = "\n".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
PROFILES = ("slurm", "generic-cluster")
EXACT = "results/small/phi4/L2x2/exact/scan.csv"
# a scheduler that runs a job at once, and counts
QUEUE = ["--cluster-generic-submit-cmd", "echo job >> submitted.txt && sh"]
DONE = ["--cluster-generic-status-cmd", "echo success; true", "--seconds-between-status-checks", "1"]


@pytest.mark.parametrize("profile", PROFILES)
def test_snakemake_reads_the_profile_beside_the_default_one(project, profile):
    done = project.run("-n", "--profile", f"workflow/profiles/{profile}", config=SMALL, cores=None)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"workflow/profiles/{profile} and workflow specific profile profiles/default" in done.stderr


@pytest.mark.parametrize("profile", ["", *PROFILES])
def test_settings_of_the_default_profile_are_in_force_beside_every_profile(profile, monkeypatch):
    monkeypatch.chdir(ROOT)
    _, settings = cli.parse_args(["--profile", f"workflow/profiles/{profile}"] if profile else [])
    assert settings.scheduler == "greedy"
    assert settings.rerun_incomplete


def test_a_report_finds_its_stylesheet_from_any_folder(tmp_path, monkeypatch):
    """Snakemake looks for it in the folder where it runs, unless it lies beside the profile."""
    monkeypatch.chdir(tmp_path)
    _, settings = cli.parse_args(["--snakefile", str(ROOT / "Snakefile"), "--directory", str(tmp_path)])
    assert Path(settings.report_stylesheet).is_absolute()
    assert Path(settings.report_stylesheet).samefile(ROOT / "workflow/report/report.css")


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_names_rules_that_exist(profile):
    """Snakemake says nothing of one that does not."""
    settings = yaml.safe_load((ROOT / "workflow/profiles" / profile / "config.yaml").read_text())
    assert set(settings["set-resources"]) <= set(re.findall(r"^rule (\w+):", RULES, re.MULTILINE))


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_gives_time_to_every_stage_that_keeps_its_state(profile):
    """With the default one a job of more than four times that would fail, whatever it has kept."""
    settings = yaml.safe_load((ROOT / "workflow/profiles" / profile / "config.yaml").read_text())
    long = re.findall(r'^rule (\w+):(?:\n(?!rule ).*)*?checkpoint="', RULES, re.MULTILINE)
    assert "sample_contour" in long
    assert set(long) <= set(settings["set-resources"])


def test_the_config_knows_the_stages_with_batches():
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
    grouped = re.findall(
        r'^rule (\w+):(?:\n(?!rule ).*)*?\n    group:\n        batched\("(\w+)"\)', RULES, re.MULTILINE
    )
    assert all(rule == stage for rule, stage in grouped)
    assert {stage for _, stage in grouped} == set(schema["properties"]["batch"]["properties"])


@pytest.mark.slow
def test_batches_are_fewer_jobs_and_the_same_bytes(finished, project):
    """Three simulations in two batches, and their table."""
    config = SMALL | {"batch": {"sample_worm": 2}}
    profile = ["--profile", "workflow/profiles/generic-cluster"]
    done = project.run(EXACT, *profile, *QUEUE, *DONE, config=config, cores=None)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (project.folder / "submitted.txt").read_text().count("job") == 2 + 1
    assert (project.folder / EXACT).read_bytes() == (finished.folder / EXACT).read_bytes()
