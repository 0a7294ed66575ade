"""Plaquettes of a two-dimensional lattice: the curl of the links, and what undoes it."""

from functools import cached_property

import numpy as np

from pomflow.lattice import Lattice


class Plaquettes:
    r"""The curl C of links A, those of direction 0 first, and its transpose.

    .. math::
        P(x) = (C A)(x) = A_0(x) + A_1(x + \hat 0) - A_0(x + \hat 1) - A_1(x)

    Plaquettes do not change under A_nu(x) -> A_nu(x) + omega(x) - omega(x + nu), and their sum is zero.

    Parameters
    ----------
    lattice : Lattice
        Of two dimensions.
    xp : module
        NumPy or CuPy, where the arrays live.
    """

    def __init__(self, lattice: Lattice, xp=np):
        self._lattice, self._xp, self._volume = lattice, xp, lattice.volume
        self._forward, self._backward = xp.asarray(lattice.forward), xp.asarray(lattice.backward)

    def of(self, links):
        """C A for links of shape (batch, 2 V), shape (batch, V)."""
        in_time, in_space = links[:, : self._volume], links[:, self._volume :]
        return in_time + in_space[:, self._forward[0]] - in_time[:, self._forward[1]] - in_space

    def transposed(self, values):
        """C^T f for values of shape (batch, V), shape (batch, 2 V): their differences across every link."""
        in_time = values - values[:, self._backward[1]]
        in_space = values[:, self._backward[0]] - values
        return self._xp.concatenate((in_time, in_space), axis=1)

    @cached_property
    def propagator(self):
        r"""G = (C C^T)^+, shape (V, V), the inverse of minus the lattice Laplacian where sums vanish.

        .. math:: C C^T G = 1 - 1/V, \qquad G_k = \Big[ \sum_\nu 4 \sin^2 (k_\nu / 2) \Big]^{-1},
            \quad G_{k=0} = 0,

        so that C^T G f, of all links, is the shortest whose curl is f minus its mean.
        """
        laplacian = sum(4 * np.sin(k / 2) ** 2 for k in self._lattice.momenta)
        laplacian.flat[0] = np.inf
        from_origin = np.fft.ifftn(1 / laplacian).real
        sites = np.indices(self._lattice.shape).reshape(2, -1)
        apart = sites[:, :, None] - sites[:, None, :]
        return self._xp.asarray(from_origin[tuple(apart)])
