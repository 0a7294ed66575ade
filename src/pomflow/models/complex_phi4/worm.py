"""Worm algorithm for the dual variables of the complex phi^4 theory.

Chains of worms, whose steps are in ``worm_steps``, are set up, tuned while they thermalize, and measured.

Source: Prokof'ev, Svistunov, Phys. Rev. Lett. 87 (2001) 160601.
"""

import math
from typing import NamedTuple

import numpy as np

from pomflow.errors import DivergenceError
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import worm_steps
from pomflow.models.complex_phi4.dual import DualTheory
from pomflow.models.complex_phi4.quantities import longest
from pomflow.models.complex_phi4.worm_steps import State, Tables, Walks
from pomflow.models.dual.runs import WormChains
from pomflow.random import xoshiro
from pomflow.random.stream import Stream

# as many as there are hops to add and to take away, of either kind
STEPS_PER_LINK = 4
# weights of currents from here on, which are rare, are calculated when they are needed
LARGEST_TABULATED = 4096


class Records(NamedTuple):
    """Measurements after each sweep, each of shape (chains, sweeps).

    winding : winding number around the lattice in time
    time_hops : sum of n + nbar over the time links
    phi2 : phi_a phi_a per site, 2 W(f + 2) / W(f) averaged over the sites
    phi2_squared : its square, with W(f + 4) / W(f) in the place of (W(f + 2) / W(f))^2 of one site
    hops : sum of n + nbar over all links
    currents_squared : (sum_x (n - nbar))^2, summed over the directions of space; that is L_i^2 w_i^2
    """

    winding: np.ndarray
    time_hops: np.ndarray
    phi2: np.ndarray
    phi2_squared: np.ndarray
    hops: np.ndarray
    currents_squared: np.ndarray


class Worms(WormChains):
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
    correlator_at : float, optional
        The chemical potential of the correlator that open worms measure; by default they measure nothing.

    Attributes
    ----------
    walks : array, shape (chains, sweeps, 2, L_t), or None
        G(t, k) in each of the last sweeps, at rest and at the ``lowest_waves``, times <c>_s.
    """

    kind = Records
    state_kind = State

    def __init__(
        self,
        theory: DualTheory,
        mu: float,
        amplitudes,
        stream: Stream,
        chains: int,
        where: str,
        correlator_at: float | None = None,
    ):
        lattice = theory.lattice
        self._correlator_at = correlator_at
        self._times, self._waves = np.indices(lattice.shape)[0].ravel(), lowest_waves(lattice)
        self._extent, self.where = lattice.shape[0], where
        self._columns = lattice.volume // self._extent
        self._steps = steps_of_sweep(lattice)
        self._neighbours = np.stack([lattice.forward, lattice.backward])
        self._ratios = theory.site_ratios(mu)
        self._opening = 1 / self._ratios[theory.typical_exponent(mu)]
        hops = np.rint(amplitudes * theory.typical_square(mu)).astype(np.int64)
        randoms = xoshiro.states(stream, chains)
        self._states = [worm_steps.uniform_state(lattice.volume, hops, random) for random in randoms]

    def sweep(self, amplitudes: np.ndarray, sweeps: int, tune: bool = False) -> Records:
        """Advance every chain and measure after each sweep.

        With ``tune`` the number of worms in a sweep is set anew, for sweeps of constant cost.
        """
        tables = Tables(self._neighbours, self._ratios, amplitudes, self._opening)
        measuring = self._measuring(amplitudes)
        raw = np.empty((len(self._states), sweeps, len(Records._fields)))
        counts = np.zeros((len(self._states), sweeps, 2, self._extent))
        made = self._worms

        def run(state, worms, *parts):
            return worm_steps.run(tables, measuring, state, self._columns, worms, *parts)

        self._advance(run, zip(raw, counts, strict=True), tune)
        self._check()
        self.walks = None if measuring is None else counts / (made * self._opening)
        return Records(np.rint(raw[..., 0] / self._extent).astype(int), *np.moveaxis(raw[..., 1:], -1, 0))

    def _measuring(self, amplitudes: np.ndarray) -> Walks | None:
        """With what open worms are measured."""
        if self._correlator_at is None:
            return None
        mu, sampled_mu = self._correlator_at, math.log(amplitudes[0, 0])
        weights = worm_steps.tabulated(LARGEST_TABULATED, mu, sampled_mu)
        return Walks(self._times, self._waves, weights, mu, sampled_mu)

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


def lowest_waves(lattice: Lattice) -> np.ndarray:
    """Cosines and sines of k x, k = 2 pi / L, along the directions of space that are longest.

    Their product for two sites is the mean of cos(k (x - y)) over these directions. Shape (volume, 2 x
    directions); without space, or with one site in space, there is no direction.
    """
    turns = [lattice.one_turn(axis) for axis in longest(lattice.shape)]
    waves = [wave(turn) / math.sqrt(len(turns)) for turn in turns for wave in (np.cos, np.sin)]
    return np.array(waves).reshape(-1, lattice.volume).T.copy()
