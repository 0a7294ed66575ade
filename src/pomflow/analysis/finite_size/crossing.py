"""Where curves of neighbouring lattices meet, and the limit of these places."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.polynomial import Polynomial
from scipy.optimize import curve_fit

from pomflow.analysis import gates
from pomflow.analysis.estimates import Estimate
from pomflow.analysis.finite_size.fit import (
    EXTRAPOLATION,
    NONE,
    POINTS,
    SEVERAL,
    UNRESOLVED,
    Curve,
    Fit,
    judged,
    names_of,
    powers_of,
)
from pomflow.analysis.finite_size.geometry import CROSSING

# both signs of the difference of two curves have to be seen
FEWEST_ERRORS = 2.0
# mu_c, the amplitude and its power, and one that judges them
FEWEST_CROSSINGS = 4
# where the search for w begins, and between what
DECAY, DECAYS = 2.0, (0.5, 8.0)


def crossing(pair: Sequence[Curve], degree: int) -> Fit:
    """Where two curves meet: the zero of a polynomial through their difference.

    The difference is taken at the values of the axis that both have. There must be exactly one zero between
    them, and on both sides of it a difference beyond ``FEWEST_ERRORS`` errors.
    """
    first, second = pair
    x, i, j = np.intersect1d(first.x, second.x, return_indices=True)
    if len(x) < degree + 2:
        return Fit(CROSSING, names_of(pair), status=POINTS)
    difference, error = second.y[j] - first.y[i], np.hypot(first.error[i], second.error[j])
    middle, half = (x[-1] + x[0]) / 2, (x[-1] - x[0]) / 2
    places = (x - middle) / half
    powers = powers_of(places, degree)
    # the coefficients are linear in the values
    solution = np.linalg.pinv(powers / error[:, None]) / error
    polynomial = Polynomial(solution @ difference)
    fit = Fit(CROSSING, names_of(pair), low=float(x[0]), high=float(x[-1]))
    chi2 = np.sum(((difference - polynomial(places)) / error) ** 2)
    fit = judged(fit, chi2, len(x) - degree - 1)
    zeros = polynomial.roots()
    zeros = zeros[np.isreal(zeros) & (np.abs(zeros) <= 1)].real
    if len(zeros) != 1:
        return _refused(fit, SEVERAL if len(zeros) else NONE)
    seen = np.abs(polynomial(places)) / np.sqrt(np.sum((powers @ solution * error) ** 2, axis=1))
    sides = (seen[places < zeros[0]], seen[places > zeros[0]])
    if min(side.max(initial=0) for side in sides) < FEWEST_ERRORS:
        return _refused(fit, UNRESOLVED)
    # d mu / d R of the second curve; that of the first has the other sign
    moves = -half * (powers_of(zeros, degree)[0] @ solution) / polynomial.deriv()(zeros[0])
    shifts = {(first.lattice, value): -one for value, one in zip(x, moves * first.error[i], strict=True)}
    shifts |= {(second.lattice, value): one for value, one in zip(x, moves * second.error[j], strict=True)}
    critical = Estimate(float(middle + half * zeros[0]), math.sqrt(sum(one**2 for one in shifts.values())))
    return replace(fit, critical=critical, shifts=shifts)


def _refused(fit: Fit, status: str) -> Fit:
    """Without a crossing; a polynomial that misses the values knows nothing of its zeros."""
    return fit if fit.status != gates.OK else replace(fit, status=status)


def pair_extent(pair: Fit, curves: Sequence[Curve]) -> float:
    """sqrt(L_1 L_2) of a crossing: with it the form of ``extrapolated`` holds for unequal ratios as well."""
    extents = {curve.lattice: curve.extent for curve in curves}
    return math.sqrt(math.prod(extents[lattice] for lattice in pair.lattices))


def extrapolated(pairs: Sequence[Fit], curves: Sequence[Curve]) -> list[Fit]:
    r"""The limit of crossings of neighbouring lattices, of at least ``FEWEST_CROSSINGS``; else nothing.

    .. math:: \mu_\times(L) = \mu_c + a\, L^{-w}, \qquad w = \omega + 1 / \nu

    with L = sqrt(L_1 L_2), omega the exponent of corrections, and w between 1/2 and 8. Crossings that share a
    lattice are correlated. The systematic error is the distance from the last crossing.

    Notes
    -----
    Source: Binder, Z. Phys. B 43 (1981) 119.
    """
    good = [pair for pair in pairs if pair.status == gates.OK]
    if len(good) < FEWEST_CROSSINGS:
        return []
    extents = np.array([pair_extent(pair, curves) for pair in good])
    values = np.array([pair.critical.value for pair in good])
    covariance = np.array([[_covariance(one, other) for other in good] for one in good])
    start = (values[-1], (values[0] - values[-1]) * extents[0] ** DECAY, DECAY)

    def form(extent, critical, amplitude, power):
        return critical + amplitude * extent**-power

    bounds = ([-np.inf, -np.inf, DECAYS[0]], [np.inf, np.inf, DECAYS[1]])
    found, errors = curve_fit(form, extents, values, start, covariance, absolute_sigma=True, bounds=bounds)
    off = values - form(extents, *found)
    names = tuple(dict.fromkeys(itertools.chain.from_iterable(pair.lattices for pair in good)))
    critical, power = (Estimate(float(found[k]), math.sqrt(errors[k, k])) for k in (0, 2))
    fit = Fit(
        EXTRAPOLATION,
        names,
        critical=critical,
        systematic=abs(critical.value - values[-1]),
        exponent=power,
        constant=float(found[1]),
        low=min(pair.low for pair in good),
        high=max(pair.high for pair in good),
    )
    return [judged(fit, off @ np.linalg.solve(covariance, off), len(good) - len(found))]


def _covariance(one: Fit, other: Fit) -> float:
    """Of two crossings, from the values that both depend on."""
    return sum(shift * other.shifts.get(key, 0.0) for key, shift in one.shifts.items())
