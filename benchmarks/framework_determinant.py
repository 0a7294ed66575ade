"""ln det J of the equivariant contour and its derivatives, beside JAX on one thread of the CPU.

JAX has the same Jacobian in closed form, as a dense matrix, takes its slogdet and leaves the rest to
automatic differentiation. Training needs the derivatives of every configuration, for the metric of the
natural gradient; the gradient of a mean over the batch is what automatic differentiation does best.
"""

from functools import partial

import numpy as np

from benchmarks import framework_programs, frameworks, paths, timing

TOLERANCE = 1e-8
# configurations and rounds for each extent of the lattice
CASES = {4: (64, 15), 8: (64, 7), 12: (16, 5), 16: (8, 5), 24: (2, 3), 32: (1, 3)}
QUANTITIES = ("ln det", "gradient", "derivatives")


def main():
    """Measure all volumes, print the table and write it to ``benchmarks/results``."""
    if "jax" not in frameworks.installed():
        print("framework_determinant is left out: JAX is not installed.\n")
        return
    report = {"machine": frameworks.machine(), "rows": [measure(extent) for extent in CASES]}
    timing.publish("framework_determinant", report, markdown(report))


def measure(extent: int) -> dict:
    """One row: milliseconds a configuration of both."""
    batch, rounds = CASES[extent]
    case = paths.equivariant(extent, batch)
    path, t, weight = case.path, case.chains.t, case.weight
    ours = {name: partial(OURS[name], path, t, weight) for name in QUANTITIES}
    lib = frameworks.compiler().numpy
    program = framework_programs.EquivariantProgram(lib, (extent, extent), path.contour, **paths.THEORY)
    theirs = frameworks.jax_derivatives(program, path.theta, t, weight)
    for name in QUANTITIES:
        expected, found = (comparable(name, calls[name]()) for calls in (ours, theirs))
        frameworks.check(expected, {f"JAX, {name},": found}, TOLERANCE)
    calls = {f"{name}, pomflow": call for name, call in ours.items()}
    times = timing.medians(calls | {f"{name}, JAX": call for name, call in theirs.items()}, rounds)
    return {
        "lattice": f"{extent}x{extent}",
        "n": path.model.size,
        "batch": batch,
        "ms": timing.rounded({name: value / batch for name, value in times.items()}),
    }


def log_det(path, t, weight):
    return path.at(t).log_det()


def gradient(path, t, weight):
    """The gradient of the mean, and ln det J - S."""
    point = path.at(t)
    log_weight = point.log_det() - path.model.at(point.z).value
    return point.parameter_gradient(weight, path.model.at(point.z).gradient), log_weight


def derivatives(path, t, weight):
    point = path.at(t)
    return point.derivatives(path.model.at(point.z).gradient)


OURS = {"ln det": log_det, "gradient": gradient, "derivatives": derivatives}


def comparable(name: str, result):
    """What must agree: of the logarithm the modulus and the phase modulo 2 pi, of a pair the gradient."""
    if name == "ln det":
        return np.exp(1j * np.asarray(result).imag) + np.asarray(result).real
    return np.asarray(result[0] if name == "gradient" else result)


def markdown(report: dict) -> str:
    """The table and the machine it was measured on."""
    head = [f"{name}, {who}" for name in QUANTITIES for who in ("pomflow", "JAX", "ratio")]
    lines = [["lattice", "n", "batch", *head]]
    for row in report["rows"]:
        cells = [row["lattice"], str(row["n"]), str(row["batch"])]
        for name in QUANTITIES:
            ours, theirs = (row["ms"][f"{name}, {who}"] for who in ("pomflow", "JAX"))
            cells += [f"{ours:.4g}", f"{theirs:.4g}", f"{theirs / ours:.2f}"]
        lines.append(cells)
    return (
        "Milliseconds a configuration on the equivariant contour: ln det J; ln det J and the gradient of a "
        "weighted mean; the derivatives of every configuration. The ratio is JAX / pomflow; "
        f"float64, one thread.\n\n{timing.table(lines)}\n\n{timing.about(report['machine'])}"
    )
