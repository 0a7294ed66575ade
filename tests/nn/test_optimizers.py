"""Optimizers against iterations written out by hand and on a quadratic whose minimum is known."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pomflow import nn

CURVATURE = np.array([1.0, 5.0, 0.3])
MINIMUM = np.array([1.0, -2.0, 3.0])


def slope(theta):
    """Gradient of sum_i curvature_i (theta_i - minimum_i)^2 / 2."""
    return CURVATURE * (theta - MINIMUM)


def descend(optimizer, rate: float, steps: int):
    """theta after each step from 0, shape (steps, 3)."""
    theta, path = np.zeros(3), []
    state = optimizer.start(theta)
    for _ in range(steps):
        theta, state = optimizer.step(theta, slope(theta), state, rate)
        path.append(theta)
    return np.array(path)


@pytest.mark.parametrize(
    ("optimizer", "rate", "steps"),
    [(nn.SGD(), 0.3, 400), (nn.Momentum(0.9), 0.05, 400), (nn.Adam(), 0.05, 3000)],
    ids=["sgd", "momentum", "adam"],
)
def test_minimum_of_a_quadratic_is_found(optimizer, rate, steps):
    np.testing.assert_allclose(descend(optimizer, rate, steps)[-1], MINIMUM, atol=1e-5)


def test_gradient_descent_contracts_as_it_must():
    """theta_k - minimum = (1 - rate curvature)^k (theta_0 - minimum)."""
    factors = (1 - 0.2 * CURVATURE) ** np.arange(1, 11)[:, None]
    np.testing.assert_allclose(descend(nn.SGD(), 0.2, 10), MINIMUM - factors * MINIMUM, rtol=1e-12)


def test_momentum_by_hand():
    """v <- 0.8 v - rate g; theta <- theta + v."""
    theta, velocity, expected = np.zeros(3), np.zeros(3), []
    for _ in range(10):
        velocity = 0.8 * velocity - 0.1 * slope(theta)
        theta = theta + velocity
        expected.append(theta)
    np.testing.assert_allclose(descend(nn.Momentum(0.8), 0.1, 10), expected, rtol=1e-13)


@given(scale=st.floats(1e-4, 1e4), rate=st.floats(1e-4, 1.0))
def test_first_step_of_adam_is_the_rate(scale, rate):
    """Whatever the size of the gradient, every parameter moves by the rate against its sign."""
    gradient = scale * np.array([1.0, -2.0, 0.5])
    adam, theta = nn.Adam(), np.zeros(3)
    moved, _ = adam.step(theta, gradient, adam.start(theta), rate)
    np.testing.assert_allclose(moved, -rate * np.sign(gradient), rtol=1e-3)


def test_adam_by_hand():
    """Algorithm 1 of Kingma and Ba in plain Python, one parameter at a time."""
    first, second, epsilon, rate = 0.8, 0.95, 1e-6, 0.1
    expected = np.zeros((8, 3))
    for i in range(3):
        theta = mean = square = 0.0
        for t in range(1, 9):
            g = CURVATURE[i] * (theta - MINIMUM[i])
            mean = first * mean + (1 - first) * g
            square = second * square + (1 - second) * g**2
            m_hat, v_hat = mean / (1 - first**t), square / (1 - second**t)
            theta -= rate * m_hat / (math.sqrt(v_hat) + epsilon)
            expected[t - 1, i] = theta
    np.testing.assert_allclose(descend(nn.Adam(first, second, epsilon), rate, 8), expected, rtol=1e-12)


@pytest.mark.parametrize("optimizer", [nn.SGD(), nn.Momentum(), nn.Adam()], ids=["sgd", "momentum", "adam"])
def test_a_step_is_a_function_of_its_arguments(optimizer):
    """Nothing is changed in place and nothing is remembered: a checkpoint continues bit for bit."""
    theta = np.array([1.0, 2.0, 3.0])
    _, state = optimizer.step(theta, slope(theta), optimizer.start(theta), 0.1)
    kept = {name: np.copy(value) for name, value in state.items()}
    once, _ = optimizer.step(theta, slope(theta), state, 0.1)
    again, _ = optimizer.step(theta, slope(theta), kept, 0.1)
    np.testing.assert_array_equal(once, again)
    np.testing.assert_array_equal(theta, [1.0, 2.0, 3.0])


def test_schedule_holds_then_falls_to_its_floor():
    """Peak until the fraction ``hold``, half way down in the middle, floor * peak at the end, no rise."""
    rate = nn.hold_then_cosine(0.4, hold=0.5, floor=0.1)
    assert [rate(0.0), rate(0.3), rate(0.5)] == [0.4] * 3
    assert rate(0.75) == pytest.approx(0.4 * (1 + 0.1) / 2)
    assert rate(1.0) == pytest.approx(0.04)
    values = [rate(fraction) for fraction in np.linspace(0, 1, 101)]
    assert (np.diff(values) <= 1e-15).all()
