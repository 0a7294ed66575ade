"""Is a run in equilibrium? Early and late configurations, different starts, each chain with the others."""

from collections.abc import Sequence

import numpy as np
from scipy import special

from pomflow.analysis.estimates import ROUNDING, Estimate, pull

# share of the values at either end of a series that no chain is judged by
LARGEST_TAIL = 0.005


def thermalization_pull(series: np.ndarray, starts: Sequence[str] = ()) -> float:
    """The largest of three tests of equilibrium, in standard errors.

    Compared are early and late configurations, chains with different starts where there are any, and each
    chain with all others: a few chains that stay in a winding sector hardly move the mean.

    Parameters
    ----------
    series : array, real, shape (chains, recorded)
    starts : sequence of str
        How each chain began, where not all of them began alike.
    """
    outlier = min(outlier_pull(series), outlier_pull(without_rare(series))) if series.shape[1] >= 3 else 0.0
    # a NaN passes through the maximum of NumPy
    return float(np.maximum(ensemble_pull(series, starts), outlier))


def ensemble_pull(series: np.ndarray, starts: Sequence[str]) -> float:
    """The larger of the differences between early and late and between two starts, in standard errors.

    The first and the last third of each chain are compared. Errors come from the spread of chains, which
    knows no autocorrelation. Both are means over many chains, so few configurations of each are enough.
    """
    third = max(series.shape[1] // 3, 1)
    drift = series[:, -third:].mean(axis=1) - series[:, :third].mean(axis=1)
    pulls = [pull(_of_independent(drift), Estimate(0.0, 0.0))]
    kinds, means = sorted(set(starts)), series.mean(axis=1)
    if len(kinds) > 1:
        pulls.append(pull(*(_of_independent(means[np.array(starts) == kind]) for kind in kinds)))
    return float(np.max(np.abs(pulls)))


def without_rare(series: np.ndarray) -> np.ndarray:
    """The series with a small share of its values at either end set to that end.

    Where the phase is nearly gone, one rare configuration is the whole variance of its chain, and no chain
    that stays apart: that is apart without rare values, too.
    """
    # less than a chain that stays apart for a quarter of its length
    tail = min(LARGEST_TAIL, 1 / (4 * len(series)))
    return np.clip(series, *np.quantile(series, [tail, 1 - tail]))


def outlier_pull(series: np.ndarray) -> float:
    """How far the chain that is farthest out lies from the median of all, in standard errors.

    The variance of a chain's mean is that of the means of its thirds, averaged over the chains: chains that
    stay apart do not enlarge it, however many they are. With N chains it has 2N degrees of freedom. Returned
    is the deviation that one normal variable exceeds as often as the largest of N values of Student's t.
    """
    chains, recorded = series.shape
    third = recorded // 3
    thirds = series[:, : 3 * third].reshape(chains, 3, third).mean(axis=2)
    means = thirds.mean(axis=1)
    farthest = np.abs(means - np.median(means)).max()
    if farthest <= ROUNDING * max(1.0, np.abs(means).max()):
        return 0.0
    error = np.sqrt(thirds.var(axis=1, ddof=1).mean() / 3)
    t = farthest / error if error > 0 else np.inf
    probability = min(0.5, chains * special.stdtr(2 * chains, -t))
    # where the probability is too small for a number, t itself is the bound
    return float(min(t, -special.ndtri(probability)))


def _of_independent(values: np.ndarray) -> Estimate:
    """The mean of independent values; its error is unknown where there is only one."""
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return Estimate(float(values.mean()), float(error))
