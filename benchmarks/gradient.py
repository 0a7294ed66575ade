"""One training gradient of the dense contour, and one HMC trajectory on it.

The same gradient is computed by pomflow and by the two programs of ``references``, checked to agree, and
timed. ``c`` is the coefficient of the control variate: the real form has no phase of the determinant and
so does c = 0 only.

The references hold arrays of the whole batch, as such programs do; an allocator that hands them back to the
system after each use adds page faults to their time. With MALLOC_TRIM_THRESHOLD_ and MALLOC_MMAP_THRESHOLD_
set to 1000000000, glibc keeps them, and the ratios show the arithmetic alone.
"""

import numpy as np

from benchmarks import timing
from benchmarks.references import ComplexInverse, RealForm
from pomflow.contours.dense import Dense
from pomflow.contours.path import Path as IntegrationPath
from pomflow.contours.path import phase_factor
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import HMC, Chains
from pomflow.training.cost import cost_gradient

EXTENTS = (4, 6, 8)
WIDTHS = {"full": 1.0, "low": 0.5}
THEORY = {"mass": 1.0, "coupling": 1.0, "mu": 1.0}
BATCH, LEAPFROG_STEPS, ROUNDS, TOLERANCE = 64, 5, 41, 1e-9

CALLS = {
    "product_c1": "pomflow, c = 1",
    "product_c0": "pomflow, c = 0",
    "real_form_c0": "NumPy real form, c = 0",
    "complex_inverse_c1": "NumPy complex inverse, c = 1",
    "trajectory": "HMC trajectory",
}
RATIOS = {
    "c = 1 / real form": ("product_c1", "real_form_c0"),
    "c = 0 / real form": ("product_c0", "real_form_c0"),
    "c = 1 / complex inverse": ("product_c1", "complex_inverse_c1"),
}


def main():
    """Measure all sizes, print the table and write it to ``benchmarks/results``."""
    rows = [measure(extent, width) for extent in EXTENTS for width in WIDTHS]
    settings = {"batch": BATCH, "leapfrog_steps": LEAPFROG_STEPS, "rounds": ROUNDS, "dtype": "float64"}
    report = {"machine": timing.machine(), "settings": settings, "rows": rows}
    timing.publish("gradient", report, markdown(report))


def measure(extent: int, width: str) -> dict:
    """One row: median milliseconds of every call at one size, and their ratios."""
    calls, size, hidden = prepare((extent, extent), WIDTHS[width])
    check(calls)
    times = timing.medians(calls, ROUNDS)
    return {
        "lattice": f"{extent}x{extent}",
        "n": size,
        "H": hidden,
        "ms": {name: round(value, 3) for name, value in times.items()},
        "ratios": {name: round(times[top] / times[bottom], 3) for name, (top, bottom) in RATIOS.items()},
    }


def prepare(shape, width: float):
    """The calls to time, by name, at parameters and fields away from the start of training; n and H."""
    model, stream = ComplexPhi4(Lattice(shape), **THEORY), Stream(1, "benchmark")
    size, hidden = model.size, round(width * model.size)
    contour = Dense(size, hidden)
    theta = (
        contour.initial_parameters(stream)
        + 0.1 * stream.child("shift").normals(0, 1, contour.n_parameters)[0]
    )
    t = stream.child("fields").normals(0, BATCH, size)
    path = IntegrationPath(model, contour, theta)
    chains = Chains.on(path, t)
    hmc, step = HMC(stream.child("hmc"), LEAPFROG_STEPS), np.full((BATCH, 1), 0.1)
    real, inverse = (form(shape, hidden, **THEORY) for form in (RealForm, ComplexInverse))
    plain, turned = np.ones(BATCH, complex), phase_factor(chains.log_weight)
    calls = {
        "product_c1": lambda: cost_gradient(path, t, chains.log_weight, 1.0),
        "product_c0": lambda: cost_gradient(path, t, chains.log_weight, 0.0),
        "real_form_c0": lambda: real.gradient(theta, t, plain),
        "complex_inverse_c1": lambda: inverse.gradient(theta, t, 1 - turned),
        "trajectory": lambda: hmc.trajectory(path, chains, 0, step),
    }
    return calls, size, hidden


def check(calls: dict) -> None:
    """Raise unless all programs give the same gradient."""
    for ours, theirs in (("product_c0", "real_form_c0"), ("product_c1", "complex_inverse_c1")):
        expected = calls[theirs]()
        error = abs(calls[ours]() - expected).max() / abs(expected).max()
        if not error < TOLERANCE:
            raise SystemExit(f"{ours} and {theirs} differ by {error:.1e} of the largest component")


def markdown(report: dict) -> str:
    """The table and the machine it was measured on."""
    names = ["lattice", "n", "H", *CALLS.values(), *RATIOS]
    lines = [names, *(_cells(row) for row in report["rows"])]
    table = timing.table(lines)
    machine, settings = report["machine"], report["settings"]
    blas = ", ".join(
        f"{b['internal_api']} {b['version']} ({b['num_threads']} thread)" for b in machine["blas"]
    )
    versions = ", ".join(f"{name} {number}" for name, number in machine["packages"].items())
    return (
        f"Milliseconds, median of {settings['rounds']} rounds; batch {settings['batch']}, "
        f"{settings['dtype']}, {settings['leapfrog_steps']} leapfrog steps a trajectory.\n\n{table}\n\n"
        "The references' arrays of the whole batch cost page faults, which are part of their time.\n\n"
        f"{machine['cpu']}; Python {machine['python']}, {versions}; {blas}."
    )


def _cells(row: dict) -> list[str]:
    times = [f"{row['ms'][name]:.2f}" for name in CALLS]
    return [
        row["lattice"],
        str(row["n"]),
        str(row["H"]),
        *times,
        *(f"{row['ratios'][r]:.2f}" for r in RATIOS),
    ]
