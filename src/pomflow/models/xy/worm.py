"""Worm algorithm for the dual variables of the XY model, with and without its phase.

Chains of worms, whose steps are in ``worm_steps``, are set up, tuned while they thermalize, and measured.

Source: Prokof'ev, Svistunov, Phys. Rev. Lett. 87 (2001) 160601.
"""

from typing import NamedTuple

import numpy as np

from pomflow.errors import DivergenceError
from pomflow.lattice import Lattice
from pomflow.models.dual.runs import TUNE, Block, Run, WormChains
from pomflow.models.xy import bessel, worm_steps
from pomflow.models.xy.dual import DualXY
from pomflow.models.xy.worm_steps import State, Tables
from pomflow.random import xoshiro
from pomflow.random.stream import Stream

# as many as there are units of current to add and to take away
STEPS_PER_LINK = 2


class Records(NamedTuple):
    """Measurements of the theory after each sweep, each of shape (chains, sweeps).

    winding : winding number around the lattice in time
    time_hops : sum of abs(k) over the links in time
    action_density : S / V
    """

    winding: np.ndarray
    time_hops: np.ndarray
    action_density: np.ndarray


class QuenchedRecords(NamedTuple):
    """Measurements of the phase-quenched theory; S is the real part of the action.

    cosine : C, the derivative of the logarithm of the weight by beta cosh(mu)
    curvature : the second derivative
    phase : the weight with a sign problem over this one, averaged over the sign of k; its mean is Z / Z_pq
    """

    winding: np.ndarray
    time_hops: np.ndarray
    action_density: np.ndarray
    cosine: np.ndarray
    curvature: np.ndarray
    phase: np.ndarray


class Chains(WormChains):
    """Independent chains of worms, all of which begin with the same current in time.

    Parameters
    ----------
    theory : DualXY
    couplings : list of float
        Of the links in every direction.
    sums : array, shape (numbers, dimension, size)
        What is summed over the links, see ``worm_steps.Tables``.
    current : int
        At the start.
    stream : Stream
    chains : int
    where : str
        Names the run in an error message.
    """

    kind: type[tuple]
    state_kind = State

    def __init__(
        self, theory: DualXY, couplings: list, sums, current: int, stream: Stream, chains: int, where: str
    ):
        lattice = theory.lattice
        self.where, self._volume, self._extent = where, lattice.volume, lattice.shape[0]
        self._steps = steps_of_sweep(lattice)
        self._neighbours = np.stack([lattice.forward, lattice.backward])
        self._sums, size = sums, sums.shape[-1]
        self._ratios = np.stack([bessel.ratios(coupling, size) for coupling in couplings])
        # it closes the table: no update passes it
        self._ratios[:, -1] = 0
        randoms = xoshiro.states(stream, chains)
        self._states = [
            worm_steps.uniform_state(lattice.volume, lattice.dimension, current, random) for random in randoms
        ]

    def sweep(self, amplitudes: np.ndarray, sweeps: int, tune: bool = False) -> tuple:
        """Advance every chain and measure after each sweep.

        With ``tune`` the number of worms in a sweep is set anew, for sweeps of constant cost.
        """
        tables = Tables(self._neighbours, self._ratios, amplitudes, self._sums)
        raw = np.empty((len(self._states), sweeps, 2 + len(self._sums)))

        def run(state, worms, part):
            return worm_steps.run(tables, state, worms, part)

        self._advance(run, zip(raw, strict=True), tune)
        self._check()
        total, time_hops, *sums = np.moveaxis(raw, 2, 0)
        winding = np.rint(total / self._extent).astype(int)
        return self.kind(winding, time_hops, -sums[0] / self._volume, *self._others(winding, *sums[1:]))

    def _others(self, winding, *sums) -> tuple:
        """What the records have beside winding, time hops and action density."""
        return ()

    def _check(self) -> None:
        most = max(abs(state.currents).max() for state in self._states)
        if most + 1 >= self._ratios.shape[1]:
            raise DivergenceError(
                self.where,
                f"a link has a current of {most}, many more than in the classical configuration",
                "Lower mu or beta: here the currents are too large for the dual simulation.",
            )


class Worms(Chains):
    """Chains in the theory with chemical potential, from the current of the classical configuration."""

    kind = Records

    def __init__(self, theory: DualXY, mu: float, stream: Stream, chains: int, where: str):
        tables = theory.full_tables(mu)
        super().__init__(theory, *tables, theory.typical_current(mu), stream, chains, where)


class QuenchedWorms(Chains):
    """Chains in the phase-quenched theory, in which currents have no preferred direction."""

    kind = QuenchedRecords

    def __init__(self, theory: DualXY, mu: float, stream: Stream, chains: int, where: str):
        super().__init__(theory, *theory.quenched_tables(mu), 0, stream, chains, where)
        self._mu = mu

    def _others(self, winding, cosine, curvature, logarithm) -> tuple:
        boost = self._mu * self._extent * abs(winding)
        return cosine, curvature, np.exp(logarithm + boost) * (1 + np.exp(-2 * boost)) / 2


class QuenchedRun(Run):
    """A run of the phase-quenched theory, whose weights are the same from the first sweep to the last."""

    def __init__(self, worms: QuenchedWorms, theory: DualXY):
        super().__init__(worms)
        self._amplitudes = theory.amplitudes(0.0)

    def _sweep(self, block: Block) -> tuple:
        return self._chains.sweep(self._amplitudes, block.sweeps, tune=block.phase == TUNE)


def steps_of_sweep(lattice: Lattice) -> int:
    """Steps of worms that count as one sweep."""
    return STEPS_PER_LINK * lattice.dimension * lattice.volume
