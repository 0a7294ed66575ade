"""How the tail of a distribution falls: like a power, or faster.

Complex Langevin dynamics is right if the probability of a drift larger than u falls faster than any power of
u, so the question that extreme-value statistics answers is the one to ask of it.
"""

import numpy as np

from pomflow.analysis.estimates import Estimate

# the share of the weight that is called the tail
FRACTION = 0.01


def quantiles(values: np.ndarray, weights: np.ndarray, survival) -> np.ndarray:
    """The values that are exceeded with these shares of the total weight; shapes are flattened."""
    order = np.argsort(-values, axis=None)
    share = np.cumsum(weights.ravel()[order])
    return values.ravel()[order][np.searchsorted(share, np.asarray(survival) * share[-1])]


def tail_index(values: np.ndarray, weights: np.ndarray, fraction: float = FRACTION) -> Estimate:
    r"""The tail index xi of positive values: P(u) ~ u^{-1/xi} if xi > 0, faster than any power if xi <= 0.

    Exponentials, and all that falls faster but has no end, have xi = 0; a bounded distribution has xi < 0.
    With y = ln(u / u_0) above the threshold u_0, which a share ``fraction`` of the weight exceeds,

    .. math::
        \xi = M_1 + 1 - \frac12 \Big( 1 - \frac{M_1^2}{M_2} \Big)^{-1}, \qquad M_j = \langle y^j \rangle.

    Parameters
    ----------
    values, weights : array, shape (chains, steps)
    fraction : float

    Returns
    -------
    Estimate
        The error is from leaving out one chain in turn; NaN where the values above the threshold are all
        the same.

    Notes
    -----
    Source: Dekkers, Einmahl, de Haan, Ann. Statist. 17 (1989) 1833; here with weights.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(values / quantiles(values, weights, fraction))
        sums = np.stack([np.sum(np.where(y > 0, weights * y**power, 0.0), axis=1) for power in range(3)])
        total = sums.sum(axis=1, keepdims=True)
        others = _index(total - sums)
        spread = (len(others) - 1) * np.mean((others - others.mean()) ** 2)
        return Estimate(float(_index(total)[0]), float(np.sqrt(spread)))


def _index(sums):
    """xi from the weight, and the weighted sums of y and y^2, above the threshold."""
    first, second = sums[1] / sums[0], sums[2] / sums[0]
    return first + 1 - 0.5 / (1 - first**2 / second)
