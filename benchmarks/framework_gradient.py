"""One training gradient of the dense contour, beside JAX and PyTorch on one thread of the CPU.

All compute the same gradient (c = 1, float64) and are checked to agree. With fewer hidden units than
variables the frameworks are measured twice: with the n x n determinant that the formula of the path suggests,
and with the H x H one of Sylvester's identity, which their user has to know.
"""

from benchmarks import frameworks, paths, timing
from pomflow.training.cost import cost_gradient

EXTENTS, BATCHES, TOLERANCE = (4, 6, 8, 12), (64, 512), 1e-9
WIDTHS = (1.0, 0.5)
# halved for the larger batch, but three at least
ROUNDS = {4: 21, 6: 15, 8: 7, 12: 3}
GRADIENTS = {"jax": frameworks.jax_gradient, "torch": frameworks.torch_gradient}


def main():
    """Measure all sizes, print the table and write it to ``benchmarks/results``."""
    if not frameworks.installed():
        print("framework_gradient is left out: neither JAX nor PyTorch is installed.\n")
        return
    cases = [(extent, width, batch) for extent in EXTENTS for width in WIDTHS for batch in BATCHES]
    report = {"machine": frameworks.machine(), "rows": [measure(*case) for case in cases]}
    timing.publish("framework_gradient", report, markdown(report))


def measure(extent: int, width: float, batch: int) -> dict:
    """One row: median milliseconds of every program."""
    case = paths.dense(extent, width, batch)
    path, t, log_weight = case.path, case.chains.t, case.chains.log_weight
    size, hidden = path.model.size, path.contour.hidden
    calls, fetch = {}, {}
    for name in frameworks.installed():
        for narrow in (False, True)[: 1 + (hidden < size)]:
            label = frameworks.LABELS[name] + (", H x H" if narrow else "")
            arguments = (path.theta, t, case.weight), (extent, extent), hidden
            calls[label], fetch[label] = GRADIENTS[name](*arguments, **paths.THEORY, narrow=narrow)
    ours = {"pomflow": lambda: cost_gradient(path, t, log_weight, 1.0)}
    found = {label: fetch[label](call()) for label, call in calls.items()}
    frameworks.check(ours["pomflow"](), found, TOLERANCE)
    times = timing.medians(ours | calls, max(3, ROUNDS[extent] // (1 + (batch > BATCHES[0]))))
    return {"n": size, "H": hidden, "batch": batch, "ms": timing.rounded(times)}


def markdown(report: dict) -> str:
    """The table and the machine it was measured on."""
    columns = list(dict.fromkeys(name for row in report["rows"] for name in row["ms"]))
    lines = [["n", "H", "batch", *columns, *(f"{name} / pomflow" for name in columns[1:])]]
    for row in report["rows"]:
        ms = row["ms"]
        times = (f"{ms[name]:.4g}" if name in ms else "" for name in columns)
        ratios = (f"{ms[name] / ms['pomflow']:.2f}" if name in ms else "" for name in columns[1:])
        lines.append([str(row["n"]), str(row["H"]), str(row["batch"]), *times, *ratios])
    return (
        "Milliseconds of one training gradient of the dense contour, float64, one thread. `H x H` stands for "
        f"Sylvester's identity.\n\n{timing.table(lines)}\n\n{timing.about(report['machine'])}"
    )
