"""Swendsen and Wang's cluster algorithm for models whose bonds only ask whether two spins are equal.

Bonds between equal spins are occupied with probability 1 - exp(-beta J g), where g J is the energy of a bond
between unequal spins above that of equal ones: g = 2 in the Ising model, 1 in the Potts model. Every cluster
of sites that occupied bonds join gets a new value, each with equal probability.

Source: Swendsen, Wang, Phys. Rev. Lett. 58 (1987) 86; union-find with path halving: Tarjan, van Leeuwen,
J. ACM 31 (1984) 245.
"""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pomflow.models.spins.base import SpinModel, start
from pomflow.numerics.compiled import compiler
from pomflow.random import xoshiro
from pomflow.random.stream import Stream

# of the numbers that the occupation of a bond is decided with
_RESOLUTION = 2.0**63
_HALF = np.uint64(32)

_compiled = compiler(xoshiro)


def sample(model: SpinModel, beta: float, starts: list[str], settings: dict, stream: Stream) -> np.ndarray:
    """Configurations of independent chains at one inverse temperature.

    Parameters
    ----------
    model : SpinModel
    beta : float
    starts : list of {'hot', 'cold'}
        How each chain begins: with random spins, or all of the first value.
    settings : dict
        ``thermalization`` updates are thrown away; then one configuration in ``record_every`` is kept, and
        ``records`` of each chain.
    stream : Stream

    Returns
    -------
    array of int8, of the model's values, shape (chains, records, volume)
    """
    volume, chains = model.lattice.volume, len(starts)
    spins = start(model.values, volume, starts, stream)
    records = np.empty((chains, settings["records"], volume), dtype=np.int8)
    states = xoshiro.states(stream, chains)
    tables = model.bonds.first, model.bonds.second, thresholds(model, beta)
    thermalization, every = settings["thermalization"], settings["record_every"]
    for chain in range(chains):
        _run(spins[chain], model.values, *tables, states[chain], thermalization, records[chain], every)
    return records


def thresholds(model: SpinModel, beta: float) -> np.ndarray:
    """A bond is occupied where a random number of 63 bits is below 2^63 (1 - exp(-beta J g))."""
    return (-np.expm1(-model.gap * beta * model.bonds.strength) * _RESOLUTION).astype(np.uint64)


@_compiled
def _run(spins, values, first, second, threshold, state, thermalization, records, every):
    parents = np.empty(len(spins), dtype=np.int32)
    for _ in range(thermalization):
        update(spins, values, first, second, threshold, state, parents)
    for record in records:
        for _ in range(every):
            update(spins, values, first, second, threshold, state, parents)
        record[:] = spins


@_compiled
def update(spins, values, first, second, threshold, state, parents):
    """One update of a configuration in place; ``parents`` is room for the forest of clusters."""
    for site in range(len(spins)):
        parents[site] = site
    for bond in range(len(first)):
        i, j = first[bond], second[bond]
        if spins[i] == spins[j] and xoshiro.word(state) >> np.uint64(1) < threshold[bond]:
            _join(parents, i, j)
    # the root of a cluster is its first site, so it has its value before the others ask for it
    for site in range(len(spins)):
        root = _root(parents, site)
        if root == site:
            spins[site] = values[_below(len(values), xoshiro.word(state))]
        else:
            spins[site] = spins[root]


@_compiled
def _below(count, word):
    """A whole number from 0 to count - 1, from the upper half of a random word."""
    return np.int64((word >> np.uint64(32)) * np.uint64(count) >> np.uint64(32))


@_compiled
def _root(parents, site):
    while parents[site] != site:
        parents[site] = parents[parents[site]]
        site = parents[site]
    return site


@_compiled
def _join(parents, i, j):
    a, b = _root(parents, i), _root(parents, j)
    if a < b:
        parents[b] = a
    else:
        parents[a] = b


def update_plainly(spins, values, first, second, threshold, state) -> np.ndarray:
    """The same update in array code, the readable twin: the same words in the same order, the same spins."""
    equal = np.flatnonzero(spins[first] == spins[second])
    words = np.array([xoshiro.word(state) for _ in equal], dtype=np.uint64)
    bonds = equal[words >> np.uint64(1) < threshold[equal]]
    graph = coo_array((np.ones(len(bonds)), (first[bonds], second[bonds])), shape=(len(spins),) * 2)
    count, label = connected_components(graph, directed=False)
    words = np.array([xoshiro.word(state) for _ in range(count)], dtype=np.uint64)
    drawn = values[((words >> _HALF) * np.uint64(len(values)) >> _HALF).astype(int)]
    # clusters in the order of their first sites
    order = np.argsort(np.unique(label, return_index=True)[1])
    rank = np.empty(count, dtype=int)
    rank[order] = np.arange(count)
    return drawn[rank[label]]
