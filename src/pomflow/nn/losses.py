"""Losses: a mean over the batch and its gradient with respect to the prediction."""

from pomflow.backend import namespace
from pomflow.nn.activations import softmax


class SquaredError:
    """(1/2) mean over the batch of sum_i (y_i - target_i)^2."""

    def value(self, prediction, target):
        difference = prediction - target
        return (difference * difference).sum() / (2 * len(prediction))

    def gradient(self, prediction, target):
        return (prediction - target) / len(prediction)


class CrossEntropy:
    """- mean over the batch of ln p(label), with p the softmax of the predicted logits.

    ``prediction`` holds logits, shape (batch, classes); ``target`` integer labels, shape (batch,).
    """

    def value(self, prediction, target):
        xp = namespace(prediction)
        shifted = prediction - prediction.max(axis=1, keepdims=True)
        log_sum = xp.log(xp.exp(shifted).sum(axis=1))
        return (log_sum - shifted[xp.arange(len(target)), target]).mean()

    def gradient(self, prediction, target):
        xp = namespace(prediction)
        probabilities = softmax(prediction)
        probabilities[xp.arange(len(target)), target] -= 1
        return probabilities / len(target)
