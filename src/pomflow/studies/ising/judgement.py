"""How close classifiers are to the best possible one, which knows p(s|beta) exactly."""

from dataclasses import dataclass

import numpy as np

from pomflow.analysis.estimates import Estimate
from pomflow.models.spins.base import Thermodynamics


@dataclass(frozen=True)
class Judgement:
    """Of one classifier on configurations that it was not trained with.

    Attributes
    ----------
    cross_entropy : float
    excess : Estimate
        Cross-entropy minus that of the Bayes classifier on the same configurations; unknown where ln Z is.
    correlation : float
        Of h and the energy over all classes, up to the sign, which is free.
    """

    cross_entropy: float
    excess: Estimate
    correlation: float


def judge(h, weight, bias, energy, chains: int, known: Thermodynamics) -> Judgement:
    """Compare a classifier with the Bayes classifier l_k = - beta_k E - ln Z_k.

    Parameters
    ----------
    h, energy : array, shape (classes, configurations)
    weight, bias : array, shape (classes,)
        The last layer, l_k = w_k h + b_k.
    chains : int
        Chains of each class, whose configurations stand together; the error comes from their spread.
    known : Thermodynamics
        Exact ln Z at the beta of the classes.
    """
    network = _surprise(h, weight, bias)
    difference = network - _surprise(energy, -known.beta, -known.log_z)
    means = difference.reshape(len(h) * chains, -1).mean(axis=1)
    excess = Estimate(float(means.mean()), float(means.std(ddof=1) / np.sqrt(len(means))))
    correlation = abs(np.corrcoef(h.ravel(), energy.ravel())[0, 1])
    return Judgement(float(network.mean()), excess, float(correlation))


def _surprise(h, weight, bias) -> np.ndarray:
    """- ln p(true class) of every configuration, shape (classes, configurations)."""
    logits = h[:, :, None] * weight + bias
    highest = logits.max(axis=2)
    log_sum = np.log(np.exp(logits - highest[:, :, None]).sum(axis=2)) + highest
    return log_sum - (h * weight[:, None] + bias[:, None])
