"""A unit with a step learns AND, OR and NAND but not XOR; a hidden layer learns XOR too.

The perceptron rule changes the weights after a wrong answer only, by rate (target - answer) input, and ends
where a straight line separates the answers. No line separates those of XOR.

Source: Rosenblatt, Psychological Review 65 (1958) 386; Novikoff (1962); Minsky, Papert, Perceptrons (1969).
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from pomflow.nn.layers import Activation, Dense
from pomflow.nn.losses import PerceptronCriterion, SquaredError
from pomflow.nn.network import Network
from pomflow.nn.optimizers import SGD
from pomflow.nn.train import fit
from pomflow.random.stream import Stream
from pomflow.studies.lessons.base import Lesson, Row, above, below, exactly, variable

INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
ANSWERS = {"AND": (0, 0, 0, 1), "OR": (0, 1, 1, 1), "NAND": (1, 1, 1, 0), "XOR": (0, 1, 1, 0)}
SEEDS = 100
HIDDEN = 4
# learned in fewer epochs where a line separates the answers
ENOUGH = 50
GRID = np.linspace(-0.5, 1.5, 41)


@dataclass(frozen=True)
class Learner:
    """A network with one output, whose answer is whether the output is positive, and how it is trained."""

    network: Network
    loss: object
    targets: np.ndarray
    rate: float
    batch: int
    epochs: int

    def wrong(self, theta) -> int:
        """How many of the four answers are wrong."""
        output, _ = self.network.forward(theta, INPUTS)
        return int(((output > 0) != (self.targets > 0)).sum())

    def margin(self, theta) -> float:
        """The smallest output, whatever its sign, among the four, as a share of the largest."""
        output, _ = self.network.forward(theta, INPUTS)
        return float(abs(output).min() / abs(output).max())

    def learn(self, stream: Stream):
        """Trained parameters and the number of wrong answers before every epoch, which ends at 0."""
        theta, orders = self.network.initial(stream.child("initial")), stream.child("orders")
        wrong = np.zeros(self.epochs + 1, dtype=int)
        for epoch in range(self.epochs + 1):
            wrong[epoch] = self.wrong(theta)
            if not wrong[epoch] or epoch == self.epochs:
                break
            theta = self.train(theta, range(epoch, epoch + 1), orders)
        return theta, wrong

    def train(self, theta, epochs: range, orders: Stream):
        """Parameters after some epochs more."""
        data = (INPUTS, self.targets, self.loss, SGD(), lambda _: self.rate, self.batch)
        return fit(self.network, theta, *data, epochs, orders)[0]


def perceptron(answers) -> Learner:
    """One unit, trained by the perceptron rule after each example."""
    network = Network(unit=Dense(2, 1))
    return Learner(network, PerceptronCriterion(), np.array(answers, float)[:, None], 0.1, 1, 100)


def two_layers(answers) -> Learner:
    """Hidden tanh units, trained by descent of the squared distance from 1 and -1 on all examples at once."""
    network = Network(hidden=Dense(2, HIDDEN), squash=Activation("tanh"), output=Dense(HIDDEN, 1))
    return Learner(network, SquaredError(), 2 * np.array(answers, float)[:, None] - 1, 0.3, len(INPUTS), 400)


def teach(stream: Stream) -> Lesson:
    """Every gate and XOR by perceptrons, XOR by networks with a hidden layer, each from many starts."""
    learners = {name: perceptron(answers) for name, answers in ANSWERS.items()}
    learners["XOR, hidden layer"] = two_layers(ANSWERS["XOR"])
    runs = {name: _many(learner, stream.child(name)) for name, learner in learners.items()}
    thetas = {name: run[0] for name, run in runs.items()}
    # trained on beyond the first epoch without a wrong answer, it answers clearly
    deep = learners["XOR, hidden layer"]
    thetas["XOR, hidden layer"] = deep.train(
        thetas["XOR, hidden layer"], range(deep.epochs), stream.child("on")
    )
    wrong = {name: run[1] for name, run in runs.items()}
    return Lesson(_rows(wrong), _data(learners, thetas, wrong))


def _many(learner: Learner, stream: Stream):
    """Parameters of the start that learned most, and wrong answers of all, shape (SEEDS, epochs + 1).

    Of several it is that with the widest margin.
    """
    thetas, wrong = zip(*(learner.learn(stream.child(str(seed))) for seed in range(SEEDS)), strict=True)
    return max(thetas, key=lambda theta: (-learner.wrong(theta), learner.margin(theta))), np.array(wrong)


def _rows(wrong: dict) -> list[Row]:
    """Shares of starts that learned, and the epochs that the slowest of them needed."""
    share = {name: 100 * (counts[:, -1] == 0).mean() for name, counts in wrong.items()}
    slowest = max((wrong[name] > 0).sum(axis=1).max() for name in ANSWERS if name != "XOR")
    return [
        *(
            exactly(f"starts that learn {name} (%)", share[name], 0 if name == "XOR" else 100)
            for name in ANSWERS
        ),
        below("largest number of epochs for AND, OR, NAND", slowest, ENOUGH),
        above("starts that learn XOR with a hidden layer (%)", share["XOR, hidden layer"], 90),
    ]


def _data(learners: dict, thetas: dict, wrong: dict) -> xr.Dataset:
    """Lines of the perceptrons, output of the hidden layer's network on a grid, wrong answers by epoch."""
    points = np.stack(np.meshgrid(GRID, GRID), axis=-1).reshape(-1, 2)
    output, _ = learners["XOR, hidden layer"].network.forward(thetas["XOR, hidden layer"], points)
    lines = np.array([thetas[name] for name in ANSWERS])
    # unknown after the last epoch
    shares = np.full((len(wrong), max(counts.shape[1] for counts in wrong.values())), np.nan)
    for share, counts in zip(shares, wrong.values(), strict=True):
        share[: counts.shape[1]] = counts.mean(axis=0) / len(INPUTS)
    return xr.Dataset(
        {
            "line": variable(("gate", "parameter"), lines, "weights and bias of a perceptron"),
            "output": variable(("second", "first"), output.reshape(len(GRID), -1), "output of two layers"),
            "wrong": variable(("learner", "epoch"), shares, "share of wrong answers"),
            "answers": variable(("gate", "example"), np.array(list(ANSWERS.values())), "right answers"),
        },
        coords={
            "gate": np.array(list(ANSWERS), dtype=object),
            "learner": np.array(list(learners), dtype=object),
            "first": GRID,
            "second": GRID,
        },
    )
