r"""The steps of a worm, compiled: one chain of configurations of the dual variables.

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

While a worm is open it measures the correlator. With a source phi*(x) at the tail and phi(y) at the head,
the open configurations of one displacement r = y - x weigh V G(r) Z. A worm is opened at one of V sites with
probability min(1, o rho_j) / V, o being the ``opening``. It tries to close with probability 1 / (2d + 1) in
every step, wherever it is, and where head and tail meet it succeeds with min(1, 1 / (o rho_j)). Detailed
balance makes an open configuration (2d + 1) o / V times as frequent as its weight against closed ones. As
each worm begins with one closed configuration, it tries to close

.. math:: o\, G(r), \qquad G(r) = \langle \phi(x + r)\, \phi^*(x) \rangle,

times at the displacement r on average: to count these trials, not all steps, costs little. The sum T of
n - nbar over the time links is L_t times an integer plus the displacement in time, and an open configuration
has the weight e^{mu_s T}. Charge conjugation, which exchanges head and tail, changes the sign of T, so that
at a mu other than mu_s it counts

.. math:: \frac{e^{\mu T}}{2 \cosh \mu_s T} \text{ for } r, \qquad
    \frac{e^{-\mu T}}{2 \cosh \mu_s T} \text{ for } -r,

normalized by <c>_s of the closed configurations (``windings.symmetric_weights``).

Source: Prokof'ev, Svistunov, Phys. Rev. Lett. 87 (2001) 160601; Turitsyn, Chertkov, Vucelja, Physica D 240
(2011) 410 (lifting); Elci et al., arXiv:1711.05346 (lifted worms of the Ising model).
"""

import math
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


class Walks(NamedTuple):
    """What open worms are measured with.

    times : time of every site
    waves : cosines and sines, shape (volume, 2 x directions), whose product for two sites is the mean of
    cos(k (x - y)) over the directions of k
    weights : ``charge_weights`` of T = 0, 1, ..., shape (size, 2)
    mu, sampled_mu : for larger T
    """

    times: np.ndarray
    waves: np.ndarray
    weights: np.ndarray
    mu: float
    sampled_mu: float


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
def run(tables, walks, state, columns, worms, records, sums):
    """Sweeps of a number of worms and one pass of lines, measuring after each; returns the steps of worms.

    ``columns`` is the number of columns, which stand at the sites of the first time slice. To ``sums``, shape
    (sweeps, 2, L_t), is added what open worms count, at rest and with the waves, unless ``walks`` is None.
    """
    steps = 0
    for sweep, record in enumerate(records):
        for _ in range(worms):
            steps += _worm(tables, walks, state, sums[sweep])
        for column in range(columns):
            relay(tables, state, column, columns)
        _measure(tables, state, record)
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
def _measure(tables, state, record):
    """What is known of a closed configuration, see ``worm.Records``."""
    ratios, volume, hops = tables.ratios, len(state.exponents), 0
    total, contact, end = 0.0, 0.0, len(ratios) - 1
    for j in state.exponents:
        hops += j
        total += ratios[j]
        # where fields run away, an exponent may be at the end of the table
        contact += ratios[j] * (ratios[min(j + 1, end)] - ratios[j])
    currents_squared = 0.0
    for axis in range(1, state.hops.shape[1]):
        current = 0
        for site in range(volume):
            current += state.hops[site, axis, 0] - state.hops[site, axis, 1]
        currents_squared += current * current
    record[0], record[1] = state.totals[0], state.totals[1]
    record[2] = 2 * total / volume
    record[3] = 4 * (total * total + contact) / volume**2
    record[4], record[5] = hops, currents_squared


@_compiled
def _worm(tables, walks, state, sums):
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
            if walks is not None:
                _count(walks, sums, head, tail, totals[0])
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


@njit(inline="always")
def _count(walks, sums, head, tail, current):
    """Count where the head is from the tail and, by charge conjugation, the tail from the head."""
    hops = abs(current)
    if hops < len(walks.weights):
        along, against = walks.weights[hops, 0], walks.weights[hops, 1]
    else:
        along, against = charge_weights(hops, walks.mu, walks.sampled_mu)
    if current < 0:
        along, against = against, along
    wave = 0.0
    for part in range(walks.waves.shape[1]):
        wave += walks.waves[head, part] * walks.waves[tail, part]
    time = walks.times[head] - walks.times[tail]
    sums[0, time] += along
    sums[0, -time] += against
    sums[1, time] += along * wave
    sums[1, -time] += against * wave


@_compiled
def tabulated(size, mu, sampled_mu):
    """``charge_weights`` of T = 0, 1, ..., shape (size, 2)."""
    table = np.empty((size, 2))
    for current in range(size):
        table[current] = charge_weights(current, mu, sampled_mu)
    return table


@_compiled
def charge_weights(current, mu, sampled_mu):
    """e^{mu T} / (2 cosh(mu_s T)) and e^{-mu T} / (2 cosh(mu_s T)) for T >= 0, without overflow."""
    along = math.exp((mu - sampled_mu) * current) / (1 + math.exp(-2 * sampled_mu * current))
    return along, along * math.exp(-2 * mu * current)
