"""Convolution on a periodic lattice of any dimension, channels last."""

import itertools
import math

from pomflow.nn.layers import Layer
from pomflow.numerics.backend import namespace


class Convolution(Layer):
    """y[b, x, o] = sum_{r, i} W[o, r, i] s[b, x + r, i] + b[o], periodic in x.

    s has shape (batch, *lattice, inputs) and y shape (batch, *lattice, outputs); r runs over the box of the
    kernel, 0 <= r_k < kernel[k], which may be larger than the lattice. W of shape (outputs, *kernel, inputs)
    is drawn normal with variance 1/(numbers that enter a unit); b = 0. One matrix product does all sites.

    Parameters
    ----------
    kernel : tuple of int
        Extents of the box, one for each dimension of the lattice.
    inputs, outputs : int
        Numbers of channels.
    """

    def __init__(self, kernel: tuple[int, ...], inputs: int, outputs: int):
        self.kernel = kernel
        self.shapes = {"weight": (outputs, *kernel, inputs), "bias": (outputs,)}

    def initial(self, stream):
        outputs, *window = self.shapes["weight"]
        entering = math.prod(window)
        weight = stream.normals(0, outputs, entering) / math.sqrt(entering)
        return {"weight": weight.reshape(outputs, *window), "bias": stream.xp.zeros(outputs)}

    def forward(self, parameters, x):
        weight, bias = parameters["weight"], parameters["bias"]
        windows = neighbourhoods(x, self.kernel)
        y = windows @ weight.reshape(len(weight), -1).T + bias
        return y.reshape(*x.shape[:-1], len(weight)), windows

    def backward(self, parameters, tape, dy):
        flat = dy.reshape(-1, dy.shape[-1])
        gradients = {"weight": (flat.T @ tape).reshape(self.shapes["weight"]), "bias": flat.sum(axis=0)}
        return self._input_gradient(parameters["weight"], dy, flat), gradients

    def _input_gradient(self, weight, dy, flat):
        """dx[b, x, i] = sum_{r, o} W[o, r, i] dy[b, x - r, o]."""
        outputs, inputs = len(weight), weight.shape[-1]
        # the displacement first: its products are added up as contiguous arrays
        by_displacement = namespace(weight).moveaxis(weight.reshape(outputs, -1, inputs), 1, 0)
        products = (flat @ by_displacement).reshape(-1, *dy.shape[:-1], inputs)
        return overlap(products, self.kernel)


def neighbourhoods(x, kernel: tuple[int, ...]):
    """What a box sees from every site: x[b, site + r, i], shape (batch * sites, box * channels).

    The lattice is first continued periodically, so that each of the shifted copies is a slice of it.
    """
    xp, lattice = namespace(x), x.shape[1:-1]
    for axis, (extent, width) in enumerate(zip(lattice, kernel, strict=True), start=1):
        x = xp.take(x, xp.arange(extent + width - 1) % extent, axis=axis)
    shifted = [x[_block(start, lattice)] for start in _box(kernel)]
    return xp.concatenate(shifted, axis=-1).reshape(-1, len(shifted) * x.shape[-1])


def overlap(products, kernel: tuple[int, ...]):
    """sum_r p[r, b, x - r, i], the transpose of ``neighbourhoods``; p of shape (box, batch, *lattice, i)."""
    _, batch, *lattice, channels = products.shape
    continued = (extent + width - 1 for extent, width in zip(lattice, kernel, strict=True))
    total = namespace(products).zeros((batch, *continued, channels))
    for number, start in enumerate(_box(kernel)):
        total[_block(start, lattice)] += products[number]
    for axis, extent in enumerate(lattice, start=1):
        total = _fold(total, axis, extent)
    return total


def _fold(x, axis: int, extent: int):
    """Add what lies beyond the lattice along an axis to the sites that it continues."""
    x = namespace(x).moveaxis(x, axis, 0)
    result = x[:extent].copy()
    for first in range(extent, len(x), extent):
        beyond = x[first : first + extent]
        result[: len(beyond)] += beyond
    return namespace(x).moveaxis(result, 0, axis)


def _box(kernel) -> list[tuple[int, ...]]:
    """All displacements of the box, the last direction fastest."""
    return list(itertools.product(*map(range, kernel)))


def _block(start, lattice) -> tuple[slice, ...]:
    """The part of a continued lattice that begins at ``start``."""
    sites = (slice(first, first + extent) for first, extent in zip(start, lattice, strict=True))
    return (slice(None), *sites)
