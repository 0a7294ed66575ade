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
from pomflow.models.complex_phi4.worm_steps import State, Tables
from pomflow.random import xoshiro
from pomflow.random.stream import Stream

# as many as there are hops to add and to take away, of either kind
STEPS_PER_LINK = 4
# the phases of a run
TUNE, SETTLE, MEASURE = "tune", "settle", "measure"
# blocks of the first half of thermalization, after each of which is tuned
TUNING_BLOCKS = 20
MEASURING_BLOCKS = 100
# steps of all chains in one block, a second or so: a job can be stopped between blocks. Tuning is not divided
# by cost, because its blocks make a difference
LARGEST_BLOCK = 2_000_000
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

    def __init__(self, theory: DualTheory, mu: float, amplitudes, stream: Stream, chains: int, where: str):
        lattice = theory.lattice
        self._extent, self.where = lattice.shape[0], where
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
            worm_steps.run(tables, state, self._worms, part)
            for state, part in zip(self._states, raw, strict=True)
        )
        self._check()
        if tune:
            length = steps / (len(self._states) * sweeps * self._worms)
            self._worms = max(1, round(self._steps / length))
        return Records(np.rint(raw[..., 0] / self._extent).astype(int), raw[..., 1], raw[..., 2])

    def state(self) -> dict:
        """For a checkpoint."""
        together = zip(State._fields, map(np.stack, zip(*self._states, strict=True)), strict=True)
        return {"worms": self._worms, "chains": dict(together)}

    def restore(self, state: dict) -> None:
        """From a checkpoint."""
        self._worms = state["worms"]
        parts = (state["chains"][name] for name in State._fields)
        self._states = [State(*chain) for chain in zip(*parts, strict=True)]

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


def split(sweeps: int, parts: int) -> list[int]:
    """A number of sweeps in about equal parts, none of them empty."""
    edges = np.linspace(0, sweeps, min(sweeps, parts) + 1).astype(int)
    return np.diff(edges).tolist()


class Block(NamedTuple):
    """Some sweeps of a run, in one of its phases: TUNE, SETTLE or MEASURE."""

    phase: str
    sweeps: int


def plan(thermalization: int, sweeps: int, cost: int) -> list[Block]:
    """The blocks of a run: half of the thermalization tunes the sampling, half lets it settle.

    ``cost`` is that of a sweep of all chains, in steps; where the blocks end changes no number.
    """
    tuning = thermalization // 2

    def parts(count: int, fewest: int) -> list[int]:
        return split(count, max(fewest, math.ceil(count * cost / LARGEST_BLOCK)))

    return [
        *(Block(TUNE, size) for size in split(tuning, TUNING_BLOCKS)),
        *(Block(SETTLE, size) for size in parts(thermalization - tuning, 1)),
        *(Block(MEASURE, size) for size in parts(sweeps, MEASURING_BLOCKS)),
    ]


def sample(
    worms: Worms, amplitudes: np.ndarray, blocks: Sequence[Block], checkpoint: Checkpoint | None = None
) -> Records:
    """Thermalize and measure.

    Parameters
    ----------
    worms : Worms
    amplitudes : array, shape (dimension, 2)
    blocks : sequence of Block
        From ``plan``, possibly wrapped by a progress display. The number of worms in a sweep is tuned in the
        blocks of that phase.
    checkpoint : Checkpoint, optional
        Where the state is kept, so that a killed run goes on.
    """
    run = _Run(worms, amplitudes)
    carry_out(run, blocks, checkpoint)
    return run.records()


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


class _Run:
    """Worms at fixed amplitudes, a block of sweeps at a time."""

    def __init__(self, worms: Worms, amplitudes: np.ndarray):
        self._worms, self._amplitudes, self._parts = worms, amplitudes, []

    def advance(self, block: Block) -> None:
        """The sweeps of a block; what they measure is kept in the last phase."""
        records = self._worms.sweep(self._amplitudes, block.sweeps, tune=block.phase == TUNE)
        if block.phase == MEASURE:
            self._parts.append(records)
        elif block.phase == TUNE:
            self._adapt(records)

    def _adapt(self, records: Records) -> None:
        """Nothing but the number of worms is tuned."""

    def records(self) -> Records:
        """What was measured so far."""
        return Records(*(np.concatenate(series, axis=1) for series in zip(*self._parts, strict=True)))

    def state(self) -> dict:
        """For a checkpoint."""
        return {
            "worms": self._worms.state(),
            "amplitudes": self._amplitudes,
            "records": self.records()._asdict() if self._parts else {},
        }

    def restore(self, state: dict) -> None:
        """From a checkpoint."""
        self._worms.restore(state["worms"])
        self._amplitudes = state["amplitudes"]
        # an empty dict leaves no trace in a checkpoint
        self._parts = [Records(**state["records"])] if "records" in state else []


class _WindingRun(_Run):
    """Worms that look for a mu with windings while they are tuned, and take the mean of the later half."""

    def __init__(self, worms: Worms, theory: DualTheory, mu: float):
        self._theory, self._mu, self._tried = theory, mu, []
        self.sampled = max(mu, BEGIN_BELOW * theory.threshold)
        self._highest = math.inf if theory.coupling else self.sampled
        super().__init__(worms, theory.amplitudes(self.sampled))

    def _adapt(self, records: Records) -> None:
        # Newton's step for the fraction p of windings, dp/dmu = L_t p (1 - p) near p = 1/2; longer at first
        gain = max(4 / self._theory.lattice.shape[0], 1 / (1 + len(self._tried)))
        last = self._tried[-1] if self._tried else self.sampled
        wanted = last + gain * (0.5 - np.mean(records.winding != 0))
        self._tried.append(min(max(self._mu, wanted), self._highest))
        self._amplitudes = self._theory.amplitudes(self._tried[-1])

    def advance(self, block: Block) -> None:
        if block.phase == SETTLE and self._tried:
            self.sampled = float(np.mean(self._tried[len(self._tried) // 2 :]))
            self._amplitudes, self._tried = self._theory.amplitudes(self.sampled), []
        super().advance(block)

    def state(self) -> dict:
        return super().state() | {"tried": self._tried, "sampled": self.sampled}

    def restore(self, state: dict) -> None:
        super().restore(state)
        self._tried, self.sampled = state["tried"].tolist(), state["sampled"]
