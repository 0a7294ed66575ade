"""A network with one hidden layer approximates a continuous function the better the wider it is.

Source: Cybenko, Math. Control Signals Systems 2 (1989) 303; Hornik, Neural Networks 4 (1991) 251.
"""

import numpy as np
import xarray as xr

from pomflow.nn.layers import Activation, Dense
from pomflow.nn.losses import SquaredError
from pomflow.nn.network import Network
from pomflow.nn.optimizers import Adam
from pomflow.nn.schedules import hold_then_cosine
from pomflow.nn.train import fit
from pomflow.random.stream import Stream
from pomflow.studies.lessons.base import Lesson, Row, above, below, variable

X = np.linspace(-3, 3, 101)[:, None]
# a constant input beside x gives the hidden units different centres from the start
INPUTS = np.hstack([X, np.full_like(X, 3.0)])
WIDTHS = (1, 2, 4, 8, 16, 32, 64)
EPOCHS = 1500
RATE = hold_then_cosine(0.02)
SEEDS = 3
LIMITS = {8: 0.05, 64: 0.005}


def target(x):
    """The function to learn: two periods of a sine."""
    return np.sin(2 * x)


def fitted(width: int, stream: Stream) -> np.ndarray:
    """Values of a trained network with this many hidden units at the points X, shape (points, 1)."""
    network = Network(hidden=Dense(2, width), squash=Activation("tanh"), output=Dense(width, 1))
    theta, _ = fit(
        network,
        network.initial(stream.child("initial")),
        INPUTS,
        target(X),
        SquaredError(),
        Adam(),
        RATE,
        len(X),
        range(EPOCHS),
        stream.child("orders"),
    )
    return network.forward(theta, INPUTS)[0]


def best(width: int, stream: Stream) -> np.ndarray:
    """The best fit of several starts."""
    return min((fitted(width, stream.child(str(seed))) for seed in range(SEEDS)), key=_rms)


def _rms(values) -> float:
    """Root mean square distance from the target."""
    return np.sqrt(((values - target(X)) ** 2).mean())


def teach(stream: Stream) -> Lesson:
    """The best fit of every width."""
    fits = np.array([best(width, stream.child(str(width))) for width in WIDTHS])
    errors = np.array([_rms(values) for values in fits])
    data = xr.Dataset(
        {
            "target": variable(("x",), target(X)[:, 0], "function to learn"),
            "fit": variable(("width", "x"), fits[:, :, 0], "best fit"),
            "error": variable(("width",), errors, "root mean square error of the best fit"),
        },
        coords={"width": list(WIDTHS), "x": X[:, 0]},
    )
    return Lesson(_rows(errors), data)


def _rows(errors: np.ndarray) -> list[Row]:
    by_width = dict(zip(WIDTHS, errors, strict=True))
    return [
        *(
            below(f"rms error with {width} hidden units", by_width[width], limit)
            for width, limit in LIMITS.items()
        ),
        above("rms error with 1 hidden unit", by_width[1], 0.5),
        below("rms error with 64 hidden units / with 8", by_width[64] / by_width[8], 1),
    ]
