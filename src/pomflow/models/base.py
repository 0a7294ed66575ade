"""What every action offers."""

from abc import ABC, abstractmethod

import numpy as np


class Action(ABC):
    """A holomorphic action S(z) of ``size`` variables, evaluated for a batch.

    Attributes
    ----------
    size : int
        Number n of variables.
    partition_phase : float
        arg Z, the phase of the partition function Z = int dx exp(-S), known by a symmetry or in closed
        form. Path optimization aims the phase of every configuration at it.
    xp : module
        NumPy or CuPy, where the arrays of this action live.
    """

    size: int
    partition_phase: float = 0.0
    xp = np

    @abstractmethod
    def value(self, z):
        """S(z), complex, shape (batch,), for ``z`` complex of shape (batch, n)."""

    @abstractmethod
    def gradient(self, z):
        """dS/dz, complex, shape (batch, n)."""

    def ordered_start(self, stream, rows: int, first_row: int = 0):
        """Classical configurations from which ordered chains start, real, shape (rows, n)."""
        return self.xp.zeros((rows, self.size))
