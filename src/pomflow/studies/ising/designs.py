"""Classifiers of the temperature by name: what they see, their last layer, and controls that must fail."""

from dataclasses import dataclass

import numpy as np

from pomflow.models.spins.base import SpinModel
from pomflow.nn.configurations import configurations
from pomflow.nn.layers import Activation, Dense
from pomflow.nn.patterns import PatternConvolution

# configurations whose patterns are counted at a time
ROWS = 4096


@dataclass(frozen=True)
class Design:
    """How a classifier is made.

    Attributes
    ----------
    features : {'patterns', 'magnetization', 'spins'}
        Input: pattern frequencies for a convolution, the squared order parameter, or all spins.
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


def features(design: Design, model: SpinModel, spins: np.ndarray) -> np.ndarray:
    """The input of a network for configurations, shape (configurations, units)."""
    match design.features:
        case "patterns":
            return pattern_frequencies(model, spins)
        case "magnetization":
            return -model.order(spins)[:, None]
        case _:
            return spins.astype(float)


def first_layers(design: Design, inputs: int, settings: dict, window: np.ndarray | None) -> dict:
    """The layers before standardization, by name; their outputs are ``units`` numbers.

    ``window`` is what a filter sees of each pattern; by default that of spins +-1.
    """
    match design.features:
        case "patterns":
            patterns = configurations(inputs.bit_length() - 1) if window is None else window
            return {"convolution": PatternConvolution(patterns, settings["filters"], settings["activation"])}
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


def pattern_frequencies(model: SpinModel, spins: np.ndarray) -> np.ndarray:
    """How often each pattern of a window of 2 x ... x 2 sites occurs, shape (configurations, patterns)."""
    parts = [_patterns(model, spins[start : start + ROWS]) for start in range(0, len(spins), ROWS)]
    return np.concatenate(parts) / model.lattice.volume


def _patterns(model: SpinModel, spins: np.ndarray) -> np.ndarray:
    """Counts of each pattern in each configuration."""
    count = len(model.window)
    number = model.patterns(spins) + count * np.arange(len(spins))[:, None]
    return np.bincount(number.ravel(), minlength=count * len(spins)).reshape(len(spins), count)
