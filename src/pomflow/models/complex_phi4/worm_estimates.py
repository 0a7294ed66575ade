"""What is measured in simulations of the complex phi^4 theory: by worms, and of its phase in fields."""

import math

from pomflow.analysis.estimates import Estimate
from pomflow.io.checkpoint import Checkpoint
from pomflow.jobs.progress import Progress
from pomflow.models.complex_phi4 import quenched as fields
from pomflow.models.complex_phi4 import worm
from pomflow.models.complex_phi4.dual import DualTheory
from pomflow.models.dual import estimates, runs
from pomflow.random.stream import Stream

QUENCHED = ("density", "susceptibility", "phi2", "phase")


def full(theory: DualTheory, mu: float, settings: dict, stream: Stream, where: str, checkpoint: Checkpoint):
    """Estimates in the theory, and the chemical potential at which it was sampled."""
    chains = settings["chains"]
    worms = worm.Worms(theory, mu, theory.amplitudes(mu), stream, chains, where)
    cost = worm.steps_of_sweep(theory.lattice) * chains
    return estimates.of_windings(worms, theory, mu, "phi2", settings, cost, checkpoint)


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
    return estimates.of_means(QUENCHED, averages, series, (records.real, records.phi2))
