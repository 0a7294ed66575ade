"""What can be asked for by name says what it makes, and the catalog of workflows finds the entry."""

import re

import yaml

from small_scan import ROOT, SMALL


def test_every_target_says_what_it_makes(project):
    done = project.run("--list-target-rules")
    assert done.returncode == 0, done.stderr
    told = dict(re.findall(r"^(\w+) \((.+)\)$", done.stdout + done.stderr, re.MULTILINE))
    assert set(told) >= {
        "all",
        "scan",
        "exact",
        "export",
        "curves",
        "finite_size",
        "figures",
        "compare",
        "ising",
        "lessons",
    }
    assert len(set(told.values())) == len(told)


def test_exact_values_alone(project):
    """No path is trained and nothing is sampled on the plane."""
    done = project.run("exact", "--dry-run", config=SMALL)
    assert done.returncode == 0, done.stderr
    assert set(project.counted(done.stdout)) == {"exact", "collect_exact", "sample_worm"}


def test_the_entry_for_the_catalog_plans_the_same(project):
    """The catalog asks for workflow/Snakefile, config/README.md and a file about usage."""
    entry = project.run("--dry-run", "--snakefile", "workflow/Snakefile", config=SMALL)
    assert entry.returncode == 0, entry.stderr
    assert project.counted(entry.stdout) == project.planned(SMALL)
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert {"mandatory-flags", "software-stack-deployment", "report"} == set(usage)
    assert (ROOT / "config/README.md").exists()
