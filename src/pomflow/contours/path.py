"""The weight of configurations on a deformed integration path."""

from dataclasses import dataclass
from functools import cached_property

from pomflow.contours.base import Contour, ContourPoint
from pomflow.models.base import Action
from pomflow.numerics.backend import namespace


@dataclass(frozen=True)
class Path:
    r"""An action on a contour with given parameters.

    The weight of a real point t is det J(t) exp(-S(z(t))); its modulus is sampled (phase quenched) and its
    phase theta = arg(det J exp(-S)) is averaged.
    """

    action: Action
    contour: Contour
    theta: object

    @cached_property
    def _prepared(self):
        return self.contour.prepare(self.theta)

    def at(self, t) -> ContourPoint:
        """The path at real points t, shape (batch, n)."""
        return self.contour.at(self._prepared, t)

    def log_weight(self, t):
        """ln det J - S, complex, shape (batch,)."""
        point = self.at(t)
        return point.log_det() - self.action.value(point.z)

    def force(self, t):
        """-d Re S(z(t)) / dt, shape (batch, n): the part of the force without the determinant."""
        return self.contour.force(self._prepared, self.action, t)


def phase_factor(log_weight):
    """exp(i theta) from ln(det J exp(-S))."""
    return namespace(log_weight).exp(1j * log_weight.imag)
