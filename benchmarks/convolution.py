"""Forward and backward pass of the periodic convolution, beside a loop over SciPy and PyTorch on the CPU.

All have the same numbers, are checked to agree to 1e-10, and are timed in turn on one thread in float64. Each
holds the numbers in the layout that it likes: PyTorch and SciPy have channels first. PyTorch is left out
where it is not installed.
"""

import importlib.util
from importlib.metadata import version

import numpy as np
from scipy.signal import convolve2d, correlate2d

from benchmarks import timing
from pomflow.nn import Convolution

CASES = ((16, 1, 8), (16, 8, 8), (32, 1, 8), (32, 8, 8))
KERNEL, BATCH, ROUNDS, TOLERANCE = (3, 3), 64, 31, 1e-10


def main():
    """Measure all sizes, print the table and write it to ``benchmarks/results``."""
    settings = {"kernel": KERNEL, "batch": BATCH, "rounds": ROUNDS, "dtype": "float64"}
    report = {"machine": timing.machine(), "settings": settings, "rows": [measure(*case) for case in CASES]}
    if has_torch():
        report["machine"]["packages"]["torch"] = version("torch")
    timing.publish("convolution", report, markdown(report))


def measure(extent: int, inputs: int, outputs: int) -> dict:
    """One row: median milliseconds of forward and backward together."""
    rng = np.random.default_rng(1)
    weight, bias = rng.normal(size=(outputs, *KERNEL, inputs)), rng.normal(size=outputs)
    x, dy = (rng.normal(size=(BATCH, extent, extent, channels)) for channels in (inputs, outputs))
    calls = {"pomflow": ours(weight, bias, x, dy)}
    their_arguments = first(weight), bias, first(x), first(dy)
    calls["SciPy loop"] = loop(*their_arguments)
    if has_torch():
        calls["PyTorch"] = pytorch(*their_arguments)
    check(calls)
    times = timing.medians(calls, ROUNDS)
    return {
        "lattice": f"{extent}x{extent}",
        "channels": f"{inputs} to {outputs}",
        "ms": {name: round(value, 3) for name, value in times.items()},
    }


def first(x):
    """Channels from the last axis to the second."""
    return np.ascontiguousarray(np.moveaxis(x, -1, 1))


def has_torch() -> bool:
    return importlib.util.find_spec("torch") is not None


def ours(weight, bias, x, dy):
    """A call that gives (y, dx, dW), here with channels last."""
    layer, parameters = Convolution(KERNEL, x.shape[-1], len(bias)), {"weight": weight, "bias": bias}

    def call():
        y, tape = layer.forward(parameters, x)
        dx, gradients = layer.backward(parameters, tape, dy)
        return y, dx, gradients["weight"]

    return call


def loop(weight, bias, x, dy):
    """What one writes with SciPy: a correlation for each example and each pair of channels."""
    after = ((0, 0), (0, 0), *((0, width - 1) for width in KERNEL))
    before = ((0, 0), (0, 0), *((width - 1, 0) for width in KERNEL))

    def call():
        y, dx, dweight = np.zeros(dy.shape), np.zeros(x.shape), np.zeros(weight.shape)
        y += bias[:, None, None]
        continued, past = np.pad(x, after, mode="wrap"), np.pad(dy, before, mode="wrap")
        for b, o, i in np.ndindex(len(x), *weight.shape[:2]):
            y[b, o] += correlate2d(continued[b, i], weight[o, i], "valid")
            dx[b, i] += convolve2d(past[b, o], weight[o, i], "valid")
            dweight[o, i] += correlate2d(continued[b, i], dy[b, o], "valid")
        return y, dx, dweight

    return call


def pytorch(weight, bias, x, dy):
    """Their convolution of the circularly padded batch."""
    import torch

    torch.set_num_threads(1)
    tracked = [torch.tensor(value, requires_grad=True) for value in (weight, bias, x)]
    weight, bias, x = tracked
    dy, padding = torch.tensor(dy), [number for width in reversed(KERNEL) for number in (0, width - 1)]

    def call():
        padded = torch.nn.functional.pad(x, padding, mode="circular")
        y = torch.nn.functional.conv2d(padded, weight, bias)
        dweight, _, dx = torch.autograd.grad(y, tracked, dy)
        return y.detach().numpy(), dx.numpy(), dweight.numpy()

    return call


def check(calls: dict) -> None:
    """Raise unless all programs give the same output and gradients."""
    expected = [first(value) for value in calls["pomflow"]()]
    for name in list(calls)[1:]:
        error = max(abs(a - b).max() / abs(b).max() for a, b in zip(calls[name](), expected, strict=True))
        if not error < TOLERANCE:
            raise SystemExit(f"{name} and pomflow differ by {error:.1e} of the largest component")


def markdown(report: dict) -> str:
    """The table and the machine it was measured on."""
    programs = list(report["rows"][0]["ms"])
    ratios = [f"pomflow / {name}" for name in programs[1:]]
    table = timing.table([["lattice", "channels", *programs, *ratios], *map(_cells, report["rows"])])
    machine, settings = report["machine"], report["settings"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["packages"].items())
    return (
        f"Milliseconds of forward and backward, median of {settings['rounds']} rounds; batch "
        f"{settings['batch']}, kernel {'x'.join(map(str, settings['kernel']))}, {settings['dtype']}, one "
        f"thread.\n\n{table}\n\n{machine['cpu']}; Python {machine['python']}, {versions}."
    )


def _cells(row: dict) -> list[str]:
    ours, *others = row["ms"].values()
    ratios = (f"{ours / other:.3f}" for other in others)
    return [row["lattice"], row["channels"], f"{ours:.2f}", *(f"{other:.2f}" for other in others), *ratios]
