"""Worm algorithm for the dual variables of the complex phi^4 theory.

Chains of worms, whose steps are in ``worm_steps``, are set up, tuned while they thermalize, and measured. A
run at small mu takes place at a larger one, where configurations wind around the lattice.

Source: Prokof'ev, Svistunov, Phys. Rev. Lett. 87 (2001) 160601.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pomflow.errors import DivergenceError
from pomflow.io.checkpoint import Checkpoint, carry_out
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import worm_steps
from pomflow.models.complex_phi4.dual import DualTheory
from pomflow.models.complex_phi4.runs import SETTLE, TUNE, Block, Run, stacked, unstacked
from pomflow.models.complex_phi4.worm_steps import State, Tables
from pomflow.random import xoshiro
from pomflow.random.stream import Stream

# as many as there are hops to add and to take away, of either kind
STEPS_PER_LINK = 4
# of the free theory's threshold, where the search for a mu with windings begins
BEGIN_BELOW = 0.9


class Records(NamedTuple):
    """Measurements after each sweep, each of shape (chains, sweeps).

    winding : winding number around the lattice in time
    time_hops : sum of n + nbar over the time links
    phi2 : phi_a phi_a per site, 2 W(f + 2) / W(f) averaged over the sites
    """

    winding: np.ndarray
    time_hops: np.ndarray
    phi2: np.ndarray


class Worms:
    """Independent chains of worms, all of which begin with the hops of the mean field.

    Where the field condenses a site has many hops. Worms would need as many sweeps to lay them one by one.

    Parameters
    ----------
    theory : DualTheory
    mu : float
        Chemical potential for which tables are laid out.
    amplitudes : array, shape (dimension, 2)
        Those of the theory at this mu.
    stream : Stream
    chains : int
    where : str
        Names the run in an error message.
    """

    kind = Records

    def __init__(self, theory: DualTheory, mu: float, amplitudes, stream: Stream, chains: int, where: str):
        lattice = theory.lattice
        self._extent, self.where = lattice.shape[0], where
        self._columns = lattice.volume // self._extent
        self._steps = steps_of_sweep(lattice)
        self._neighbours = np.stack([lattice.forward, lattice.backward])
        self._ratios = theory.site_ratios(mu)
        self._opening = 1 / self._ratios[theory.typical_exponent(mu)]
        hops = np.rint(amplitudes * theory.typical_square(mu)).astype(np.int64)
        randoms = xoshiro.states(stream, chains)
        self._states = [worm_steps.uniform_state(lattice.volume, hops, random) for random in randoms]
        self._worms = 1

    def sweep(self, amplitudes: np.ndarray, sweeps: int, tune: bool = False) -> Records:
        """Advance every chain and measure after each sweep.

        With ``tune`` the number of worms in a sweep is set anew, for sweeps of constant cost.
        """
        tables = Tables(self._neighbours, self._ratios, amplitudes, self._opening)
        raw = np.empty((len(self._states), sweeps, len(Records._fields)))
        steps = sum(
            worm_steps.run(tables, state, self._columns, self._worms, part)
            for state, part in zip(self._states, raw, strict=True)
        )
        self._check()
        if tune:
            length = steps / (len(self._states) * sweeps * self._worms)
            self._worms = max(1, round(self._steps / length))
        return Records(np.rint(raw[..., 0] / self._extent).astype(int), raw[..., 1], raw[..., 2])

    def state(self) -> dict:
        """For a checkpoint."""
        return {"worms": self._worms, "chains": stacked(self._states)}

    def restore(self, state: dict) -> None:
        """From a checkpoint."""
        self._worms = state["worms"]
        self._states = unstacked(State, state["chains"])

    def _check(self) -> None:
        most = 2 * max(state.exponents.max() for state in self._states)
        # the tables hold twice as many, so that their end was not felt
        if most > len(self._ratios):
            raise DivergenceError(
                self.where,
                f"a site has {most} hops, many more than in mean field",
                "Lower mu or raise the coupling: here the fields are too large for the dual simulation.",
            )


def steps_of_sweep(lattice: Lattice) -> int:
    """Steps of worms that count as one sweep."""
    return STEPS_PER_LINK * lattice.dimension * lattice.volume


def sample_windings(
    worms: Worms,
    theory: DualTheory,
    mu: float,
    blocks: Sequence[Block],
    checkpoint: Checkpoint | None = None,
) -> tuple[Records, float]:
    """Sample the theory with a sign problem at a chemical potential where windings are common.

    At small mu a run at mu itself would hardly see a winding, and yet the density is nothing else. As mu
    enters only through e^{mu L_t w}, the run takes place at the smallest mu_s >= mu at which about half of
    the configurations wind. The search begins near the threshold of the free theory and lasts while the
    sampling is tuned; then mu_s is frozen.

    Returns
    -------
    records : Records
    sampled_mu : float
        For ``dual.symmetric_weights``.

    Raises
    ------
    DivergenceError
        If no winding was seen all the same.
    """
    run = _WindingRun(worms, theory, mu)
    carry_out(run, blocks, checkpoint)
    records = run.records()
    if not records.winding.any():
        raise DivergenceError(
            worms.where,
            "no configuration winds around the lattice, so nothing can be said about the density",
            "Raise worm.thermalization and worm.sweeps of the study.",
        )
    return records, run.sampled


class _WindingRun(Run):
    """Worms that look for a mu with windings while they are tuned, and take the mean of the later half."""

    def __init__(self, worms: Worms, theory: DualTheory, mu: float):
        super().__init__(worms)
        self._theory, self._mu, self._tried = theory, mu, []
        self.sampled = max(mu, BEGIN_BELOW * theory.threshold)
        self._highest = math.inf if theory.coupling else self.sampled
        self._amplitudes = theory.amplitudes(self.sampled)

    def _sweep(self, block: Block) -> Records:
        if block.phase == SETTLE and self._tried:
            self.sampled = float(np.mean(self._tried[len(self._tried) // 2 :]))
            self._amplitudes, self._tried = self._theory.amplitudes(self.sampled), []
        records = self._chains.sweep(self._amplitudes, block.sweeps, tune=block.phase == TUNE)
        if block.phase == TUNE:
            self._adapt(records)
        return records

    def _adapt(self, records: Records) -> None:
        # Newton's step for the fraction p of windings, dp/dmu = L_t p (1 - p) near p = 1/2; longer at first
        gain = max(4 / self._theory.lattice.shape[0], 1 / (1 + len(self._tried)))
        last = self._tried[-1] if self._tried else self.sampled
        wanted = last + gain * (0.5 - np.mean(records.winding != 0))
        self._tried.append(min(max(self._mu, wanted), self._highest))
        self._amplitudes = self._theory.amplitudes(self._tried[-1])

    def state(self) -> dict:
        return super().state() | {
            "amplitudes": self._amplitudes,
            "tried": self._tried,
            "sampled": self.sampled,
        }

    def restore(self, state: dict) -> None:
        super().restore(state)
        self._amplitudes = state["amplitudes"]
        self._tried, self.sampled = state["tried"].tolist(), state["sampled"]
