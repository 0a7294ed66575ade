"""Online, minibatch and full-batch gradient descent on a linear regression, whose least loss is known.

The gradient of a minibatch without replacement has the variance of one example's gradient times
(N - B) / (B (N - 1)) for B of N examples. Small batches take many noisy steps for each look at the data,
large ones few exact steps.

Source: Bottou, Curtis, Nocedal, SIAM Review 60 (2018) 223; Cochran, Sampling Techniques, chapter 2.
"""

import numpy as np
import xarray as xr

from pomflow.nn.layers import Dense
from pomflow.nn.losses import SquaredError
from pomflow.nn.network import Network
from pomflow.nn.optimizers import SGD
from pomflow.nn.schedules import hold_then_cosine
from pomflow.nn.train import fit
from pomflow.random.stream import Stream
from pomflow.studies.lessons.base import Lesson, Row, below, near, variable

EXAMPLES = 128
FEATURES = 8
NOISE = 0.5
EPOCHS = 200
EARLY = 10
# for each size of the batch: that of the full batch is limited by curvature, the others by noise
RATES = {1: 0.02, 16: 0.1, EXAMPLES: 0.5}
BATCHES = 2 ** np.arange(7)
DRAWS = 2000
# the model, and what is minimized: half of the mean squared error
NETWORK, LOSS = Network(output=Dense(FEATURES, 1)), SquaredError()


def problem(stream: Stream):
    """Inputs with scales from 1 to 1/3, and noisy values of a linear function."""
    scales = np.geomspace(1, 1 / 3, FEATURES)
    inputs = stream.normals(0, EXAMPLES, FEATURES) * scales
    function, noise = stream.normals(1, FEATURES, 1) / scales[:, None], stream.normals(2, EXAMPLES, 1)
    return inputs, inputs @ function + NOISE * noise


def least_loss(inputs, targets) -> float:
    """The loss of the least-squares solution with intercept."""
    design = np.column_stack((inputs, np.ones(len(inputs))))
    solution = np.linalg.lstsq(design, targets, rcond=None)[0]
    return LOSS.value(design @ solution, targets)


def excess_losses(data, batch: int, stream: Stream) -> np.ndarray:
    """Loss of all examples above the least one, before the first and after every epoch."""
    theta, optimum = NETWORK.initial(stream.child("initial")), least_loss(*data)
    rate, orders, losses = hold_then_cosine(RATES[batch]), stream.child("orders"), []
    for epoch in range(EPOCHS + 1):
        losses.append(LOSS.value(NETWORK.forward(theta, data[0])[0], data[1]) - optimum)
        now = rate(epoch / EPOCHS)
        theta, _ = fit(
            NETWORK, theta, *data, LOSS, SGD(), lambda _, now=now: now, batch, range(epoch, epoch + 1), orders
        )
    return np.array(losses)


def gradient(theta, inputs, targets) -> np.ndarray:
    """Gradient of the loss over these examples."""
    prediction, tape = NETWORK.forward(theta, inputs)
    return NETWORK.backward(theta, tape, LOSS.gradient(prediction, targets))[1]


def variances(data, stream: Stream) -> np.ndarray:
    """Mean squared distance of minibatch gradients from the full one at random parameters."""
    theta = NETWORK.initial(stream.child("initial"))
    full = gradient(theta, *data)
    orders = [stream.permutation(draw, EXAMPLES) for draw in range(DRAWS)]
    distances = [
        [((gradient(theta, *(part[order[:batch]] for part in data)) - full) ** 2).sum() for order in orders]
        for batch in BATCHES
    ]
    return np.mean(distances, axis=1)


def teach(stream: Stream) -> Lesson:
    """The same start for every batch, so that only the noise differs."""
    data = problem(stream.child("problem"))
    losses = {batch: excess_losses(data, batch, stream.child("descent")) for batch in RATES}
    variance = variances(data, stream.child("variance"))
    epochs = np.arange(EPOCHS + 1)
    dataset = xr.Dataset(
        {
            "excess": variable(
                ("batch", "epoch"), np.array(list(losses.values())), "loss above the least one"
            ),
            "steps": variable(("batch",), EXAMPLES // np.array(list(RATES)), "steps in an epoch"),
            "variance": variable(("size",), variance, "variance of the gradient of a minibatch"),
            "variance_expected": variable(("size",), _expected(variance[0]), "variance without replacement"),
        },
        coords={"batch": list(RATES), "epoch": epochs, "size": BATCHES},
        attrs={"examples": EXAMPLES},
    )
    return Lesson(_rows(losses, variance), dataset)


def _expected(single: float) -> np.ndarray:
    """Variances of all batches from that of one example."""
    return single * (EXAMPLES - BATCHES) / (BATCHES * (EXAMPLES - 1))


def _rows(losses: dict, variance: np.ndarray) -> list[Row]:
    names = {1: "online", 16: "minibatches of 16", EXAMPLES: "full batch"}
    corrected = variance * (EXAMPLES - 1) / (EXAMPLES - BATCHES)
    exponent = np.polyfit(np.log(BATCHES), np.log(corrected), 1)[0]
    ratio = losses[1][EARLY] / losses[EXAMPLES][EARLY]
    return [
        *(
            below(f"excess loss after {EPOCHS} epochs, {names[batch]}", losses[batch][-1], 1e-4)
            for batch in RATES
        ),
        below(f"excess loss after {EARLY} epochs, online / full batch", ratio, 1),
        near("exponent of the gradient's variance in the batch", exponent, -1, 0.05),
    ]
