"""Speed on a GPU: CuPy against NumPy on one thread, and against JAX and PyTorch on the same GPU.

``python -m benchmarks.gpu`` needs an NVIDIA GPU and CuPy; JAX and PyTorch join where they are installed with
CUDA. Every call ends by waiting for the device, and all programs are checked to agree before they are timed.
"""

from functools import partial

import numpy as np

from benchmarks import frameworks, paths, timing
from pomflow.lattice import Lattice
from pomflow.models.ising.exact import CRITICAL_TEMPERATURE
from pomflow.models.ising.heat_bath import Sweep
from pomflow.models.ising.model import Ising
from pomflow.models.spins.base import start
from pomflow.numerics import backend
from pomflow.numerics import inverse_kernel as inverse
from pomflow.numerics.backend import to_host
from pomflow.random.stream import Stream, philox_words
from pomflow.samplers.hmc import HMC
from pomflow.training.cost import cost_gradient
from pomflow.training.natural_gradient import NaturalGradient

EXTENTS, BATCH, TOLERANCE = (6, 8, 12), 512, 1e-8
# lattice extent, chains, whether NumPy is measured too
SAMPLING = (
    (8, 64, True),
    (8, 512, True),
    (8, 4096, False),
    (16, 64, True),
    (16, 512, False),
    (32, 64, False),
    (32, 512, False),
)
LEAPFROG_STEPS, STEP_SIZE = 10, 0.1
DESCENT = {"learning_rate": 0.5, "damping": 0.01, "memory": 0.95}
DRAW = (1024, 4096)
ROWS = (32, 64, 96, 128)
# lattice extent, chains
ISING = (64, 1024)
# NumPy's calls take seconds
ROUNDS, NUMPY_ROUNDS = 15, 3
GRADIENTS = {"jax": frameworks.jax_gradient, "torch": partial(frameworks.torch_gradient, device="cuda")}


def main():
    """Measure, print the tables and write them to ``benchmarks/results``."""
    cupy = backend.select("cupy")
    report = {
        "machine": timing.machine() | device(cupy),
        "gradient": [gradient(cupy, extent) for extent in EXTENTS],
        "sampling": [sampling(cupy, *case) for case in SAMPLING],
        "inverse": [inverses(cupy, rows) for rows in ROWS],
        "philox": philox(cupy),
        "heat_bath": heat_bath_speed(cupy),
    }
    timing.publish("gpu", report, markdown(report))


def device(cupy) -> dict:
    """Name of the GPU and versions of its software."""
    packages = {"cupy": cupy.__version__} | frameworks.versions()
    return {
        "gpu": backend.describe(cupy).removeprefix("cupy on "),
        "cuda_driver": cupy.cuda.runtime.driverGetVersion(),
        "cuda_runtime": cupy.cuda.runtime.runtimeGetVersion(),
        "gpu_packages": packages,
    }


def finished(xp, call):
    """The call, waiting for the device at its end."""
    if xp is np:
        return call
    stream = xp.cuda.get_current_stream()

    def waiting():
        result = call()
        stream.synchronize()
        return result

    return waiting


def gradient(cupy, extent: int) -> dict:
    """One row: a training gradient of the dense contour, in milliseconds of every program."""
    ours = {xp: gradient_call(xp, extent) for xp in (np, cupy)}
    calls, fetch = {"CuPy": finished(cupy, ours[cupy][0])}, {"CuPy": to_host}
    host = [to_host(part) for part in ours[cupy][1]]
    for name in frameworks.installed():
        label = frameworks.LABELS[name]
        calls[label], fetch[label] = GRADIENTS[name](host, (extent, extent), ours[np][2], **paths.THEORY)
    found = {name: fetch[name](call()) for name, call in calls.items()}
    frameworks.check(ours[np][0](), found, TOLERANCE)
    times = timing.medians({"NumPy": ours[np][0]}, NUMPY_ROUNDS) | timing.medians(calls, ROUNDS)
    return {"lattice": f"{extent}x{extent}", "n": 2 * extent**2, "ms": timing.rounded(times)}


def gradient_call(xp, extent: int):
    """The gradient on one backend, its arguments (theta, t, weight), and the hidden units."""
    case = paths.dense(extent, 1.0, BATCH, xp)
    path, t, log_weight = case.path, case.chains.t, case.chains.log_weight
    arguments = path.theta, t, case.weight
    return lambda: cost_gradient(path, t, log_weight, 1.0), arguments, path.contour.hidden


def sampling(cupy, extent: int, chains: int, with_numpy: bool) -> dict:
    """One row: a trajectory and a step of the natural gradient on the equivariant contour."""
    row = {"lattice": f"{extent}x{extent}", "chains": chains, "ms": {}}
    for xp, rounds in ((cupy, ROUNDS), *[(np, NUMPY_ROUNDS)] * with_numpy):
        name = "NumPy" if xp is np else "CuPy"
        times = timing.medians(sampling_calls(xp, extent, chains), rounds)
        row["ms"] |= {f"{what}, {name}": time for what, time in timing.rounded(times).items()}
    return row


def sampling_calls(xp, extent: int, chains: int) -> dict:
    case = paths.equivariant(extent, chains, xp)
    path, state = case.path, case.chains
    hmc, step = HMC(case.stream.child("hmc"), LEAPFROG_STEPS), xp.full((chains, 1), STEP_SIZE)
    descent = NaturalGradient(path.theta, DESCENT)
    return {
        "trajectory": finished(xp, lambda: hmc.trajectory(path, state, 0, step)),
        "natural gradient": finished(xp, lambda: descent.step(path, state.t, state.log_weight, 0.0)),
    }


