"""The weight of configurations on a deformed integration path."""

from dataclasses import dataclass
from functools import cached_property

from pomflow.contours.base import Contour, ContourPoint
from pomflow.errors import ConfigError
from pomflow.models.base import Model
from pomflow.numerics.backend import namespace


@dataclass(frozen=True)
class Path:
    r"""A model on a contour with given parameters.

    The weight of a real point t is det J(t) exp(-S(z(t))); its modulus is sampled (phase quenched) and its
    phase arg(det J exp(-S)) is averaged.

    Raises
    ------
    ConfigError
        If the model cannot be integrated on this contour: the integral would be another one.
    """

    model: Model
    contour: Contour
    theta: object

    def __post_init__(self):
        why, kind = self.contour.misfit(self.model), self.model.variables.kind
        if why is None and kind not in self.contour.kinds:
            why = f"it was built for {' or '.join(self.contour.kinds)} variables, and those are '{kind}'"
        if why is not None:
            where = f"{type(self.model).__name__} on {type(self.contour).__name__}"
            raise ConfigError(where, f"the contour does not fit the model: {why}", "Take another contour.")

    @cached_property
    def _prepared(self):
        return self.contour.prepare(self.theta)

    def at(self, t) -> ContourPoint:
        """The path at real points t, shape (batch, n)."""
        return self.contour.at(self._prepared, t)

    def log_weight(self, t):
        """ln det J - S, complex, shape (batch,)."""
        log_det, action = self.terms(t)
        return log_det - action

    def terms(self, t):
        """ln det J and S, complex, shape (batch,) each."""
        point = self.at(t)
        return point.log_det(), self.model.at(point.z).value

    def force(self, t):
        """-d Re S(z(t)) / dt, shape (batch, n): the part of the force without the determinant."""
        return self.contour.force(self._prepared, self.model, t)


def phase_factor(log_weight):
    """exp(i phase) from ln(det J exp(-S))."""
    return namespace(log_weight).exp(1j * log_weight.imag)


def aimed_phase_factor(log_weight, model: Model):
    """The phase factor relative to that of the partition function, at which optimization aims every phase.

    Where arg Z is not known it is estimated by the mean of the batch.
    """
    factor = phase_factor(log_weight)
    if model.partition_phase is None:
        mean = factor.mean()
        return factor * (mean.conj() / (abs(mean) + 1e-300))
    return phase_factor(log_weight - 1j * model.partition_phase)
