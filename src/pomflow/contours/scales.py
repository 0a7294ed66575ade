"""Scales of rho = phi phi* at which the features of contours saturate."""

import numpy as np

# of each scale to the one before; the compiled loops of ``layered`` rely on 4
SCALE_RATIO = 4.0


def scales_from(smallest: float, count: int) -> np.ndarray:
    """s_k = s 4^k for k = 0 ... count - 1."""
    return smallest * SCALE_RATIO ** np.arange(count)


def middle_of(count: int) -> int:
    """The number of the scale in the middle, of an even count the wider one."""
    return count // 2
