"""Classifiers of the temperature by name: what they see, their last layer, and controls that must fail."""

from dataclasses import dataclass

import numpy as np

from pomflow.lattice import Lattice
from pomflow.models.ising.model import Ising
from pomflow.nn.layers import Activation, Dense
from pomflow.nn.patterns import PatternConvolution

# extents of the window that the convolution sees
WINDOW = 2
# configurations whose patterns are counted at a time
ROWS = 4096


@dataclass(frozen=True)
class Design:
    """How a classifier is made.

    Attributes
    ----------
    features : {'patterns', 'magnetization', 'spins'}
        Input: pattern frequencies for a convolution, the squared magnetization, or all spins.
    head : {'tied', 'free'}
        Last layer: weights affine in beta, or all of them trained.
    balanced : bool
        Whether every minibatch holds as many configurations of each class.
    shuffled : bool
        Whether the labels are permuted at random, so that there is nothing to learn.
    """

    features: str = "patterns"
    head: str = "tied"
    balanced: bool = True
    shuffled: bool = False


DESIGNS = {
    "tied": Design(),
    "free": Design(head="free"),
    "unbalanced": Design(balanced=False),
    "magnetization": Design(features="magnetization"),
    "shuffled": Design(shuffled=True),
    "connected": Design(features="spins"),
}


def features(design: Design, model: Ising, spins: np.ndarray) -> np.ndarray:
    """The input of a network for configurations of +-1, shape (configurations, units)."""
    match design.features:
        case "patterns":
            return pattern_frequencies(model.lattice, spins)
        case "magnetization":
            return -(spins.mean(axis=1, dtype=float)[:, None] ** 2)
        case _:
            return spins.astype(float)


def first_layers(design: Design, inputs: int, settings: dict) -> dict:
    """The layers before standardization, by name; their outputs are ``units`` numbers."""
    match design.features:
        case "patterns":
            window = inputs.bit_length() - 1
            return {"convolution": PatternConvolution(window, settings["filters"], settings["activation"])}
        case "magnetization":
            return {}
        case _:
            return {"dense": Dense(inputs, settings["hidden"]), "square": Activation("square")}


def units(design: Design, inputs: int, settings: dict) -> int:
    """How many numbers the standardization sees."""
    match design.features:
        case "patterns":
            return settings["filters"]
        case "magnetization":
            return inputs
        case _:
            return settings["hidden"]


def pattern_frequencies(lattice: Lattice, spins: np.ndarray) -> np.ndarray:
    """How often each pattern of a window of 2 x ... x 2 sites occurs, shape (configurations, 2^(2^d)).

    Bit r of a pattern is set where the site at offset r of the window is +1; the last direction runs fastest.
    """
    parts = [_patterns(lattice, spins[start : start + ROWS]) for start in range(0, len(spins), ROWS)]
    return np.concatenate(parts) / lattice.volume


def _patterns(lattice: Lattice, spins: np.ndarray) -> np.ndarray:
    """Counts of each pattern in each configuration."""
    count = 2**WINDOW**lattice.dimension
    number = np.zeros(spins.shape, dtype=np.int64) + count * np.arange(len(spins))[:, None]
    for bit, offset in enumerate(np.ndindex(*[WINDOW] * lattice.dimension)):
        number += (spins[:, lattice.translated(offset)] > 0).astype(np.int64) << bit
    return np.bincount(number.ravel(), minlength=count * len(spins)).reshape(len(spins), count)
