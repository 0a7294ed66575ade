"""Is a model right? Its action, gradient, observables and what it claims to know, against numbers."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pomflow.checks import finding
from pomflow.checks.finding import Finding
from pomflow.checks.quadrature import MOST_VARIABLES, Integrals, integrate
from pomflow.models.base import Model
from pomflow.models.observables import Observable
from pomflow.numerics.differences import deviation, slope, slope_of_logarithm, without_turns
from pomflow.random.stream import Stream

# of central differences, whose error is about 1e-9
DERIVATIVE_LIMIT = 1e-6
# of what must agree but for rounding
ROUNDING_LIMIT = 1e-9
# of integrals, whose error is mostly far smaller
INTEGRAL_LIMIT, SIGMAS = 1e-6, 4
ROWS, HEIGHT = 3, 0.3
# where only the highest power of a polynomial is left, and by how much its exponent may seem larger there
FAR, POWER_LIMIT = 1e6, 0.1

GRADIENT = "gradient(z) must be dS/dz: differentiate again, and look at neighbours in both directions."
HOLOMORPHIC = "must be holomorphic in z: no abs, conj, real, imag, and no maximum of complex numbers."
PERIOD = "an angle may enter by functions of period 2 pi only, such as sin z and exp(i z)."
ONE_ROW = "every row of the batch is a configuration of its own: sum over axis 1, never over axis 0."


def check_model(
    model: Model, stream: Stream, observables: dict[str, Observable] | None = None
) -> list[Finding]:
    """Check a model at random complex configurations and, of at most four variables, by integrals.

    Parameters
    ----------
    model : Model
        On NumPy.
    stream : Stream
        Of the configurations.
    observables : dict of Observable, optional
        By name; by default those of the model itself.
    """
    observables = model.observables() if observables is None else observables
    about = _About(model, configurations(model, stream), stream)
    findings = list(finding.guarded(model, "S and gradient", about.action()))
    # where these are wrong, all others would only repeat it
    if not finding.passed(findings):
        return findings
    findings += finding.guarded(model, "derivatives", about.derivatives())
    findings += finding.guarded(model, "period", about.period())
    findings += finding.guarded(model, "growth", about.growth())
    findings += finding.guarded(model, "at", about.point())
    right = {}
    for name, one in observables.items():
        found = list(finding.guarded(model, name, about.observable(name, one)))
        right |= {name: one} if finding.passed(found) else {}
        findings += found
    findings += finding.guarded(model, "identities", about.identities())
    findings += finding.guarded(model, "starts", about.starts())
    findings += finding.guarded(model, "names", about.names(set(observables)))
    findings += finding.guarded(model, "integrals", about.integrals(right))
    return findings


def check_at_start(model: Model, stream: Stream, observables: dict[str, Observable]) -> Iterator[Finding]:
    """What a job can afford to check: shapes, and that S and the observables are holomorphic."""
    about = _About(model, configurations(model, stream), stream)
    yield from finding.guarded(model, "S and gradient", about.action())
    yield from finding.guarded(model, "S", about.holomorphic_action())
    for name, one in observables.items():
        yield from finding.guarded(model, name, about.observable_at_start(name, one))


def configurations(model: Model, stream: Stream, rows: int = ROWS):
    """Random complex configurations near the real ones, shape (rows, n)."""
    height = HEIGHT * stream.child("height").normals(0, rows, model.size)
    return real_configurations(model, stream, rows) + 1j * height


def real_configurations(model: Model, stream: Stream, rows: int = ROWS):
    """Random real configurations, shape (rows, n): normal numbers, or angles in their period."""
    if model.variables.kind == "angle":
        return 2 * math.pi * (stream.child("angles").uniforms(0, rows, model.size) - 0.5)
    return stream.child("fields").normals(0, rows, model.size)


@dataclass(frozen=True)
class _About:
    """The checks of one model; each method yields findings."""

    model: Model
    z: np.ndarray
    stream: Stream

    def action(self) -> Iterator[Finding]:
        model, z = self.model, self.z
        hint = "it has one number for each row of z, complex and finite; take care of real constants."
        yield finding.array("S", model.value(z), (ROWS,), "complex", f"value(z): {hint}")
        hint = "it has one number for each variable of each row of z, complex and finite."
        yield finding.array("gradient", model.gradient(z), z.shape, "complex", f"gradient(z): {hint}")

    def derivatives(self) -> Iterator[Finding]:
        model, z = self.model, self.z
        yield self._rows("S of one row", model.value)
        yield self._rows("gradient of one row", model.gradient)
        slopes = [slope_of_logarithm(model.value, z, e) for e in np.eye(model.size)]
        error = deviation(model.gradient(z), np.stack(slopes, axis=1))
        yield finding.below("gradient by differences", error, DERIVATIVE_LIMIT, GRADIENT)
        yield from self.holomorphic_action()

    def holomorphic_action(self) -> Iterator[Finding]:
        yield self._holomorphic("S", self.model.value, slope_of_logarithm)

    def period(self) -> Iterator[Finding]:
        if self.model.variables.kind == "angle":
            before = self.model.value(self.z)
            turned = [without_turns(self.model.value(other) - before) for other in self._turned]
            error = deviation(np.array(turned), 0)
            yield finding.below("period of exp(-S)", error, ROUNDING_LIMIT, f"S: {PERIOD}")

    def growth(self) -> Iterator[Finding]:
        """The power with which S grows far out on the real plane, if the class states one.

        A larger one than it has bounds a contour more than it must, and is what a class states whose highest
        power may have no coefficient; a smaller one lets it leave the directions in which Re S grows. Of what
        is no polynomial, and overflows far out, nothing is said.
        """
        model = self.model
        if model.variables.kind != "real" or type(model).stated("growth") is None:
            return
        far = FAR * real_configurations(model, self.stream.child("far"), ROWS).astype(complex)
        power = float(np.log2(np.abs(model.value(2 * far) / model.value(far))).max())
        if math.isfinite(power):
            found, most = f"power {power:.3g}", f"power {model.growth}"
            hint = "growth must be the highest power of the fields in S: it bounds Im z of contours."
            passed = power <= model.growth + POWER_LIMIT
            yield Finding("growth", found, most, passed, "" if passed else hint)

    def point(self) -> Iterator[Finding]:
        point, z = self.model.at(self.z), self.z
        hint = "at(z) must return a point that agrees with value(z) and gradient(z)."
        error = deviation(without_turns(point.value - self.model.value(z)), 0)
        yield finding.below("S of the point", error, ROUNDING_LIMIT, hint)
        error = deviation(point.gradient, self.model.gradient(z))
        yield finding.below("gradient of the point", error, ROUNDING_LIMIT, hint)

    def observable(self, name: str, one: Observable) -> Iterator[Finding]:
        measured, shaped = self._measured(one), self._shaped(name, one)
        yield shaped
        if not shaped.passed:
            return
        yield self._rows(f"{name} of one row", measured)
        yield self._holomorphic(name, measured, slope)
        if self.model.variables.kind == "angle":
            error = max(deviation(measured(turned), measured(self.z)) for turned in self._turned)
            yield finding.below(f"period of {name}", error, ROUNDING_LIMIT, f"{name}: {PERIOD}")

    def observable_at_start(self, name: str, one: Observable) -> Iterator[Finding]:
        shaped = self._shaped(name, one)
        yield shaped
        if shaped.passed:
            yield self._holomorphic(name, self._measured(one), slope)

    def identities(self) -> Iterator[Finding]:
        found = self.model.identities(self.model.at(self.z))
        hint = "identities(point) has a row of numbers for each row of z, complex and finite."
        shaped = finding.array("identities", found, (ROWS, np.shape(found)[-1]), "complex", hint)
        yield shaped
        if shaped.passed and found.size:
            yield self._rows("identities of one row", self._identities)
            yield self._holomorphic("identities", self._identities, slope)

    def starts(self) -> Iterator[Finding]:
        model, shape = self.model, (ROWS, self.model.size)
        ordered = model.ordered_start(self.stream.child("ordered"), ROWS)
        hint = "ordered_start returns real configurations."
        yield finding.array("ordered start", ordered, shape, "real", hint)
        hint = "orbits returns a whole number for each variable."
        yield finding.array("orbits", model.orbits(), (model.size,), "whole numbers", hint)
        target = model.warm_start_target(self.z.real)
        if target is not None:
            hint = "warm_start_target returns Im z for each variable of each row of t."
            yield finding.array("warm start", target, shape, "real", hint)

    def names(self, observables: set[str]) -> Iterator[Finding]:
        """What is claimed of observables names observables."""
        model, known = self.model, observables | {f"{name}_im" for name in observables}
        claims = {
            "vanishing": (model.vanishing, known | {"apf_im"}),
            "exact values": (model.exact_values(), known | {"apf0", "apf0_im"}),
            "mean field": (model.mean_field_values(), observables),
        }
        for claim, (names, allowed) in claims.items():
            unknown = ", ".join(sorted(set(names) - allowed))
            hint = f"allowed here: {', '.join(sorted(allowed))}."
            yield finding.same(f"names of {claim}", unknown or "known", "known", hint)

    def integrals(self, observables: dict[str, Observable]) -> Iterator[Finding]:
        """What is claimed of integrals, against integrals; of the observables that are right."""
        if self.model.size > MOST_VARIABLES or not self.model.plane:
            return
        found = integrate(self.model, observables, self.stream)
        if found is None:
            hint = "the integrals over the real plane do not converge well enough to compare with."
            yield Finding("integrals", "none", "any", True, hint)
            return
        yield from self._partition_phase(found)
        yield from self._exact_values(found)
        yield from self._vanishing(found)

    # --- parts of them --------------------------------------------------------------------------------------

    def _identities(self, z):
        return self.model.identities(self.model.at(z))

    def _measured(self, one: Observable):
        """An observable as a function of z."""
        return lambda z: one.measure(self.model.at(z))

    def _shaped(self, name: str, one: Observable) -> Finding:
        hint = f"{name} has one number for each row of z, complex and finite."
        return finding.array(name, self._measured(one)(self.z), (ROWS,), "complex", hint)

    def _rows(self, name: str, function) -> Finding:
        error = deviation(function(self.z[1:2]), function(self.z)[1:2])
        return finding.below(name, error, ROUNDING_LIMIT, ONE_ROW)

    @property
    def _turned(self):
        """The configurations with one of the variables turned by 2 pi, for each variable."""
        return (self.z + 2 * math.pi * e for e in np.eye(self.model.size))

    def _holomorphic(self, name: str, function, derivative) -> Finding:
        """How much derivatives along a real direction and along i times it differ."""
        direction = self.stream.child("direction").normals(0, ROWS, self.model.size)
        along, across = (derivative(function, self.z, step * direction) for step in (1, 1j))
        error = deviation(across / 1j, along)
        return finding.below(f"{name} holomorphic", error, DERIVATIVE_LIMIT, f"{name} {HOLOMORPHIC}")

    def _partition_phase(self, found: Integrals) -> Iterator[Finding]:
        if self.model.partition_phase is not None:
            error = abs(found.apf / abs(found.apf) - np.exp(1j * self.model.partition_phase))
            hint = f"arg Z is {np.angle(found.apf):.6f} by brute force."
            yield finding.below("phase of Z", error, _limit(found), f"partition_phase: {hint}")

    def _exact_values(self, found: Integrals) -> Iterator[Finding]:
        numbers = _numbers(found)
        for name, exact in self.model.exact_values().items():
            if name in numbers:
                error = abs(exact.value - numbers[name])
                limit = _limit(found) * (1 + abs(numbers[name])) + SIGMAS * exact.error
                hint = f"the exact value is {exact.value:.8g}, and by brute force {numbers[name]:.8g}."
                yield finding.below(f"exact {name}", error, limit, hint)

    def _vanishing(self, found: Integrals) -> Iterator[Finding]:
        numbers = _numbers(found)
        numbers["apf_im"] = numbers["apf0_im"]
        for name in self.model.vanishing:
            if name in numbers:
                hint = f"'vanishing' says that it is zero; by brute force it is {numbers[name]:.8g}."
                yield finding.below(f"{name} = 0", abs(numbers[name]), _limit(found), hint)


def _limit(found: Integrals) -> float:
    """Of expectation values: their error grows where the phases cancel."""
    return max(INTEGRAL_LIMIT, 10 * found.accuracy / abs(found.apf))


def _numbers(found: Integrals) -> dict[str, float]:
    """Real and imaginary parts under the names of exact values."""
    complex_ones = found.means | {"apf0": found.apf}
    parts = {name: (value.real, value.imag) for name, value in complex_ones.items()}
    return {name: re for name, (re, _) in parts.items()} | {
        f"{name}_im": im for name, (_, im) in parts.items()
    }
