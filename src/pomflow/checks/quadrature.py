"""Integrals over all variables of a model by brute force, where there are few."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pomflow.models.base import Model
from pomflow.models.observables import Observable
from pomflow.random.stream import Stream

# the trapezoidal rule gains a power of e with every point; so many a dimension, by the number of variables
POINTS = {
    "real": {1: 2001, 2: 301, 3: 81, 4: 33},
    "angle": {1: 256, 2: 128, 3: 48, 4: 24},
}
MOST_VARIABLES = 4
ROWS = 2**14
# The box ends where the weight has fallen by exp(-CUT) in all of so many directions.
CUT, DIRECTIONS = 25.0, 256
HALF_WIDTHS = np.geomspace(0.5, 500, 60)
# Without such an accuracy, relative to the integral of the modulus, nothing is compared.
WORST_ACCURACY = 1e-3


@dataclass(frozen=True)
class Integrals:
    """What a theory gives on the undeformed plane.

    Attributes
    ----------
    apf : complex
        The average phase factor, Z / Z_pq; its argument is that of Z.
    means : dict of complex
        Expectation values of the observables, by name.
    accuracy : float
        Error of Z / Z_pq, estimated from every second point and from the edge of the box.
    """

    apf: complex
    means: dict[str, complex]
    accuracy: float


def integrate(model: Model, observables: dict[str, Observable], stream: Stream) -> Integrals | None:
    """All expectation values of a model of at most four variables; None where the sums do not converge."""
    found = (_period if model.variables.kind == "angle" else _box)(model, stream)
    if found is None:
        return None
    axis, lowest = found
    totals = _Totals(len(observables))
    for index in _grid(len(axis), model.size):
        point = model.at(axis[index].astype(complex))
        weight = np.exp(lowest - point.value)
        values = [one.measure(point) for one in observables.values()]
        edge = (index % (len(axis) - 1) == 0).any(axis=1) & (model.variables.kind == "real")
        totals.add(weight, values, coarse=(index % 2 == 0).all(axis=1), edge=edge)
    return totals.integrals(list(observables))


class _Totals:
    """Sums over the grid."""

    def __init__(self, observables: int):
        self._modulus, self._edge = 0.0, 0.0
        self._weight, self._coarse = np.zeros(1 + observables, complex), np.zeros(2, complex)

    def add(self, weight, values: list, coarse, edge) -> None:
        """Some points, among them those of the grid with every second point, and those on the edge."""
        modulus = np.abs(weight)
        self._modulus += modulus.sum()
        self._weight += [weight.sum(), *((weight * value).sum() for value in values)]
        self._coarse += weight[coarse].sum(), modulus[coarse].sum()
        self._edge += modulus[edge].sum()

    def integrals(self, names: list[str]) -> Integrals | None:
        """None where the accuracy does not do."""
        apf, mean = self._weight[0] / self._modulus, self._weight[1:] / self._weight[0]
        accuracy = max(abs(apf - self._coarse[0] / self._coarse[1]), self._edge / self._modulus)
        if not (accuracy < WORST_ACCURACY * abs(apf) and np.isfinite(mean).all()):
            return None
        return Integrals(complex(apf), dict(zip(names, mean.tolist(), strict=True)), float(accuracy))


def _period(model: Model, stream: Stream) -> tuple[np.ndarray, float]:
    """The points of a period, and about the smallest Re S."""
    count = POINTS["angle"][model.size]
    t = 2 * np.pi * stream.child("angles").uniforms(0, DIRECTIONS, model.size)
    return 2 * np.pi * np.arange(count) / count, float(model.value(t.astype(complex)).real.min())


def _box(model: Model, stream: Stream) -> tuple[np.ndarray, float] | None:
    """Points of a box outside of which the weight is negligible, and about the smallest Re S."""
    direction = 2 * stream.child("directions").uniforms(0, DIRECTIONS, model.size) - 1
    direction /= np.abs(direction).max(axis=1, keepdims=True)
    t = HALF_WIDTHS[:, None, None] * direction
    action = model.value(t.reshape(-1, model.size).astype(complex)).real.reshape(t.shape[:2])
    inside = np.flatnonzero((action - action.min() <= CUT).any(axis=1))
    if inside[-1] + 1 == len(HALF_WIDTHS):
        return None
    half = HALF_WIDTHS[inside[-1] + 1]
    return np.linspace(-half, half, POINTS["real"][model.size]), float(action.min())


def _grid(points: int, dimension: int) -> Iterator[np.ndarray]:
    """The indices of all points of a grid, shape (rows, dimension), some rows at a time."""
    total = points**dimension
    for start in range(0, total, ROWS):
        flat = np.arange(start, min(start + ROWS, total))
        yield np.stack(np.unravel_index(flat, (points,) * dimension), axis=1)
