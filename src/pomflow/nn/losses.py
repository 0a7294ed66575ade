"""Losses: a mean over the batch and its gradient with respect to the prediction."""

from abc import ABC, abstractmethod

from pomflow.nn.activations import ELEMENTWISE
from pomflow.numerics.backend import namespace


class Loss(ABC):
    """A function of predictions and targets, both with one row (or label) per example."""

    @abstractmethod
    def value_and_gradient(self, prediction, target):
        """The loss, and its gradient with respect to the prediction, which share their work."""

    def value(self, prediction, target):
        """The loss."""
        return self.value_and_gradient(prediction, target)[0]

    def gradient(self, prediction, target):
        """The gradient of the loss with respect to the prediction."""
        return self.value_and_gradient(prediction, target)[1]


class SquaredError(Loss):
    """(1/2) mean over the batch of sum_i (y_i - target_i)^2."""

    def value_and_gradient(self, prediction, target):
        difference = prediction - target
        return (difference * difference).sum() / (2 * len(prediction)), difference / len(prediction)


class CrossEntropy(Loss):
    """- mean over the batch of ln p(label), with p the softmax of the predicted logits.

    ``prediction`` holds logits, shape (batch, classes); ``target`` integer labels, shape (batch,).
    """

    def value_and_gradient(self, prediction, target):
        xp, rows = namespace(prediction), len(target)
        labelled = xp.arange(rows), target
        shifted = prediction - prediction.max(axis=1, keepdims=True)
        weights = xp.exp(shifted)
        total = weights.sum(axis=1)
        value = (xp.log(total) - shifted[labelled]).mean()
        gradient = weights / (rows * total)[:, None]
        gradient[labelled] -= 1 / rows
        return value, gradient


class PerceptronCriterion(Loss):
    """Mean over the batch of sum_i (step(x_i) - target_i) x_i: for wrong answers the distance |x| from 0.

    ``prediction`` is what a step would be applied to, ``target`` 0 or 1. The gradient is that of a constant
    step, (answer - target) / batch, so that descent on one example is the perceptron rule (Rosenblatt 1958).
    """

    def value_and_gradient(self, prediction, target):
        gradient = (ELEMENTWISE["step"].value(prediction) - target) / len(prediction)
        return (gradient * prediction).sum(), gradient
