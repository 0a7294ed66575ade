"""Control variates against integrals whose values are known, and errors against the spread of runs."""

import numpy as np
import pytest
from scipy import special

from pomflow.analysis import control_variates, statistics

# weight exp(-x^2 / 2 + i a x) in each of some variables, so that dS/dx = x - i a
SLOPE = 0.5
MEAN_COSINE = np.exp(-0.5) * np.cosh(SLOPE)


def normal_theory(seed: int, chains: int, recorded: int, variables: int = 1):
    """x of independent samples, and e^{i theta}."""
    x = np.random.default_rng(seed).normal(size=(chains, recorded, variables))
    return x, np.exp(1j * SLOPE * x.sum(axis=-1))


def of_first(x):
    """G = x and sin x of the first variable."""
    x = x[..., 0]
    z = x - 1j * SLOPE
    return np.stack([1 - x * z, np.cos(x) - np.sin(x) * z], axis=-1)


def of_pairs(x):
    """G_i = x_j for every i and j."""
    variables = x.shape[-1]
    found = np.eye(variables) - x[..., None, :] * (x - 1j * SLOPE)[..., None]
    return found.reshape(*x.shape[:2], variables**2)


def pulls_of(runs: int, measure):
    """(value - exact) / error of the real part, and the gains."""
    found = [measure(seed) for seed in range(runs)]
    exact = found[0][1]
    pulls = [(one.real.value - exact) / one.real.error for one, _ in found]
    return np.array(pulls), np.array([one.gain for one, _ in found])


def test_errors_shrink_and_stay_honest():
    """cos x over 40 runs: at least 3 times less variance, pulls of mean 0 and spread 1 within 4 errors."""

    def measure(seed):
        x, phase = normal_theory(seed, 8, 100)
        return control_variates.reweighted(phase, np.cos(x[..., 0]), of_first(x)), MEAN_COSINE

    pulls, gains = pulls_of(40, measure)
    assert np.median(gains) > 3
    assert abs(pulls.mean()) < 4 / np.sqrt(40)
    assert abs((pulls**2).mean() - 1) < 4 * np.sqrt(2 / 40)


def test_as_many_identities_as_configurations():
    """64 functions, most of them nothing but noise, fitted on 64 configurations: errors are no smaller than
    the spread, within 4 errors of it, and a fit that does not pay is not used."""

    def measure(seed):
        x, phase = normal_theory(seed, 8, 16, variables=8)
        return control_variates.reweighted(phase, np.cos(x[..., 0]), of_pairs(x)), MEAN_COSINE

    pulls, gains = pulls_of(40, measure)
    assert (pulls**2).mean() - 1 < 4 * np.sqrt(2 / 40)
    assert np.median(gains) > 0.9


def test_mean_phase_factor():
    """<e^{i cos t}> = J_0(1) for angles t: at least 10 times less variance, pulls of mean 0 and spread 1."""

    def measure(seed):
        t = 2 * np.pi * np.random.default_rng(seed).random((8, 100))
        # G = sin t and sin 2t, S = -i cos t
        identities = [n * np.cos(n * t) - 1j * np.sin(n * t) * np.sin(t) for n in (1, 2)]
        exact = special.j0(1.0)
        return control_variates.mean_phase_factor(np.exp(1j * np.cos(t)), np.stack(identities, -1)), exact

    pulls, gains = pulls_of(40, measure)
    assert np.median(gains) > 10
    assert abs(pulls.mean()) < 4 / np.sqrt(40)
    assert abs((pulls**2).mean() - 1) < 4 * np.sqrt(2 / 40)


def test_a_variance_that_rests_on_few_configurations_is_no_variance():
    """Functions that fit e^{i a x} nearly everywhere but where x is large and rare: the fit is not used."""
    x, phase = normal_theory(1, 8, 100)
    found = control_variates.mean_phase_factor(phase, of_first(x))
    assert found.real == statistics.mean(phase.real)


@pytest.mark.parametrize(("chains", "count"), [(8, 0), (3, 2)])
def test_without_identities_or_chains_it_is_plain_reweighting(chains, count):
    x, phase = normal_theory(1, chains, 50)
    values = x[..., 0] ** 2
    found = control_variates.reweighted(phase, values, of_first(x)[..., :count])
    assert (found.real, found.imaginary) == statistics.reweighted(phase, values)
    assert found.gain == 1
    assert control_variates.mean_phase_factor(phase, of_first(x)[..., :count]).gain == 1


def test_what_has_nothing_to_do_with_it_is_left_alone():
    """Noise of mean zero in 4 chains takes nothing away, so none of it is used."""
    x, phase = normal_theory(1, 4, 500)
    noise = np.random.default_rng(2).normal(size=(4, 500, 20)) + 0j
    found = control_variates.reweighted(phase, x[..., 0] ** 2, noise)
    assert found.gain == pytest.approx(1, abs=0.1)


def test_no_half_knows_what_is_subtracted_from_it():
    """A change in the first chains changes the coefficients of the last ones alone."""
    x, phase = normal_theory(1, 8, 200)
    targets, variates = np.cos(x) * phase[..., None], of_first(x) * phase[..., None]

    def subtracted(targets):
        found = control_variates.cross_fitted(targets, variates, lambda one: one.real)
        return targets - found

    changed = targets.copy()
    changed[:4] *= 1j
    before, after = subtracted(targets), subtracted(changed)
    np.testing.assert_allclose(before[:4], after[:4], atol=1e-12)
    assert not np.allclose(before[4:], after[4:])


def test_coefficients_are_those_of_least_squares(rng):
    """Without a ridge those of NumPy for centred values; what is constant gets none."""
    x = rng.normal(size=(4, 20, 3)) + 1j * rng.normal(size=(4, 20, 3))
    x[..., 2] = 2.0
    y = rng.normal(size=(4, 20, 2)) + 0j
    found = control_variates.coefficients(y, x, 1e-14)
    flat, target = x.reshape(80, 3)[:, :2], y.reshape(80, 2)
    expected, *_ = np.linalg.lstsq(flat - flat.mean(axis=0), target - target.mean(axis=0))
    np.testing.assert_allclose(found[:2], expected, rtol=1e-9)
    np.testing.assert_array_equal(found[2], 0)
