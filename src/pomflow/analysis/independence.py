"""An observable has one value on all contours, by Cauchy's theorem: how far the contours of a point disagree.

Each contour has random numbers of its own, so its values are independent of those of the others.
"""

import math
from collections.abc import Iterable, Mapping

from pomflow.analysis import gates
from pomflow.analysis.estimates import Estimate, largest, pull

# in place of a gate's name: this one asks all contours of a point, the others a single run
STATUS = "independence"


def largest_pulls(
    runs: Mapping[str, Mapping[str, float]], statuses: Mapping[str, str], names: Iterable[str]
) -> dict[str, float]:
    """The largest pull of every contour with any other one of the same point.

    max |O_i - O_j| / sqrt(s_i^2 + s_j^2) over the other contours j, with s the standard errors, and over
    the real and the imaginary parts of the observables O.

    Parameters
    ----------
    runs : mapping
        By contour what was measured on it: NAME, NAME_im and their errors.
    statuses : mapping
        By contour 'ok' or the gate of its own that failed: a value behind one says nothing of the others.
    names : iterable of str
        The observables.

    Returns
    -------
    dict
        By contour; NaN of one that failed a gate of its own, and where no other has passed.
    """
    parts = [part for name in names for part in (name, f"{name}_im")]
    passed = [contour for contour, status in statuses.items() if status == gates.OK]
    found = dict.fromkeys(runs, math.nan)
    for contour in passed:
        pulls = [
            abs(pull(Estimate.of(runs[contour], part), Estimate.of(runs[other], part)))
            for other in passed
            for part in parts
            if other != contour
        ]
        found[contour] = largest(pulls) if pulls else math.nan
    return found


def with_independence(statuses: Mapping[str, str], pulls: Mapping[str, float]) -> dict[str, str]:
    """The statuses of all contours of a point: 'independence' where the largest pull is above 5.

    Two values that contradict each other do not say which is wrong, so both are marked, and of three or more
    every one that contradicts some other.
    """
    return {
        contour: STATUS if pulls[contour] > gates.SIGMAS else status for contour, status in statuses.items()
    }
