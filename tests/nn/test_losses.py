"""Losses: values by hand, gradients by differences, no overflow for huge logits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from differences import gradient
from pomflow import nn

LABELS = np.array([0, 2, 2, 1])
LOGITS = arrays(np.float64, (4, 3), elements=st.floats(-5, 5))


def test_squared_error_by_hand():
    """(1/2) mean over the batch of the squared distance: (1 + 4 + 0 + 9) / 2 / 2."""
    prediction, target = np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([[0.0, 0.0], [3.0, 3.0]])
    assert nn.SquaredError().value(prediction, target) == pytest.approx(3.5)


def test_cross_entropy_by_hand():
    """Equal logits give ln(classes); logits ln p give -ln p(label)."""
    assert nn.CrossEntropy().value(np.ones((2, 4)), np.array([0, 3])) == pytest.approx(math.log(4))
    logits = np.log([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]]) + 3
    expected = -(math.log(0.7) + math.log(0.25)) / 2
    assert nn.CrossEntropy().value(logits, np.array([2, 1])) == pytest.approx(expected)


@given(prediction=LOGITS, target=LOGITS)
def test_gradient_of_squared_error(prediction, target):
    loss = nn.SquaredError()
    expected = gradient(lambda y: loss.value(y, target), prediction)
    np.testing.assert_allclose(loss.gradient(prediction, target), expected, atol=1e-8)


@given(logits=LOGITS)
def test_gradient_of_cross_entropy(logits):
    loss = nn.CrossEntropy()
    expected = gradient(lambda y: loss.value(y, LABELS), logits)
    np.testing.assert_allclose(loss.gradient(logits, LABELS), expected, atol=1e-8)


@given(logits=LOGITS, shift=st.floats(-1e3, 1e3))
def test_cross_entropy_ignores_a_common_shift(logits, shift):
    loss = nn.CrossEntropy()
    assert loss.value(logits + shift, LABELS) == pytest.approx(loss.value(logits, LABELS), abs=1e-11)


def test_cross_entropy_of_huge_logits():
    """Certain and right costs 0; certain and wrong costs the difference of the logits, not infinity."""
    loss, logits = nn.CrossEntropy(), np.array([[1e4, -1e4]])
    assert loss.value(logits, np.array([0])) == 0.0
    assert loss.value(logits, np.array([1])) == pytest.approx(2e4)
    np.testing.assert_array_equal(loss.gradient(logits, np.array([1])), [[1.0, -1.0]])


@pytest.mark.parametrize("loss", [nn.SquaredError(), nn.CrossEntropy()], ids=["squared", "entropy"])
def test_a_loss_is_a_mean_over_the_batch(loss, rng):
    """Repeating every example changes neither the value nor the sum of the gradient's rows."""
    prediction = rng.normal(size=(4, 3))
    target = LABELS if isinstance(loss, nn.CrossEntropy) else rng.normal(size=(4, 3))
    twice = np.concatenate((prediction, prediction)), np.concatenate((target, target))
    assert loss.value(*twice) == pytest.approx(loss.value(prediction, target))
    np.testing.assert_allclose(
        loss.gradient(*twice).sum(axis=0), loss.gradient(prediction, target).sum(axis=0), atol=1e-14
    )


def test_gradient_leaves_the_prediction_alone(rng):
    prediction = rng.normal(size=(4, 3))
    copy = prediction.copy()
    nn.CrossEntropy().gradient(prediction, LABELS)
    np.testing.assert_array_equal(prediction, copy)
