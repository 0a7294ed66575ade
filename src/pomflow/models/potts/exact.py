r"""Exact thermodynamics of Potts models: how many states a torus has at each energy, by a transfer matrix.

.. math:: Z = \sum_n g(n) e^{\beta n} = \mathrm{Tr}\, T^m, \qquad n = -E \text{ bonds between equal spins}

A row of L sites has q^L states. T adds a row site by site; instead of a number each entry is a polynomial in
e^beta, so that g(n) is found once for all beta. Of first rows that a permutation of the values, a translation
or a reflection maps into each other one is followed.

Source: Potts, Proc. Camb. Phil. Soc. 48 (1952) 106; site by site: Binder, Physica 62 (1972) 508.
"""

import functools
import itertools

import numpy as np

from pomflow.models.potts.model import Potts
from pomflow.models.spins.base import Thermodynamics, of_levels, unknown

# numbers that are updated for all first rows: 8x8 with three states and 4x4 with ten, at most half a minute
LARGEST_WORK = 1.2e10


def thermodynamics(model: Potts, beta) -> Thermodynamics:
    """Exact values where the states can be counted, NaN elsewhere."""
    beta = np.atleast_1d(np.asarray(beta, dtype=float))
    rows, columns = model.lattice.shape
    # a transfer matrix goes along the longer direction
    rows, columns = max(rows, columns), min(rows, columns)
    if work(rows, columns, model.states) > LARGEST_WORK:
        return unknown(beta)
    counts = numbers_of_states(rows, columns, model.states)
    present = np.flatnonzero(counts)
    return of_levels(beta, -present.astype(float), np.log(counts[present]))


def work(rows: int, columns: int, states: int) -> float:
    """About how many numbers ``numbers_of_states`` updates."""
    # Python's own integers: states^columns may be anything
    if columns * np.log(states) > np.log(LARGEST_WORK):
        return np.inf
    of_row = states**columns
    symmetric = max(1.0, of_row / (2 * columns * np.prod(np.arange(1.0, min(states, columns) + 1))))
    return symmetric * rows * columns * of_row * states * (2 * rows * columns + 1)


@functools.cache
def numbers_of_states(rows: int, columns: int, states: int) -> np.ndarray:
    """g(n): how many states have n bonds between equal spins, n = 0, ..., 2 rows columns."""
    total = np.zeros(2 * rows * columns + 1)
    for row, count in _first_rows(columns, states).items():
        total += count * _closed(row, rows, states)
    return total


def _first_rows(columns: int, states: int) -> dict[tuple, int]:
    """One of each kind of rows, and how many there are of that kind."""
    kinds: dict[tuple, int] = {}
    for row in itertools.product(range(states), repeat=columns):
        # values in the order in which they appear: the first that appears is 0
        if _renamed(row) == row:
            turned = [row[shift:] + row[:shift] for shift in range(columns)]
            kind = min(_renamed(one[::step]) for one in turned for step in (1, -1))
            kinds[kind] = kinds.get(kind, 0) + _namings(row, states)
    return kinds


def _renamed(row: tuple) -> tuple:
    """The row with 0 for the value that appears first, 1 for the next, and so on."""
    names: dict[int, int] = {}
    return tuple(names.setdefault(value, len(names)) for value in row)


def _namings(row: tuple, states: int) -> int:
    """How many rows differ from this one by the names of their values."""
    return int(np.prod([states - used for used in range(max(row) + 1)]))


def _closed(first: tuple, rows: int, states: int) -> np.ndarray:
    """Numbers of states of a torus whose first row is given."""
    columns = len(first)
    sites = np.indices((states,) * columns)
    # bonds inside of a row between equal spins
    inside = (sites == np.roll(sites, -1, axis=0)).sum(axis=0)
    others = np.ones((states, states)) - np.eye(states)
    counts = np.zeros((*(states,) * columns, 2 * rows * columns + 1))
    counts[first][inside[first]] = 1
    for row in range(1, rows + 1):
        for column in range(columns):
            # the bond to the row before: one more where the new spin equals the old one
            changed = np.moveaxis(np.tensordot(others, counts, (1, column)), 0, column)
            changed[..., 1:] += counts[..., :-1]
            counts = changed
        # the last row is the first one, whose bonds are counted
        if row < rows:
            counts = _raised(counts, inside)
    return counts[first]


def _raised(counts: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Every polynomial times the power of e^beta that stands at its place in ``by``."""
    raised = np.zeros_like(counts)
    for power in np.unique(by):
        chosen = by == power
        raised[chosen, power:] = counts[chosen, : counts.shape[-1] - power]
    return raised
