"""Reweighted histograms against states that can be counted, and their errors against repeated experiments."""

import numpy as np
import pytest

from pomflow.errors import DivergenceError
from pomflow.lattice import Lattice
from pomflow.models.ising import exact
from pomflow.models.ising.model import Ising
from pomflow.random.stream import Stream
from pomflow.studies.ising import readout
from pomflow.studies.ising.multi_histogram import MOST_LEVELS, DensityOfStates, Histograms, solved
from pomflow.studies.ising.resampling import drawn_chains, replicas

MODEL = Ising(Lattice((4, 4)))
BETA = np.linspace(0.25, 0.55, 7)
BETWEEN = np.linspace(0.25, 0.55, 31)
LEVELS, STATES = np.unique(MODEL.energy(exact.states(16)), return_counts=True)
CHAINS = 20


def probabilities(beta) -> np.ndarray:
    """Of every energy at every beta."""
    weight = STATES * np.exp(-np.outer(beta, LEVELS))
    return weight / weight.sum(axis=1, keepdims=True)


def energies(rng, configurations=400) -> np.ndarray:
    """Independent configurations of every class."""
    return np.array([rng.choice(LEVELS, configurations, p=row) for row in probabilities(BETA)])


def states_of(solution) -> DensityOfStates:
    histograms = solution.histograms
    return DensityOfStates.of(histograms.levels, histograms.counts.sum(axis=(0, 1)), BETA, solution.bias)


def test_expected_histograms_give_exact_thermodynamics():
    """With as many counts as are expected the exact Z solves the equations, at and between the classes."""
    solution = solved(Histograms(BETA, LEVELS, 1000 * probabilities(BETA)[:, None, :]))
    known = exact.enumerated(MODEL, BETWEEN)
    np.testing.assert_allclose(
        -np.diff(solution.bias), np.diff(exact.enumerated(MODEL, BETA).log_z), rtol=1e-6
    )
    states = states_of(solution)
    mean, variance, third = states.cumulants(BETWEEN)
    np.testing.assert_allclose(np.diff(states.log_z(BETWEEN)), np.diff(known.log_z), rtol=1e-6)
    np.testing.assert_allclose(mean, known.energy, rtol=1e-6)
    np.testing.assert_allclose(variance, known.variance, rtol=1e-6)
    step = 1e-4
    upper, lower = (exact.enumerated(MODEL, BETWEEN + sign * step).variance for sign in (1, -1))
    np.testing.assert_allclose(third, -(upper - lower) / (2 * step), rtol=1e-5, atol=1e-3)


def test_any_number_of_configurations(rng):
    """Counts all times larger change nothing, though the function is rounded to more than its last steps."""
    histograms = Histograms.of(BETA, energies(rng), CHAINS)
    few = solved(histograms).bias
    for times in 10 ** np.arange(2, 11, 2):
        many = solved(Histograms(BETA, histograms.levels, histograms.counts * times)).bias
        np.testing.assert_allclose(many, few, atol=1e-6)


def test_the_equations_are_self_consistent(rng):
    """Z(beta_k) of the density of states is e^-b_k again."""
    solution = solved(Histograms.of(BETA, energies(rng), CHAINS))
    again = -states_of(solution).log_z(BETA)
    np.testing.assert_allclose(again - again.mean(), solution.bias, atol=1e-6)


def test_errors_are_those_of_repeated_experiments(rng):
    """ln Z differences, <E> and C of 60 datasets: their mean squared pulls are 1 within 4 standard errors."""
    known, pulls = exact.enumerated(MODEL, BETWEEN), []
    for number in range(60):
        solution = solved(Histograms.of(BETA, energies(rng, 200), CHAINS))
        drawn = drawn_chains(40, len(BETA), CHAINS, Stream(number, "test"))
        redrawn, counts = solution.redrawn(drawn), solution.histograms.drawn(drawn)
        draws = [DensityOfStates.of(LEVELS, *pair) for pair in _at_levels(solution, counts, redrawn)]
        values = [_numbers(one) for one in (states_of(solution), *draws)]
        truth = known.log_z[-1] - known.log_z[0], known.energy[13], known.variance[13]
        pulls.append((values[0] - truth) / np.std(values[1:], axis=0, ddof=1))
    squares = np.mean(np.square(pulls), axis=0)
    # the square of a normal number has the variance 2, and errors of 20 chains fluctuate themselves
    assert np.abs(squares - 1).max() < 4 * np.sqrt(2 / 60) * 1.2, squares


