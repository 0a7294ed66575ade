"""What a scan of many mu costs on each contour and volume, from measured forces, weights and training steps.

A sampling costs the forces and weights of its trajectories; an optimization those of its own and a step of
training for each. Both are multiplied up to the settings of config/default.yaml. Memory is the largest that
NumPy's arrays take at once in a step of training with the batch of the row. The second table is how force and
weight grow with the volume V, as V to a power, from 16x16 to the largest lattice of the contour.
"""

import math
import tracemalloc
from functools import partial

from benchmarks import timing
from pomflow import registry
from pomflow.contours.path import Path
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.random.stream import Stream
from pomflow.training.optimize import DESCENTS

NETWORK = {"hidden_ratio": 1.0, "reach": 7, "spatial_reach": 2, "features": 3, "scale": 2.0}
# the layered contour has room for more, and is used with more
FARTHER = {"reach": 9, "spatial_reach": 3}
# contour, its network and its extents by the name of a row, and configurations in a batch of each extent
CASES = {
    "dense": ("dense", NETWORK, (4, 8, 12)),
    "linear": ("linear", NETWORK, (4, 8, 16, 32)),
    "equivariant": ("equivariant", NETWORK, (4, 8, 16, 24, 32)),
    "layered": ("layered", NETWORK | FARTHER, (4, 8, 16, 32, 64)),
    "layered, currents": ("layered", NETWORK | FARTHER | {"currents": True}, (4, 8, 16, 32, 64)),
}
BATCH = {4: 64, 8: 64, 12: 16, 16: 8, 24: 2, 32: 2}
# the compiled loops work off eight configurations together
LAYERED_BATCH = 8
SMALLEST_OF_GROWTH = 16
ROUNDS = 5
TRAINING = {"learning_rate": 0.003, "control_variate": 1, "damping": 0.01, "memory": 0.95}
# chains, trajectories and leapfrog steps of the two optimizations and of a sampling, thermalization included
OPTIMIZE, NATURAL, SAMPLE = (128, 800, 5), (64, 60, 8), (32, 500, 10)
MANY = 100


def main():
    """Measure all volumes, print the table and write it to ``benchmarks/results``."""
    cases = [(name, extent) for name, (_, _, extents) in CASES.items() for extent in extents]
    rows = [measure(*case) for case in cases]
    report = {"machine": timing.machine(), "rows": rows, "growth": growth(rows)}
    timing.publish("volume", report, markdown(report))


def measure(name: str, extent: int) -> dict:
    """Milliseconds of a configuration, and what they come to."""
    model = ComplexPhi4(Lattice((extent, extent)), mass=1.0, coupling=1.0, mu=1.2)
    plug_in, network, _ = CASES[name]
    batch = LAYERED_BATCH if plug_in == "layered" else BATCH[extent]
    contour, stream = registry.load("contour", plug_in).build(model, network), Stream(1, "volume")
    path = Path(model, contour, contour.initial_parameters(stream))
    t = 0.7 * stream.normals(0, batch, model.size)
    descent = DESCENTS[contour.optimizer](path.theta, TRAINING)
    step = partial(descent.step, path, t, path.log_weight(t), 0.0)
    calls = {"force": lambda: path.force(t), "weight": lambda: path.log_weight(t), "training step": step}
    ms = {call: value / batch for call, value in timing.medians(calls, ROUNDS).items()}
    settings = NATURAL if contour.optimizer == "natural_gradient" else OPTIMIZE
    return {
        "contour": name,
        "lattice": f"{extent}x{extent}",
        "parameters": contour.n_parameters,
        "batch": batch,
        "ms": ms,
        "memory_mb": peak(step) / 2**20,
        "train_seconds": seconds(ms, settings) + settings[0] * settings[1] * ms["training step"] / 1e3,
        "sample_seconds": seconds(ms, SAMPLE),
    }


def growth(rows: list[dict]) -> dict:
    """Powers of the volume with which force and weight of a configuration grow, by contour."""
    powers = {}
    for name in dict.fromkeys(row["contour"] for row in rows):
        sizes = {int(row["lattice"].split("x")[0]): row["ms"] for row in rows if row["contour"] == name}
        large = max(sizes)
        if SMALLEST_OF_GROWTH in sizes and large > SMALLEST_OF_GROWTH:
            ratio = 2 * math.log(large / SMALLEST_OF_GROWTH)
            calls = {
                c: math.log(sizes[large][c] / sizes[SMALLEST_OF_GROWTH][c]) / ratio
                for c in ("force", "weight")
            }
            powers[name] = {"to": large, **calls}
    return powers


def seconds(ms: dict, settings: tuple[int, int, int]) -> float:
    """Trajectories of all chains."""
    chains, trajectories, leapfrog_steps = settings
    return chains * trajectories * (leapfrog_steps * ms["force"] + ms["weight"]) / 1e3


def peak(call) -> int:
    """Bytes of NumPy's arrays at once, beyond those that were there before."""
    tracemalloc.start()
    call()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def markdown(report: dict) -> str:
    """The table and the CPU it was measured on."""
    measured = ["force", "weight", "training step"]
    header = [
        "contour",
        "lattice",
        "parameters",
        "batch",
        *measured,
        "memory, MB",
        "training, s",
        "sampling, s",
    ]
    lines = [[*header, f"{MANY} mu, core hours"]]
    for row in report["rows"]:
        hours = MANY * (row["train_seconds"] + row["sample_seconds"]) / 3600
        numbers = (*(row["ms"][name] for name in measured), row["memory_mb"])
        costs = (row["train_seconds"], row["sample_seconds"], hours)
        texts = [row["contour"], row["lattice"], str(row["parameters"]), str(row["batch"])]
        lines.append(texts + [f"{number:.3g}" for number in (*numbers, *costs)])
    growth_lines = [["contour", "from", "to", "force", "weight"]]
    for name, power in report["growth"].items():
        extents = [f"{extent}x{extent}" for extent in (SMALLEST_OF_GROWTH, power["to"])]
        growth_lines.append([name, *extents, *(f"V^{power[call]:.2f}" for call in ("force", "weight"))])
    return (
        "Milliseconds of one configuration, float64, one thread; from them the seconds of one mu with the "
        "lengths of runs of config/default.yaml, without plane dataset, warm start and smaller lattices. "
        f"Reach {_reach(NETWORK)}, of layered {_reach(FARTHER)}.\n\n"
        f"{timing.table(lines)}\n\n{timing.table(growth_lines)}\n\n{report['machine']['cpu']}."
    )


def _reach(network: dict) -> str:
    return f"({network['reach']}, {network['spatial_reach']})"
