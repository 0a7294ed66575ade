"""Runs of chains: the blocks that they are divided into, what they keep, and how they go on."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

# the phases of a run
TUNE, SETTLE, MEASURE = "tune", "settle", "measure"
# blocks of the first half of thermalization, after each of which is tuned
TUNING_BLOCKS = 20
MEASURING_BLOCKS = 100
# steps of all chains in one block, a second or so: a job can be stopped between blocks. Tuning is not divided
# by cost, because its blocks make a difference
LARGEST_BLOCK = 2_000_000
# a sweep so many times as long as it should be is not repeated
TOO_LONG = 50


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


class Chains(Protocol):
    """Independent chains, whose records are arrays of shape (chains, sweeps) in a named tuple ``kind``."""

    kind: type[tuple]

    def state(self) -> dict:
        """For a checkpoint."""

    def restore(self, state: dict) -> None:
        """From a checkpoint."""


def stacked(states: Sequence[tuple]) -> dict[str, np.ndarray]:
    """The states of all chains, named tuples of arrays, as arrays by name; for a checkpoint."""
    together = map(np.stack, zip(*states, strict=True))
    return dict(zip(states[0]._fields, together, strict=True))


def unstacked(kind: type[tuple], arrays: dict[str, np.ndarray]) -> list[tuple]:
    """The states of all chains from such arrays."""
    return [kind(*chain) for chain in zip(*(arrays[name] for name in kind._fields), strict=True)]


class WormChains:
    """Chains of worms: what a checkpoint keeps of them, and the number of worms in a sweep.

    A subclass sets ``_states``, the states of its chains, and ``_steps``, the steps of worms that count as
    one sweep; ``state_kind`` is the class of the states.
    """

    state_kind: type[tuple]
    # what open worms measured in the last sweeps, shape (chains, sweeps, ...), where they do
    walks: np.ndarray | None = None
    _worms = 1

    def state(self) -> dict:
        """For a checkpoint."""
        return {"worms": self._worms, "chains": stacked(self._states)}

    def restore(self, state: dict) -> None:
        """From a checkpoint."""
        self._worms = state["worms"]
        self._states = unstacked(self.state_kind, state["chains"])

    def _advance(self, run: Callable, arrays: Iterable[tuple[np.ndarray, ...]], tune: bool) -> None:
        """Sweep every chain, and with ``tune`` set the number of worms anew, for sweeps of constant cost.

        It is set after all sweeps, and at once where one of them is far too long: where the search for a mu
        has just jumped into a condensate, worms have become as long as the lattice is large.

        Parameters
        ----------
        run : callable
            From the state of a chain, the number of worms in a sweep and arrays of shape (sweeps, ...), which
            it fills, to the steps of all these worms.
        arrays : iterable of tuples
            Those of every chain.
        """
        steps = worms = 0
        for state, parts in zip(self._states, arrays, strict=True):
            if not tune:
                run(state, self._worms, *parts)
                continue
            for sweep in range(len(parts[0])):
                taken = run(state, self._worms, *(part[sweep : sweep + 1] for part in parts))
                steps, worms = steps + taken, worms + self._worms
                if taken > TOO_LONG * self._steps:
                    self._tune(taken / self._worms)
        if tune:
            self._tune(steps / worms)

    def _tune(self, length: float) -> None:
        """The number of worms of some mean length that make up a sweep."""
        self._worms = max(1, round(self._steps / length))


class Run:
    """Chains that advance a block of sweeps at a time; a subclass says in ``_sweep`` how."""

    def __init__(self, chains: Chains):
        self._chains, self._parts = chains, []

    def advance(self, block: Block) -> None:
        """The sweeps of a block; what they measure is kept in the last phase."""
        records = self._sweep(block)
        if block.phase == MEASURE:
            self._parts.append(records)

    def _sweep(self, block: Block) -> tuple:
        raise NotImplementedError

    def records(self) -> tuple:
        """What was measured so far."""
        return self._chains.kind(
            *(np.concatenate(series, axis=1) for series in zip(*self._parts, strict=True))
        )

    def state(self) -> dict:
        """For a checkpoint."""
        return {"chains": self._chains.state(), "records": self.records()._asdict() if self._parts else {}}

    def restore(self, state: dict) -> None:
        """From a checkpoint."""
        self._chains.restore(state["chains"])
        # an empty dict leaves no trace in a checkpoint
        self._parts = [self._chains.kind(**state["records"])] if "records" in state else []
