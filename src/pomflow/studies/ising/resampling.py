"""Errors of the biases: chains drawn with replacement, and the convex last layer fitted to each draw."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pomflow.analysis.estimates import ROUNDING
from pomflow.errors import DivergenceError
from pomflow.nn.heads import standardized
from pomflow.random.stream import Stream
from pomflow.studies.ising.head import fit_tied_head


@dataclass(frozen=True)
class Refits:
    """Optimal tied heads l_k = b_k - g x_k (h - mean) / spread, of all chains and of drawn ones.

    Attributes
    ----------
    bias : array, shape (classes,)
        b, with mean 0.
    slope : float
        g.
    drawn_bias : array, shape (draws, classes)
    drawn_slope : array, shape (draws,)
    drawn : array, shape (draws, classes, chains)
        How often each draw took each chain.
    """

    bias: np.ndarray
    slope: float
    drawn_bias: np.ndarray
    drawn_slope: np.ndarray
    drawn: np.ndarray


def replicas(beta, h, chains: int, weight, bias, draws: int, stream: Stream) -> Refits:
    """The optimal tied head, and those for resampled chains.

    A draw moves the optimum by one step of Newton's method, which is its shift to first order in 1 / chains.
    h is kept: the network in front of the last layer hardly depends on the draw.

    Parameters
    ----------
    beta : array, shape (classes,)
    h : array, shape (classes, configurations)
        Configurations of one chain stand together.
    chains : int
        Of each class.
    weight, bias : array, shape (classes,)
        The trained head, where the search for the optimum begins.
    draws : int
    stream : Stream

    Raises
    ------
    DivergenceError
        If h is the same for all configurations, as where all units of a network are dead.
    """
    classes, spread = len(beta), h.std()
    if not ROUNDING * np.abs(h).max() < spread < np.inf:
        raise DivergenceError(
            "extract_thermodynamics",
            f"h of the network has the spread {spread:.3g} over all configurations: nothing was learned",
            "Lower ising.train.learning_rate, raise ising.train.filters, or choose another activation.",
        )
    optimum = fit_tied_head(beta, (h - h.mean()) / spread, *centred(beta, h, weight, bias))
    of_chains = optimum.gradients.reshape(classes * chains, -1, classes + 1).sum(axis=1)
    drawn = drawn_chains(draws, classes, chains, stream)
    shift = np.linalg.solve(optimum.curvature, (drawn.reshape(draws, -1) @ of_chains).T).T
    drawn_bias, drawn_slope = optimum.bias - shift[:, :-1], optimum.slope - shift[:, -1]
    return Refits(optimum.bias, optimum.slope, drawn_bias, drawn_slope, drawn)


def with_error(values: Iterable) -> tuple:
    """What is measured, and its error: the spread of the draws, and how far it is from the optimum.

    ``values`` are a number, or an array of them, as measured, at the optimum, and of each draw.
    """
    measured, optimal, *drawn = values
    return measured, np.hypot(np.std(drawn, axis=0, ddof=1), measured - optimal)


def centred(beta, h, weight, bias) -> tuple[np.ndarray, float]:
    """Bias b and slope g of a head written as l_k = b_k - g x_k (h - mean) / spread."""
    return bias + weight * h.mean(), -h.std() * (weight @ standardized(beta)) / len(beta)


def drawn_chains(draws: int, classes: int, chains: int, stream: Stream) -> np.ndarray:
    """How often each draw takes each chain of each class, shape (draws, classes, chains)."""
    # picked[r, k, c]: the c-th chain that draw r takes in class k
    picked = (
        (stream.uniforms(0, draws, classes * chains) * chains).astype(int).reshape(draws, classes, chains)
    )
    return (picked[:, :, None, :] == np.arange(chains)[:, None]).sum(axis=3)
