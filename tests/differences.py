"""Derivatives by central differences: the reference that every analytic gradient is compared with."""

import numpy as np

STEP = 1e-5


def directional(function, x, direction, step: float = STEP):
    """d/ds function(x + s direction) at s = 0; x and the direction may be complex."""
    return (function(x + step * direction) - function(x - step * direction)) / (2 * step)


def gradient(function, x, step: float = STEP):
    """All partial derivatives of a number with respect to a real array."""
    result = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        direction = np.zeros(x.shape)
        direction[index] = 1.0
        result[index] = directional(function, x, direction, step)
    return result


def jacobian(function, x, step: float = STEP):
    """df_i / dx_j for a batch: function maps (batch, n) to (batch, m); returns shape (batch, m, n)."""
    columns = [directional(function, x, direction, step) for direction in np.eye(x.shape[1])]
    return np.stack(columns, axis=2)
