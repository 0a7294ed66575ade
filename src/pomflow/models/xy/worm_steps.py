"""The steps of a worm of the XY model, compiled: one chain of configurations of currents on links.

A worm opens a configuration without sources at a random site. Its head walks from there: a step to a
neighbour adds a unit of current on the link, in its direction, and is accepted as in Metropolis' algorithm,
with the ratio of the weights I_k a^k before and after. Where the head is back at the tail the configuration
is closed. The walk between is reversible, step by step, in the weights of open configurations, so that
those of closed ones are stationary.

Source: Prokof'ev, Svistunov, Phys. Rev. Lett. 87 (2001) 160601; with chemical potential Banerjee,
Chandrasekharan, Phys. Rev. D 81 (2010) 125007.
"""

from typing import NamedTuple

import numpy as np

from pomflow.numerics.compiled import compiler
from pomflow.random import xoshiro

# the sense of a step along its direction; against it, 1
FORWARD = 0

_compiled = compiler(xoshiro)


class Tables(NamedTuple):
    """What the updates and measurements look up.

    neighbours : array of int, shape (2, dimension, volume)
    ratios : array, shape (dimension, size), I_{k+1} / I_k of the links in each direction; the last is zero
    amplitudes : array, shape (dimension, 2), of a step forward and backward
    sums : array, shape (numbers, dimension, size), functions of abs(k) that are summed over the links
    """

    neighbours: np.ndarray
    ratios: np.ndarray
    amplitudes: np.ndarray
    sums: np.ndarray


class State(NamedTuple):
    """A configuration: currents (volume, dimension), the sum of those in time, random numbers."""

    currents: np.ndarray
    total: np.ndarray
    random: np.ndarray


def uniform_state(volume: int, dimension: int, current: int, random: np.ndarray) -> State:
    """The same current in time everywhere, none in space: it begins and ends nowhere."""
    currents = np.zeros((volume, dimension), dtype=np.int64)
    currents[:, 0] = current
    return State(currents, np.array([volume * current]), random)


@_compiled
def run(tables, state, worms, records):
    """Sweeps of a number of worms, measuring after each; returns the steps of all worms.

    Each of ``records`` takes the sum of the currents in time, that of their moduli, and the ``sums``.
    """
    steps = 0
    for record in records:
        for _ in range(worms):
            steps += _worm(tables, state)
        _measure(tables, state, record)
    return steps


@_compiled
def _worm(tables, state):
    """One worm, from opening to closing; returns the number of its steps.

    One uniform number makes two: the integer part of its multiple chooses, the rest decides.
    """
    neighbours, ratios, amplitudes, _ = tables
    currents, total, random = state
    moves = 2 * neighbours.shape[1]
    tail = int(xoshiro.uniform(random) * len(currents))
    head, steps = tail, 0
    while True:
        steps += 1
        choice = xoshiro.uniform(random) * moves
        move = int(choice)
        uniform = choice - move
        axis, sense = move >> 1, move & 1
        target = neighbours[sense, axis, head]
        link = head if sense == FORWARD else target
        unit = 1 - 2 * sense
        # along the link's own current it grows, against it it falls
        along = currents[link, axis] * unit
        factor = amplitudes[axis, sense]
        grows = along >= 0
        if uniform < factor * ratios[axis, along] if grows else uniform * ratios[axis, -along - 1] < factor:
            currents[link, axis] += unit
            head = target
            if axis == 0:
                total[0] += unit
        if head == tail:
            return steps


@_compiled
def _measure(tables, state, record):
    sums, currents = tables.sums, state.currents
    record[:] = 0.0
    record[0] = state.total[0]
    for site in range(len(currents)):
        for axis in range(currents.shape[1]):
            size = abs(currents[site, axis])
            if axis == 0:
                record[1] += size
            for number in range(len(sums)):
                record[2 + number] += sums[number, axis, size]
