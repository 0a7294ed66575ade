"""A curve on one lattice, and the critical point that a fit finds; what all fits share."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.stats import chi2 as chi2_distribution

from pomflow.analysis import gates
from pomflow.analysis.estimates import UNKNOWN, Estimate

# a fit whose chi^2 is larger by chance less often than this is none
SMALLEST_CHANCE = 1e-3
EXTRAPOLATION = "extrapolation"
# why there is no critical point
POINTS, NONE, SEVERAL, UNRESOLVED = "points", "no_crossing", "several_crossings", "unresolved"
CHANCE, OUTSIDE, WARM = "chi2", "outside", "warm"


@dataclass(frozen=True)
class Curve:
    """R against the axis on one lattice.

    Attributes
    ----------
    lattice : str
    extent : float
        L.
    x, y, error : arrays, shape (n,)
        Values of the axis in increasing order; R there and its standard errors.
    """

    lattice: str
    extent: float
    x: np.ndarray
    y: np.ndarray
    error: np.ndarray

    def part(self, low: int, high: int) -> "Curve":
        """Without so many points at the lower and at the upper end."""
        kept = slice(low, len(self.x) - high)
        return replace(self, x=self.x[kept], y=self.y[kept], error=self.error[kept])


@dataclass(frozen=True)
class Fit:
    """A critical point, and the fit that it comes from.

    Attributes
    ----------
    method : str
    lattices : tuple of str
    critical : Estimate
        Where the transition is on the axis.
    systematic : float
        The largest change of it by other ranges and degrees; NaN where no other fit can be made.
    exponent : Estimate
        nu of ``scaling``, w of an extrapolation of crossings.
    constant : float
        c of ``jump``, the amplitude of an extrapolation.
    chi2 : float
    dof : int
    low, high : float
        Range of the axis.
    status : str
        'ok', or why the critical point is not to be trusted: ``points``, fewer than parameters;
        ``no_crossing``, ``several_crossings``; ``unresolved``, one sign of the difference is not seen beyond
        its errors; ``chi2``, a worse one has a chance below 1/1000; ``outside``, the critical point is not
        between the values; ``warm``, moving particles weigh more than the one at rest.
    shifts : dict
        Of a crossing, by lattice and value of the axis: its change when R there changes by one error.
    """

    method: str
    lattices: tuple[str, ...]
    critical: Estimate = UNKNOWN
    systematic: float = math.nan
    exponent: Estimate = UNKNOWN
    constant: float = math.nan
    chi2: float = math.nan
    dof: int = 0
    low: float = math.nan
    high: float = math.nan
    status: str = gates.OK
    shifts: dict = field(default_factory=dict, repr=False)


def judged(fit: Fit, chi2: float, dof: int) -> Fit:
    """The fit with its chi^2, and the status that this gives."""
    bad = dof > 0 and chi2_distribution.sf(chi2, dof) < SMALLEST_CHANCE
    return replace(fit, chi2=float(chi2), dof=dof, status=CHANCE if bad else fit.status)


def names_of(curves: Sequence[Curve]) -> tuple[str, ...]:
    """The lattices of some curves."""
    return tuple(curve.lattice for curve in curves)


def powers_of(x, degree: int) -> np.ndarray:
    """1, x, x^2, ... of each value, shape (n, degree + 1)."""
    return np.vander(x, degree + 1, increasing=True)


def joined(curves: Sequence[Curve]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Axis, L, R and errors of all points."""
    extents = [np.full(len(curve.x), float(curve.extent)) for curve in curves]
    x, y, error = (np.concatenate([getattr(curve, name) for curve in curves]) for name in ("x", "y", "error"))
    return x, np.concatenate(extents), y, error
