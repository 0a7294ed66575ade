"""The steps of a worm, compiled: one chain of configurations of the dual variables.

A worm opens a closed configuration of hops at a random site: a source phi and a sink phi* there. Its head,
one of the two, then walks from site to site; a step to a neighbour either adds a hop in that direction or
takes away one against it, so that the current stays conserved but at the ends. Where head and tail meet the
worm may close. The stationary weights of open configurations are prod a^n abar^nbar / (n! nbar!) prod W(f_x)
with f_x counting the ends too, and the closed configurations between worms have the weights of the partition
function. Hops of both kinds are added and taken away, so no other update is needed. Where the field
condenses worms change the winding number in small steps all the same, and heat baths of the number of lines
that go straight around time, one column of sites after the other, save a factor of thirty in sweeps.

With rho_j = W(2j + 2) / W(2j) and j = f / 2, a step from x to y that adds a hop of amplitude a where there
are n has the ratio a rho(j_y) / (n + 1) and raises j_y; one that takes a hop away has n / (a rho(j_x - 1))
and lowers j_x. These ratios are accepted as in Metropolis' algorithm, but the worm is lifted: it only adds,
or only takes away, until it turns round. With K and K' the sums over the neighbours of the probabilities to
accept a step of the kind that is tried and of the other, it turns when a step is rejected, with probability
max(0, K' - K) / (2d - K), the least that keeps the weights stationary. Where windings begin this takes a
quarter to a half of the time that steps of random kind take.

Source: Prokof'ev, Svistunov, Phys. Rev. Lett. 87 (2001) 160601; Turitsyn, Chertkov, Vucelja, Physica D 240
(2011) 410 (lifting); Elci et al., arXiv:1711.05346 (lifted worms of the Ising model).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from pomflow.numerics.compiled import compiler
from pomflow.random import xoshiro

# the sense of a hop along its direction; against it, 1
FORWARD = 0
# of all weights together: numbers of lines that are rarer count as impossible
NEGLIGIBLE = 1e-18

_compiled = compiler(xoshiro)


class Tables(NamedTuple):
    """What the updates look up: neighbours (2, dimension, volume), rho_j, amplitudes (dimension, 2).

    ``opening`` is the weight of open configurations against closed ones, which is free; at 1 / rho of a
    typical site worms open and close readily.
    """

    neighbours: np.ndarray
    ratios: np.ndarray
    amplitudes: np.ndarray
    opening: float


class State(NamedTuple):
    """A configuration: hops (volume, dimension, 2), j = f / 2 of every site, two sums over the time links.

    ``totals`` holds the sum of n - nbar, which is L_t times the winding number, and the sum of n + nbar.
    """

    hops: np.ndarray
    exponents: np.ndarray
    totals: np.ndarray
    random: np.ndarray


def uniform_state(volume: int, hops: np.ndarray, random: np.ndarray) -> State:
    """The same hops, shape (dimension, 2), from every site: no current begins or ends anywhere."""
    forward, backward = hops[0]
    totals = volume * np.array([forward - backward, forward + backward])
    return State(np.tile(hops, (volume, 1, 1)), np.full(volume, hops.sum()), totals, random)


@_compiled
def run(tables, state, columns, worms, records):
    """Sweeps of a number of worms and one pass of lines, measuring after each; returns the steps of worms.

    ``columns`` is the number of columns, which stand at the sites of the first time slice.
    """
    steps = 0
    for record in records:
        for _ in range(worms):
            steps += _worm(tables, state)
        for column in range(columns):
            relay(tables, state, column, columns)
        record[0], record[1] = state.totals[0], state.totals[1]
        record[2] = _phi2(tables, state)
    return steps


@_compiled
def relay(tables, state, column, columns):
    """Draw anew how many forward lines go straight around time through a column, given all other hops.

    With m lines more the weight is that of before times prod_t a^m rho(j_t) ... rho(j_t + m - 1) n_t! /
    (n_t + m)!. It is log-concave in m, so that on either side it is followed to where it is negligible.
    """
    ratios, amplitude = tables.ratios, tables.amplitudes[0, FORWARD]
    hops, exponents, totals, random = state
    chosen, total = 0, 1.0
    for way in (1, -1):
        lines, weight = 0, 1.0
        while True:
            for site in range(column, len(exponents), columns):
                count, j = hops[site, 0, FORWARD] + lines, exponents[site] + lines
                if way > 0:
                    weight *= amplitude * ratios[j] / (count + 1)
                elif count == 0:
                    weight = 0.0
                    break
                else:
                    weight *= count / (amplitude * ratios[j - 1])
            lines += way
            total += weight
            if weight < NEGLIGIBLE * total:
                break
            if xoshiro.uniform(random) * total < weight:
                chosen = lines
    for site in range(column, len(exponents), columns):
        hops[site, 0, FORWARD] += chosen
        exponents[site] += chosen
    totals += chosen * (len(exponents) // columns)


@_compiled
def _phi2(tables, state):
    total = 0.0
    for j in state.exponents:
        total += tables.ratios[j]
    return 2 * total / len(state.exponents)


@_compiled
def _worm(tables, state):
    """One worm, from opening to closing; returns the number of its steps.

    One uniform number makes two: the integer part of its multiple chooses, the rest decides. Local arrays and
    one loop: calls with arrays from it would double its time.
    """
    neighbours, ratios, amplitudes, opening = tables
    hops, exponents, totals, random = state
    place = xoshiro.uniform(random) * len(exponents)
    tail = int(place)
    if place - tail >= opening * ratios[exponents[tail]]:
        return 1
    exponents[tail] += 1
    removes = int(2 * xoshiro.uniform(random))
    head, steps, moves = tail, 1, 2 * neighbours.shape[1]
    while True:
        steps += 1
        choice = xoshiro.uniform(random) * (moves + 1)
        move = int(choice)
        uniform = choice - move
        if move == moves:
            if head == tail and uniform * opening * ratios[exponents[tail] - 1] < 1:
                exponents[tail] -= 1
                return steps
            continue
        axis, sense = move >> 1, move & 1
        target = neighbours[sense, axis, head]
        link = head if sense == FORWARD else target
        site = head if removes else target
        kind = sense ^ removes
        count = hops[link, axis, kind]
        factor = amplitudes[axis, kind] * ratios[exponents[site] - removes]
        if uniform * factor < count if removes else uniform * (count + 1) < factor:
            change = 1 - 2 * removes
            hops[link, axis, kind] += change
            exponents[site] += change
            head = target
            if axis == 0:
                totals[0] += 1 - 2 * sense
                totals[1] += change
        else:
            adding, removing = _accepted(neighbours, ratios, amplitudes, hops, exponents, head)
            same, other = (removing, adding) if removes else (adding, removing)
            if xoshiro.uniform(random) * (moves - same) < other - same:
                removes = 1 - removes


@njit(inline="always")
def _accepted(neighbours, ratios, amplitudes, hops, exponents, head):
    """Sums over the neighbours of the probabilities to accept a step that adds and one that removes a hop."""
    adding, removing = 0.0, 0.0
    here = ratios[exponents[head] - 1]
    for axis in range(neighbours.shape[1]):
        for sense in range(2):
            target = neighbours[sense, axis, head]
            link = head if sense == FORWARD else target
            factor = amplitudes[axis, sense] * ratios[exponents[target]]
            adding += min(1.0, factor / (hops[link, axis, sense] + 1))
            removing += min(1.0, hops[link, axis, 1 - sense] / (amplitudes[axis, 1 - sense] * here))
    return adding, removing
