"""Monte Carlo of the phase-quenched complex phi^4 theory in its fields: local updates, and the phase.

Chains of configurations, whose steps are in ``quenched_steps``, are set up, tuned while they thermalize,
and measured. This is the theory that hybrid Monte Carlo samples on the plane. A local algorithm is enough for
a theory without a determinant, and makes many more configurations in the same time.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pomflow.io.checkpoint import Checkpoint, carry_out
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import mean_field, quenched_steps
from pomflow.models.complex_phi4.quenched_steps import State, Weights
from pomflow.models.dual.runs import TUNE, Block, Run, stacked, unstacked
from pomflow.random import xoshiro
from pomflow.random.stream import Stream

# what a site costs in a sweep, in steps of a worm
STEPS_PER_SITE = 3
TARGET_ACCEPTANCE = 0.5


class Records(NamedTuple):
    """Measurements after each sweep, each of shape (chains, sweeps).

    real : R = sum_x Re(phi_x phi*_{x+0})
    phi2 : phi_a phi_a per site
    phase : Re e^{i theta}, theta = -Im S = sinh(mu) sum_x Im(phi_x phi*_{x+0})
    """

    real: np.ndarray
    phi2: np.ndarray
    phase: np.ndarray


class Fields:
    """Independent chains, all of which begin with the constant field of the mean field.

    Parameters
    ----------
    lattice : Lattice
    mass, coupling, mu : float
    stream : Stream
    chains : int
    """

    kind = Records

    def __init__(
        self, lattice: Lattice, mass: float, coupling: float, mu: float, stream: Stream, chains: int
    ):
        self.weights = _weights(lattice, mass, coupling, mu)
        start = math.sqrt(mean_field.condensate(mass, coupling, mu))
        field = np.full((lattice.volume, 2), start / math.sqrt(2))
        self.states = [State(field.copy(), random) for random in xoshiro.states(stream, chains)]
        self._shift = 1.0

    def sweep(self, sweeps: int, tune: bool = False) -> Records:
        """Advance every chain and measure; with ``tune`` the size of the shifts is set anew."""
        raw = np.empty((len(self.states), sweeps, len(Records._fields)))
        accepted = [
            quenched_steps.run(self.weights, state, self._shift, part)
            for state, part in zip(self.states, raw, strict=True)
        ]
        if tune:
            self._shift *= math.exp(np.mean(accepted) - TARGET_ACCEPTANCE)
        return Records(*np.moveaxis(raw, 2, 0))

    def state(self) -> dict:
        """For a checkpoint."""
        return {"shift": self._shift, "states": stacked(self.states)}

    def restore(self, state: dict) -> None:
        """From a checkpoint."""
        self._shift = state["shift"]
        self.states = unstacked(State, state["states"])


def steps_of_sweep(lattice: Lattice) -> int:
    """What a sweep costs, in steps of a worm."""
    return STEPS_PER_SITE * lattice.volume


def sample(fields: Fields, blocks: Sequence[Block], checkpoint: Checkpoint | None = None) -> Records:
    """Thermalize and measure, in blocks from ``runs.plan``; a killed run goes on from its checkpoint."""
    run = _QuenchedRun(fields)
    carry_out(run, blocks, checkpoint)
    return run.records()


class _QuenchedRun(Run):
    def _sweep(self, block: Block) -> Records:
        return self._chains.sweep(block.sweeps, tune=block.phase == TUNE)


def _weights(lattice: Lattice, mass: float, coupling: float, mu: float) -> Weights:
    """The action for the updates; a site that is its own neighbour adds to its own |phi|^2."""
    couplings = np.ones(lattice.dimension)
    couplings[0] = math.cosh(mu)
    wide = np.array(lattice.shape) > 1
    neighbours = np.stack([lattice.forward[wide], lattice.backward[wide]], axis=1)
    square = (2 * lattice.dimension + mass**2) / 2 - couplings[~wide].sum()
    return Weights(
        np.ascontiguousarray(neighbours.reshape(-1, lattice.volume).T),
        np.repeat(couplings[wide], 2),
        np.ascontiguousarray(lattice.forward[0]),
        square,
        coupling / 4,
        math.sinh(mu),
    )
