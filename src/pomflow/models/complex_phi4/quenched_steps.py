"""The steps of a phase-quenched simulation of the complex phi^4 theory, compiled: one chain.

With phi = phi_1 + i phi_2 the real part of the action of a site among fixed neighbours is

    A |phi|^2 + lambda/4 |phi|^4 - Re(h* phi),

with h the sum of the neighbours, each times the coupling g of its link: cosh(mu) in time and 1 in space. A
sweep tries to shift every site (Metropolis) and then reflects every site at its h (overrelaxation), which
leaves this action as it is and moves far.

Source: Creutz, Phys. Rev. D 36 (1987) 515 (overrelaxation).
"""

import math
from typing import NamedTuple

import numpy as np

from pomflow.numerics.compiled import compiler
from pomflow.random import xoshiro

_compiled = compiler(xoshiro)
_inlined = compiler(inlined=True)


class Weights(NamedTuple):
    """What the updates look up.

    neighbours : array of int, shape (volume, 2 * dimensions with more than one site), time's first
    couplings : array, g of these neighbours
    forward : array of int, shape (volume,), the neighbours forward in time
    square, quartic : A and lambda / 4
    turned : sinh(mu)
    """

    neighbours: np.ndarray
    couplings: np.ndarray
    forward: np.ndarray
    square: float
    quartic: float
    turned: float


class State(NamedTuple):
    """A configuration, shape (volume, 2), and its random numbers."""

    field: np.ndarray
    random: np.ndarray


@_compiled
def run(weights, state, shift, records):
    """A sweep and a measurement for each of ``records``, shape (sweeps, 3).

    Returns the share of shifts that were accepted; they are uniform in a square of half width ``shift``.
    """
    accepted = 0
    for record in records:
        accepted += _shift(weights, state, shift)
        _reflect(weights, state)
        _measure(weights, state.field, record)
    return accepted / (len(records) * len(state.field))


@_inlined
def _pull(weights, field, x):
    """The two components of h."""
    neighbours, couplings = weights.neighbours, weights.couplings
    along, across = 0.0, 0.0
    for k in range(len(couplings)):
        along += couplings[k] * field[neighbours[x, k], 0]
        across += couplings[k] * field[neighbours[x, k], 1]
    return along, across


@_compiled
def _shift(weights, state, shift):
    field, random = state
    accepted = 0
    for x in range(len(field)):
        along, across = _pull(weights, field, x)
        old_0, old_1 = field[x, 0], field[x, 1]
        new_0 = old_0 + shift * (2 * xoshiro.uniform(random) - 1)
        new_1 = old_1 + shift * (2 * xoshiro.uniform(random) - 1)
        old, new = old_0**2 + old_1**2, new_0**2 + new_1**2
        change = (new - old) * (weights.square + weights.quartic * (new + old))
        change -= along * (new_0 - old_0) + across * (new_1 - old_1)
        if change <= 0 or xoshiro.uniform(random) < math.exp(-change):
            field[x, 0], field[x, 1] = new_0, new_1
            accepted += 1
    return accepted


@_compiled
def _reflect(weights, state):
    field = state.field
    for x in range(len(field)):
        along, across = _pull(weights, field, x)
        length = along**2 + across**2
        if length > 0:
            twice = 2 * (along * field[x, 0] + across * field[x, 1]) / length
            field[x, 0] = twice * along - field[x, 0]
            field[x, 1] = twice * across - field[x, 1]


@_compiled
def _measure(weights, field, record):
    real, imaginary, square = 0.0, 0.0, 0.0
    for x in range(len(field)):
        y = weights.forward[x]
        real += field[x, 0] * field[y, 0] + field[x, 1] * field[y, 1]
        imaginary += field[x, 1] * field[y, 0] - field[x, 0] * field[y, 1]
        square += field[x, 0] ** 2 + field[x, 1] ** 2
    record[0], record[1] = real, square / len(field)
    record[2] = math.cos(weights.turned * imaginary)
