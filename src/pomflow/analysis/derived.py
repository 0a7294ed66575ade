r"""Functions of reweighted means: with their errors, their covariance, and a jackknife beside it.

The mean <X> = <X e^{i theta}> / <e^{i theta}> of a moment X fluctuates, to first order, as the mean of

.. math:: \mathrm{Re}\, \Big[ \langle X \rangle + \frac{(X - \langle X \rangle)\, e^{i\theta}}
    {\langle e^{i\theta} \rangle} \Big],

a real series for each moment, from which pyerrors propagates errors to functions of them.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pomflow.analysis import statistics
from pomflow.analysis.estimates import ROUNDING, largest
from pomflow.models.quantities import Quantity

# of the chains, from which a jackknife knows an error to a third
FEWEST_CHAINS = 6


class Means:
    """Reweighted means of moments, real parts.

    Parameters
    ----------
    phase_factor : array, complex, shape (chains, recorded)
    moments : dict of array, complex, shape (chains, recorded, ...)
        By name.
    """

    def __init__(self, phase_factor: np.ndarray, moments: dict[str, np.ndarray]):
        self._phase_factor, self._moments = phase_factor, moments

    def with_errors(self) -> dict:
        """By name what calculates like a number and knows its error, or an array of such."""
        norm, found = self._phase_factor.mean(), {}
        for name, values in self._moments.items():
            phase = _beside(self._phase_factor, values)
            mean = (values * phase).mean(axis=(0, 1)) / norm
            series = (mean + (values - mean) * phase / norm).real
            found[name] = statistics.observables_of(series)
        return found

    def without_each_chain(self) -> list[dict]:
        """The means, plain numbers, of all chains but one."""
        norm = self._phase_factor.sum(axis=1)
        sums = {
            name: (values * _beside(self._phase_factor, values)).sum(axis=1)
            for name, values in self._moments.items()
        }
        totals = {name: values.sum(axis=0) for name, values in sums.items()}
        return [
            {name: ((totals[name] - sums[name][chain]) / (norm.sum() - norm[chain])).real for name in sums}
            for chain in range(len(norm))
        ]


def _beside(phase_factor: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The phase factor with as many axes as the values."""
    return phase_factor.reshape(phase_factor.shape + (1,) * (values.ndim - 2))


class Derived(NamedTuple):
    """Quantities with their errors.

    estimates : dict of Estimate or Series
    names : list of str
        Those of the numbers (no series) that are known.
    covariance : array, shape (names, names)
    jackknife : float
        Of these numbers the largest difference between the error of the Gamma method and that of a jackknife
        over chains, as a logarithm in its standard error; NaN with fewer than ``FEWEST_CHAINS`` chains.
    """

    estimates: dict
    names: list[str]
    covariance: np.ndarray
    jackknife: float


def evaluate(means: dict[Callable, Means], quantities: dict[str, Quantity], model) -> Derived:
    """All quantities of a model, from the means of the moments of each by the function that measures them."""
    known = {moments: one.with_errors() for moments, one in means.items()}
    without = {moments: one.without_each_chain() for moments, one in means.items()}
    estimates, numbers, pulls = {}, {}, [0.0]
    for name, one in quantities.items():
        found = one.function(model, known[one.moments])
        if one.dimensions:
            estimates[name] = statistics.series_of(one.dimensions, found)
            continue
        estimates[name] = statistics.estimate_of(found)
        if found is not None:
            numbers[name] = found
            pulls.append(_difference(found, [one.function(model, means) for means in without[one.moments]]))
    together = statistics.series_of(("number",), np.array([*numbers.values()], dtype=object))
    return Derived(estimates, list(numbers), together.covariance, largest(pulls))


def _difference(number, values: list[float | None]) -> float:
    """abs(ln(jackknife error / Gamma error)) in its standard error, from values without each chain."""
    count = len(values)
    if count < FEWEST_CHAINS or None in values:
        return math.nan
    error = math.sqrt((count - 1) * np.var(np.array(values, dtype=float)))
    stated, uncertainty = number.dvalue, number.ddvalue
    if max(error, stated) <= ROUNDING * max(1.0, abs(number.value)):
        return 0.0
    spread = math.hypot(uncertainty / stated, 1 / math.sqrt(2 * (count - 1)))
    return abs(math.log(error / stated)) / spread
