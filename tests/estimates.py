"""Means and errors from independent chains: their spread, whatever the autocorrelation within one."""

import math

import numpy as np


def mean_and_error(series):
    """Mean of a real series, shape (chains, ...), and its standard error from the chain means."""
    means = np.asarray(series).reshape(len(series), -1).mean(axis=1)
    return means.mean(), means.std(ddof=1) / math.sqrt(len(means))


def jackknife(function, *series):
    """A real function of means over all chains, and its error by leaving out one chain in turn."""
    means = [np.asarray(one).reshape(len(one), -1).mean(axis=1) for one in series]
    chains = len(means[0])
    value = function(*(mean.mean() for mean in means))
    others = function(*((mean.sum() - mean) / (chains - 1) for mean in means))
    return value, math.sqrt((chains - 1) * np.mean((others - others.mean()) ** 2))


def reweighted(observable, log_weight):
    """Re <O exp(i theta)> / <exp(i theta)> and its error; both arrays of shape (chains, measurements)."""
    phase = np.exp(1j * log_weight.imag)
    return jackknife(lambda o, p: (o / p).real, observable * phase, phase)


def average_phase(log_weight, expected_phase: float = 0.0):
    """Re <exp(i (theta - theta_0))> and its error."""
    return mean_and_error(np.cos(log_weight.imag - expected_phase))


def pull(value_and_error, exact: float, exact_error: float = 0.0) -> float:
    """Distance from the truth in combined standard errors."""
    value, error = value_and_error
    return (value - exact) / math.hypot(error, exact_error)
