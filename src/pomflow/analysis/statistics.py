"""Means, reweighted ratios and their errors, with autocorrelations, through pyerrors.

Source: Wolff, Comput. Phys. Commun. 156 (2004) 143 (Gamma method); Joswig, Kuberski, Kuhlmann, Neuendorf,
Comput. Phys. Commun. 288 (2023) 108750 (pyerrors).
"""

import numpy as np
import pyerrors

from pomflow.analysis.estimates import UNKNOWN, Estimate, Series, largest

ENSEMBLE = "chains"


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

    Examples
    --------
    >>> theta = np.random.default_rng(1).normal(scale=0.5, size=(16, 500))
    >>> apf = mean(np.cos(theta))  # exactly exp(-1/8) = 0.8825
    >>> print(f"{apf.value:.3f} +- {apf.error:.3f}")
    0.883 +- 0.002
    >>> square, _ = reweighted(np.exp(1j * theta), theta**2)  # exactly 1/4 - 1/16
    >>> print(f"{square.value:.3f} +- {square.error:.3f}")
    0.186 +- 0.002
    """
    return ratio(values * phase_factor, phase_factor)


def ratio(numerator: np.ndarray, denominator: np.ndarray) -> tuple[Estimate, Estimate]:
    """Real and imaginary part of the quotient of two means, series of shape (chains, recorded), complex."""
    a, b = _obs(numerator.real), _obs(numerator.imag)
    c, s = _obs(denominator.real), _obs(denominator.imag)
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


def observables_of(series: np.ndarray):
    """Means of real series, shape (chains, recorded, ...), as observables of pyerrors: one, or an array."""
    if series.ndim == 2:
        return _obs(series)
    found = np.empty(series.shape[2:], dtype=object)
    for place in np.ndindex(found.shape):
        found[place] = _obs(series[:, :, *place])
    return found


def estimate_of(obs: pyerrors.Obs | None) -> Estimate:
    """An observable of pyerrors as a mean with its error; of None nothing is known."""
    return UNKNOWN if obs is None else _estimate(obs)


def series_of(dimensions: tuple[str, ...], obs: np.ndarray) -> Series:
    """Observables of pyerrors, an array of them, as means with their covariance.

    Their errors come from the Gamma method; their correlations are those of the fluctuations, without
    autocorrelation, which keeps the matrix positive. What does not fluctuate is correlated with nothing; of
    None all is NaN.
    """
    flat = list(np.ravel(obs))
    estimates = [estimate_of(one) for one in flat]
    values = np.array([one.value for one in estimates]).reshape(np.shape(obs))
    errors = np.array([one.error for one in estimates])
    correlation = np.eye(len(flat))
    moving = np.flatnonzero(errors > 0)
    # pyerrors.covariance divides by a sum over replicas of moduli, so that of many chains it is not positive
    fluctuations = np.array([_fluctuations(flat[place]) for place in moving])
    if moving.size:
        fluctuations /= np.linalg.norm(fluctuations, axis=1, keepdims=True)
        correlation[np.ix_(moving, moving)] = fluctuations @ fluctuations.T
    tau = largest([0.5, *(one.tau_int for one in estimates)])
    return Series(dimensions, values, correlation * errors * errors[:, None], tau)


def _fluctuations(obs: pyerrors.Obs) -> np.ndarray:
    """Those of all chains, one after the other."""
    return np.concatenate([obs.deltas[name] for name in sorted(obs.names)])


def effective_sample_size(phase_factor: np.ndarray, tau_int: float) -> float:
    """N |<e^{i theta}>|^2 / (2 tau_int): the independent samples that a reweighted mean amounts to."""
    return phase_factor.size * abs(phase_factor.mean()) ** 2 / (2 * tau_int)


def largest_weight(phase_factor: np.ndarray) -> float:
    """The largest share |w| / |sum w| of one configuration in the reweighted sum: here 1 / (N |APF|)."""
    return float(np.abs(phase_factor).max() / abs(phase_factor.sum()))


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
