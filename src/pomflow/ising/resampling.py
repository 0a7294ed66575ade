"""Errors of the biases: chains drawn with replacement, and the convex last layer fitted to each draw."""

from collections.abc import Iterable

import numpy as np

from pomflow.ising.head import fit_tied_head
from pomflow.nn.heads import standardized
from pomflow.random import Stream


def replicas(beta, h, chain, weight, bias, draws: Iterable[int], stream: Stream) -> np.ndarray:
    """Biases of tied heads for resampled chains, shape (draws, classes).

    The features are kept: h is one number, and what it is off by hardly depends on the draw. Spread over
    training seeds is a few per cent of these errors.

    Parameters
    ----------
    beta : array, shape (classes,)
    h : array, shape (classes, configurations)
    chain : array of int, shape (configurations,)
        The chain of each configuration, of every class.
    weight, bias : array, shape (classes,)
        The trained head, where Newton's method begins.
    draws : sized iterable of int
        Numbers of the draws.
    stream : Stream
    """
    values, chains = standardized(beta), int(chain.max()) + 1
    bias, slope = bias + weight * h.mean(), -h.std() * (weight @ values) / len(values)
    h = (h - h.mean()) / h.std()
    bias, slope = fit_tied_head(h, np.ones_like(h), values, bias, slope)
    found = []
    for draw in draws:
        picked = (stream.uniforms(draw, len(beta), chains) * chains).astype(int)
        counts = np.array([np.bincount(row, minlength=chains) for row in picked])
        found.append(fit_tied_head(h, counts[:, chain].astype(float), values, bias, slope)[0])
    return np.array(found)
