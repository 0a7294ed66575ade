"""Periodic convolution in one, two and three dimensions: a loop, differences, and symmetry as references."""

import math

import numpy as np
import pytest

from differences import gradient
from pomflow import nn
from pomflow.random.stream import Stream

# lattice, kernel; in the last three the box is larger than the lattice, and meets sites more than once
CASES = [
    ((7,), (3,)),
    ((4, 5), (3, 2)),
    ((3, 2, 4), (2, 2, 3)),
    ((4, 3), (1, 1)),
    ((3,), (8,)),
    ((2, 3), (3, 7)),
    ((1, 2, 1), (2, 3, 1)),
]
INPUTS, OUTPUTS, BATCH = 2, 3, 2


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]} by {case[1]}")
def case(request, rng):
    """(layer, parameters, x)."""
    lattice, kernel = request.param
    layer = nn.Convolution(kernel, INPUTS, OUTPUTS)
    parameters = {name: rng.normal(size=shape) for name, shape in layer.shapes.items()}
    return layer, parameters, rng.normal(size=(BATCH, *lattice, INPUTS))


def by_loop(weight, bias, x):
    """The defining sum, one number at a time."""
    outputs, *kernel, inputs = weight.shape
    lattice = x.shape[1:-1]
    y = np.zeros((*x.shape[:-1], outputs))
    for index in np.ndindex(y.shape):
        b, *site, o = index
        y[index] = bias[o]
        for r in np.ndindex(*kernel):
            seen = tuple((s + d) % extent for s, d, extent in zip(site, r, lattice, strict=True))
            y[index] += sum(weight[(o, *r, i)] * x[(b, *seen, i)] for i in range(inputs))
    return y


def test_forward_is_the_defining_sum(case):
    layer, parameters, x = case
    y, _ = layer.forward(parameters, x)
    np.testing.assert_allclose(y, by_loop(parameters["weight"], parameters["bias"], x), atol=1e-13)


def test_gradients_are_those_of_differences(case, rng):
    """dx and the gradients of weight and bias for the loss sum(c y) with random c."""
    layer, parameters, x = case
    y, tape = layer.forward(parameters, x)
    c = rng.normal(size=y.shape)
    dx, gradients = layer.backward(parameters, tape, c)

    def loss(x, **changed):
        return (c * layer.forward(parameters | changed, x)[0]).sum()

    np.testing.assert_allclose(dx, gradient(loss, x), rtol=1e-7, atol=1e-8)
    assert gradients.keys() == layer.shapes.keys()
    for part, found in gradients.items():
        expected = gradient(lambda value, part=part: loss(x, **{part: value}), parameters[part])
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-8)


def test_a_translation_of_the_input_translates_the_output(case):
    """Forward and, for a translated dy, dx; bit for bit is not asked for, since sums change their order."""
    layer, parameters, x = case
    axes = tuple(range(1, x.ndim - 1))
    shift = axes  # by 1 site in the first direction, 2 in the second, ...
    y, tape = layer.forward(parameters, x)
    moved, moved_tape = layer.forward(parameters, np.roll(x, shift, axes))
    np.testing.assert_allclose(moved, np.roll(y, shift, axes), atol=1e-13)
    dx, gradients = layer.backward(parameters, tape, y)
    moved_dx, moved_gradients = layer.backward(parameters, moved_tape, moved)
    np.testing.assert_allclose(moved_dx, np.roll(dx, shift, axes), atol=1e-12)
    np.testing.assert_allclose(moved_gradients["weight"], gradients["weight"], atol=1e-11)


def test_backward_leaves_its_arguments_alone(case):
    layer, parameters, x = case
    y, tape = layer.forward(parameters, x)
    copies = x.copy(), y.copy(), tape.copy()
    first, _ = layer.backward(parameters, tape, y)
    np.testing.assert_array_equal(layer.backward(parameters, tape, y)[0], first)
    for now, before in zip((x, y, tape), copies, strict=True):
        np.testing.assert_array_equal(now, before)


def test_a_box_of_one_site_is_dense_at_every_site(rng):
    """A kernel of extent 1 mixes channels only."""
    layer, dense = nn.Convolution((1, 1), 3, 2), nn.Dense(3, 2)
    weight, bias, x = rng.normal(size=(2, 3)), rng.normal(size=2), rng.normal(size=(2, 4, 5, 3))
    y, _ = layer.forward({"weight": weight.reshape(2, 1, 1, 3), "bias": bias}, x)
    expected, _ = dense.forward({"weight": weight, "bias": bias}, x.reshape(-1, 3))
    np.testing.assert_allclose(y.reshape(-1, 2), expected, atol=1e-14)


def test_a_difference_operator():
    """W = (-1, 1) is the forward derivative on the ring: the last site sees the first."""
    layer = nn.Convolution((2,), 1, 1)
    parameters = {"weight": np.array([[[-1.0], [1.0]]]), "bias": np.array([0.5])}
    y, _ = layer.forward(parameters, np.array([[[1.0], [4.0], [9.0]]]))
    np.testing.assert_array_equal(y, [[[3.5], [5.5], [-7.5]]])


def test_start_has_variance_one_over_what_enters_a_unit():
    """Mean 0 and variance 1/(3 * 3 * 5) within 4 standard errors; bias exactly 0."""
    start = nn.Convolution((3, 3), 5, 400).initial(Stream(1, "convolution"))
    assert start["weight"].shape == (400, 3, 3, 5)
    weights = start["weight"].ravel() * math.sqrt(45)
    assert abs(weights.mean()) < 4 / math.sqrt(len(weights))
    assert abs((weights**2).mean() - 1) < 4 * math.sqrt(2 / len(weights))
    np.testing.assert_array_equal(start["bias"], np.zeros(400))
