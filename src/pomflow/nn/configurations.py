"""All configurations of a few units of +-1."""

import numpy as np


def configurations(count: int, xp=np):
    """All configurations of ``count`` units +-1, shape (2^count, count).

    Unit i of configuration c is +1 where bit i of c is set, so the first unit is the fastest.
    """
    bits = xp.arange(2**count)[:, None] >> xp.arange(count) & 1
    return 2.0 * bits - 1
