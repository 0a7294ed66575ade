"""Means, reweighted ratios and their errors, with autocorrelations, through pyerrors.

Source: Wolff, Comput. Phys. Commun. 156 (2004) 143 (Gamma method); Joswig, Kuberski, Kuhlmann, Neuendorf,
Comput. Phys. Commun. 288 (2023) 108750 (pyerrors).
"""

from dataclasses import dataclass

import numpy as np
import pyerrors
from scipy import special

ENSEMBLE = "chains"
# differences up to rounding count as none, for instance where a symmetry makes a value exactly zero
ROUNDING = 1e-12


@dataclass(frozen=True)
class Estimate:
    """A mean with its standard error and integrated autocorrelation time (in recorded configurations)."""

    value: float
    error: float
    tau_int: float = 0.5


def mean(series: np.ndarray) -> Estimate:
    """The mean of a real series, shape (chains, recorded)."""
    return _estimate(_obs(series))


def reweighted(phase_factor: np.ndarray, values: np.ndarray) -> tuple[Estimate, Estimate]:
    r"""Real and imaginary part of <O> = <O e^{i theta}>_pq / <e^{i theta}>_pq.

    Numerator and denominator come from the same configurations, so the error is that of the ratio, with
    their correlation.

    Parameters
    ----------
    phase_factor, values : array, complex, shape (chains, recorded)
        e^{i theta} and O of every configuration.
    """
    weighted = values * phase_factor
    a, b = _obs(weighted.real), _obs(weighted.imag)
    c, s = _obs(phase_factor.real), _obs(phase_factor.imag)
    norm = c * c + s * s
    return _estimate((a * c + b * s) / norm), _estimate((b * c - a * s) / norm)


def of_means(function, *series: np.ndarray) -> list[Estimate]:
    """Real functions of the means of real series, with errors that know how the series are correlated.

    Parameters
    ----------
    function : callable
        From one mean for each series to a list of values, in ordinary arithmetic.
    *series : array, shape (chains, recorded)
        From the same configurations.
    """
    return [_estimate(obs) for obs in function(*map(_obs, series))]


def effective_sample_size(phase_factor: np.ndarray, tau_int: float) -> float:
    """N |<e^{i theta}>|^2 / (2 tau_int): the independent samples that a reweighted mean amounts to."""
    return phase_factor.size * abs(phase_factor.mean()) ** 2 / (2 * tau_int)


def largest_weight(phase_factor: np.ndarray) -> float:
    """The largest share |w| / |sum w| of one configuration in the reweighted sum: here 1 / (N |APF|)."""
    return float(np.abs(phase_factor).max() / abs(phase_factor.sum()))


def pull(first: Estimate, second: Estimate) -> float:
    """Difference of two independent estimates in combined errors; 0 where they are equal to rounding."""
    difference = first.value - second.value
    if abs(difference) <= ROUNDING * max(1.0, abs(first.value), abs(second.value)):
        return 0.0
    error = np.hypot(first.error, second.error)
    return float(np.sign(difference) * np.inf if error == 0 else difference / error)


def thermalization_pull(series: np.ndarray, starts: list[str]) -> float:
    """The largest of three tests of equilibrium, in standard errors.

    Compared are the first and the last third of each chain, chains with different starts where there are
    any, and each chain with all others: a few chains that stay in a winding sector hardly move the mean.
    Errors come from the spread of chains or of their thirds, which knows no autocorrelation.

    Parameters
    ----------
    series : array, real, shape (chains, recorded)
    starts : list of str
        How each chain began.
    """
    third = max(series.shape[1] // 3, 1)
    drift = series[:, -third:].mean(axis=1) - series[:, :third].mean(axis=1)
    pulls = [pull(_of_independent(drift), Estimate(0.0, 0.0))]
    kinds, means = sorted(set(starts)), series.mean(axis=1)
    if series.shape[1] >= 3:
        pulls.append(outlier_pull(series))
    if len(kinds) > 1:
        pulls.append(pull(*(_of_independent(means[np.array(starts) == kind]) for kind in kinds)))
    return float(np.max(np.abs(pulls)))


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


def _obs(series: np.ndarray) -> pyerrors.Obs:
    """The series as replicas that fluctuate around one common mean.

    Left to itself, pyerrors centres every replica on its own mean, which hides what chains differ by and
    makes the errors of many short chains too small.
    """
    names = [f"{ENSEMBLE}|{chain:04d}" for chain in range(len(series))]
    total = float(series.mean())
    centred = list(np.ascontiguousarray(series - total, dtype=float))
    return pyerrors.Obs(centred, names, means=[0.0] * len(names)) + total


def _estimate(obs: pyerrors.Obs) -> Estimate:
    obs.gamma_method()
    return Estimate(float(obs.value), float(obs.dvalue), float(obs.e_tauint.get(ENSEMBLE, 0.5)))
