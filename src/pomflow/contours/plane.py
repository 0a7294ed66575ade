"""The undeformed integration plane z = t."""

from pomflow.contours.base import Contour, ContourPoint


class Plane(Contour):
    """z = t; det J = 1; no parameters. Sampling on it is phase-quenched Monte Carlo."""

    kinds = ("real", "angle")
    optimizer = None
    n_parameters = 0

    def __init__(self, xp):
        self.xp = xp

    @classmethod
    def build(cls, model, settings):
        return cls(model.xp)

    def initial_parameters(self, stream):
        return self.xp.zeros(0)

    def at(self, theta, t):
        return PlanePoint(t, self.xp)


class PlanePoint(ContourPoint):
    """The plane at real points t, shape (batch, n)."""

    def __init__(self, t, xp):
        self._xp = xp
        self.z = t.astype(xp.complex128)

    def log_det(self):
        return self._xp.zeros(len(self.z), dtype=self._xp.complex128)

    def pull_back(self, w):
        return w.real

    def parameter_gradient(self, weight, w):
        return self._xp.zeros(0)
