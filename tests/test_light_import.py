"""Every call of Snakemake resolves the configuration and hashes the code: that must import nothing slow."""

import subprocess
import sys

import pytest

HEAVY = ("pyerrors", "matplotlib", "autograd", "scipy.optimize", "scipy.integrate", "scipy.stats")
RESOLVE = """
import sys, yaml
from pomflow.config import resolve, scan
from pomflow.jobs.fingerprint import fingerprint
schema = resolve.load_schema("workflow/schemas/config.schema.yaml")
config = resolve.resolve(yaml.safe_load(open("config/default.yaml")), schema)
assert all(study.nodes for study in scan.studies(config).values())
for stage in ("measure_observables", "collect_scan", "reweight_curves"):
    fingerprint(f"pomflow.stages.scan.{stage}")
print(*sys.modules)
"""


@pytest.fixture(scope="module")
def imported():
    done = subprocess.run([sys.executable, "-c", RESOLVE], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("library", HEAVY)
def test_a_plan_of_the_default_scan_does_not_import(library, imported):
    assert "pomflow.models.complex_phi4.simulation" in imported
    assert library not in imported
