"""A contour whose author writes the displacement alone."""

from abc import abstractmethod
from functools import cached_property

import numpy as np

from pomflow.contours.base import Contour, SharedPoint
from pomflow.numerics import determinant
from pomflow.numerics.automatic import require_numpy, reverse
from pomflow.numerics.batch import groups

# Rows of a pass through copies of the batch: more leave the cache, fewer cost more calls. Measured optimum.
ROWS = 1024


class AutomaticContour(Contour):
    r"""z = t + i y(t; theta) with y written with ``autograd.numpy``; everything else is differentiated.

    .. code-block:: python

        import autograd.numpy as np

        class Steps(AutomaticContour):
            '''y = a tanh(b t) of every variable.'''

            n_parameters = 2

            def initial_parameters(self, stream):
                return np.array([0.1, 1.0])

            def y(self, theta, t):
                return theta[0] * np.tanh(theta[1] * t)

    Of real variables y must be bounded, or its slopes must. For angles, ``kinds = ("angle",)``, it must
    have the period 2 pi in every t. ``python -m pomflow check`` tests it. With few parameters
    ``optimizer = "natural_gradient"`` trains better than Adam, the default. Arrays are NumPy's.

    Parameters
    ----------
    model : Model

    Raises
    ------
    BackendError
        If the arrays are not NumPy's.

    Notes
    -----
    The Jacobian takes n passes backwards, and the gradient of ln det J a second differentiation of them:
    :math:`d \ln\det J = i\, \mathrm{tr}(J^{-1} dK)`. A training gradient takes 5 to 10 times as long as
    that of the dense contour by hand, a force twice as long (``benchmarks/automatic.py``).
    """

    def __init__(self, model):
        require_numpy(type(self), model.xp)
        self.model, self.size = model, model.size

    @classmethod
    def build(cls, model, settings):
        return cls(model)

    @abstractmethod
    def y(self, theta, t):
        """Im z, real, shape (batch, n), for parameters of shape (n_parameters,) and t of shape (batch, n)."""

    def at(self, theta, t):
        return AutomaticPoint(self, theta, t)


class AutomaticPoint(SharedPoint):
    """An automatic path at real points t, shape (batch, n)."""

    def __init__(self, contour: AutomaticContour, theta, t):
        self._contour, self._theta, self._t = contour, theta, t
        y, self._pull_back = self._reverse(lambda t: contour.y(theta, t), t)
        self.z = t + 1j * y

    def pull_back(self, w):
        return w.real - self._pull_back(w.imag)

    def log_det(self):
        return determinant.log_det(self._jacobian)

    def parameter_gradient(self, weight, w):
        batch, n = self._t.shape
        parts = [self._gradient(rows, weight[rows], w[rows]) for rows in groups(batch, n, ROWS)]
        return sum(parts) / batch

    def derivatives(self, w):
        rows, one = groups(len(w), 1, 1), np.ones(1, complex)
        parts = [
            self._gradient(row, one, w[row]) + 1j * self._gradient(row, -1j * one, w[row]) for row in rows
        ]
        return np.array(parts)

    @cached_property
    def _jacobian(self):
        """K_ij = dy_i / dt_j, shape (batch, n, n)."""
        units = (np.broadcast_to(unit, self._t.shape) for unit in np.eye(self._t.shape[1]))
        return np.stack([self._pull_back(unit) for unit in units], axis=1)

    def _gradient(self, rows: slice, weight, w):
        """Gradient of the sum over some rows of Re[weight (ln det J - S)], shape (n_parameters,).

        With C = Re[i weight J^-1]^T, held fixed like v = Im(weight w), it is that of sum_ij C_ij K_ij + v y.
        """
        t, y = self._t[rows], self._contour.y
        batch, n = t.shape
        c = determinant.weighted_inverse(self._jacobian[rows], weight)
        v = (weight[:, None] * w).imag
        # derivatives with respect to t_j are taken at a copy of the rows of its own
        copies, along = np.tile(t, (n, 1)), np.repeat(np.eye(n), batch, axis=0)
        columns = c.transpose(2, 0, 1).reshape(-1, n)

        def contracted(theta):
            _, pull_back = self._reverse(lambda t: y(theta, t), copies)
            return (pull_back(columns) * along).sum()

        _, of_det = self._reverse(contracted, self._theta)
        _, of_action = self._reverse(lambda theta: y(theta, t), self._theta)
        return of_det(1.0) + of_action(v)

    def _reverse(self, function, x):
        return reverse(function, x, f"{type(self._contour).__name__}.y")
