"""A network that names the inverse temperature of spins by one number h: l_k = w_k h + b_k."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pomflow.io.checkpoint import Checkpoint
from pomflow.nn.heads import TiedHead, standardized
from pomflow.nn.layers import Dense
from pomflow.nn.losses import CrossEntropy
from pomflow.nn.minibatches import balanced, shuffled
from pomflow.nn.network import Network
from pomflow.nn.optimizers import Adam
from pomflow.nn.schedules import hold_then_cosine
from pomflow.nn.standardization import Standardize
from pomflow.nn.train import fit
from pomflow.random.stream import Stream
from pomflow.studies.ising.designs import Design, first_layers, units

# fraction of the training at the full learning rate
HOLD = 0.3


@dataclass(frozen=True)
class Classifier:
    """A classifier with its parameters.

    Attributes
    ----------
    design : Design
    beta : array, shape (classes,)
    body : Network
        From features to h, shape (configurations, 1).
    theta : array
        Parameters of the body and then of the head.
    """

    design: Design
    beta: np.ndarray
    body: Network
    theta: np.ndarray

    @classmethod
    def restored(
        cls, design, beta, inputs: int, settings: dict, theta, mean, scale, window=None
    ) -> "Classifier":
        """A classifier from the numbers in a file."""
        return cls(design, beta, _body(design, inputs, settings, Standardize(mean, scale), window), theta)

    @property
    def standardization(self) -> Standardize:
        """The layer that holds mean and scale of the units before h."""
        return self.body.layers["standardize"]

    def h(self, inputs: np.ndarray) -> np.ndarray:
        """The number that decides, shape (configurations,)."""
        return self.body.forward(self.theta[: self.body.size], inputs)[0][:, 0]

    def head(self) -> tuple[np.ndarray, np.ndarray]:
        """Weights w_k and biases b_k of the last layer."""
        rest = self.theta[self.body.size :]
        if self.design.head == "tied":
            return -standardized(self.beta), rest
        return rest[: len(self.beta)], rest[len(self.beta) :]


def train(
    design: Design,
    beta,
    inputs: np.ndarray,
    settings: dict,
    stream: Stream,
    progress: Callable = lambda epochs: epochs,
    checkpoint: Checkpoint | None = None,
    window: np.ndarray | None = None,
) -> tuple[Classifier, np.ndarray]:
    """Minimize the cross-entropy.

    Parameters
    ----------
    design : Design
    beta : array, shape (classes,)
    inputs : array, shape (classes * configurations, units)
        Features sorted by class, as many configurations of each.
    settings : dict
        ``steps``, ``batch`` (configurations of each class in a minibatch), ``learning_rate``; for patterns
        ``filters`` and ``activation``, for spins ``hidden``.
    stream : Stream
    progress : callable, optional
        Wraps the range of epochs.
    checkpoint : Checkpoint, optional
        Where the training is kept, so that a killed one goes on.
    window : array, shape (patterns, inputs of a filter), optional
        What a filter sees of each pattern, ``window`` of a model; by default that of spins +-1.

    Returns
    -------
    Classifier
    array
        Mean loss of every epoch.
    """
    classes, share = len(beta), min(settings["batch"], len(inputs) // len(beta))
    if design.shuffled:
        # configurations are permuted and labels stay sorted, so that minibatches remain balanced
        inputs = inputs[stream.child("labels").permutation(0, len(inputs))]
    body = _body(design, inputs.shape[1], settings, None, window)
    theta = body.initial(stream.child("body"))
    standardize = Standardize.of(_before(body, theta, inputs))
    body = _body(design, inputs.shape[1], settings, standardize, window)
    head = TiedHead(beta) if design.head == "tied" else Dense(1, classes)
    network = Network(**body.layers, head=head)
    theta = np.concatenate([theta, Network(head=head).initial(stream.child("head"))])
    epochs = math.ceil(settings["steps"] / (len(inputs) // classes // share))
    theta, losses = fit(
        network,
        theta,
        inputs,
        np.repeat(np.arange(classes), len(inputs) // classes),
        CrossEntropy(),
        Adam(),
        hold_then_cosine(settings["learning_rate"], HOLD),
        classes * share,
        progress(range(epochs)),
        stream.child("order"),
        balanced(classes) if design.balanced else shuffled,
        checkpoint,
    )
    return Classifier(design, beta, body, theta), np.array(losses)


def _body(
    design: Design, inputs: int, settings: dict, standardize: Standardize | None, window: np.ndarray | None
) -> Network:
    """From features to h; without standardization where its constants are not yet known."""
    first = first_layers(design, inputs, settings, window)
    last = Dense(units(design, inputs, settings), 1)
    return Network(**first, standardize=standardize or Standardize(0.0, 1.0), last=last)


def _before(body: Network, theta, inputs):
    """What the standardization sees with the starting parameters."""
    first = dict(list(body.layers.items())[:-2])
    network = Network(**first)
    return network.forward(theta[: network.size], inputs)[0]
