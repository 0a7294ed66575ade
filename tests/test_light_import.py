"""Every call of Snakemake resolves the configuration first, so that must not import what takes seconds."""

import subprocess
import sys

import pytest

HEAVY = ("pyerrors", "matplotlib", "autograd", "scipy.optimize", "scipy.integrate", "scipy.stats")
RESOLVE = """
import sys, yaml
from pomflow.config import resolve, scan
schema = resolve.load_schema("workflow/schemas/config.schema.yaml")
config = resolve.resolve(yaml.safe_load(open("config/default.yaml")), schema)
assert all(study.nodes for study in scan.studies(config).values())
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
