r"""Finite-size scaling: T_c and exponents from how a peak moves, grows and narrows with L.

With the correlation length diverging like |T - T_c|^{-nu}, in d dimensions and with hyperscaling,

.. math:: T_{\text{peak}} - T_c \propto L^{-1/\nu}, \qquad
   \Delta\beta \propto L^{-1/\nu}, \qquad
   \frac{\partial^m \ln Z}{L^d\,\partial\beta^m} \propto L^{m / \nu - d} .

A transition of first order has 1 / nu = d.

Source: Fisher, Barber, Phys. Rev. Lett. 28 (1972) 1516; Ferdinand, Fisher, Phys. Rev. 185 (1969) 832 (square
lattice); Barber in Domb, Lebowitz (eds.), Phase Transitions and Critical Phenomena 8 (1983).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import curve_fit
from scipy.special import boxcox
from scipy.stats import chi2 as chi2_distribution

from pomflow.analysis.estimates import UNKNOWN, Estimate

# of a series in 1 / L that a fit may have beyond its leading term
MOST_CORRECTIONS = 1
# a fit whose chi^2 is larger by chance less often than this is not taken while there is another
SMALLEST_CHANCE = 0.05
# of L, in either direction, that is searched above a background
LARGEST_POWER = 12.0


def _unknown(values: np.ndarray) -> np.ndarray:
    """What a fit says where there is none."""
    return np.full(np.shape(values), np.nan)


@dataclass(frozen=True)
class Scaling:
    """One parameter of a fit to values on several lattices.

    Attributes
    ----------
    value : Estimate
        With its statistical error.
    systematic : float
        How far it moves if the first term that the fit leaves out is added to the values, with the size of
        one lattice spacing: L^-1 in the place of a length that nobody knows.
    curve : callable
        The fitted function of L.
    refit : callable
        From other values on the lattices of the fit to the parameter, with the same weights and terms.
    extent : array
        The lattices of the fit.
    corrections : int
        How many terms beyond the leading one it has.
    chi2 : float
    dof : int
    doubtful : bool
        Whether chi^2 refuses every fit that has a degree of freedom: then errors are too small, or these are
        no terms of such a series, and that this one goes through all of its lattices says nothing.
    """

    value: Estimate
    systematic: float
    curve: Callable
    refit: Callable
    extent: np.ndarray
    corrections: int
    chi2: float
    dof: int
    doubtful: bool = False

    @property
    def error(self) -> float:
        """Statistical and systematic together."""
        return math.hypot(self.value.error, self.systematic)

    @property
    def fits(self) -> bool:
        """Whether chance makes a chi^2 as large more often than once in twenty times."""
        return not self.dof or chi2_distribution.sf(self.chi2, self.dof) >= SMALLEST_CHANCE


# of too few lattices
NO_SCALING = Scaling(UNKNOWN, math.nan, _unknown, _unknown, np.empty(0), 0, math.nan, 0)


def critical_temperature(extent, peak, error, shift: float = 1.0, correction: float = 1.0) -> Scaling:
    r"""T_c of T_peak = T_c + a L^-s (1 + c_1 L^-w + ...), of the lattices and terms whose error is smallest.

    Parameters
    ----------
    extent : array, shape (lattices,)
        L.
    peak, error : array, shape (lattices,)
        Independent temperatures with standard errors; lattices with NaN take no part.
    shift : float
        s: 1 / nu, or the dimension where the transition is of first order.
    correction : float
        w: 1, or the dimension where the transition is of first order.
    """

    def series(extent):
        powers = -shift - correction * np.arange(MOST_CORRECTIONS + 2)
        return np.column_stack([np.ones_like(extent), *np.power.outer(extent, powers).T])

    known = _known(extent, peak, error)
    return _best(_linear_fits(series, 0, lambda parameters: parameters[1], *known))


def growth(extent, value, error, correction: float = 1.0) -> Scaling:
    """The power p of y = A L^p exp(c_1 L^-w + ...), parameters as for ``critical_temperature``."""

    def series(extent):
        powers = -correction * np.arange(1, MOST_CORRECTIONS + 2)
        return np.column_stack([np.ones_like(extent), np.log(extent), *np.power.outer(extent, powers).T])

    extent, value, error = _known(extent, value, error)
    fit = _best(_linear_fits(series, 1, lambda parameters: 1.0, extent, np.log(value), error / value))
    return replace(fit, curve=lambda extent: np.exp(fit.curve(extent)), refit=lambda y: fit.refit(np.log(y)))


def growth_above_background(extent, value, error, correction: float = 1.0) -> Scaling:
    """The power p of y = y_0 + A (L^p - 1) / p, which is y_0 + A ln L at p = 0; parameters as above.

    What does not diverge cannot be told from a small power; so its constant is a parameter too.
    """
    known = _known(extent, value, error)
    fits = (_fit_above_background(correction, *part) for part in _parts(3, *known))
    return _best(fits)


def _fit_above_background(correction: float, extent, value, error) -> Scaling:
    def function(extent, background, amplitude, power):
        return background + amplitude * boxcox(extent, power)

    def parameters(values):
        slope, start = np.polyfit(np.log(extent), values, 1)
        try:
            return curve_fit(
                function,
                extent,
                values,
                (start, slope, 0.0),
                error,
                absolute_sigma=True,
                bounds=([-np.inf, -np.inf, -LARGEST_POWER], [np.inf, np.inf, LARGEST_POWER]),
            )
        # what is no power above a background has none
        except RuntimeError:
            return np.full(3, np.nan), np.full((3, 3), np.nan)

    found, covariance = parameters(value)
    if not np.isfinite(found).all():
        return NO_SCALING
    moved = parameters(value + found[1] * extent**-correction)[0][2] - found[2]
    return Scaling(
        Estimate(float(found[2]), math.sqrt(covariance[2, 2])),
        abs(float(moved)),
        lambda extent: function(extent, *found),
        lambda values: float(parameters(values)[0][2]),
        extent,
        0,
        float((((value - function(extent, *found)) / error) ** 2).sum()),
        len(extent) - 3,
    )


def _known(extent, value, error) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The lattices whose value and error are known, in increasing order."""
    rows = np.array([extent, value, error], dtype=float)
    rows = rows[:, np.isfinite(rows[1]) & (rows[2] > 0)]
    extent, value, error = rows[:, rows[0].argsort()]
    return extent, value, error


