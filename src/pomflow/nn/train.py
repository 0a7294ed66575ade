"""Supervised training by minibatches."""

from collections.abc import Callable, Iterable

from pomflow.nn.minibatches import shuffled


def fit(
    network,
    theta,
    inputs,
    targets,
    loss,
    optimizer,
    rate,
    batch: int,
    epochs: Iterable[int],
    stream,
    minibatches: Callable = shuffled,
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
    epochs : sized iterable of int
        Epoch numbers, such as ``range(10)``, possibly wrapped by a progress display.
    stream : Stream
        Source of the orders.
    minibatches : callable
        ``shuffled``, or ``balanced(classes)`` for examples that are sorted by class.

    Returns
    -------
    theta : array
        Trained parameters.
    history : list of float
        Mean loss of every epoch.
    """
    total = len(inputs) // min(batch, len(inputs)) * len(epochs)
    state, history, done = optimizer.start(theta), [], 0
    for epoch in epochs:
        visits = minibatches(len(inputs), batch, epoch, stream)
        epoch_loss = 0.0
        for chosen in visits:
            prediction, tape = network.forward(theta, inputs[chosen])
            value, slope = loss.value_and_gradient(prediction, targets[chosen])
            _, gradient = network.backward(theta, tape, slope)
            theta, state = optimizer.step(theta, gradient, state, rate(done / total))
            epoch_loss = epoch_loss + value
            done += 1
        history.append(float(epoch_loss) / len(visits))
    return theta, history
