"""The training gradient and the weight of the dense contour in float32 beside float64.

The error of the gradient in float32 is compared with the noise that the gradient has anyway, as an estimate
from one batch. Only the gradient of a training could be in float32; a weight enters an accept step and an
average.
"""

from dataclasses import replace

import numpy as np

from benchmarks import paths, timing
from benchmarks.gradient import BATCH, EXTENTS, WIDTHS
from pomflow.contours.path import phase_factor

ROUNDS, PARTS = 21, 8
HEADER = ["n", "H", "gradient, ms", "in float32", "ratio", "weight, ms", "in float32", "ratio"]
HEADER += ["error of the gradient", "noise of the gradient", "error of ln weight"]


def main():
    """Measure all sizes, print the table and write it to ``benchmarks/results``."""
    rows = [measure(extent, width) for extent in EXTENTS for width in WIDTHS.values()]
    report = {"machine": timing.machine(), "settings": {"batch": BATCH, "rounds": ROUNDS}, "rows": rows}
    timing.publish("precision", report, markdown(report))


def measure(extent: int, width: float) -> dict:
    """One size: milliseconds, errors, and the noise of the gradient."""
    case = paths.dense(extent, width, BATCH)
    double, t, log_weight = case.path, case.chains.t, case.chains.log_weight
    single, short = replace(double, theta=double.theta.astype(np.float32)), t.astype(np.float32)
    times = timing.medians(
        {
            "gradient": lambda: gradient(double, t, log_weight),
            "gradient32": lambda: gradient(single, short, log_weight),
            "weight": lambda: double.log_weight(t),
            "weight32": lambda: single.log_weight(short),
        },
        ROUNDS,
    )
    exact = gradient(double, t, log_weight)
    rows = np.split(np.arange(BATCH), PARTS)
    parts = np.array([gradient(double, t[part], log_weight[part]) for part in rows])
    return {
        "n": double.model.size,
        "H": double.contour.hidden,
        "ms": timing.rounded(times),
        "gradient_error": relative(gradient(single, short, log_weight) - exact, exact),
        "gradient_noise": relative(parts.std(axis=0, ddof=1) / PARTS**0.5, exact),
        "weight_error": float(abs(single.log_weight(short) - log_weight).max()),
    }


def gradient(path, t, log_weight):
    """Gradient of the cost with c = 1, in the precision of the path."""
    point = path.at(t)
    weight = (1 - phase_factor(log_weight)).astype(point.z.dtype)
    return point.parameter_gradient(weight, path.model.at(point.z).gradient)


def relative(difference, exact) -> float:
    """Norm of a difference over the norm of the whole."""
    return float(np.linalg.norm(difference) / np.linalg.norm(exact))


def markdown(report: dict) -> str:
    """The table and the CPU it was measured on."""
    lines = [HEADER, *(_cells(row) for row in report["rows"])]
    return (
        f"Dense contour, batch {BATCH}, one thread. Errors and noise of the gradient: norms over the norm of "
        f"the gradient.\n\n"
        f"{timing.table(lines)}\n\n{timing.about(report['machine'])}"
    )


def _cells(row: dict) -> list[str]:
    ms = row["ms"]
    pairs = ((ms[name], ms[f"{name}32"]) for name in ("gradient", "weight"))
    times = [text for one, two in pairs for text in (f"{one:.4g}", f"{two:.4g}", f"{one / two:.2f}")]
    errors = [f"{row[name]:.1g}" for name in ("gradient_error", "gradient_noise", "weight_error")]
    return [str(row["n"]), str(row["H"]), *times, *errors]