def _at_levels(solution, counts, redrawn):
    """Arguments of the density of states of each draw, all energies of the model among the levels."""
    full = np.zeros((len(counts), len(LEVELS)))
    full[:, np.searchsorted(LEVELS, solution.histograms.levels)] = counts
    return ((row, BETA, bias) for row, bias in zip(full, redrawn, strict=True))


def _numbers(states: DensityOfStates) -> np.ndarray:
    ends, (mean, variance, _) = states.log_z(BETWEEN[[0, -1]]), states.cumulants(BETWEEN[13:14])
    return np.array([ends[1] - ends[0], mean[0], variance[0]])


def test_a_draw_is_the_solution_of_its_chains_to_first_order(rng):
    """What one step of Newton's method leaves is far below the error."""
    histograms = Histograms.of(BETA, energies(rng), CHAINS)
    solution = solved(histograms)
    drawn = drawn_chains(20, len(BETA), CHAINS, Stream(1, "test"))
    redrawn = solution.redrawn(drawn)
    for chains, bias in zip(drawn, redrawn, strict=True):
        counts = (histograms.counts * chains[:, :, None]).sum(axis=1, keepdims=True)
        whole = solved(Histograms(BETA, histograms.levels, counts)).bias
        np.testing.assert_allclose(bias - bias.mean(), whole, atol=0.1 * redrawn.std(axis=0).max())


def test_the_best_network_has_the_same_free_energy(rng):
    """For h = 3 E - 7 the last layer has one freedom more, the unit of E; beyond it lies within 4 errors."""
    energy = energies(rng, 2000)
    solution, h = solved(Histograms.of(BETA, energy, CHAINS)), 3.0 * energy - 7
    weight, bias = -(BETA - BETA.mean()) / (3 * BETA.std()), np.zeros(len(BETA))
    refits = replicas(BETA, h, CHAINS, weight, bias, 60, Stream(1, "test"))

    def bent(values):
        return values - readout.affine(BETA, values)

    redrawn = solution.redrawn(refits.drawn)
    spread = [bent(one) - bent(other) for one, other in zip(refits.drawn_bias, redrawn, strict=True)]
    difference, error = bent(refits.bias) - bent(solution.bias), np.std(spread, axis=0, ddof=1)
    assert np.abs(difference / error).max() < 4
    # of common draws it is smaller than the error of the network
    assert (error < np.std([bent(one) for one in refits.drawn_bias], axis=0, ddof=1)).all()


def test_many_energies_are_sorted_into_bins(rng):
    """Energies smeared by a thousandth of their spread: the same numbers to a hundredth of their errors."""
    energy = energies(rng) + rng.normal(scale=1e-2, size=(len(BETA), 400))
    binned = Histograms.of(BETA, energy, CHAINS)
    assert len(np.unique(energy)) > MOST_LEVELS >= len(binned.levels)
    assert binned.counts.sum() == energy.size
    assert binned.counts.sum(axis=(0, 1)) @ binned.levels == pytest.approx(energy.sum())
    sharp = solved(Histograms.of(BETA, energy.round() // 4 * 4, CHAINS)).bias
    assert np.abs(np.diff(solved(binned).bias - sharp, 2)).max() < 0.01


def test_a_weight_of_few_configurations_shows(rng):
    """Where no class is near, few configurations have all the weight."""
    states = states_of(solved(Histograms.of(BETA, energies(rng), CHAINS)))
    near, far = states.effective_sample_size([0.4, -0.3])
    assert far < 100 < near <= BETA.size * 400


def test_temperatures_that_do_not_overlap_are_refused():
    for distance in (20.0, 1000.0):
        energy = np.array([[-1.0, -2.0] * 20, [-1.0 - distance, -2.0 - distance] * 20])
        with pytest.raises(DivergenceError, match="energies of neighbours overlap"):
            solved(Histograms.of(np.array([0.1, 0.9]), energy, CHAINS))
