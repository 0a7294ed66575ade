"""What is measured in simulations of the XY model by worms, with and without its phase."""

import math

import numpy as np

from pomflow.analysis.estimates import Estimate
from pomflow.io.checkpoint import Checkpoint, carry_out
from pomflow.jobs.progress import Progress
from pomflow.models.dual import estimates, runs
from pomflow.models.xy import worm
from pomflow.models.xy.dual import DualXY
from pomflow.random.stream import Stream

# Where weights are so uneven that fewer than this share of the sweeps count, their mean rests on a few of
# them, and its error is not known: then the phase is left to the integral of the densities.
SMALLEST_SHARE = 0.05
QUENCHED = ("density", "susceptibility", "action_density", "phase")


def full(theory: DualXY, mu: float, settings: dict, stream: Stream, where: str, checkpoint: Checkpoint):
    """Estimates in the theory, and the chemical potential at which it was sampled."""
    chains = settings["chains"]
    worms = worm.Worms(theory, mu, stream, chains, where)
    cost = worm.steps_of_sweep(theory.lattice) * chains
    return estimates.of_windings(worms, theory, mu, "action_density", settings, cost, checkpoint)


def quenched(
    theory: DualXY, mu: float, settings: dict, stream: Stream, where: str, checkpoint: Checkpoint
) -> dict[str, Estimate | float]:
    r"""Estimates in the phase-quenched theory, and the average of its phase where the theories overlap.

    With C = d ln Z_pq / db at b = beta cosh(mu), d ln Z_pq / d mu = beta sinh(mu) <C>, and from its
    derivative V dn/dmu = beta cosh(mu) <C> + (beta sinh(mu))^2 (<C^2> - <C>^2 + <dC/db>).
    """
    lattice, chains = theory.lattice, settings["chains"]
    blocks = runs.plan(settings["thermalization"], settings["sweeps"], worm.steps_of_sweep(lattice) * chains)
    run = worm.QuenchedRun(worm.QuenchedWorms(theory, mu, stream, chains, where), theory)
    carry_out(run, Progress(blocks, where), checkpoint)
    records, volume = run.records(), lattice.volume
    along, turned = theory.beta * math.cosh(mu), theory.beta * math.sinh(mu)

    def averages(cosine, second, action, phase):
        slope = along * cosine + turned**2 * (second - cosine * cosine)
        return turned * cosine / volume, slope / volume, action, phase

    second = records.cosine**2 + records.curvature
    series = (records.cosine, second, records.action_density, records.phase)
    found = estimates.of_means(QUENCHED, averages, series, (records.time_hops, records.action_density))
    if np.mean(records.phase) ** 2 < SMALLEST_SHARE * np.mean(records.phase**2):
        found["phase"] = Estimate(math.nan, math.nan)
    return found
