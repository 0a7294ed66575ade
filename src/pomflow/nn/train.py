"""Supervised training by minibatches."""

import math
from collections.abc import Callable, Sequence

from pomflow.errors import DivergenceError
from pomflow.io.checkpoint import Checkpoint, carry_out
from pomflow.nn.minibatches import shuffled
from pomflow.numerics.backend import namespace, on_device


def fit(
    network,
    theta,
    inputs,
    targets,
    loss,
    optimizer,
    rate,
    batch: int,
    epochs: Sequence[int],
    stream,
    minibatches: Callable = shuffled,
    checkpoint: Checkpoint | None = None,
):
    """Minimize a loss over a dataset.

    Every epoch visits the dataset once in a new order, in minibatches without replacement; a last minibatch
    that is not full is left for the next epoch's order.

    Parameters
    ----------
    network : Network
    theta : array, shape (network.size,)
        Starting parameters.
    inputs, targets : arrays with one row (or label) per example
    loss, optimizer : as in ``losses`` and ``optimizers``
    rate : callable
        Learning rate as a function of the fraction of training done.
    batch : int
        Examples in a minibatch; ``len(inputs)`` is full-batch descent, 1 is online learning.
    epochs : sequence of int
        Epoch numbers, such as ``range(10)``, possibly wrapped by a progress display.
    stream : Stream
        Source of the orders.
    minibatches : callable
        ``shuffled``, or ``balanced(classes)`` for examples that are sorted by class.
    checkpoint : Checkpoint, optional
        Where the state is kept after an epoch, so that a killed training goes on.

    Returns
    -------
    theta : array
        Trained parameters.
    history : list of float
        Mean loss of every epoch.
    """
    total = len(inputs) // min(batch, len(inputs)) * len(epochs)

    def visit(theta, state, chosen, done: int):
        """One minibatch: the loss before the step, and what the step makes of parameters and state."""
        prediction, tape = network.forward(theta, inputs[chosen])
        value, slope = loss.value_and_gradient(prediction, targets[chosen])
        _, gradient = network.backward(theta, tape, slope)
        return value, *optimizer.step(theta, gradient, state, rate(done / total))

    def orders(epoch: int):
        return minibatches(len(inputs), batch, epoch, stream)

    training = _Training(visit, orders, theta, optimizer.start(theta))
    carry_out(training, epochs, checkpoint)
    return training.theta, training.history


def require_finite(losses: Sequence[float], where: str, rate: str) -> None:
    """Stop a training whose loss is no longer a number.

    Parameters
    ----------
    losses : sequence of float
        Of every epoch, as ``fit`` returns them.
    where : str
        Names the training.
    rate : str
        The config field that is to be lowered.

    Raises
    ------
    DivergenceError
    """
    bad = next((epoch for epoch, loss in enumerate(losses) if not math.isfinite(loss)), None)
    if bad is not None:
        raise DivergenceError(where, f"the loss of epoch {bad} is {losses[bad]}", f"Lower {rate}.")


class _Training:
    """Parameters, the optimizer's state and the history of the loss, an epoch at a time."""

    def __init__(self, visit: Callable, orders: Callable, theta, optimizer: dict):
        self._visit, self._orders = visit, orders
        self._optimizer, self._done = optimizer, 0
        self.theta, self.history = theta, []

    def advance(self, epoch: int) -> None:
        """Every minibatch of an epoch."""
        visits, total = self._orders(epoch), 0.0
        for chosen in visits:
            value, self.theta, self._optimizer = self._visit(self.theta, self._optimizer, chosen, self._done)
            total = total + value
            self._done += 1
        self.history.append(float(total) / len(visits))

    def state(self) -> dict:
        """For a checkpoint."""
        return {
            "theta": self.theta,
            "optimizer": self._optimizer,
            "done": self._done,
            "history": self.history,
        }

    def restore(self, state: dict) -> None:
        """From a checkpoint."""
        xp = namespace(self.theta)
        self.theta, self._done = xp.asarray(state["theta"]), state["done"]
        self.history = state["history"].tolist()
        # an optimizer without a state leaves no trace in a checkpoint
        kept = state.get("optimizer", {})
        self._optimizer = {name: on_device(value, xp) for name, value in kept.items()}