def inverses(cupy, rows: int) -> dict:
    """One row: inverses of real and of complex matrices by CuPy, which calls cuBLAS, and by the kernel."""
    normals = Stream(1, "matrices", xp=cupy).normals(0, 2 * BATCH, rows * rows).reshape(2, BATCH, rows, rows)
    calls = {}
    for kind, matrices in {"real": normals[0], "complex": normals[0] + 1j * normals[1]}.items():
        calls[f"{kind}, cuBLAS"] = finished(cupy, partial(cupy.linalg.inv, matrices))
        calls[f"{kind}, kernel"] = finished(cupy, partial(inverse.inverse, matrices, cupy))
    return {"n": rows, "ms": timing.rounded(timing.medians(calls, ROUNDS))}


def philox(cupy) -> dict:
    """Billions of numbers a second: one kernel a draw, its twin in array code, and NumPy."""
    rows, columns = DRAW
    kernel, host = Stream(1, "words", xp=cupy), Stream(1, "words")
    calls = {
        "words, kernel": finished(cupy, lambda: kernel.words(0, rows, columns)),
        "normals, kernel": finished(cupy, lambda: kernel.normals(0, rows, columns)),
        "words, array code": finished(
            cupy, lambda: philox_words(kernel.key, 0, 0, rows * columns // 4, cupy)
        ),
        "words, NumPy": lambda: host.words(0, rows, columns),
        "normals, NumPy": lambda: host.normals(0, rows, columns),
    }
    times = timing.medians(calls, ROUNDS)
    return {name: float(f"{rows * columns / time / 1e6:.3g}") for name, time in times.items()}


def heat_bath_speed(cupy) -> dict:
    """Millions of spins a second of heat-bath sweeps of the Ising model."""
    extent, chains = ISING
    model, calls = Ising(Lattice((extent, extent))), {}
    for xp, name in ((cupy, "CuPy"), (np, "NumPy")):
        stream = Stream(1, "heat bath", xp=xp)
        spins = start(model.values, model.lattice.volume, ["cold"] * chains, stream)
        calls[name] = finished(xp, partial(Sweep(model, 1 / CRITICAL_TEMPERATURE, stream), spins, 0))
    times = timing.medians({"CuPy": calls["CuPy"]}, ROUNDS)
    times |= timing.medians({"NumPy": calls["NumPy"]}, NUMPY_ROUNDS)
    return {name: float(f"{chains * extent**2 / time / 1e3:.3g}") for name, time in times.items()}


def markdown(report: dict) -> str:
    """The tables and what they were measured on."""
    machine = report["machine"]
    versions = machine["packages"] | machine["gpu_packages"]
    about = ", ".join(f"{name} {number}" for name, number in versions.items())
    return "\n\n".join(
        [
            f"Milliseconds of one training gradient of the dense contour, batch {BATCH}, float64, H = n; "
            "NumPy on one thread of the CPU, the others on the GPU; "
            f"median of {ROUNDS} rounds, {NUMPY_ROUNDS} of NumPy.",
            gradient_table(report["gradient"]),
            f"Milliseconds on the equivariant contour: an HMC trajectory of {LEAPFROG_STEPS} leapfrog steps, "
            "and a step of the natural gradient.",
            sampling_table(report["sampling"]),
            f"Milliseconds of {BATCH} inverses; the kernel gives the determinants too.",
            inverse_table(report["inverse"]),
            f"Random numbers, 10⁹ a second, in draws of {DRAW[0]}×{DRAW[1]}.",
            speed_table(report["philox"]),
            f"Heat bath of the Ising model, {ISING[1]} chains of {ISING[0]}×{ISING[0]}, 10⁶ spins a second.",
            speed_table(report["heat_bath"]),
            f"{machine['gpu']} (driver for CUDA {cuda(machine['cuda_driver'])}), {machine['cpu']}; Python "
            f"{machine['python']}, {about}.",
        ]
    )


def cuda(number: int) -> str:
    """13000 is version 13.0."""
    return f"{number // 1000}.{number % 1000 // 10}"


def speed_table(speeds: dict) -> str:
    return timing.table([list(speeds), [f"{speed:g}" for speed in speeds.values()]])


def gradient_table(rows: list) -> str:
    names = list(rows[0]["ms"])
    others = [name for name in names if name != "CuPy"]
    lines = [["lattice", "n", *names, *(f"{name} / CuPy" for name in others)]]
    for row in rows:
        ms = row["ms"]
        ratios = (f"{ms[name] / ms['CuPy']:.3g}" for name in others)
        lines.append([row["lattice"], str(row["n"]), *(f"{ms[name]:.4g}" for name in names), *ratios])
    return timing.table(lines)


def sampling_table(rows: list) -> str:
    lines = [
        ["lattice", "chains", *(name for what in ("trajectory", "natural gradient") for name in header(what))]
    ]
    for row in rows:
        cells = [row["lattice"], str(row["chains"])]
        for what in ("trajectory", "natural gradient"):
            slow, fast = (row["ms"].get(f"{what}, {name}") for name in ("NumPy", "CuPy"))
            cells += [f"{slow:.4g}", f"{fast:.4g}", f"{slow / fast:.3g}"] if slow else ["", f"{fast:.4g}", ""]
        lines.append(cells)
    return timing.table(lines)


def inverse_table(rows: list) -> str:
    lines = [["n", *rows[0]["ms"]]]
    return timing.table(
        lines + [[str(row["n"]), *(f"{ms:.3g}" for ms in row["ms"].values())] for row in rows]
    )


def header(what: str) -> list[str]:
    return [f"{what}, NumPy", f"{what}, CuPy", "ratio"]


if __name__ == "__main__":
    main()
