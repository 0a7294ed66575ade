"""What every contour offers: a path z(t) = t + i y(t; theta), its Jacobian, and derivatives of both."""

from abc import ABC, abstractmethod

import numpy as np


class ContourPoint(ABC):
    """A contour evaluated at a batch of real points t, shape (batch, n).

    Attributes
    ----------
    z : array, shape (batch, n)
        The complex points of the path.

    Notes
    -----
    J = dz/dt = 1 + iK with the real matrix K_{ij} = dy_i/dt_j.
    """

    z: object

    @abstractmethod
    def log_det(self):
        """ln|det J| + i arg det J, complex, shape (batch,)."""

    @abstractmethod
    def pull_back(self, w):
        """Re(J^T w) for complex w of shape (batch, n): dRe S/dt if w = dS/dz."""

    @abstractmethod
    def parameter_gradient(self, weight, w):
        """Gradient of the batch mean of Re[weight (ln det J - S)] with respect to the parameters.

        Parameters
        ----------
        weight : array, complex, shape (batch,)
            Held fixed.
        w : array, complex, shape (batch, n)
            dS/dz at z.

        Returns
        -------
        array, real, shape (n_parameters,)
        """


class Contour(ABC):
    """A family of paths that start from the real plane R^n.

    Attributes
    ----------
    n_parameters : int
        Length of the parameter vector theta.
    xp : module
        NumPy or CuPy, where the arrays live.
    network : Network or None
        The network whose output is the displacement Im z, if it is one; a supervised warm start fits it.
    """

    network = None
    n_parameters: int
    xp = np

    @classmethod
    @abstractmethod
    def build(cls, action, settings: dict) -> "Contour":
        """The member of this family for an action, from the ``network`` section of the config."""

    @abstractmethod
    def initial_parameters(self, stream):
        """Starting parameters near the real plane, shape (n_parameters,)."""

    @abstractmethod
    def evaluate(self, theta, t) -> ContourPoint:
        """The path at real points t, shape (batch, n)."""
