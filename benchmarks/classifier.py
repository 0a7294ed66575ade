"""Training of a classifier of Ising configurations, beside PyTorch on one thread of the CPU.

The network is a 2x2 convolution, a square, the mean over the lattice, a standardization and a tied last
layer. The library trains it on the frequencies of patterns, which are counted once; PyTorch on the spins, as
one writes it, and on the same frequencies. All start from the same parameters, visit the same minibatches
with the same optimizer and are checked to end with the same parameters.
"""

from time import perf_counter

import numpy as np

from benchmarks import frameworks, timing
from pomflow.lattice import Lattice
from pomflow.models.ising.model import Ising
from pomflow.models.spins import cluster
from pomflow.models.spins.base import WINDOW
from pomflow.nn import Adam, CrossEntropy, Network, fit
from pomflow.nn import configurations as patterns_of
from pomflow.nn.heads import TiedHead, standardized
from pomflow.nn.minibatches import balanced
from pomflow.random.stream import Stream
from pomflow.studies.ising.classifier import train
from pomflow.studies.ising.designs import DESIGNS, features

EXTENTS, BETA = (8, 16, 32), np.linspace(0.395, 0.475, 21)
# configurations of each temperature, in the dataset and in a minibatch
EACH, SHARE, RATE, TOLERANCE = 200, 50, 0.03, 1e-8
SAMPLE = {"thermalization": 20, "record_every": 5, "records": 10}
TRAIN = {
    "steps": 1,
    "batch": SHARE,
    "learning_rate": RATE,
    "filters": 12,
    "activation": "square",
    "hidden": 64,
}
# of a study, for the whole cost of a training
STEPS, CONFIGURATIONS = 4000, 4000
ROUNDS = 5


def main():
    """Measure all lattices, print the table and write it to ``benchmarks/results``."""
    if "torch" not in frameworks.installed():
        print("classifier is left out: PyTorch is not installed.\n")
        return
    report = {"machine": frameworks.machine(), "rows": [measure(extent) for extent in EXTENTS]}
    timing.publish("classifier", report, markdown(report))


def measure(extent: int) -> dict:
    """One row: milliseconds a step of every program, and microseconds to count a configuration's patterns."""
    lattice, stream = Lattice((extent, extent)), Stream(1, "benchmark")
    spins = configurations(Ising(lattice), stream)
    started = perf_counter()
    seen = features(DESIGNS["tied"], Ising(lattice), spins)
    counting = (perf_counter() - started) / len(spins)
    network, theta = start(seen, stream)
    labels, visits = np.repeat(np.arange(len(BETA)), EACH), minibatches(len(spins), stream)
    images = spins.reshape(-1, 1, extent, extent).astype(float)
    calls = {
        "pomflow": lambda: ours(network, theta, seen, labels, stream),
        "PyTorch, spins": Peer(network, theta, images, labels, visits),
        "PyTorch, spins, float32": Peer(network, theta, images.astype(np.float32), labels, visits),
        "PyTorch, frequencies": Peer(network, theta, seen, labels, visits),
    }
    found = {name: call() for name, call in calls.items() if "float32" not in name}
    frameworks.check(found.pop("pomflow"), found, TOLERANCE)
    times = timing.medians(calls, ROUNDS)
    steps = {name: value / len(visits) for name, value in times.items()}
    return {"lattice": str(lattice), "ms": timing.rounded(steps), "counting_us": round(1e6 * counting, 2)}


