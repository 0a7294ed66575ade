"""Convolution and pooling against a fully connected network: which phase is a configuration from?

Both see configurations of the square lattice and are told whether their temperature is below T_c. What the
phases differ by is local and the same everywhere, which a convolution with pooling knows from the start; the
fully connected network has to learn it at every site.

Source: Carrasquilla, Melko, Nature Physics 13 (2017) 431 (phases by classification).
"""

import numpy as np
import xarray as xr

from pomflow.lattice import Lattice
from pomflow.models.ising.exact import CRITICAL_TEMPERATURE
from pomflow.models.ising.model import Ising
from pomflow.models.spins import cluster
from pomflow.nn.activations import softmax
from pomflow.nn.convolution import Convolution
from pomflow.nn.layers import Activation, Dense
from pomflow.nn.losses import CrossEntropy
from pomflow.nn.network import Network
from pomflow.nn.optimizers import Adam
from pomflow.nn.pooling import GlobalMean, MaxPool
from pomflow.nn.schedules import hold_then_cosine
from pomflow.nn.train import fit
from pomflow.random.stream import Stream
from pomflow.studies.lessons.base import Lesson, Row, above, below, variable

EXTENT = 16
MODEL = Ising(Lattice((EXTENT, EXTENT)))
# an even number, as many below the critical temperature as above
TEMPERATURES = CRITICAL_TEMPERATURE + np.linspace(-1, 1, 24)
STARTS = ["hot", "cold"] * 10
SAMPLE = {"thermalization": 40, "record_every": 5, "records": 30}
BATCH, FILTERS, HIDDEN = 64, 8, 32
# the convolution costs more a step and needs fewer
EPOCHS = {"convolution": 8, "fully connected": 12}
RATES = {"convolution": 0.01, "fully connected": 0.002}
# farther from the critical temperature there is a right answer
CLEAR = 0.25


def networks() -> dict[str, Network]:
    """The two competitors."""
    local = {
        "convolution": Convolution((2, 2), 1, FILTERS),
        "relu": Activation("relu"),
        "pooling": MaxPool((2, 2)),
        "mean": GlobalMean(),
    }
    return {
        "convolution": Network(**local, output=Dense(FILTERS, 2)),
        "fully connected": Network(
            hidden=Dense(EXTENT**2, HIDDEN), relu=Activation("relu"), output=Dense(HIDDEN, 2)
        ),
    }


def shaped(name: str, spins: np.ndarray) -> np.ndarray:
    """Configurations as a network wants them: on the lattice with one channel, or flat."""
    return spins.reshape(-1, EXTENT, EXTENT, 1) if name == "convolution" else spins


def configurations(stream: Stream) -> np.ndarray:
    """Configurations at every temperature, shape (temperatures, configurations, volume)."""
    drawn = [
        cluster.sample(MODEL, 1 / temperature, STARTS, SAMPLE, stream.child(repr(float(temperature))))
        for temperature in TEMPERATURES
    ]
    return np.array(drawn, dtype=float).reshape(len(TEMPERATURES), -1, MODEL.lattice.volume)


def ordered_share(name: str, network: Network, training, test, stream: Stream) -> np.ndarray:
    """Train, and give the probability of the ordered phase for test configurations, of their shape."""
    rows = training.reshape(-1, training.shape[-1])
    labels = np.repeat(TEMPERATURES < CRITICAL_TEMPERATURE, training.shape[1]).astype(int)
    theta, _ = fit(
        network,
        network.initial(stream.child("initial")),
        shaped(name, rows),
        labels,
        CrossEntropy(),
        Adam(),
        hold_then_cosine(RATES[name]),
        BATCH,
        range(EPOCHS[name]),
        stream.child("order"),
    )
    logits, _ = network.forward(theta, shaped(name, test.reshape(-1, test.shape[-1])))
    return softmax(logits)[:, 1].reshape(test.shape[:2])


def right_answers(share: np.ndarray) -> np.ndarray:
    """Whether each configuration is put into the phase of its temperature, from its probability of order."""
    return (share > 0.5) == (TEMPERATURES < CRITICAL_TEMPERATURE)[:, None]


def crossing(output: np.ndarray) -> float:
    """The temperature where the mean output falls through 1/2, between the last two points around it."""
    below_half = np.flatnonzero(output < 0.5)[0]
    pair = slice(below_half - 1, below_half + 1)
    return float(np.interp(0.5, output[pair][::-1], TEMPERATURES[pair][::-1]))


def teach(stream: Stream) -> Lesson:
    """Both networks on the same configurations, judged on fresh ones."""
    training, test = (configurations(stream.child(name)) for name in ("training", "test"))
    shares = {
        name: ordered_share(name, network, training, test, stream.child(name))
        for name, network in networks().items()
    }
    data = xr.Dataset(
        {
            "output": variable(
                ("network", "temperature"),
                np.array([share.mean(axis=1) for share in shares.values()]),
                "mean probability of the ordered phase",
            ),
            "wrong": variable(
                ("network", "temperature"),
                np.array([1 - right_answers(share).mean(axis=1) for share in shares.values()]),
                "share of wrong answers",
            ),
            "parameters": variable(("network",), [one.size for one in networks().values()], "parameters"),
        },
        coords={
            "network": np.array(list(shares), dtype=object),
            "temperature": variable(("temperature",), TEMPERATURES, "temperature", "J"),
        },
    )
    return Lesson(_rows(shares), data)


def _rows(shares: dict[str, np.ndarray]) -> list[Row]:
    clear = np.abs(TEMPERATURES - CRITICAL_TEMPERATURE) > CLEAR
    accuracy = {name: right_answers(share)[clear].mean() for name, share in shares.items()}
    off = {
        name: abs(crossing(share.mean(axis=1)) / CRITICAL_TEMPERATURE - 1) for name, share in shares.items()
    }
    where = f"|T - T_c| > {CLEAR}"
    return [
        above(f"accuracy for {where}, convolution", accuracy["convolution"], 0.99),
        above(f"accuracy for {where}, fully connected", accuracy["fully connected"], 0.95),
        below("distance of the crossing from T_c, convolution", off["convolution"], 0.01),
        below("distance of the crossing from T_c, fully connected", off["fully connected"], 0.05),
        below(
            f"wrong answers for {where}, convolution / fully connected",
            (1 - accuracy["convolution"]) / max(1 - accuracy["fully connected"], 1e-12),
            1,
        ),
    ]
