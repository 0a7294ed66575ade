"""Estimates of exact simulations: means over sweeps with their errors, and how far a run can be trusted."""

import math

import numpy as np

from pomflow.analysis import statistics
from pomflow.analysis.estimates import Estimate, largest
from pomflow.analysis.thermalization import thermalization_pull
from pomflow.io.checkpoint import Checkpoint
from pomflow.jobs.progress import Progress
from pomflow.models.dual import runs
from pomflow.models.dual.windings import Theory, Worms, sample_windings, symmetric_weights

# Measurements are averaged over sweeps in this many parts of a chain before their errors are estimated.
BINS = 200
# Below the threshold of the theory the density comes out precisely with this share of the sweeps.
DILUTE_SHARE = 0.25


def of_windings(
    worms: Worms,
    theory: Theory,
    mu: float,
    even: str,
    settings: dict,
    cost: int,
    checkpoint: Checkpoint | None,
) -> tuple[dict[str, Estimate | float], dict]:
    """Estimates in the theory with a sign problem, and the chemical potential at which it was sampled.

    The number density n = N / V with N = L_t w, its susceptibility d n / d mu, and one observable more.

    Parameters
    ----------
    worms : Worms
        Whose records have the fields winding, time_hops and that of ``even``.
    theory : Theory
    mu : float
    even : str
        The observable, even in mu, under the name of its records.
    settings : dict
        The ``worm`` section of the config: chains, sweeps, thermalization.
    cost : int
        Of a sweep of all chains, in steps of a worm.
    checkpoint : Checkpoint or None
    """
    lattice = theory.lattice
    sweeps = math.ceil((DILUTE_SHARE if mu < theory.threshold else 1) * settings["sweeps"])
    blocks = runs.plan(settings["thermalization"], sweeps, cost)
    records, sampled_mu = sample_windings(worms, theory, mu, Progress(blocks, worms.where), checkpoint)
    volume, extent = lattice.volume, lattice.shape[0]
    common, odd = symmetric_weights(records.winding, extent, mu, sampled_mu)
    number, other = extent * np.abs(records.winding), getattr(records, even)

    def averages(norm, first, second, other):
        first, second = first / norm, second / norm
        return first / volume, (second - first * first) / volume, other / norm

    series = (common, number * odd, number**2 * common, other * common)
    watched = (records.time_hops, other)
    names = ("density", "susceptibility", even)
    return of_means(names, averages, series, watched), {"sampled_mu": sampled_mu}


def of_means(names: tuple, averages, series: tuple, watched: tuple) -> dict[str, Estimate | float]:
    """Named functions of means, and how far the run can be trusted.

    Parameters
    ----------
    names : tuple of str
        Density and susceptibility first.
    averages : callable
        From the means of the series to the numbers of these names.
    series : tuple of arrays, shape (chains, sweeps)
    watched : tuple of arrays, shape (chains, sweeps)
        What tells whether the chains are in equilibrium.
    """

    def with_combinations(*means):
        density, susceptibility, *others = averages(*means)
        return density, susceptibility, *others, density + susceptibility, density - susceptibility

    parts = [binned(one) for one in series]
    *estimates, plus, minus = statistics.of_means(with_combinations, *parts)
    tau = largest(one.tau_int for one in estimates)
    size = series[0].shape[1] // parts[0].shape[1]
    return dict(zip(names, estimates, strict=True)) | {
        "covariance": (plus.error**2 - minus.error**2) / 4,
        "tau_int": tau * size,
        "ess": parts[0].size / (2 * tau),
        "thermalization": largest(map(thermalization_pull, watched)),
    }


def binned(series: np.ndarray) -> np.ndarray:
    """Averages over parts of each chain, shape (chains, bins); a remainder at the beginning is left out."""
    chains, sweeps = series.shape
    size = max(1, sweeps // BINS)
    return series[:, sweeps % size :].reshape(chains, -1, size).mean(axis=2)
