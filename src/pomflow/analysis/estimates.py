"""Measured numbers with their errors."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

# differences up to rounding count as none, for instance where a symmetry makes a value exactly zero
ROUNDING = 1e-12


@dataclass(frozen=True)
class Estimate:
    """A mean with its standard error and integrated autocorrelation time (in recorded configurations)."""

    value: float
    error: float
    tau_int: float = 0.5

    @classmethod
    def of(cls, row: Mapping, name: str) -> "Estimate":
        """The number ``name`` of a row of a table or of a file, with its error NAME_err beside it."""
        return cls(float(row[name]), float(row[f"{name}_err"]))


UNKNOWN = Estimate(math.nan, math.nan)


@dataclass(frozen=True)
class Series:
    """Means along named dimensions, such as a correlator, with their covariance.

    Attributes
    ----------
    dimensions : tuple of str
    values : array, one axis for each dimension
    covariance : array, shape (n, n)
        Of the n values in C order.
    tau_int : float
        Largest integrated autocorrelation time of them.
    """

    dimensions: tuple[str, ...]
    values: np.ndarray
    covariance: np.ndarray
    tau_int: float = 0.5

    @property
    def errors(self) -> np.ndarray:
        """Standard errors, of the shape of the values."""
        return np.sqrt(np.diag(self.covariance)).reshape(self.values.shape)


def largest(values: Iterable[float]) -> float:
    """The largest of some numbers; NaN if one of them is, which Python's own maximum may lose."""
    return float(np.max(list(values)))


def pull(first: Estimate, second: Estimate) -> float:
    """Difference of two independent estimates in combined errors; 0 where they are equal to rounding."""
    difference = first.value - second.value
    if abs(difference) <= ROUNDING * max(1.0, abs(first.value), abs(second.value)):
        return 0.0
    error = np.hypot(first.error, second.error)
    return float(np.sign(difference) * np.inf if error == 0 else difference / error)
