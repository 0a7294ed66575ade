"""What a trajectory on the equivariant contour costs: force by compiled loops and by array code, and weight.

Both forces are checked to agree to 1e-12 and take turns, all on one thread.
"""

import numpy as np

from benchmarks import timing
from pomflow.contours.base import Contour
from pomflow.contours.equivariant.contour import Equivariant
from pomflow.contours.path import Path
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import HMC, Chains

NETWORK = {"reach": 7, "spatial_reach": 2, "features": 3, "scale": 2.0}
EXTENTS, CHAINS, LEAPFROG_STEPS, ROUNDS, TOLERANCE = (4, 8, 12, 16), 32, 10, 15, 1e-12


def main():
    """Measure all volumes, print the table and write it to ``benchmarks/results``."""
    report = {"machine": timing.machine(), "rows": [measure(extent) for extent in EXTENTS]}
    timing.publish("trajectory", report, markdown(report))


def measure(extent: int) -> dict:
    """Milliseconds for all chains at one volume."""
    model = ComplexPhi4(Lattice((extent, extent)), mass=1.0, coupling=1.0, mu=1.2)
    contour, stream = Equivariant.build(model, NETWORK), Stream(1, "trajectory")
    path = Path(model, contour, contour.initial_parameters(stream))
    t = 0.7 * stream.normals(0, CHAINS, model.size)
    prepared = contour.prepare(path.theta)
    calls = {
        "force, loops": lambda: path.force(t),
        "force, arrays": lambda: Contour.force(contour, prepared, model, t),
    }
    compare(*(call() for call in calls.values()))
    hmc, chains, step = HMC(stream, LEAPFROG_STEPS), Chains.on(path, t), np.full((CHAINS, 1), 0.1)
    calls["weight"] = lambda: path.log_weight(t)
    calls["trajectory"] = lambda: hmc.trajectory(path, chains, 1, step)
    return {"lattice": f"{extent}x{extent}", "ms": timing.medians(calls, ROUNDS)}


def compare(loops, arrays) -> None:
    """The largest difference, relative to the largest force."""
    difference = abs(loops - arrays).max() / abs(arrays).max()
    if not difference < TOLERANCE:
        raise SystemExit(f"the two forces differ by {difference:.1e}")


def markdown(report: dict) -> str:
    """The table and the CPU it was measured on."""
    names = list(report["rows"][0]["ms"])
    lines = [["lattice", *names, "arrays / loops"]]
    for row in report["rows"]:
        ms = row["ms"]
        ratio = ms["force, arrays"] / ms["force, loops"]
        lines.append([row["lattice"], *(f"{ms[name]:.2f}" for name in names), f"{ratio:.1f}"])
    return (
        f"Milliseconds for {CHAINS} chains, one thread; a trajectory has {LEAPFROG_STEPS} forces and one "
        f"weight.\n\n{timing.table(lines)}\n\n{report['machine']['cpu']}."
    )
