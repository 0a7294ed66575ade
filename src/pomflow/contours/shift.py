"""A constant displacement: the simplest path, one number for all variables that are alike."""

import numpy as np

from pomflow.contours.base import Contour, SharedPoint


class Shift(Contour):
    r"""z_i = t_i + i c_{o(i)} with one constant for every orbit of variables that a symmetry makes alike.

    det J = 1, and of ln det J - S the derivative with respect to c_o is -i sum_{i in o} dS/dz_i. It starts on
    the real plane.

    Parameters
    ----------
    model : Model
        Its ``orbits`` say which variables are alike.

    Notes
    -----
    Source: for the repulsive Hubbard model Wynen, Berkowitz, Krieg, Luu, Ostmeyer, Phys. Rev. B 103 (2021)
    125153 (tangent plane); as the first step of path optimization Mori, Kashiwa, Ohnishi, PTEP 2018, 023B04.
    """

    kinds = ("real", "angle")
    optimizer = "natural_gradient"
    transferable = True

    def __init__(self, model):
        self.xp = model.xp
        orbits = np.asarray(model.orbits())
        self.n_parameters = int(orbits.max()) + 1
        # (n, orbits): 1 where a variable belongs to an orbit
        self.members = self.xp.asarray((orbits[:, None] == np.arange(self.n_parameters)).astype(float))

    @classmethod
    def misfit(cls, model):
        if model.differences_only:
            return "turning all angles by the same number, as it does, changes nothing in this model"
        return super().misfit(model)

    def initial_parameters(self, stream):
        return self.xp.zeros(self.n_parameters)

    def transferred(self, theta, source):
        """The same constants."""
        return theta

    def at(self, theta, t):
        return ShiftPoint(self, theta, t)


class ShiftPoint(SharedPoint):
    """The shifted plane at real points t, shape (batch, n)."""

    def __init__(self, contour: Shift, theta, t):
        self._contour = contour
        self.z = t + 1j * (contour.members @ theta)

    def log_det(self):
        xp = self._contour.xp
        return xp.zeros(len(self.z), dtype=xp.complex128)

    def pull_back(self, w):
        return w.real

    def derivatives(self, w):
        return -1j * (w @ self._contour.members)
