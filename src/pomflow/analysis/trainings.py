"""A contour that was trained several times, each time with random numbers of its own.

An observable has one value on all valid contours, by Cauchy's theorem, so its means on n contours x_i, each
with its standard error s_i, differ by statistics alone. What depends on the training, as the average phase
factor does, differs by more, and the excess is the error of what one training reaches.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincc

from pomflow.analysis import gates
from pomflow.analysis.estimates import ROUNDING, Estimate

# in place of a gate's name: this one asks all trainings of a contour, the others a single run
STATUS = "trainings"
# by chance a difference is larger than as many standard errors as gates allow
CHANCE = math.erfc(gates.SIGMAS / math.sqrt(2))


@dataclass(frozen=True)
class Spread:
    """How far means over several trainings lie apart; NaN of fewer than two.

    Attributes
    ----------
    deviation : float
        Their standard deviation S, S^2 = sum_i (x_i - x)^2 / (n - 1) with x the plain mean.
    expected : float
        What statistical errors alone make of it, E^2 = <S^2> = sum_i s_i^2 / n.
    reduced : float
        chi^2 / (n - 1), chi^2 = sum_i (x_i - w)^2 / s_i^2, with w the mean weighted by 1 / s_i^2.
    probability : float
        That chi^2 with n - 1 degrees of freedom is at least so large: Q((n - 1) / 2, chi^2 / 2).
    """

    deviation: float
    expected: float
    reduced: float
    probability: float

    @classmethod
    def of(cls, means: Sequence[Estimate]) -> "Spread":
        """The spread of independent means."""
        if len(means) < 2:
            return cls(math.nan, math.nan, math.nan, math.nan)
        values, errors = (np.array([getattr(one, name) for one in means]) for name in ("value", "error"))
        freedom, chi2 = len(means) - 1, chi_squared(values, errors)
        return cls(
            float(values.std(ddof=1)),
            float(np.sqrt((errors**2).mean())),
            chi2 / freedom,
            float(gammaincc(freedom / 2, chi2 / 2)),
        )


def chi_squared(values: np.ndarray, errors: np.ndarray) -> float:
    """sum_i (x_i - w)^2 / s_i^2 with w the weighted mean; errors count as no smaller than rounding.

    Of two values it is the square of their difference in combined errors.
    """
    weights = 1 / np.maximum(errors, ROUNDING * np.maximum(1, np.abs(values))) ** 2
    mean = (weights * values).sum() / weights.sum()
    return float((weights * (values - mean) ** 2).sum())


def excess(deviation: float, expected: float) -> float:
    """sqrt(S^2 - E^2), the part of a spread that statistics does not explain; 0 where it explains all of it.

    S^2 - E^2 is on average the variance between trainings. Where there is none, chance alone still leaves a
    little in about every third case.
    """
    return math.sqrt(max(0.0, deviation**2 - expected**2)) if math.isfinite(deviation) else math.nan


def with_trainings(status: str, probability: float) -> str:
    """The status of a contour: 'trainings' where chance hardly makes its trainings disagree so much.

    That is a probability below 5.7e-7, which is that of 5 standard errors. An earlier failure explains more.
    """
    return STATUS if status == gates.OK and probability < CHANCE else status