def _parts(fewest: int, *values: np.ndarray) -> Iterator[tuple]:
    """All lattices, then without the smallest, and so on."""
    for start in range(len(values[0]) - fewest + 1):
        yield tuple(one[start:] for one in values)


def _linear_fits(series: Callable, place: int, size: Callable, extent, value, error) -> Iterator[Scaling]:
    """Of the parameter at a place of a series, with none to ``MOST_CORRECTIONS`` terms beyond its second."""
    for corrections in range(MOST_CORRECTIONS + 1):
        terms = 2 + corrections
        for part in _parts(terms, extent, value, error):
            yield _linear(series, terms, place, size, *part)


def _linear(series: Callable, terms: int, place: int, size: Callable, extent, value, error) -> Scaling:
    """One of them: weighted least squares."""
    design = series(extent)
    solution = np.linalg.pinv(design[:, :terms] / error[:, None]) / error
    parameters = solution @ value
    left = size(parameters) * design[:, terms]
    return Scaling(
        Estimate(float(parameters[place]), float(np.linalg.norm(solution[place] * error))),
        abs(float(solution[place] @ left)),
        lambda extent: series(extent)[:, :terms] @ parameters,
        lambda values: float(solution[place] @ values),
        extent,
        terms - 2,
        float((((value - design[:, :terms] @ parameters) / error) ** 2).sum()),
        len(extent) - terms,
    )


def _best(fits: Iterator[Scaling]) -> Scaling:
    """That of the smallest error among those that chi^2 does not refuse, or among all if it refuses all."""
    known = [fit for fit in fits if math.isfinite(fit.error)]
    tested = [fit.fits for fit in known if fit.dof]
    best = min(known, key=lambda fit: (not fit.fits, fit.error), default=NO_SCALING)
    return replace(best, doubtful=bool(tested) and not any(tested))
