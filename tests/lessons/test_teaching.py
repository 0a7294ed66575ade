"""Lessons: their numbers are as expected on fresh seeds, the same twice, and refused where they are wrong."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

from overlaps import LOOKS, unreadable
from pomflow import registry
from pomflow.nn.layers import Activation
from pomflow.plotting import common
from pomflow.random.stream import Stream
from pomflow.studies.lessons import (
    approximation,
    backpropagation,
    base,
    descent,
    perceptron,
    phases,
    unsupervised,
)

QUICK = ("activations", "descent", "backpropagation")


def taught(name, seed=5):
    return registry.load("lesson", name)(Stream(seed, "teach_lesson", name))


def assert_readable(name, lesson):
    for style, language in LOOKS:
        common.styled(style, language)
        assert unreadable(registry.load("figure", f"lesson_{name}")(lesson.data, {}), language) == []
    common.styled()


def failed(lesson):
    return [row for row in lesson.rows if not row.passed]


@pytest.mark.parametrize("name", QUICK)
def test_quick_lessons(name):
    """Whole, on two seeds; the same seed gives the same numbers."""
    lesson = taught(name)
    assert not failed(lesson)
    assert not failed(taught(name, 6))
    xr.testing.assert_identical(lesson.data, taught(name).data)


def test_a_perceptron_learns_what_a_line_separates(monkeypatch):
    """30 seeds; XOR is learned with a hidden layer only."""
    monkeypatch.setattr(perceptron, "SEEDS", 30)
    lesson = taught("perceptron")
    assert not failed(lesson)
    values = {row.quantity: row.value for row in lesson.rows}
    assert values["starts that learn XOR (%)"] == 0
    assert 0 < values["largest number of epochs for AND, OR, NAND"] < 50


def test_the_figure_shows_clear_answers(monkeypatch):
    """The lines of the gates stay a fifth of a unit from every input, and two layers are sure of XOR."""
    monkeypatch.setattr(perceptron, "SEEDS", 30)
    lesson = taught("perceptron")
    assert_readable("perceptron", lesson)
    data = lesson.data
    signs = 2 * data["answers"] - 1
    for gate in ("AND", "OR", "NAND"):
        *weights, bias = data["line"].sel(gate=gate).values
        distance = (perceptron.INPUTS @ weights + bias) / np.hypot(*weights)
        assert (distance * signs.sel(gate=gate).values).min() > 0.2
    output = data["output"].sel(first=[0, 1], second=[0, 1], method="nearest").values.T
    assert (output.ravel() * signs.sel(gate="XOR").values).min() > 0.5


def test_a_perceptron_that_should_learn_xor_fails(monkeypatch):
    """The judgement is of what was learned: with the answers of XOR in place of AND, the first row fails."""
    monkeypatch.setattr(perceptron, "SEEDS", 3)
    monkeypatch.setitem(perceptron.ANSWERS, "AND", perceptron.ANSWERS["XOR"])
    quantities = [row.quantity for row in failed(taught("perceptron"))]
    assert quantities == ["starts that learn AND (%)", "largest number of epochs for AND, OR, NAND"]


def test_a_wrong_gradient_fails(monkeypatch):
    """A slope that is off by 1e-4 of itself is seen, in its own layer only."""
    wrong = Activation("tanh")
    wrong.function = dataclasses.replace(wrong.function, slope=lambda x, y: (1 + 1e-4) * (1 - y * y))
    monkeypatch.setitem(backpropagation.LAYERS, "tanh", (wrong, (4,)))
    quantities = [row.quantity for row in failed(taught("backpropagation"))]
    assert quantities == ["relative error of the gradient, tanh"]


def test_the_perceptron_rule_by_hand():
    """One step on a wrong answer: w += rate (target - answer) x, b likewise; none on a right one."""
    learner = perceptron.perceptron((0, 0, 0, 1))
    theta = np.array([1.0, 1.0, -0.5])  # answers 1 for the second input, which should be 0
    loss = learner.loss
    prediction, tape = learner.network.forward(theta, perceptron.INPUTS[1:2])
    _, gradient = learner.network.backward(theta, tape, loss.gradient(prediction, learner.targets[1:2]))
    np.testing.assert_array_equal(gradient, [0, 1, 1])
    prediction, tape = learner.network.forward(theta, perceptron.INPUTS[3:])
    _, gradient = learner.network.backward(theta, tape, loss.gradient(prediction, learner.targets[3:]))
    np.testing.assert_array_equal(gradient, [0, 0, 0])


def test_wider_networks_fit_better(monkeypatch):
    """The narrowest and two more, from one start each."""
    monkeypatch.setattr(approximation, "WIDTHS", (1, 8, 64))
    monkeypatch.setattr(approximation, "SEEDS", 1)
    lesson = taught("approximation")
    assert not failed(lesson)
    assert_readable("approximation", lesson)
    assert lesson.data["error"].values[0] == pytest.approx(
        np.sqrt(((lesson.data["fit"][0] - lesson.data["target"]) ** 2).mean())
    )


def test_least_loss_of_the_descent():
    """No descent goes below the closed form, and its gradient vanishes there."""
    lesson = taught("descent")
    assert (lesson.data["excess"] > 0).all()
    data = descent.problem(Stream(1, "problem"))
    design = np.column_stack((data[0], np.ones(len(data[0]))))
    optimum = np.linalg.solve(design.T @ design, design.T @ data[1])[:, 0]
    assert np.abs(descent.gradient(optimum, *data)).max() < 1e-12


def test_phases(monkeypatch):
    """Shorter: both tell clear cases apart, the convolution with fewer errors."""
    monkeypatch.setattr(phases, "SAMPLE", phases.SAMPLE | {"records": 10})
    monkeypatch.setattr(phases, "EPOCHS", {"convolution": 10, "fully connected": 10})
    lesson = taught("phases")
    values = {row.quantity.partition(", conv")[0]: row.value for row in lesson.rows[:1]}
    assert values["accuracy for |T - T_c| > 0.25"] > 0.99
    assert lesson.rows[-1].passed
    assert lesson.data["output"].shape == (2, 24)
    assert_readable("phases", lesson)


def test_crossing():
    """Linear between the points around 1/2."""
    output = np.linspace(1, 0, 24)
    assert phases.crossing(output) == pytest.approx(phases.CRITICAL_TEMPERATURE, rel=1e-12)


def test_unsupervised(monkeypatch):
    """With fewer epochs of the machine: components, autoencoder, and the fall with hidden units."""
    monkeypatch.setattr(unsupervised, "RING_EPOCHS", 50)
    lesson = taught("unsupervised")
    assert all(row.passed for row in lesson.rows[:4])
    assert lesson.rows[-1].passed
    assert_readable("unsupervised", lesson)


def test_judgements():
    """Every kind of row, on both sides of its limit."""
    assert [base.below("x", value, 1).passed for value in (0.9, 1.0, float("nan"))] == [True, False, False]
    assert [base.above("x", value, 1).passed for value in (1.1, 1.0)] == [True, False]
    assert [base.near("x", value, 1, 0.1).passed for value in (1.09, 0.89)] == [True, False]
    assert [base.exactly("x", value, 0).passed for value in (0, 1)] == [True, False]
    assert base.near("x", 1, 0.5, 0.1).expected == "0.5 +- 0.1"


@pytest.mark.parametrize("name", QUICK)
def test_figures(name, tmp_path):
    common.styled()
    lesson = taught(name).data
    for folder in ("one", "two"):
        sheet = registry.load("figure", f"lesson_{name}")(lesson, {})
        common.save(sheet, tmp_path / folder / "a.png", tmp_path / folder / "a.pdf")
    for kind in ("png", "pdf"):
        first, second = ((tmp_path / folder / f"a.{kind}").read_bytes() for folder in ("one", "two"))
        assert first == second


@pytest.mark.parametrize("name", QUICK)
def test_nothing_overlaps_in_any_style(name):
    assert_readable(name, taught(name))


def test_every_lesson_has_a_figure():
    assert {f"lesson_{name}" for name in registry.LESSONS} == {
        name for name in registry.FIGURES if name.startswith("lesson_")
    }