def configurations(model: Ising, stream: Stream) -> np.ndarray:
    """Configurations sorted by temperature, shape (classes * EACH, volume)."""
    starts = ["hot", "cold"] * (EACH // SAMPLE["records"] // 2)
    parts = [cluster.sample(model, beta, starts, SAMPLE, stream.child(f"{beta:.3f}")) for beta in BETA]
    return np.concatenate(parts).reshape(-1, model.lattice.volume)


def start(seen: np.ndarray, stream: Stream) -> tuple[Network, np.ndarray]:
    """The whole network and parameters after one epoch of training."""
    classifier, _ = train(DESIGNS["tied"], BETA, seen, TRAIN, stream, list)
    return Network(**classifier.body.layers, head=TiedHead(BETA)), classifier.theta


def minibatches(examples: int, stream: Stream) -> list:
    """Of the epoch that is timed."""
    return balanced(len(BETA))(examples, SHARE * len(BETA), 0, stream)


def ours(network, theta, seen, labels, stream) -> np.ndarray:
    """Parameters after one epoch at a constant rate."""
    arguments = CrossEntropy(), Adam(), lambda fraction: RATE, SHARE * len(BETA), range(1), stream
    return fit(network, theta, seen, labels, *arguments, balanced(len(BETA)))[0]


class Peer:
    """The same epoch by PyTorch, on spins (batch, 1, L, L) or on frequencies (batch, patterns)."""

    def __init__(self, network: Network, theta, inputs, labels, visits):
        import torch

        torch.set_num_threads(1)
        self._torch, self._start, kind = torch, network.unpack(theta), inputs.dtype
        self._inputs, self._labels = torch.from_numpy(inputs), torch.from_numpy(labels)
        self._visits = [torch.from_numpy(chosen) for chosen in visits]
        constants = network.layers["standardize"]
        window = WINDOW**2
        numbers = constants.mean, constants.scale, standardized(BETA), patterns_of(window)
        self._mean, self._scale, self._values, self._patterns = (
            torch.from_numpy(part.astype(kind)) for part in numbers
        )

    def __call__(self) -> np.ndarray:
        torch = self._torch
        parts = {
            (layer, name): torch.tensor(value, dtype=self._inputs.dtype, requires_grad=True)
            for layer, values in self._start.items()
            for name, value in values.items()
        }
        optimizer = torch.optim.Adam(parts.values(), lr=RATE)
        for chosen in self._visits:
            optimizer.zero_grad()
            logits = self._logits(parts, self._inputs[chosen])
            torch.nn.functional.cross_entropy(logits, self._labels[chosen]).backward()
            optimizer.step()
        return np.concatenate([value.detach().numpy().ravel() for value in parts.values()])

    def _logits(self, parts: dict, inputs):
        convolve = self._convolved if inputs.ndim == 4 else self._of_patterns
        units = convolve(inputs, parts["convolution", "weight"], parts["convolution", "bias"])
        h = (units - self._mean) / self._scale @ parts["last", "weight"].T + parts["last", "bias"]
        return parts["head", "bias"] - h * self._values

    def _convolved(self, spins, weight, bias):
        functional = self._torch.nn.functional
        padded = functional.pad(spins, (0, WINDOW - 1, 0, WINDOW - 1), mode="circular")
        fields = functional.conv2d(padded, weight.reshape(-1, 1, WINDOW, WINDOW), bias)
        return (fields**2).mean((2, 3))

    def _of_patterns(self, frequencies, weight, bias):
        return frequencies @ (self._patterns @ weight.T + bias) ** 2


def markdown(report: dict) -> str:
    """The table and the machine it was measured on."""
    names = list(report["rows"][0]["ms"])
    lines = [
        ["lattice", *names, "counting, s", *(f"training with {name}, s" for name in (names[0], names[1]))]
    ]
    for row in report["rows"]:
        ms = row["ms"]
        counting = row["counting_us"] * CONFIGURATIONS * len(BETA) / 1e6
        whole = [STEPS * ms[names[0]] / 1e3 + counting, STEPS * ms[names[1]] / 1e3]
        cells = [*(f"{ms[name]:.3g}" for name in names), *(f"{value:.2g}" for value in (counting, *whole))]
        lines.append([row["lattice"], *cells])
    return (
        f"Milliseconds a step with {SHARE * len(BETA)} configurations of {len(BETA)} temperatures, float64 "
        f"unless said otherwise, one thread; and seconds of a whole training, {STEPS} steps on "
        f"{CONFIGURATIONS * len(BETA)} configurations, whose patterns pomflow counts first.\n\n"
        f"{timing.table(lines)}\n\n{timing.about(report['machine'])}"
    )
