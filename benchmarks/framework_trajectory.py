"""One HMC trajectory on the dense and on the equivariant contour, beside JAX on one thread of the CPU.

JAX compiles the whole trajectory, random numbers included; its force is the automatic derivative of Re S.
Both are checked to move the chains alike when they are given the same random numbers.
"""

from functools import partial

import numpy as np

from benchmarks import framework_programs, frameworks, paths, timing
from pomflow.samplers.hmc import HMC

EXTENTS, CHAINS, TOLERANCE = (4, 6, 8, 12), 64, 1e-9
LEAPFROG_STEPS, STEP_SIZE = 10, 0.1
# JAX's Sylvester is left to framework_gradient: the published contour has H = n
CONTOURS = {"dense": partial(paths.dense, width=1.0), "equivariant": paths.equivariant}
ROUNDS = {4: 31, 6: 15, 8: 9, 12: 5}


def main():
    """Measure all sizes, print the table and write it to ``benchmarks/results``."""
    if "jax" not in frameworks.installed():
        print("framework_trajectory is left out: JAX is not installed.\n")
        return
    rows = [measure(contour, extent) for contour in CONTOURS for extent in EXTENTS]
    report = {"machine": frameworks.machine(), "rows": rows}
    timing.publish("framework_trajectory", report, markdown(report))


def measure(contour: str, extent: int) -> dict:
    """One row: median milliseconds of both."""
    case = CONTOURS[contour](extent, batch=CHAINS)
    stream, step = case.stream.child("hmc"), np.full((CHAINS, 1), STEP_SIZE)
    hmc = HMC(stream, LEAPFROG_STEPS)
    ours = partial(hmc.trajectory, case.path, case.chains, 0, step)
    state = case.chains.t, case.chains.log_weight
    theirs, moved = frameworks.jax_trajectory(
        program(case.path, contour, extent), case.path.theta, state, STEP_SIZE, LEAPFROG_STEPS
    )
    check(ours()[0], moved(numbers(stream, case.path.model.size)))
    times = timing.medians({"pomflow": ours, "JAX": theirs}, ROUNDS[extent])
    return {"contour": contour, "lattice": f"{extent}x{extent}", "ms": timing.rounded(times)}


def program(path, contour: str, extent: int) -> framework_programs.Program:
    """The path for JAX."""
    lib, shape = frameworks.compiler().numpy, (extent, extent)
    if contour == "dense":
        return framework_programs.DenseProgram(lib, shape, path.contour.hidden, **paths.THEORY)
    return framework_programs.EquivariantProgram(lib, shape, path.contour, **paths.THEORY)


def numbers(stream, size: int) -> tuple:
    """The momenta, jitters and decisions that ``HMC`` draws for trajectory 0."""
    return (
        stream.child("momentum").normals(0, CHAINS, size),
        stream.child("jitter").uniforms(0, CHAINS, 1),
        stream.child("accept").uniforms(0, CHAINS, 1)[:, 0],
    )


def check(chains, moved: tuple) -> None:
    """Raise unless both end in the same place with the same weight, whose phase is known modulo 2 pi."""
    t, log_weight = moved
    frameworks.check(chains.t, {"JAX": t}, TOLERANCE)
    frameworks.check(np.exp(1j * chains.log_weight.imag), {"JAX": np.exp(1j * log_weight.imag)}, TOLERANCE)
    frameworks.check(chains.log_weight.real, {"JAX": log_weight.real}, TOLERANCE)


def markdown(report: dict) -> str:
    """The table and the machine it was measured on."""
    lines = [["contour", "lattice", "pomflow", "JAX", "JAX / pomflow"]]
    for row in report["rows"]:
        ours, theirs = row["ms"].values()
        lines.append([row["contour"], row["lattice"], f"{ours:.4g}", f"{theirs:.4g}", f"{theirs / ours:.2f}"])
    return (
        f"Milliseconds of one trajectory of {LEAPFROG_STEPS} leapfrog steps, {CHAINS} chains, float64, one "
        f"thread.\n\n{timing.table(lines)}\n\n{timing.about(report['machine'])}"
    )
