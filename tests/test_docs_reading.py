"""docs/reading_results.md explains every column of scan.csv and every gate, with the bounds in force."""

import re
from pathlib import Path

import pytest

from pomflow.analysis import gates
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import exact
from pomflow.stages.scan.collect_scan import NO_NUMBERS, scan_row

PAGE = (Path(__file__).parent.parent / "docs/reading_results.md").read_text(encoding="utf-8")
NAMES = set(re.findall(r"`([a-z0-9_]+)`", PAGE))


def test_every_column_is_explained():
    theory = {"mass": 1.0, "coupling": 1.0}
    row = scan_row(NO_NUMBERS, NO_NUMBERS, exact.lookup(Lattice((4, 4)), mu=1.0, **theory), theory, "1.0")
    columns = {name.removesuffix("_err") for name in row} - {"mu"}
    assert len(columns) > 25
    assert not columns - NAMES


def test_every_gate_is_explained():
    assert not set(gates.GATES) - NAMES


@pytest.mark.parametrize(
    ("gate", "bound"),
    [
        (
            "acceptance",
            f"below {gates.LOWEST_ACCEPTANCE:.0%}, or below {gates.LOWEST_OF_A_CHAIN:.0%} in one chain",
        ),
        ("thermalization", f"above {gates.SIGMAS:g}"),
        ("exp_dh", f"more than {gates.SIGMAS:g} errors from 1"),
        ("apf", f"APF within {gates.SIGMAS:g} errors of zero"),
        ("ess", f"below {gates.FEWEST_SAMPLES:g}"),
    ],
)
def test_the_bounds_are_those_of_the_code(gate, bound):
    assert f"| `{gate}` | {bound.replace('%', ' %')} |" in PAGE
