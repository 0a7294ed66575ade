"""From a lattice to fewer numbers: means and maxima over blocks, the mean over all sites, a flat vector."""

import itertools
import math
import operator

from pomflow.nn.layers import Layer
from pomflow.numerics.backend import namespace


class MeanPool(Layer):
    """y[b, X, c] = mean of s[b, x, c] over the sites x of block X.

    Parameters
    ----------
    window : tuple of int
        Extents of a block, which have to divide those of the lattice: s has shape (batch, *lattice,
        channels), y (batch, *(lattice / window), channels).
    """

    def __init__(self, window: tuple[int, ...]):
        self.window = window

    def forward(self, parameters, x):
        return blocks(x, self.window).mean(axis=-2), None

    def backward(self, parameters, tape, dy):
        share = dy / math.prod(self.window)
        return sites(
            namespace(dy).repeat(share[..., None, :], math.prod(self.window), axis=-2), self.window
        ), {}


class MaxPool(Layer):
    """y[b, X, c] = maximum of s[b, x, c] over the sites x of block X.

    Where several sites share the maximum, the first in the order of sites has the whole gradient.

    Parameters
    ----------
    window : tuple of int
        Extents of a block, as in ``MeanPool``.
    """

    def __init__(self, window: tuple[int, ...]):
        self.window = window

    def forward(self, parameters, x):
        members = blocks(x, self.window)
        return members.max(axis=-2), members.argmax(axis=-2)

    def backward(self, parameters, tape, dy):
        members = namespace(dy).arange(math.prod(self.window))[:, None]
        return sites((members == tape[..., None, :]) * dy[..., None, :], self.window), {}


class GlobalMean(Layer):
    """y[b, c] = mean of s[b, x, c] over all sites x; s of shape (batch, *lattice, channels)."""

    def forward(self, parameters, x):
        return x.reshape(len(x), -1, x.shape[-1]).mean(axis=1), x.shape

    def backward(self, parameters, tape, dy):
        volume = math.prod(tape[1:-1])
        return namespace(dy).repeat(dy[:, None] / volume, volume, axis=1).reshape(tape), {}


class Flatten(Layer):
    """All numbers of an example in a row: (batch, ...) to (batch, numbers)."""

    def forward(self, parameters, x):
        return x.reshape(len(x), -1), x.shape

    def backward(self, parameters, tape, dy):
        return dy.reshape(tape), {}


def blocks(x, window: tuple[int, ...]):
    """The sites of each block on an axis of their own: (batch, *coarse lattice, sites of a block, channels).

    Raises
    ------
    ValueError
        If the window has another dimension than the lattice or does not divide it.
    """
    batch, *lattice, channels = x.shape
    if len(window) != len(lattice) or any(map(operator.mod, lattice, window)):
        raise ValueError(f"blocks of {window} do not tile a lattice of {tuple(lattice)}")
    coarse = tuple(map(operator.floordiv, lattice, window))
    dimension, alternating = len(window), itertools.chain(*zip(coarse, window, strict=True))
    order = (0, *range(1, 2 * dimension, 2), *range(2, 2 * dimension + 1, 2), 2 * dimension + 1)
    members = x.reshape(batch, *alternating, channels).transpose(order)
    return members.reshape(batch, *coarse, math.prod(window), channels)


def sites(members, window: tuple[int, ...]):
    """The inverse of ``blocks``."""
    batch, *coarse, _, channels = members.shape
    lattice, dimension = map(operator.mul, coarse, window), len(window)
    alternating = itertools.chain(*((axis, axis + dimension) for axis in range(1, dimension + 1)))
    order = (0, *alternating, 2 * dimension + 1)
    split = members.reshape(batch, *coarse, *window, channels)
    return split.transpose(order).reshape(batch, *lattice, channels)
