"""Is a contour right? Its shapes, determinant, force and derivatives, and where it goes far out."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pomflow.checks import finding
from pomflow.checks.finding import Finding
from pomflow.checks.model import DERIVATIVE_LIMIT, ONE_ROW, ROUNDING_LIMIT, ROWS, real_configurations
from pomflow.contours.base import Contour, SharedPoint
from pomflow.contours.check import deviations
from pomflow.contours.path import Path
from pomflow.models.base import Model
from pomflow.models.complex_scalar import stable_slope
from pomflow.numerics.differences import deviation, slope_of_logarithm
from pomflow.random.stream import Stream

# how far the parameters are from the start, where wrong terms may be zero
WIDTH = 0.2
# where only the asymptotic directions of the path are left
FAR, DIRECTIONS = 1e6, 64

HINTS = {
    "real_part": "Re z must be t: return z = t + i y, or set keeps_real_part = False.",
    "determinant": "log_det must be ln det(dz/dt), the phase included.",
    "force": "pull_back(w) must be Re(J^T w) with the transpose of J = dz/dt, not its conjugate.",
    "gradient": "parameter_gradient is that of mean Re[weight (ln det J - S)]: both terms, weight fixed.",
}


def check_contour(contour: Contour, model: Model, stream: Stream) -> list[Finding]:
    """Check a contour on a model at random points and parameters.

    Parameters
    ----------
    contour : Contour
        On NumPy, built for the model.
    model : Model
    stream : Stream
        Of the points and parameters.
    """
    about = _About(contour, model, real_configurations(model, stream), stream)
    findings = list(finding.guarded(contour, "shapes", about.shapes()))
    # where these are wrong, all others would only repeat it
    if not finding.passed(findings):
        return findings
    findings += finding.guarded(contour, "derivatives", about.derivatives())
    findings += finding.guarded(contour, "derivatives of configurations", about.shared())
    findings += finding.guarded(contour, "period", about.period(model.size))
    findings += finding.guarded(contour, "far out", about.far_out())
    findings += finding.guarded(contour, "transferred", about.transfer())
    return findings


def check_at_start(contour: Contour, model: Model, stream: Stream) -> Iterator[Finding]:
    """What a job can afford to check: shapes, and the period of angles."""
    about = _About(contour, model, real_configurations(model, stream), stream)
    yield from finding.guarded(contour, "shapes", about.shapes())
    yield from finding.guarded(contour, "period", about.period(1))


@dataclass(frozen=True)
class _About:
    """The checks of one contour; each method yields findings."""

    contour: Contour
    model: Model
    t: np.ndarray
    stream: Stream

    @property
    def theta(self):
        """Parameters away from the start."""
        start = self.contour.initial_parameters(self.stream.child("start"))
        return start + WIDTH * self.stream.child("parameters").normals(0, 1, len(start))[0]

    def shapes(self) -> Iterator[Finding]:
        contour, model, t = self.contour, self.model, self.t
        why = contour.misfit(model)
        yield finding.same("fits the model", why or "yes", "yes", "take another model, or see 'kinds'.")
        start, count = contour.initial_parameters(self.stream.child("start")), contour.n_parameters
        hint = "initial_parameters returns n_parameters real numbers."
        starts = finding.array("start", start, (count,), "real", hint)
        yield starts
        if why is not None or not starts.passed:
            return
        point = contour.evaluate(self.theta, t)
        w = model.at(point.z).gradient
        for name, found, shape, kind in (
            ("z", point.z, t.shape, "complex"),
            ("ln det J", point.log_det(), (ROWS,), "complex"),
            ("pull_back", point.pull_back(w), t.shape, "real"),
            ("parameter_gradient", point.parameter_gradient(np.ones(ROWS) + 0j, w), (count,), "real"),
        ):
            hint = f"{name} is an array of this shape and kind; look for NaN, too."
            yield finding.array(name, found, shape, kind, hint)

    def derivatives(self) -> Iterator[Finding]:
        """Everything against central differences."""
        one, all_ = (self.contour.evaluate(self.theta, t).z for t in (self.t[1:2], self.t))
        yield finding.below("z of one row", deviation(one, all_[1:2]), ROUNDING_LIMIT, ONE_ROW)
        found = deviations(self.contour, self.model, self.theta, self.t, self.stream.child("weights"))
        for name, error in found.items():
            words = f"{name.replace('_', ' ')} by differences"
            yield finding.below(words, error, DERIVATIVE_LIMIT, HINTS[name])

    def shared(self) -> Iterator[Finding]:
        """Derivatives of every configuration, of a contour that is trained by the natural gradient."""
        theta, t, model = self.theta, self.t, self.model
        point = self.contour.evaluate(theta, t)
        if not isinstance(point, SharedPoint):
            return

        def log_weight(theta):
            return Path(model, self.contour, theta).log_weight(t)

        slopes = [slope_of_logarithm(log_weight, theta, e) for e in np.eye(len(theta))]
        error = deviation(point.derivatives(model.at(point.z).gradient), np.reshape(slopes, (-1, ROWS)).T)
        hint = "derivatives are those of ln det J - S with respect to each parameter, complex."
        yield finding.below("derivatives by differences", error, DERIVATIVE_LIMIT, hint)

    def period(self, count: int) -> Iterator[Finding]:
        """Of the first ``count`` angles."""
        if self.model.variables.kind == "angle":
            height, theta = self._height, self.theta
            turned = (height(theta, self.t + 2 * math.pi * e) for e in np.eye(count, self.model.size))
            error = max(deviation(other, height(theta, self.t)) for other in turned)
            hint = "Im z must have the period 2 pi in every angle: use sin t and cos t, never t itself."
            yield finding.below("period of Im z", error, ROUNDING_LIMIT, hint)

    def far_out(self) -> Iterator[Finding]:
        """Where variables grow: the directions of the path must be among those in which Re S grows."""
        if self.model.variables.kind == "real":
            direction = self.stream.child("far").normals(0, DIRECTIONS, self.model.size)
            t = FAR * direction / np.linalg.norm(direction, axis=1, keepdims=True)
            steepest = np.linalg.norm(self._height(self.theta, t), axis=1).max() / FAR
            limit = stable_slope(self.model.growth or 2)
            hint = "|Im z| / |t| must stay below tan(pi / 2p), where S grows with the power p: bound Im z."
            yield finding.below("slope far out", float(steepest), limit, hint)

    def transfer(self) -> Iterator[Finding]:
        if self.contour.transferable:
            theta = self.theta
            error = deviation(self.contour.transferred(theta, self.contour), theta)
            hint = "parameters that are taken over from the same lattice must stay as they are."
            yield finding.below("transferred", error, ROUNDING_LIMIT, hint)

    def _height(self, theta, t):
        return self.contour.evaluate(theta, t).z.imag
