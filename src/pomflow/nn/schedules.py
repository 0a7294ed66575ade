"""Learning rates as functions of the fraction of training done."""

import math


def hold_then_cosine(peak: float, hold: float = 0.5, floor: float = 0.0):
    """A rate held at ``peak`` for the fraction ``hold``, then lowered like a cosine to ``floor * peak``."""

    def rate(fraction: float) -> float:
        if fraction <= hold:
            return peak
        turn = math.pi * (fraction - hold) / (1 - hold)
        return peak * (floor + (1 - floor) * (1 + math.cos(turn)) / 2)

    return rate
