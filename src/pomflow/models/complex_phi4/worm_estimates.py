"""What is measured in simulations of the complex phi^4 theory: by worms, and of its phase in fields."""

import math

import numpy as np

from pomflow.analysis import statistics
from pomflow.analysis.estimates import Estimate, Series
from pomflow.io.checkpoint import Checkpoint
from pomflow.jobs.progress import Progress
from pomflow.models.complex_phi4 import quantities, worm
from pomflow.models.complex_phi4 import quenched as fields
from pomflow.models.complex_phi4.dual import DualTheory
from pomflow.models.dual import estimates, runs
from pomflow.models.dual.bins import binned
from pomflow.random.stream import Stream

OF_CORRELATORS = (
    quantities.correlation_length,
    quantities.correlator,
    quantities.effective_mass,
    quantities.effective_mass_back,
)
QUENCHED = ("density", "susceptibility", "phi2", "phase")


def full(theory: DualTheory, mu: float, settings: dict, stream: Stream, where: str, checkpoint: Checkpoint):
    """Estimates in the theory, and the chemical potential at which it was sampled.

    Beside those of the windings these are the numbers that ``of_sites`` and ``of_walks`` describe.
    """
    chains = settings["chains"]
    worms = worm.Worms(theory, mu, theory.amplitudes(mu), stream, chains, where, correlator_at=mu)
    cost = worm.steps_of_sweep(theory.lattice) * chains

    def further(records, weights, walks):
        return of_sites(theory, records, weights) | of_walks(theory, weights, walks)

    return estimates.of_windings(worms, theory, mu, "phi2", settings, cost, checkpoint, further)


def of_sites(theory: DualTheory, records: worm.Records, weights: np.ndarray) -> dict[str, Estimate]:
    r"""Susceptibility of the squared field, action density and helicity modulus, all even in mu.

    At given hops the fields of different sites are independent, with <|phi|^2> = rho_j and <|phi|^4> =
    rho_j rho_{j+1}, and the hopping terms of the action are on average minus the number of hops, which is
    sum_x j_x. With eta rho_j + 2 lambda rho_j rho_{j+1} = j + 1,

    .. math:: \frac{\langle S \rangle}{V} = \frac12 \Big( 1 + \frac{\eta}{2} \langle \phi_a \phi_a \rangle
        - \frac1V \langle \sum_x j_x \rangle \Big), \qquad
        \Upsilon = \frac{1}{(d - 1) V} \sum_{i > 0} L_i^2 \langle w_i^2 \rangle ,

    and V (<phi2^2> - <phi2>^2) for phi2 = sum_x phi_a phi_a / V. Without space there is no helicity modulus.

    Parameters
    ----------
    theory : DualTheory
    records : named tuple
        ``Records`` of the worms.
    weights : array, shape (chains, sweeps)
        c of ``symmetric_weights``.
    """
    lattice = theory.lattice
    series = (records.phi2, records.phi2_squared, records.hops, records.currents_squared)
    norm = statistics.observables_of(binned(weights))
    phi2, phi2_squared, hops, currents_squared = (
        statistics.observables_of(binned(weights * one)) / norm for one in series
    )
    volume, directions = lattice.volume, lattice.dimension - 1
    found = {
        "phi2_susceptibility": volume * (phi2_squared - phi2 * phi2),
        "action_density": (1 + theory.eta / 2 * phi2 - hops / volume) / 2,
        "helicity": currents_squared / (directions * volume) if directions else None,
    }
    return {name: statistics.estimate_of(one) for name, one in found.items()}


def of_walks(theory: DualTheory, weights: np.ndarray, walks: np.ndarray) -> dict[str, Estimate | Series]:
    r"""The correlator, at rest and at k = 2 pi / L in space, and the ``quantities`` that are made from it.

    .. math:: G(t, k) = \sum_r e^{-ikr} \langle \phi(x + (t, r))\, \phi^*(x) \rangle,

    L being the largest extent of space, whose directions are averaged; ``worm_steps`` says how it is counted
    and normalized. On one site in space there is no k. Relative to <|phi|^2>, which is G at no displacement,
    errors would be smaller by a few percent, for one counter more.

    Parameters
    ----------
    theory : DualTheory
    weights : array, shape (chains, sweeps)
        c of ``symmetric_weights``.
    walks : array, shape (chains, bins, 2, L_t)
        Means over bins of ``Worms.walks``.
    """
    kept = walks[:, :, : 2 if quantities.longest(theory.lattice.shape) else 1]
    mean = {"correlator": statistics.observables_of(kept) / statistics.observables_of(binned(weights))}
    made = {one.name: (one.dimensions, one.function(theory, mean)) for one in OF_CORRELATORS}
    return {
        name: statistics.series_of(dimensions, found) if dimensions else statistics.estimate_of(found)
        for name, (dimensions, found) in made.items()
    }


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
