"""The last columns of a scan whose contours were trained several times."""

import math
from collections.abc import Mapping, Sequence

from pomflow.analysis import gates
from pomflow.analysis.estimates import Estimate
from pomflow.analysis.trainings import STATUS, Spread, with_trainings
from pomflow.stages.scan.columns import EXPECTED, REDUCED, SPREAD

# of the trainings after the first one: 'ok', or the first gate of their own that failed
FURTHER_STATUS = f"status_{STATUS}"
PASSED = f"{STATUS}_passed"
# depend on the training, so they have a spread and are not tested
PHASE = ("apf_re", "apf_im")
TIME = "tau_int"


def spreads_of(
    runs: Sequence[Mapping[str, float]], statuses: Sequence[str], names: Sequence[str]
) -> dict[str, Spread]:
    """The spread of the phase, and of both parts of every observable, over the trainings of a point.

    Parameters
    ----------
    runs : sequence of mapping
        What was measured on the contour of each training.
    statuses : sequence of str
        'ok' or the gate of its own that each run failed: a value behind one takes no part.
    names : sequence of str
        The observables.
    """
    passed = _passed(runs, statuses)
    return {part: Spread.of([Estimate.of(run, part) for run in passed]) for part in (*PHASE, *_parts(names))}


def training_columns(
    runs: Sequence[Mapping[str, float]], statuses: Sequence[str], names: Sequence[str]
) -> dict:
    """The columns of a point from all trainings of its contour, the first of which the row is about."""
    row, spreads = {}, spreads_of(runs, statuses, names)
    for part, found in spreads.items():
        row |= {f"{part}{SPREAD}": found.deviation, f"{part}{EXPECTED}": found.expected}
        row[f"{part}{REDUCED}"] = found.reduced
    times = [Estimate(run[TIME], math.nan) for run in _passed(runs, statuses)]
    row[f"{TIME}{SPREAD}"] = Spread.of(times).deviation
    row[PASSED] = len(times)
    row[STATUS] = disagreement(spreads, names)
    row[FURTHER_STATUS] = next((status for status in statuses[1:] if status != gates.OK), gates.OK)
    return row


def disagreement(spreads: Mapping[str, Spread], names: Sequence[str]) -> float:
    """The smallest probability of chi^2 of all observables; NaN where fewer than two trainings passed."""
    return min((spreads[part].probability for part in _parts(names)), default=math.nan)


def judged(
    status: str, runs: Sequence[Mapping[str, float]], statuses: Sequence[str], names: Sequence[str]
) -> str:
    """The status of a contour after a look at all of its trainings."""
    return with_trainings(status, disagreement(spreads_of(runs, statuses, names), names))


def _parts(names: Sequence[str]) -> list[str]:
    """The columns of both parts of observables."""
    return [part for name in names for part in (name, f"{name}_im")]


def _passed(runs: Sequence[Mapping[str, float]], statuses: Sequence[str]) -> list[Mapping[str, float]]:
    return [run for run, status in zip(runs, statuses, strict=True) if status == gates.OK]
