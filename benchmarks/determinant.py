"""ln det J of the equivariant contour, and its inverse where training needs it: on the ring and dense.

Both run on the same Jacobians, are checked to agree to 1e-10, and are timed in turn.
"""

import numpy as np

from benchmarks import timing
from pomflow.contours.equivariant.contour import Equivariant
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.numerics import cyclic
from pomflow.random.stream import Stream

EXTENTS, REACH, SPATIAL_REACH = (8, 12, 16, 20, 24), 7, 2
TOLERANCE = 1e-10


def main():
    """Measure all volumes, print the table and write it to ``benchmarks/results``."""
    report = {"machine": timing.machine(), "rows": [measure(extent) for extent in EXTENTS]}
    timing.publish("determinant", report, markdown(report))


def measure(extent: int) -> dict:
    """One row: milliseconds a configuration at one volume, and the largest difference."""
    model = ComplexPhi4(Lattice((extent, extent)), mass=1.0, coupling=1.0, mu=1.2)
    contour = Equivariant(model, REACH, SPATIAL_REACH, 3, 2.0)
    chosen, contour.ring = contour.ring, ring(contour)
    theta = contour.initial_parameters(Stream(1, "start"))
    batch = 16 if extent < 16 else 4
    t = Stream(1, "fields").normals(0, batch, model.size)
    matrices = contour.evaluate(theta, t)._jacobian(slice(None))
    dense = (0, model.size)
    calls = {
        "dense ln det": lambda: cyclic.log_det(matrices, dense),
        "ring ln det": lambda: cyclic.log_det(matrices, contour.ring.edges),
        "dense inverse": lambda: cyclic.inverse(matrices, dense),
        "ring inverse": lambda: cyclic.inverse(matrices, contour.ring.edges),
    }
    difference = compare(*(call() for call in calls.values()), matrices)
    times = timing.medians(calls, 5 if extent < 20 else 3)
    return {
        "lattice": f"{extent}x{extent}",
        "n": model.size,
        "blocks": len(contour.ring.edges) - 1,
        "ms": {name: round(value / batch, 3) for name, value in times.items()},
        "difference": difference,
        "chosen": "ring" if len(chosen.edges) > 2 else "dense",
    }


def ring(contour):
    """Blocks of SPATIAL_REACH slices along space, whether they pay or not."""
    extent = contour.lattice.shape[1]
    return cyclic.Ring.along(contour.lattice, 1, tuple(range(0, extent + 1, SPATIAL_REACH)))


def compare(dense, ring_, inverse, selected, matrices) -> float:
    """The larger of the differences of ln det (phase modulo 2 pi) and of the inverse on the ring."""
    turn = abs(np.exp(1j * (dense - ring_).imag) - 1).max()
    coupled = matrices != 0
    difference = max(abs((dense - ring_).real).max(), turn, abs((inverse - selected)[coupled]).max())
    if not difference < TOLERANCE:
        raise SystemExit(f"ring and dense elimination differ by {difference:.1e}")
    return float(difference)


def markdown(report: dict) -> str:
    """The table and the CPU it was measured on."""
    names = list(report["rows"][0]["ms"])
    header = ["lattice", "n", "blocks", *names, "ratio ln det", "ratio inverse", "difference", "chosen"]
    lines = [header, *(_cells(row, names) for row in report["rows"])]
    table = timing.table(lines)
    return (
        f"Milliseconds a configuration, complex128, one thread; displacements up to {REACH}, in space up to "
        f"{SPATIAL_REACH}.\n\n{table}\n\n{report['machine']['cpu']}."
    )


def _cells(row: dict, names: list[str]) -> list[str]:
    ms = row["ms"]
    ratios = (ms[f"ring {what}"] / ms[f"dense {what}"] for what in ("ln det", "inverse"))
    return [
        row["lattice"],
        str(row["n"]),
        str(row["blocks"]),
        *(f"{ms[name]:.2f}" for name in names),
        *(f"{ratio:.2f}" for ratio in ratios),
        f"{row['difference']:.0e}",
        row["chosen"],
    ]
