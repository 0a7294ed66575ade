"""Errors of the biases: chains drawn with replacement, and the convex last layer fitted to each draw."""

import numpy as np

from pomflow.analysis.estimates import ROUNDING
from pomflow.errors import DivergenceError
from pomflow.nn.heads import standardized
from pomflow.random.stream import Stream
from pomflow.studies.ising.head import fit_tied_head


def replicas(beta, h, chains: int, weight, bias, draws: int, stream: Stream) -> tuple[np.ndarray, np.ndarray]:
    """Biases of the optimal tied head, and of those for resampled chains, shape (draws, classes).

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
    values, classes, spread = standardized(beta), len(beta), h.std()
    if not ROUNDING * np.abs(h).max() < spread < np.inf:
        raise DivergenceError(
            "extract_thermodynamics",
            f"h of the network has the spread {spread:.3g} over all configurations: nothing was learned",
            "Lower ising.train.learning_rate, raise ising.train.filters, or choose another activation.",
        )
    bias, slope = bias + weight * h.mean(), -spread * (weight @ values) / classes
    optimum = fit_tied_head(beta, (h - h.mean()) / spread, bias, slope)
    of_chains = optimum.gradients.reshape(classes * chains, -1, classes + 1).sum(axis=1)
    # picked[r, k, c]: the c-th chain that draw r takes in class k
    picked = (
        (stream.uniforms(0, draws, classes * chains) * chains).astype(int).reshape(draws, classes, chains)
    )
    counts = (picked[:, :, None, :] == np.arange(chains)[:, None]).sum(axis=3)
    shift = np.linalg.solve(optimum.curvature, (counts.reshape(draws, -1) @ of_chains).T).T
    return optimum.bias, optimum.bias - shift[:, :-1]
