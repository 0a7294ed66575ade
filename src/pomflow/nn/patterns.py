"""Convolution, activation and global mean of configurations in one layer, from pattern frequencies."""

import math

import numpy as np

from pomflow.nn.activations import ELEMENTWISE
from pomflow.nn.layers import Layer
from pomflow.numerics.backend import namespace


class PatternConvolution(Layer):
    r"""y_o = sum_p n_p f(sum_r W_or s_r(p) + b_o), with n_p the frequency of pattern p in a small window.

    A window of k spins +-1 shows one of 2^k patterns, so the mean over the lattice of an activated
    convolution is a mean over patterns: the same numbers as ``Convolution``, ``Activation`` and
    ``GlobalMean`` in turn, at a cost that does not depend on the lattice. Input: frequencies, shape
    (batch, patterns).

    Parameters
    ----------
    patterns : array, shape (patterns, k)
        s_r(p), what a filter sees of each pattern: ``configurations(k)`` for k spins +-1.
    outputs : int
        Filters.
    activation : str
        f, named in ``ELEMENTWISE``.
    """

    def __init__(self, patterns: np.ndarray, outputs: int, activation: str):
        self.shapes = {"weight": (outputs, patterns.shape[1]), "bias": (outputs,)}
        self.function = ELEMENTWISE[activation]
        self._patterns = patterns

    def initial(self, stream):
        outputs, window = self.shapes["weight"]
        weight = stream.normals(0, outputs, window) / math.sqrt(window)
        return {"weight": weight, "bias": stream.xp.zeros(outputs)}

    def forward(self, parameters, x):
        x_of_patterns = self._spins(x) @ parameters["weight"].T + parameters["bias"]
        y_of_patterns = self.function.value(x_of_patterns)
        return x @ y_of_patterns, (x, x_of_patterns, y_of_patterns)

    def backward(self, parameters, tape, dy):
        x, x_of_patterns, y_of_patterns = tape
        slope = self.function.slope(x_of_patterns, y_of_patterns) * (x.T @ dy)
        gradients = {"weight": slope.T @ self._spins(x), "bias": slope.sum(axis=0)}
        return dy @ y_of_patterns.T, gradients

    def _spins(self, like):
        return namespace(like).asarray(self._patterns)
