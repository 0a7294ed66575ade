"""The tail index: known distributions, weights, and the honesty of its error."""

import numpy as np
import pytest

from pomflow.analysis.tail import quantiles, tail_index

CHAINS, STEPS = 64, 4000


def equal(values):
    return np.ones_like(values)


def pareto(rng, alpha, shape=(CHAINS, STEPS)):
    """P(u > x) = x^{-alpha}."""
    return 1 + rng.pareto(alpha, shape)


@pytest.mark.parametrize("alpha", [1.0, 2.0, 4.0])
def test_power_laws(alpha, rng):
    """xi = 1 / alpha within 4 standard errors."""
    values = pareto(rng, alpha)
    found = tail_index(values, equal(values))
    assert abs(found.value - 1 / alpha) < 4 * found.error
    assert found.error < 0.05


def test_an_exponential_is_no_power_law(rng):
    """xi = 0 within 4 standard errors."""
    values = rng.exponential(size=(CHAINS, STEPS))
    found = tail_index(values, equal(values))
    assert abs(found.value) < 4 * found.error


def test_what_falls_faster_than_exponentials_is_negative(rng):
    """Normal numbers, and bounded ones, which have xi = -1 where they are uniform."""
    normal, uniform = np.abs(rng.normal(size=(CHAINS, STEPS))), rng.uniform(size=(CHAINS, STEPS))
    assert tail_index(normal, equal(normal)).value < 0
    found = tail_index(uniform, equal(uniform))
    assert abs(found.value + 1) < 4 * found.error


def test_weights_undo_a_biased_sample(rng):
    """A density u^{-2} seen through the weight 1/u is the density u^{-3}: xi = 1/2, not 1."""
    values = pareto(rng, 1.0)
    found = tail_index(values, 1 / values)
    assert abs(found.value - 0.5) < 4 * found.error
    assert found.error < 0.05


def test_the_unit_of_the_values_does_not_matter(rng):
    values = pareto(rng, 2.0)
    one, other = tail_index(values, equal(values)), tail_index(1000 * values, 5 * equal(values))
    assert other.value == pytest.approx(one.value, rel=1e-9)
    assert other.error == pytest.approx(one.error, rel=1e-9)


def test_the_error_is_the_spread_over_repetitions(rng):
    """Chains that repeat every value 20 times: the error counts what is independent, within 25 %."""
    found = []
    for _ in range(200):
        values = np.repeat(pareto(rng, 3.0, (32, 100)), 20, axis=1)
        found.append(tail_index(values, equal(values), 0.05))
    spread = np.std([one.value for one in found])
    assert np.mean([one.error for one in found]) == pytest.approx(spread, rel=0.25)


def test_values_that_are_all_the_same_have_no_index():
    for value in (0.0, 1.0):
        assert np.isnan(tail_index(np.full((4, 200), value), np.ones((4, 200))).value)


def test_quantiles(rng):
    """Exceeded by the shares asked for, of the count and of the weight."""
    values = rng.normal(size=(8, 500))
    weights = rng.uniform(0.5, 2, size=values.shape)
    for survival in (0.5, 0.1, 0.01):
        above = values > quantiles(values, equal(values), survival)
        assert above.mean() == pytest.approx(survival, abs=1.5 / 4000)
        share = weights[values > quantiles(values, weights, survival)].sum() / weights.sum()
        assert share == pytest.approx(survival, abs=2 / 4000)
    low, high = quantiles(values, weights, (0.9, 0.1))
    assert low < high
