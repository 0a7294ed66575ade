r"""The staggered Dirac matrix on a lattice, by its links.

Every hop joins an even site (x_0 + x_1 + ... even) and an odd one, so that with the even sites first

.. math::
    D = \begin{pmatrix} m & B \\ C & m \end{pmatrix}, \qquad \det D = \det M, \quad M = m^2 - BC,

and the inverse on the even sites is m M^{-1}, from odd to even sites -M^{-1} B, from even to odd sites
-C M^{-1}: one matrix of half the rows answers everything.

Source: DeGrand, Comput. Phys. Commun. 52 (1988) 161 (even and odd sites).
"""

from functools import cached_property

import numpy as np

from pomflow.lattice import Lattice


class Links:
    r"""The links x -> y = x + nu of a lattice with even extents above 2, those of direction 0 first.

    Attributes
    ----------
    start, end : array of int, shape (links,)
        The sites x and y.
    in_time : array of bool, shape (links,)
    amplitude : array, shape (links,)
        s eta_nu(x) / 2 with the staggered phases eta_nu = (-1)^{x_0 + ... + x_{nu-1}} and s = -1 on the links
        that close time (the fermion is antiperiodic there).
    """

    def __init__(self, lattice: Lattice):
        self.sites = lattice.volume
        coordinates = np.indices(lattice.shape).reshape(lattice.dimension, -1)
        before = np.cumsum(coordinates, axis=0) - coordinates
        sign = 1.0 - 2.0 * (before % 2)
        sign[0, coordinates[0] == lattice.shape[0] - 1] = -1.0
        self.amplitude = sign.ravel() / 2
        self.start = np.tile(np.arange(self.sites), lattice.dimension)
        self.end = lattice.forward.ravel()
        self.in_time = np.arange(self.start.size) < self.sites
        self._odd_site = coordinates.sum(axis=0) % 2

    @cached_property
    def from_even(self) -> np.ndarray:
        """+1 where a link starts on an even site, -1 where it ends on one, shape (links,)."""
        return 1 - 2 * self._odd_site[self.start]

    @cached_property
    def ranks(self) -> tuple[np.ndarray, np.ndarray]:
        """The place of the even site of every link among the even ones, and of its odd site among the odd."""
        rank = np.where(self._odd_site, np.cumsum(self._odd_site), np.cumsum(1 - self._odd_site)) - 1
        forward = self.from_even > 0
        even = np.where(forward, self.start, self.end)
        odd = np.where(forward, self.end, self.start)
        return rank[even], rank[odd]

    @cached_property
    def at_odd_site(self) -> np.ndarray:
        """The links that share the odd site of every link, itself included, shape (links, 2d)."""
        _, odd = self.ranks
        by_site = np.argsort(odd, kind="stable").reshape(self.sites // 2, -1)
        return by_site[odd]

    def dirac_matrix(self, mass, forward, backward) -> np.ndarray:
        """D with the hops D_xy ``forward`` and D_yx ``backward`` of the links, shape (sites, sites)."""
        matrix = mass * np.eye(self.sites, dtype=np.result_type(mass, forward, backward))
        matrix[self.start, self.end] = forward
        matrix[self.end, self.start] = backward
        return matrix
