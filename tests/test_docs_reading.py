"""docs/reading_results.md explains every column of scan.csv and every gate, with the bounds in force."""

import re
from pathlib import Path

import pytest

from pomflow.analysis import gates, independence, trainings
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.stages.scan.collect_scan import NO_NUMBERS, scan_row
from pomflow.stages.scan.trainings import training_columns

PAGE = (Path(__file__).parent.parent / "docs/reading_results.md").read_text(encoding="utf-8")
NAMES = set(re.findall(r"`([a-z0-9_]+)`", PAGE))


def test_every_column_is_explained():
    model = ComplexPhi4(Lattice((4, 4)), mass=1.0, coupling=1.0, mu=1.0)
    known = model.exact_values()
    # of a model whose values are complex the imaginary parts have exact values, too
    known |= {f"{name}_im": known[name] for name in known}
    runs = {"dense": NO_NUMBERS, "plane": NO_NUMBERS}
    row = scan_row(runs, "dense", ["density", "phi2"], model.mean_field_values(), known)
    columns = {name.removesuffix("_err") for name in row}
    assert len(columns) > 25
    assert not columns - NAMES


def test_every_column_of_several_trainings_is_explained():
    """Those of the real part of an observable stand for those of the others and of the phase."""
    row = training_columns([NO_NUMBERS] * 2, [gates.DIVERGED] * 2, ["density"])
    columns = {name for name in row if not name.startswith(("apf", "density_im"))}
    assert len(columns) == 7
    assert not columns - NAMES


def test_every_gate_is_explained():
    assert not {*gates.GATES, independence.STATUS, trainings.STATUS} - NAMES


@pytest.mark.parametrize(
    ("gate", "bound"),
    [
        (
            "acceptance",
            f"below {gates.LOWEST_ACCEPTANCE:.0%}, or below {gates.LOWEST_OF_A_CHAIN:.0%} in one chain",
        ),
        ("thermalization", f"above {gates.SIGMAS:g}"),
        (
            "dh_balance",
            f"more than {gates.SIGMAS:g} errors from 0, or its error above {gates.LARGEST_BALANCE_ERROR:g}",
        ),
        ("apf", f"APF within {gates.SIGMAS:g} errors of zero"),
        ("ess", f"below {gates.FEWEST_SAMPLES:g}"),
        (independence.STATUS, f"two contours more than {gates.SIGMAS:g} combined errors apart"),
        (
            trainings.STATUS,
            f"below {trainings.CHANCE:.1e}, the probability of {gates.SIGMAS:g} standard errors",
        ),
        ("tau_int", f"a chain shorter than {gates.FEWEST_TIMES:g} `tau_int`"),
    ],
)
def test_the_bounds_are_those_of_the_code(gate, bound):
    assert f"| `{gate}` | {bound.replace('%', ' %')} |" in PAGE
