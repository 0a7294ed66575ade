"""In which order an epoch visits the examples: functions of (stream, epoch, number of examples)."""


def shuffled(stream, epoch: int, size: int):
    """A new random order."""
    return stream.permutation(epoch, size)


def balanced(classes: int, share: int):
    """Minibatches of ``classes * share`` with ``share`` examples of every class, drawn without replacement.

    Examples must be sorted by class, as many of each. The share of each class in a minibatch then does not
    fluctuate, which would be noise in the biases of the last layer.
    """

    def order(stream, epoch: int, size: int):
        each = size // classes
        xp = stream.xp
        ranks = xp.argsort(stream.words(epoch, classes, each), axis=1) + each * xp.arange(classes)[:, None]
        whole = ranks[:, : each // share * share].reshape(classes, -1, share)
        return whole.swapaxes(0, 1).reshape(-1)

    return order
