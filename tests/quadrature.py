"""One-variable paths by the trapezoidal rule, which is exact to rounding for these integrands."""

import numpy as np

SPACING = 0.005
POINTS = np.arange(-12.0, 12.0 + SPACING / 2, SPACING)[:, None]


def weights(path):
    """det J exp(-S) dt at ``POINTS``; their sum is Z."""
    return np.exp(path.log_weight(POINTS)) * SPACING


def average_phase_factor(path) -> float:
    """|Z| / Z_pq."""
    weight = weights(path)
    return abs(weight.sum()) / np.abs(weight).sum()


def quenched_mean(path, values) -> float:
    """Mean of values at ``POINTS`` with the weight |det J exp(-S)|."""
    weight = np.abs(weights(path))
    return (weight * values).sum() / weight.sum()


def quenched_quantiles(path, count: int):
    """Points spread exactly by the density |det J exp(-S)|, shape (count, 1): a sample without noise."""
    weight = np.abs(weights(path))
    distribution = np.cumsum(weight) - weight / 2
    levels = (np.arange(count) + 0.5) / count
    return np.interp(levels * weight.sum(), distribution, POINTS[:, 0])[:, None]
