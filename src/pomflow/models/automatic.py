"""A model whose author writes the action alone."""

from abc import abstractmethod

import numpy as np

from pomflow.models.base import Model
from pomflow.numerics.automatic import require_numpy, reverse


class AutomaticModel(Model):
    r"""A model with an action S(z) written with ``autograd.numpy``, which is differentiated automatically.

    .. code-block:: python

        import autograd.numpy as np

        class OneLink(AutomaticModel):
            '''exp(-S) = exp(beta cos x) on every site.'''

            variables = Variables("angle", per_site=1)
            parameters = {"beta": Parameter("Inverse coupling.", 1.0)}

            def S(self, z):
                return -self.beta * np.cos(z).sum(axis=1)

    On small lattices the gradient of phi^4 takes about ten times as long as by hand; most of it goes with
    the number of operations, not with the volume (``benchmarks/automatic.py``). Arrays are NumPy's.

    Notes
    -----
    S must be holomorphic: ``abs``, ``conj``, ``real`` and ``imag`` have derivatives in autograd that are not
    those of a function of z, and no error says so. ``python -m pomflow check`` finds out. For a fermion
    determinant take ``np.linalg.slogdet``, whose phase is differentiated too. Not known to autograd are
    ``np.take`` (index instead) and assignments to elements (``np.roll``, ``np.concatenate`` and ``np.where``
    serve). Products ``z * z`` are faster than powers ``z**2``.

    Raises
    ------
    BackendError
        If the arrays are not NumPy's.
    """

    def __init__(self, lattice, xp=np, **values):
        require_numpy(type(self), xp)
        super().__init__(lattice, xp, **values)

    @abstractmethod
    def S(self, z):
        """The action, complex, shape (batch,), for ``z`` complex of shape (batch, n); modulo 2 pi i."""

    def value(self, z):
        return self.S(z)

    def gradient(self, z):
        # rows do not know each other, so one pass gives the gradients of all
        value, pull_back = reverse(self.S, z, f"{type(self).__name__}.S")
        return pull_back(np.ones_like(value))
