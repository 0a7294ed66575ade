"""The minibatches of an epoch: functions of (examples, batch, epoch, stream) that give arrays of indices."""

from collections.abc import Callable


def shuffled(examples: int, batch: int, epoch: int, stream) -> list:
    """Every example once in a new random order; what fills no minibatch is left out."""
    batch = min(batch, examples)
    return _parts(stream.permutation(epoch, examples), batch)


def balanced(classes: int) -> Callable:
    """Minibatches with as many examples of every class, each visited once in a new random order.

    Examples must be sorted by class, as many of each, and a minibatch must be a multiple of ``classes``. The
    share of a class then does not fluctuate, which would be noise in the biases of the last layer.
    """

    def visits(examples: int, batch: int, epoch: int, stream) -> list:
        xp, each, share = stream.xp, examples // classes, batch // classes
        ranks = xp.argsort(stream.words(epoch, classes, each), axis=1) + each * xp.arange(classes)[:, None]
        whole = ranks[:, : each // share * share].reshape(classes, -1, share)
        return _parts(whole.swapaxes(0, 1).reshape(-1), batch)

    return visits


def _parts(order, batch: int) -> list:
    return [order[start : start + batch] for start in range(0, len(order) - batch + 1, batch)]
