r"""Theories of a conserved current, in which mu enters only through e^{mu L_t w}.

w is the winding number of the current around the lattice in time, and L_t the extent of that. A run at
small mu takes place at a larger one, where configurations wind around the lattice.
"""

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from pomflow.errors import DivergenceError
from pomflow.io.checkpoint import Checkpoint, carry_out
from pomflow.lattice import Lattice
from pomflow.models.dual.bins import Bins
from pomflow.models.dual.runs import MEASURE, SETTLE, TUNE, Block, Chains, Run

# of the threshold of the theory, where the search for a mu with windings begins
BEGIN_BELOW = 0.9


class Theory(Protocol):
    """A theory in dual variables; mu enters where it is needed.

    Attributes
    ----------
    lattice : Lattice
    threshold : float
        About the mu at which windings begin.
    at_every_mu : bool
        Whether the theory exists beyond the threshold, too.
    """

    lattice: Lattice
    threshold: float
    at_every_mu: bool

    def amplitudes(self, mu: float) -> np.ndarray:
        """Amplitudes of forward and backward steps in each direction, shape (dimension, 2)."""


class Worms(Chains, Protocol):
    """Chains of a theory, whose records have a ``winding`` of shape (chains, sweeps).

    ``walks`` is what open worms measured in the last sweeps, shape (chains, sweeps, ...), or None.
    """

    where: str
    walks: np.ndarray | None

    def sweep(self, amplitudes: np.ndarray, sweeps: int, tune: bool = False) -> tuple:
        """Advance every chain and measure after each sweep."""


def hopping_amplitudes(dimension: int, mu: float) -> np.ndarray:
    """(e^mu, e^-mu) in time and (1, 1) in every direction of space, shape (dimension, 2)."""
    amplitudes = np.ones((dimension, 2))
    amplitudes[0] = math.exp(mu), math.exp(-mu)
    return amplitudes


def symmetric_weights(winding: np.ndarray, extent: int, mu: float, sampled_mu: float) -> tuple:
    r"""What turns configurations sampled at one mu into averages at another.

    mu enters only through e^{mu L_t w}, and Z_w = Z_{-w}. Averaged over the sign of w, a configuration has
    the weights

    .. math::
        c = \frac{\cosh(\mu L_t w)}{\cosh(\mu_s L_t w)}, \qquad
        s = \frac{\sinh(\mu L_t w)}{\cosh(\mu_s L_t w)} \operatorname{sign}(w),

    so that <even> = <even c>_s / <c>_s and <w> = <|w| s>_s / <c>_s.

    Parameters
    ----------
    winding : array of int
    extent : int
        L_t.
    mu, sampled_mu : float
        Both at least 0.

    Returns
    -------
    c, s : arrays
    """
    hops = extent * np.abs(winding)
    common = np.exp((mu - sampled_mu) * hops) / (1 + np.exp(-2 * sampled_mu * hops))
    mirrored = np.exp(-2 * mu * hops)
    return common * (1 + mirrored), common * (1 - mirrored)


def sample_windings(
    worms: Worms,
    theory: Theory,
    mu: float,
    blocks: Sequence[Block],
    checkpoint: Checkpoint | None = None,
    walks: Bins | None = None,
) -> tuple[tuple, float]:
    """Sample the theory with a sign problem at a chemical potential where windings are common.

    At small mu a run at mu itself would hardly see a winding, and yet the density is nothing else. As mu
    enters only through e^{mu L_t w}, the run takes place at the smallest mu_s >= mu at which about half of
    the configurations wind. The search begins near the threshold of the theory and lasts while the
    sampling is tuned; then mu_s is frozen. What open worms measure is added to ``walks``.

    Returns
    -------
    records : tuple of arrays
    sampled_mu : float
        For ``symmetric_weights``.

    Raises
    ------
    DivergenceError
        If no winding was seen all the same.
    """
    run = _WindingRun(worms, theory, mu, walks)
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

    def __init__(self, worms: Worms, theory: Theory, mu: float, walks: Bins | None):
        super().__init__(worms)
        self._walks = walks
        self._theory, self._mu, self._tried = theory, mu, []
        self.sampled = max(mu, BEGIN_BELOW * theory.threshold)
        self._highest = math.inf if theory.at_every_mu else self.sampled
        self._amplitudes = theory.amplitudes(self.sampled)

    def _sweep(self, block: Block) -> tuple:
        if block.phase == SETTLE and self._tried:
            self.sampled = float(np.mean(self._tried[len(self._tried) // 2 :]))
            self._amplitudes, self._tried = self._theory.amplitudes(self.sampled), []
        records = self._chains.sweep(self._amplitudes, block.sweeps, tune=block.phase == TUNE)
        if block.phase == TUNE:
            self._adapt(records)
        if block.phase == MEASURE and self._walks is not None:
            self._walks.add(self._chains.walks)
        return records

    def _adapt(self, records: tuple) -> None:
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
            "walks": {} if self._walks is None else self._walks.state(),
        }

    def restore(self, state: dict) -> None:
        super().restore(state)
        self._amplitudes = state["amplitudes"]
        self._tried, self.sampled = state["tried"].tolist(), state["sampled"]
        # an empty dict leaves no trace in a checkpoint
        if "walks" in state:
            self._walks.restore(state["walks"])
