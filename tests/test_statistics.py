"""Means, ratios and errors against processes whose answers are known in closed form."""

import numpy as np
import pytest

from pomflow.analysis import statistics
from pomflow.analysis.estimates import Estimate, pull
from pomflow.analysis.thermalization import outlier_pull, thermalization_pull


def autoregressive(rho, chains, length, seed):
    """x_{t+1} = rho x_t + noise with unit variance: tau_int = (1 + rho) / (2 (1 - rho))."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(chains, length)) * np.sqrt(1 - rho**2)
    series = np.empty((chains, length))
    series[:, 0] = rng.normal(size=chains)
    for step in range(1, length):
        series[:, step] = rho * series[:, step - 1] + noise[:, step]
    return series


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.8])
def test_autocorrelation_time_and_error_of_an_autoregressive_process(rho):
    series = autoregressive(rho, chains=32, length=1500, seed=3)
    estimate = statistics.mean(series)
    exact = (1 + rho) / (2 * (1 - rho))
    assert estimate.tau_int == pytest.approx(exact, rel=0.1)
    assert estimate.error == pytest.approx(np.sqrt(2 * exact / series.size), rel=0.1)


@pytest.mark.parametrize(("rho", "length"), [(0.5, 300), (0.9, 300), (0.97, 300)])
def test_errors_of_many_short_chains(rho, length):
    """The mean error over 20 seeds is the true one, although a chain is only 5 to 100 tau long."""
    errors = [statistics.mean(autoregressive(rho, 32, length, seed)).error for seed in range(20)]
    lags = np.arange(1, length)
    variance = (1 + 2 * ((1 - lags / length) * rho**lags).sum()) / (32 * length)
    assert np.mean(errors) == pytest.approx(np.sqrt(variance), rel=0.1)


def test_chains_that_differ_show_it_in_the_error():
    """64 chains stuck at different values: the error is that of their spread."""
    rng = np.random.default_rng(8)
    levels = rng.normal(size=(64, 1))
    estimate = statistics.mean(levels + 0.01 * rng.normal(size=(64, 100)))
    assert estimate.error == pytest.approx(levels.std(ddof=1) / 8, rel=0.1)


def test_errors_cover_the_truth_as_often_as_they_should():
    """Of 60 independent means, 68 % lie within one error; 4.5 sigma of a binomial either way."""
    pulls = [
        abs(e.value) / e.error
        for e in map(statistics.mean, (autoregressive(0.5, 8, 200, s) for s in range(60)))
    ]
    inside = np.mean(np.array(pulls) < 1)
    assert abs(inside - 0.683) < 4.5 * np.sqrt(0.683 * 0.317 / 60)


def test_reweighting_a_gaussian_phase():
    """x normal, weight exp(i k x): <x> = i k and <x^2> = 1 - k^2 exactly; within 4 standard errors."""
    k, rng = 0.7, np.random.default_rng(5)
    x = rng.normal(size=(32, 2000))
    phase = np.exp(1j * k * x)
    real, imaginary = statistics.reweighted(phase, x + 0j)
    square, square_im = statistics.reweighted(phase, x * x + 0j)
    for estimate, exact in ((real, 0), (imaginary, k), (square, 1 - k * k), (square_im, 0)):
        assert abs(estimate.value - exact) < 4 * estimate.error
        assert estimate.error < 0.02


def test_ratio_knows_the_correlation_of_numerator_and_denominator():
    """With O = 1 the ratio is exactly 1 although both parts fluctuate."""
    phase = np.exp(1j * np.random.default_rng(6).normal(size=(8, 100)))
    real, imaginary = statistics.reweighted(phase, np.ones_like(phase))
    assert real.value == pytest.approx(1)
    assert imaginary.value == pytest.approx(0, abs=1e-14)
    assert real.error < 1e-12
    assert imaginary.error < 1e-12


def test_constant_series_has_no_error():
    estimate = statistics.mean(np.ones((4, 20)))
    assert (estimate.value, estimate.error) == (1, 0)


def test_effective_samples_and_largest_weight():
    phase = np.exp(1j * np.array([[0.0, 0.0, np.pi, 0.0, 0.0, 0.0, 0.0, 0.0]]))
    assert statistics.effective_sample_size(phase, tau_int=2.0) == pytest.approx(8 * 0.75**2 / 4)
    assert statistics.largest_weight(phase) == pytest.approx(1 / 6)


def test_pull():
    assert pull(Estimate(1.0, 0.3), Estimate(0.0, 0.4)) == pytest.approx(2.0)
    assert pull(Estimate(1e-15, 1e-17), Estimate(0.0, 0.0)) == 0
    assert pull(Estimate(1.0, 0.0), Estimate(0.0, 0.0)) == np.inf


def test_thermalization_pull_sees_drift_and_different_starts():
    rng = np.random.default_rng(7)
    settled = rng.normal(size=(16, 90))
    starts = ["hot", "ordered"] * 8
    drifting = settled + np.linspace(3, 0, 90)
    split = settled + np.where(np.array(starts) == "hot", 2.0, 0.0)[:, None]
    assert thermalization_pull(settled, starts) < 4
    assert thermalization_pull(drifting, starts) > 5
    assert thermalization_pull(split, starts) > 5
    assert thermalization_pull(split[::2], ["hot"] * 8) < 4
    # a common drift below the spread of the chains
    offset = settled + 5 * rng.normal(size=(16, 1)) + np.linspace(1.5, 0, 90)
    assert thermalization_pull(offset, starts) > 5


def test_thermalization_pull_sees_a_chain_apart_from_the_others():
    """Some of 64, 9 standard deviations of a mean over a chain away."""
    settled = np.random.default_rng(8).normal(size=(64, 90))
    for stuck in (1, 5, 20):
        apart = settled + np.where(np.arange(64) < stuck, 1.0, 0.0)[:, None]
        assert thermalization_pull(apart, ["ordered"] * 64) > 5
    assert thermalization_pull(settled, ["ordered"] * 64) < 4


@pytest.mark.parametrize("chains", [64, 256])
def test_one_rare_configuration_is_no_chain_apart_and_a_chain_caught_for_a_fifth_is(chains):
    """1 - cos of a phase that is nearly gone: its fourth moment lives in a few configurations."""
    phase = np.random.default_rng(11).normal(scale=0.01, size=(chains, 200))
    rare, caught = phase.copy(), phase.copy()
    rare[3, 70] = 0.4
    caught[3, -40:] += 0.4
    assert thermalization_pull(np.cos(phase)) < 4
    assert outlier_pull(np.cos(rare)) > 5 > 4 > thermalization_pull(np.cos(rare))
    assert thermalization_pull(np.cos(caught)) > 5


def test_outlier_pull_is_that_of_a_normal_variable():
    """Whatever their number, chains of normal numbers exceed its 1 % point in 1 % of cases, to 4 errors."""
    rng, beyond, expected = np.random.default_rng(10), 2.5758, 0.01
    for number in (8, 32):
        pulls = [outlier_pull(rng.normal(5, 2, (number, 9))) for _ in range(4000)]
        error = np.sqrt(expected * (1 - expected) / 4000)
        assert abs(np.mean(np.array(pulls) > beyond) - expected) < 4 * error
    assert outlier_pull(np.full((8, 9), 0.3)) == 0
    assert np.isinf(outlier_pull(np.repeat([[1.0], [1.0], [1.0], [2.0]], 9, axis=1)))


def test_thermalization_is_unknown_with_one_chain_of_a_start():
    series = np.random.default_rng(9).normal(size=(3, 30))
    assert np.isnan(thermalization_pull(series, ["hot", "ordered", "hot"]))


def test_series_with_its_covariance():
    """Errors know the autocorrelation, the correlation of 0.8 is found, and a constant has neither."""
    rho, chains, length = 0.5, 32, 1500
    common, own = (autoregressive(rho, chains, length, seed) for seed in (1, 2))
    first, second = statistics._obs(common), statistics._obs(0.8 * common + 0.6 * own)
    found = statistics.series_of(("time",), np.array([first, second, 0 * first + 2.0]))
    variance = 1 / (chains * length) * (1 + rho) / (1 - rho)
    assert found.values == pytest.approx([0, 0, 2], abs=4 * variance**0.5)
    expected = variance * np.array([[1, 0.8, 0], [0.8, 1, 0], [0, 0, 0]])
    np.testing.assert_allclose(found.covariance, expected, atol=0.08 * variance)
    np.testing.assert_allclose(found.errors, np.sqrt(np.diag(found.covariance)))
    assert found.tau_int == pytest.approx((1 + rho) / (2 * (1 - rho)), rel=0.1)
