"""Heat bath of an Ising model with nearest neighbours, one colour of the checkerboard after the other.

A spin with neighbours of the sum h becomes +1 with probability 1 / (1 + exp(-2 beta h)), whatever it was.
Sites of one colour do not couple, so all of them, in all chains, are drawn at once. Near the critical point
clusters are better, as their autocorrelation hardly grows with the lattice; this is an independent partner
for them, with the same bits on a GPU as on a CPU: random numbers are compared as integers.

Source: Creutz, Phys. Rev. D 21 (1980) 2308.
"""

import itertools

import numpy as np
from scipy.special import expit

from pomflow.models.ising import heat_bath_kernel as heat_bath
from pomflow.models.ising.model import Ising, require_checkerboard
from pomflow.models.spins.base import start
from pomflow.numerics import backend
from pomflow.numerics.backend import namespace, to_host
from pomflow.random.stream import Stream


def sample(model: Ising, beta: float, starts: list[str], settings: dict, stream: Stream) -> np.ndarray:
    """Configurations of independent chains at one inverse temperature.

    Parameters
    ----------
    model : Ising
        With nearest neighbours only and even extents.
    beta : float
    starts, settings
        As for ``pomflow.models.spins.cluster.sample``; an update is a sweep.
    stream : Stream
        Its ``xp`` is where the chains live.

    Returns
    -------
    array of int8, +-1, shape (chains, records, volume)
        Of NumPy.

    Raises
    ------
    ConfigError
        If the sites have no checkerboard.
    """
    require_checkerboard(model)
    sweep = Sweep(model, beta, stream)
    spins = start(model.values, model.lattice.volume, starts, stream)
    shape = len(starts), settings["records"], model.lattice.volume
    records = stream.xp.empty(shape, dtype=stream.xp.int8)
    numbers = itertools.count()

    def update(times: int) -> None:
        for _ in range(times):
            sweep(spins, next(numbers))

    update(settings["thermalization"])
    for record in range(settings["records"]):
        update(settings["record_every"])
        records[:, record] = spins
    return to_host(records)


def thresholds(model: Ising, beta: float) -> np.ndarray:
    """Integers that a word of 63 bits is below with probability 1 / (1 + exp(-2 beta h)), h = -2d, ... 2d."""
    h = np.arange(-2 * model.lattice.dimension, 2 * model.lattice.dimension + 1, 2)
    # with 64 bits a probability of 1 would have no integer
    return (2.0**63 * expit(2 * beta * h)).astype(np.uint64)


class Sweep:
    """One update of every spin of every chain, in place.

    Parameters
    ----------
    model : Ising
    beta : float
    stream : Stream
    """

    def __init__(self, model: Ising, beta: float, stream: Stream):
        lattice, xp = model.lattice, stream.xp
        parity = np.indices(lattice.shape).sum(axis=0).ravel() % 2
        table = np.concatenate((lattice.forward, lattice.backward)).astype(np.int32)
        self._stream = stream
        self._colours = [xp.asarray(np.flatnonzero(parity == colour).astype(np.int32)) for colour in (0, 1)]
        self._neighbours, self._thresholds = xp.asarray(table), xp.asarray(thresholds(model, beta))

    def __call__(self, spins, number: int) -> None:
        """Update ``spins``, int8 of shape (chains, volume); ``number`` names the random words."""
        stream, tables = self._stream, (self._neighbours, self._thresholds)
        if backend.has_kernels(stream.xp):
            for sites in self._colours:
                heat_bath.update(spins, sites, *tables, stream, number)
            return
        words = stream.words(number, *spins.shape) >> np.uint64(1)
        for sites in self._colours:
            draw(spins, sites, *tables, words)


def draw(spins, sites, neighbours, thresholds, words) -> None:
    """Draw the spins of these sites in all chains, in place; ``words`` has 63 random bits for every spin."""
    xp = namespace(spins)
    h = spins[:, neighbours[:, sites]].sum(axis=1)
    below = thresholds[(h + len(neighbours)) // 2]
    spins[:, sites] = xp.where(words[:, sites] < below, xp.int8(1), xp.int8(-1))
