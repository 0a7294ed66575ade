r"""Multi-histogram reweighting: the free energy from the configurations of all temperatures together.

With n configurations of each class, H(E) of all of them together, and b_k = - ln Z_k,

.. math:: g(E) = \frac{H(E)}{\sum_k n\, e^{b_k - \beta_k E}}, \qquad Z(\beta) = \sum_E g(E)\, e^{-\beta E},

and the b_k are those with Z(beta_k) = e^{- b_k}: the minimum over b of the cross-entropy of
l_k = b_k - beta_k E. So they are the biases of the best possible network, with the true energy for h. The
other way round, h and biases of a network give Z(beta) between its classes by the same sums, with w(beta) h
for - beta E.

Source: Ferrenberg, Swendsen, Phys. Rev. Lett. 63 (1989) 1195; Geyer, "Estimating normalizing constants and
reweighting mixtures" (1994) (as a regression); Shirts, Chodera, J. Chem. Phys. 129 (2008) 124105 (MBAR).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from pomflow.errors import DivergenceError
from pomflow.studies.ising.head import newton

# more different energies are sorted into so many bins
MOST_LEVELS = 1024
# of the Hessian: along its eigenvector the b_k are known to 1 / sqrt of it
SMALLEST_CURVATURE = 1.0


@dataclass(frozen=True)
class Histograms:
    """How often each energy was met.

    Attributes
    ----------
    beta : array, shape (classes,)
    levels : array, shape (levels,)
        Energies, or the mean energies of bins.
    counts : array, shape (classes, chains, levels)
    """

    beta: np.ndarray
    levels: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, beta: np.ndarray, energy: np.ndarray, chains: int) -> "Histograms":
        """Of energies, shape (classes, configurations), those of one chain together."""
        levels, place = np.unique(energy, return_inverse=True)
        if len(levels) > MOST_LEVELS:
            levels, place = _binned(energy)
        rows = len(beta) * chains
        place = place.reshape(rows, -1) + len(levels) * np.arange(rows)[:, None]
        counts = np.bincount(place.ravel(), minlength=rows * len(levels))
        return cls(beta, levels, counts.reshape(len(beta), chains, -1))

    def drawn(self, chains: np.ndarray) -> np.ndarray:
        """H(E) of drawn chains, shape (draws, levels); ``chains`` is from ``resampling.drawn_chains``."""
        flat = self.counts.reshape(-1, len(self.levels)).astype(float)
        return chains.reshape(len(chains), -1) @ flat


def _binned(energy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean energies of equal bins that hold any, and the place of every configuration among them."""
    edges = np.linspace(energy.min(), energy.max(), MOST_LEVELS + 1)
    _, place = np.unique(np.searchsorted(edges[1:-1], energy.ravel()), return_inverse=True)
    return np.bincount(place, energy.ravel()) / np.bincount(place), place


@dataclass(frozen=True)
class Solution:
    """The self-consistent b_k of all chains.

    Attributes
    ----------
    histograms : Histograms
    bias : array, shape (classes,)
        b_k = - ln Z_k, with mean 0.
    probability : array, shape (levels, classes)
        Of each class at each energy.
    curvature : array, shape (classes, classes)
        The Hessian of the cross-entropy.
    """

    histograms: Histograms
    bias: np.ndarray
    probability: np.ndarray
    curvature: np.ndarray

    def redrawn(self, chains: np.ndarray) -> np.ndarray:
        """b_k of drawn chains, shape (draws, classes), by one step of Newton's method from the solution."""
        of_class = self.histograms.counts.sum(axis=(1, 2))
        gradient = self.histograms.drawn(chains) @ self.probability - of_class
        return self.bias - np.linalg.solve(self.curvature, gradient.T).T


def solved(histograms: Histograms) -> Solution:
    """The self-consistent b_k by Newton's method, beginning with those of thermodynamic integration.

    Raises
    ------
    DivergenceError
        If they are not found, as where energies of neighbouring temperatures do not overlap.
    """
    beta, levels = histograms.beta, histograms.levels
    remedy = "Take temperatures closer to each other, so that the energies of neighbours overlap."
    of_classes = histograms.counts.sum(axis=1).astype(float)
    mean = of_classes @ levels / of_classes.sum(axis=1)
    start = np.append(0.0, np.cumsum((mean[1:] + mean[:-1]) / 2 * np.diff(beta)))
    bias, (_, _, curvature, probability) = newton(
        lambda bias: _derivatives(of_classes, np.outer(levels, beta), bias),
        start - start.mean(),
        remedy,
    )
    if np.linalg.eigvalsh(curvature)[0] < SMALLEST_CURVATURE:
        what = "the free energies of neighbouring temperatures cannot be told from their configurations"
        raise DivergenceError("extract_thermodynamics", what, remedy)
    return Solution(histograms, bias - bias.mean(), probability, curvature)


def _derivatives(of_classes: np.ndarray, exponent: np.ndarray, bias: np.ndarray) -> tuple:
    """The summed cross-entropy of l_k = b_k - beta_k E, gradient and Hessian in b, and the probabilities."""
    logits, total = bias - exponent, of_classes.sum(axis=0)
    log_sum = logsumexp(logits, axis=1)
    probability = np.exp(logits - log_sum[:, None])
    value = total @ log_sum - (of_classes.T * logits).sum()
    weighted = total[:, None] * probability
    # a common shift of all b changes nothing; the added constant holds it
    curvature = np.diag(weighted.sum(axis=0)) - probability.T @ weighted + total.sum() / len(bias) ** 2
    return value, weighted.sum(axis=0) - of_classes.sum(axis=1), curvature, probability


@dataclass(frozen=True)
class DensityOfStates:
    """ln g(E) up to a constant, at the energies that were met; ``counts`` says how often."""

    levels: np.ndarray
    counts: np.ndarray
    log_density: np.ndarray

    @classmethod
    def of(cls, levels: np.ndarray, counts: np.ndarray, beta: np.ndarray, bias: np.ndarray):
        """From H(E), shape (levels,), and the b_k of all classes."""
        met = counts > 0
        levels, counts = levels[met], counts[met]
        return cls(levels, counts, np.log(counts) - logsumexp(bias - np.outer(levels, beta), axis=1))

    def log_z(self, beta) -> np.ndarray:
        """ln Z at some beta, up to the constant."""
        return logsumexp(self._exponent(beta), axis=1)

    def cumulants(self, beta) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """<E>, <(E - <E>)^2> and <(E - <E>)^3> at some beta."""
        probability = self._probability(beta)
        mean = probability @ self.levels
        deviation = self.levels - mean[:, None]
        squares = probability * deviation * deviation
        return mean, squares.sum(axis=1), (squares * deviation).sum(axis=1)

    def effective_sample_size(self, beta) -> np.ndarray:
        """(sum w)^2 / sum w^2 of the weights of all configurations."""
        return 1 / (self._probability(beta) ** 2 / self.counts).sum(axis=1)

    def _exponent(self, beta) -> np.ndarray:
        return self.log_density - np.outer(beta, self.levels)

    def _probability(self, beta) -> np.ndarray:
        """Of each energy, shape (len(beta), levels)."""
        exponent = self._exponent(beta)
        weight = np.exp(exponent - exponent.max(axis=1, keepdims=True))
        return weight / weight.sum(axis=1, keepdims=True)
