"""The analyses of finite sizes by name, and how far their results depend on choices."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from pomflow.analysis import gates
from pomflow.analysis.finite_size.collapse import jump, scaling
from pomflow.analysis.finite_size.crossing import crossing, extrapolated
from pomflow.analysis.finite_size.fit import POINTS, Curve, Fit, names_of
from pomflow.analysis.finite_size.geometry import CROSSING, FEWEST_LATTICES, JUMP, ONSET
from pomflow.analysis.finite_size.onset import onsets


def fits(
    method: str, curves: Sequence[Curve], degree: int = 2, exponent: float | None = None, space: int = 1
) -> list[Fit]:
    """All fits of a method, that of most lattices last.

    Parameters
    ----------
    method : {'crossing', 'scaling', 'jump', 'onset'}
    curves : sequence of Curve
        Of ``jump`` the stiffness K; of ``onset`` the onset at every point.
    degree : int
        Of the polynomials.
    exponent : float, optional
        nu of ``scaling`` where it is known.
    space : int
        Directions of space, for ``onset``.
    """
    curves, fewest = sorted(curves, key=lambda curve: curve.extent), FEWEST_LATTICES[method]
    if len(curves) < fewest:
        return [Fit(method, names_of(curves), status=POINTS)]
    if method == ONSET:
        return onsets(curves, space)
    if method == CROSSING:
        pairs = [with_systematic(crossing, pair, degree, fewest) for pair in itertools.pairwise(curves)]
        return pairs + extrapolated(pairs, curves)
    fit = jump if method == JUMP else partial(scaling, exponent=exponent)
    return [with_systematic(fit, curves, degree, fewest)]


def with_systematic(fit: Callable, curves: Sequence[Curve], degree: int, fewest: int) -> Fit:
    """A fit, and how far its critical point moves in others.

    These are one of the next degree, two without the first or the last value of the axis, and one without the
    smallest lattice, if ``fewest`` are left.
    """
    found = fit(curves, degree)
    others = [fit(curves, degree + 1)]
    others += [fit([curve.part(*ends) for curve in curves], degree) for ends in ((1, 0), (0, 1))]
    if len(curves) > fewest:
        others.append(fit(curves[1:], degree))
    moved = [abs(other.critical.value - found.critical.value) for other in others if other.status == gates.OK]
    known = found.status == gates.OK and moved
    return replace(found, systematic=max(moved)) if known else found
