r"""Modified Bessel functions I_k of many orders at one argument, by their ratios.

.. math::
    \rho_k = \frac{I_{k+1}(x)}{I_k(x)}, \qquad \frac{I_k'}{I_k} = \rho_k + \frac kx, \qquad \frac{d}{dx}
    \frac{I_k'}{I_k} = 1 + \frac{k^2}{x^2} - \frac1x \frac{I_k'}{I_k} - \Big( \frac{I_k'}{I_k} \Big)^2
"""

import math

import numpy as np


def ratios(x: float, size: int) -> np.ndarray:
    """rho_k for k < size.

    From I_{k-1} - I_{k+1} = (2k / x) I_k downwards, where an error shrinks by rho_k^2, about e^{-2k/x}, a
    step; it begins with an upper bound, so far up that nothing is left of its error.

    Notes
    -----
    Source: Amos, Math. Comp. 28 (1974) 239.

    Examples
    --------
    >>> print(", ".join(f"{ratio:.6f}" for ratio in ratios(1.0, 3)))
    0.446390, 0.240194, 0.163306
    """
    order = 16 + math.ceil(math.sqrt(size**2 + 40 * x))
    ratio = x / (order + 0.5 + math.hypot(order + 1.5, x))
    found = np.empty(size)
    for k in range(order, 0, -1):
        ratio = x / (2 * k + x * ratio)
        if k <= size:
            found[k - 1] = ratio
    return found


def slopes(x: float, size: int) -> np.ndarray:
    """x I_k'(x) / I_k(x) for k < size, at x = 0 too."""
    return x * ratios(x, size) + np.arange(size)


def curvatures(x: float, size: int) -> np.ndarray:
    """x^2 d/dx (I_k' / I_k) for k < size."""
    k, excess = np.arange(size), x * ratios(x, size)
    return x * x - excess * (2 * k + 1 + excess) - k


def logarithms(x: float, size: int) -> np.ndarray:
    """ln(e^{-x} I_k(x)) for k < size; -inf at x = 0 where k > 0."""
    from scipy.special import ive

    with np.errstate(divide="ignore"):
        steps = np.log(ratios(x, size)[:-1])
    return math.log(ive(0, x)) + np.concatenate(([0.0], np.cumsum(steps)))
