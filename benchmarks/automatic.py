"""What automatic differentiation costs: models and contours of ten lines beside those written by hand.

Both give the same numbers, which is checked, and are timed in turn: the action of phi^4 and its gradient, and
on the dense contour the force of a leapfrog step, the weight of a configuration, and one training gradient.
"""

import math

import autograd.numpy as np
import numpy

from benchmarks import timing
from pomflow.contours.automatic import AutomaticContour
from pomflow.contours.dense import Dense
from pomflow.contours.path import Path
from pomflow.lattice import Lattice
from pomflow.models.automatic import AutomaticModel
from pomflow.models.base import Variables
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.random.stream import Stream
from pomflow.training.cost import cost_gradient

EXTENTS, THEORY = (4, 8), {"mass": 1.0, "coupling": 1.0, "mu": 1.0}
BATCH, TOLERANCE = 64, 1e-10
ROUNDS = {"action": 41, "gradient": 41, "force": 21, "weight": 11, "training": 7}
WORDS = {
    "action": "action",
    "gradient": "gradient of the action",
    "force": "force, dense contour",
    "weight": "ln weight, dense contour",
    "training": "training gradient, dense contour",
}


class AutomaticPhi4(AutomaticModel):
    """The complex phi^4 theory at chemical potential in two dimensions."""

    variables = Variables("real", per_site=2)
    parameters = ComplexPhi4.parameters

    def S(self, z):
        phi = z.reshape(len(z), 2, *self.lattice.shape)
        square, later, beside = (phi * phi).sum(axis=1), np.roll(phi, -1, axis=2), np.roll(phi, -1, axis=3)
        turned = phi[:, 0] * later[:, 1] - phi[:, 1] * later[:, 0]
        hops = (phi * (beside + math.cosh(self.mu) * later)).sum(axis=1) - 1j * math.sinh(self.mu) * turned
        site = (2 + self.mass**2 / 2) * square + self.coupling / 4 * square * square - hops
        return site.reshape(len(z), -1).sum(axis=1)


class AutomaticDense(AutomaticContour):
    """The published contour with as many hidden units as variables."""

    def __init__(self, model):
        super().__init__(model)
        self.n_parameters = 2 * model.size**2 + 4 * model.size

    def initial_parameters(self, stream):
        return Dense(self.size, self.size).initial_parameters(stream)

    def y(self, theta, t):
        n = self.size
        w1, b1, w2, b2, alpha, beta = np.split(theta, numpy.cumsum([n * n, n, n * n, n, n]))
        a = np.tanh(t @ w1.reshape(n, n).T + b1)
        return alpha * np.tanh(a @ w2.reshape(n, n).T + b2) + beta


def main():
    """Measure all sizes, print the table and write it to ``benchmarks/results``."""
    rows = [row for extent in EXTENTS for row in measure(extent)]
    report = {"machine": timing.machine(), "settings": {"batch": BATCH, "rounds": ROUNDS}, "rows": rows}
    timing.publish("automatic", report, markdown(report))


def measure(extent: int) -> list[dict]:
    """One row for each quantity: median milliseconds by hand and automatically, and their ratio."""
    rows = []
    for name, (by_hand, automatic) in prepare(extent).items():
        expected = by_hand()
        error = abs(automatic() - expected).max() / abs(expected).max()
        if not error < TOLERANCE:
            raise SystemExit(f"{WORDS[name]}: they differ by {error:.1e} of the largest component")
        times = timing.medians({"by hand": by_hand, "automatic": automatic}, ROUNDS[name])
        ratio = round(times["automatic"] / times["by hand"], 1)
        rows.append(
            {"name": name, "lattice": f"{extent}x{extent}", "ms": timing.rounded(times), "ratio": ratio}
        )
    return rows


def prepare(extent: int) -> dict:
    """The two calls of every quantity, by name, at parameters away from the start of training."""
    lattice, stream = Lattice((extent, extent)), Stream(1, "benchmark")
    models = ComplexPhi4(lattice, **THEORY), AutomaticPhi4(lattice, **THEORY)
    size = models[0].size
    contours = Dense(size, size), AutomaticDense(models[0])
    theta = contours[0].initial_parameters(stream)
    theta = theta + 0.1 * stream.child("shift").normals(0, 1, len(theta))[0]
    t = stream.child("fields").normals(0, BATCH, size)
    # the same model on both contours, so that each row measures one thing
    paths = [Path(models[0], contour, theta) for contour in contours]
    z, log_weight = paths[0].at(t).z, paths[0].log_weight(t)
    return {
        "action": [lambda model=model: model.value(z) for model in models],
        "gradient": [lambda model=model: model.gradient(z) for model in models],
        "force": [lambda path=path: path.force(t) for path in paths],
        "weight": [lambda path=path: path.log_weight(t) for path in paths],
        "training": [lambda path=path: cost_gradient(path, t, log_weight, 1.0) for path in paths],
    }


def markdown(report: dict) -> str:
    """The table and the machine it was measured on."""
    lines = [["quantity", "lattice", "by hand", "automatic", "automatic / by hand"]]
    for row in report["rows"]:
        times = [f"{row['ms'][name]:.3g}" for name in ("by hand", "automatic")]
        lines.append([WORDS[row["name"]], row["lattice"], *times, f"{row['ratio']:.1f}"])
    return (
        f"Milliseconds, medians; batch {BATCH}, float64, H = n hidden units, one thread.\n\n"
        f"{timing.table(lines)}\n\n{timing.about(report['machine'])}"
    )
