"""What is measured in simulations of the complex phi^4 theory: by worms, and of its phase in fields."""

import math

import numpy as np

from pomflow.analysis import statistics
from pomflow.analysis.estimates import Estimate, largest
from pomflow.analysis.thermalization import thermalization_pull
from pomflow.io.checkpoint import Checkpoint
from pomflow.jobs.progress import Progress
from pomflow.models.complex_phi4 import quenched as fields
from pomflow.models.complex_phi4 import runs, worm
from pomflow.models.complex_phi4.dual import DualTheory, symmetric_weights
from pomflow.random.stream import Stream

# Measurements are averaged over sweeps in this many parts of a chain before their errors are estimated.
BINS = 200
# Below the threshold of the free theory the density comes out precisely with this share of the sweeps.
DILUTE_SHARE = 0.25
FULL = ("density", "susceptibility", "phi2")
QUENCHED = (*FULL, "phase")


def full(theory: DualTheory, mu: float, settings: dict, stream: Stream, where: str, checkpoint: Checkpoint):
    """Estimates in the theory, and the chemical potential at which it was sampled."""
    lattice, chains = theory.lattice, settings["chains"]
    worms = worm.Worms(theory, mu, theory.amplitudes(mu), stream, chains, where)
    sweeps = math.ceil((DILUTE_SHARE if mu < theory.threshold else 1) * settings["sweeps"])
    blocks = runs.plan(settings["thermalization"], sweeps, worm.steps_of_sweep(lattice) * chains)
    records, sampled_mu = worm.sample_windings(worms, theory, mu, Progress(blocks, where), checkpoint)
    volume, extent = lattice.volume, lattice.shape[0]
    even, odd = symmetric_weights(records.winding, extent, mu, sampled_mu)
    number = extent * np.abs(records.winding)

    def averages(norm, first, second, phi2):
        first, second = first / norm, second / norm
        return first / volume, (second - first * first) / volume, phi2 / norm

    series = (even, number * odd, number**2 * even, records.phi2 * even)
    watched = (records.time_hops, records.phi2)
    return _estimates(FULL, averages, series, watched), {"sampled_mu": sampled_mu}


def quenched(
    theory: DualTheory, mu: float, settings: dict, stream: Stream, where: str, checkpoint: Checkpoint
) -> dict[str, Estimate | float]:
    r"""Estimates in the phase-quenched theory, and the average of its phase.

    With R = sum_x Re(phi_x phi*_{x+0}), d ln Z_pq / d mu = sinh(mu) <R>, and from its derivative
    V dn/dmu = cosh(mu) <R> + sinh(mu)^2 (<R^2> - <R>^2).
    """
    lattice, chains = theory.lattice, settings["chains"]
    cost = fields.steps_of_sweep(lattice) * chains
    blocks = runs.plan(settings["thermalization"], settings["sweeps"], cost)
    begin = fields.Fields(lattice, theory.mass, theory.coupling, mu, stream, chains)
    records = fields.sample(begin, Progress(blocks, where), checkpoint)
    volume = lattice.volume

    def averages(real, square, phi2, phase):
        variance = square - real * real
        slope = math.cosh(mu) * real + math.sinh(mu) ** 2 * variance
        return math.sinh(mu) * real / volume, slope / volume, phi2, phase

    series = (records.real, records.real**2, records.phi2, records.phase)
    return _estimates(QUENCHED, averages, series, (records.real, records.phi2))


def _estimates(names: tuple, averages, series: tuple, watched: tuple) -> dict[str, Estimate | float]:
    """Named functions of means, density and susceptibility first, and how far the run can be trusted."""

    def with_combinations(*means):
        density, susceptibility, *others = averages(*means)
        return density, susceptibility, *others, density + susceptibility, density - susceptibility

    binned = [_binned(one) for one in series]
    *estimates, plus, minus = statistics.of_means(with_combinations, *binned)
    tau = largest(one.tau_int for one in estimates)
    size = series[0].shape[1] // binned[0].shape[1]
    return dict(zip(names, estimates, strict=True)) | {
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
