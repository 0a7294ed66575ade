"""What worms measure in the dual variables of the complex phi^4 theory, with and without its phase."""

import math

import numpy as np

from pomflow.analysis import statistics
from pomflow.analysis.estimates import Estimate, largest
from pomflow.analysis.thermalization import thermalization_pull
from pomflow.io.checkpoint import Checkpoint
from pomflow.jobs.progress import Progress
from pomflow.models.complex_phi4 import worm
from pomflow.models.complex_phi4.dual import DualTheory, symmetric_weights
from pomflow.models.complex_phi4.worm import Records, Worms
from pomflow.random.stream import Stream

# Measurements are averaged over sweeps in this many parts of a chain before their errors are estimated.
BINS = 200
# The phase-quenched density comes out more precisely: with half of the sweeps its error is that of the other.
QUENCHED_SHARE = 0.5


def full(theory: DualTheory, mu: float, settings: dict, stream: Stream, where: str, checkpoint: Checkpoint):
    """Estimates in the theory, and the chemical potential at which it was sampled."""
    worms, blocks = _worms(theory, mu, settings, stream, where, theory.amplitudes(mu), settings["sweeps"])
    records, sampled_mu = worm.sample_windings(worms, theory, mu, blocks, checkpoint)
    volume, extent = theory.lattice.volume, theory.lattice.shape[0]
    even, odd = symmetric_weights(records.winding, extent, mu, sampled_mu)
    number = extent * np.abs(records.winding)

    def averages(norm, first, second, phi2):
        first, second = first / norm, second / norm
        return first / volume, (second - first * first) / volume, phi2 / norm

    series = (even, number * odd, number**2 * even, records.phi2 * even)
    return _estimates(averages, series, records), {"sampled_mu": sampled_mu}


def quenched(
    theory: DualTheory, mu: float, settings: dict, stream: Stream, where: str, checkpoint: Checkpoint
):
    r"""Estimates in the phase-quenched theory.

    With E the sum of all hops on time links, d ln Z_pq / d mu = tanh(mu) <E>, and from its derivative
    V dn/dmu = <E> / cosh(mu)^2 + tanh(mu)^2 (<E^2> - <E>^2).
    """
    sweeps, amplitudes = math.ceil(QUENCHED_SHARE * settings["sweeps"]), theory.quenched_amplitudes(mu)
    worms, blocks = _worms(theory, mu, settings, stream, where, amplitudes, sweeps)
    records = worm.sample(worms, amplitudes, blocks, checkpoint)
    volume, slope = theory.lattice.volume, math.tanh(mu)

    def averages(first, second, phi2):
        variance = second - first * first
        return slope * first / volume, ((1 - slope**2) * first + slope**2 * variance) / volume, phi2

    series = (records.time_hops, records.time_hops**2, records.phi2)
    return _estimates(averages, series, records)


def _worms(
    theory: DualTheory,
    mu: float,
    settings: dict,
    stream: Stream,
    where: str,
    amplitudes: np.ndarray,
    sweeps: int,
) -> tuple[Worms, Progress]:
    """Fresh chains, and the plan of their run."""
    worms = Worms(theory, mu, amplitudes, stream, settings["chains"], where)
    cost = worm.steps_of_sweep(theory.lattice) * settings["chains"]
    return worms, Progress(worm.plan(settings["thermalization"], sweeps, cost), where)


def _estimates(averages, series: tuple, records: Records) -> dict[str, Estimate | float]:
    """Density, susceptibility and phi^2 as functions of means, and how far the run can be trusted."""

    def with_combinations(*means):
        density, susceptibility, phi2 = averages(*means)
        return density, susceptibility, phi2, density + susceptibility, density - susceptibility

    binned = [_binned(one) for one in series]
    density, susceptibility, phi2, plus, minus = statistics.of_means(with_combinations, *binned)
    tau = largest(one.tau_int for one in (density, susceptibility, phi2))
    size = records.phi2.shape[1] // binned[0].shape[1]
    watched = (records.time_hops, records.phi2)
    return {
        "density": density,
        "susceptibility": susceptibility,
        "phi2": phi2,
        "covariance": (plus.error**2 - minus.error**2) / 4,
        "tau_int": tau * size,
        "ess": binned[0].size / (2 * tau),
        "thermalization": largest(map(thermalization_pull, watched)),
    }


def _binned(series: np.ndarray) -> np.ndarray:
    """Averages over parts of each chain, shape (chains, bins); a remainder at the beginning is left out."""
    chains, sweeps = series.shape
    size = max(1, sweeps // BINS)
    return series[:, sweeps % size :].reshape(chains, -1, size).mean(axis=2)
