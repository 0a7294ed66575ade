"""Tables for sums over a stencil that is odd in time: what ``force_loops`` reads."""

import math
from typing import NamedTuple

import numpy as np

from pomflow.contours.equivariant.row_loops import ROWS
from pomflow.contours.offsets import Stencil
from pomflow.lattice import Lattice


class Terms(NamedTuple):
    """A stencil that is odd in time, by terms c (f(t + tau) - f(t - tau)) of fields summed over space.

    Attributes
    ----------
    representatives : array, int, shape (terms,)
        The displacement of the stencil whose coefficient is that of the term.
    times : array, int, shape (terms,)
        tau.
    sets : array, int, shape (terms,)
        The set of vectors of space that the fields are summed over.
    first : array, int, shape (sets + 1,)
        Where the vectors of each set begin.
    shifted : array, int, shape (vectors, sites of a slice)
        The site of a slice that a vector leads to.
    """

    representatives: np.ndarray
    times: np.ndarray
    sets: np.ndarray
    first: np.ndarray
    shifted: np.ndarray

    @classmethod
    def of(cls, lattice: Lattice, stencil: Stencil) -> "Terms":
        """Join the displacements, up to half around the lattice in time, that have the same coefficient."""
        groups: dict[tuple, list[int]] = {}
        for d, (time, *_) in enumerate(stencil.displacements.tolist()):
            if 2 * time < lattice.shape[0]:
                groups.setdefault((time, *stencil.spread[d]), []).append(d)
        vectors = [tuple(map(tuple, stencil.displacements[group, 1:])) for group in groups.values()]
        sets = list(dict.fromkeys(vectors))
        across = lattice.volume // lattice.shape[0]
        shifted = [lattice.translated((0, *vector))[:across] for members in sets for vector in members]
        return cls(
            np.array([group[0] for group in groups.values()], dtype=np.int64),
            np.array([time for time, *_ in groups], dtype=np.int64),
            np.array([sets.index(members) for members in vectors], dtype=np.int64),
            np.cumsum([0, *map(len, sets)]),
            np.array(shifted, dtype=np.int64).reshape(-1, across),
        )


class Theory(NamedTuple):
    """For the gradient of the action; ``around``, shape (2 (d - 1), sites), are neighbours in space."""

    around: np.ndarray
    diagonal: float
    coupling: float
    cosh_mu: float
    sinh_mu: float

    @classmethod
    def of(cls, model) -> "Theory":
        lattice = model.lattice
        across = lattice.volume // lattice.shape[0]
        around = [*lattice.forward[1:], *lattice.backward[1:]]
        return cls(
            np.array(around, dtype=np.int64).reshape(-1, lattice.volume)[:, :across].copy(),
            2 * lattice.dimension + model.mass**2,
            model.coupling,
            math.cosh(model.mu),
            math.sinh(model.mu),
        )


class Couplings(NamedTuple):
    """A and H of every term, each of shape (K, terms * K) and filled up with zeros to whole passes.

    Forth from k to j and, transposed, back from j to k, where differences in time change their sign.
    """

    hop: np.ndarray
    gate: np.ndarray
    hop_back: np.ndarray
    gate_back: np.ndarray

    @classmethod
    def of(cls, kernel, terms: Terms) -> "Couplings":
        """From A and H of every displacement, shape (D, 2, K, K)."""
        hop, gate = kernel[terms.representatives].swapaxes(0, 1)
        back = (-part.swapaxes(1, 2) for part in (hop, gate))
        return cls(*map(_by_row, (hop, gate, *back)))


def _by_row(couplings):
    """Couplings (terms, j, k) as rows j of all (term, k)."""
    terms, features, _ = couplings.shape
    result = np.zeros((features, -(-terms * features // ROWS) * ROWS))
    result[:, : terms * features] = couplings.transpose(1, 0, 2).reshape(features, -1)
    return result
