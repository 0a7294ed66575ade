"""Reweighting of several contours with complex weights, against an integral in closed form."""

import numpy as np
import pyerrors
import pytest

from pomflow.analysis import gates, statistics
from pomflow.analysis.reweighting import (
    BRIDGE,
    ESS,
    LARGEST_WEIGHT,
    NEIGHBOURS,
    OVERLAP,
    Reweighted,
    combined,
    curve,
    effective_sample_size,
    independent_sum,
    log_ratio,
    overlap_status,
    run_of,
    scaled,
)
from pomflow.config.curves import middles, with_values_between

SLOPE = 1.2 + 0.5j
CHAINS, LENGTH = 16, 250


def action(z, mu):
    """S = z^2/2 - c z with c = mu (1.2 + 0.5i): <z> = c, <z^2> = 1 + c^2, ln Z = c^2/2 + constant."""
    return z * z / 2 - SLOPE * mu * z


def exact(mu, first=0.0):
    c = SLOPE * mu
    return {"z": c, "square": 1 + c * c, "ln_z": (c * c - (SLOPE * first) ** 2) / 2}


def configurations(mu, seed, height=None):
    """(z, theta) on the line Im z = ``height``, by default half of where the phase is constant."""
    height = 0.5 * SLOPE.imag * mu - 0.1 if height is None else height
    rng = np.random.default_rng([seed, round(1000 * (mu + 10))])
    z = SLOPE.real * mu + rng.normal(size=(CHAINS, LENGTH)) + 1j * height
    return z, -action(z, mu).imag


def runs_at(simulated, wanted, seed=1, spoil=None):
    """Runs at some values; ``spoil`` changes the phases of the last one."""
    bounds, runs = middles(simulated), []
    for place, mu in enumerate(simulated):
        low, high = ([-np.inf, *simulated, np.inf][place + shift] for shift in (0, 2))
        z, theta = configurations(mu, seed)
        if spoil and mu == simulated[-1]:
            theta = spoil(theta)
        asked = [value for value in {*wanted, *bounds} if low < value < high]
        weights = {value: 1j * theta + (action(z, mu) - action(z, value)) for value in asked}
        series = {value: {"z": z, "square": z * z} for value in asked}
        runs.append(run_of(weights, series, mu, bounds[place - 1] if place else mu, 0.5))
    return runs


def curve_along(simulated, between=3, **options):
    wanted = with_values_between(simulated, between)
    return curve(runs_at(simulated, wanted, **options), middles(simulated), wanted)


def pulls(places, first=0.0):
    """Of every number of a curve, by name and value."""
    found = {}
    for mu, place in places.items():
        known = exact(mu, first)
        pairs = {"ln_z": place.ln_z[0], "ln_z_im": place.ln_z[1], **place.at.values}
        for name, estimate in pairs.items():
            value = known[name.removesuffix("_im")]
            difference = estimate.value - (value.imag if name.endswith("_im") else value.real)
            if mu != first or not name.startswith("ln_z"):
                found[name, mu] = difference / estimate.error
    return found


def test_curves_of_observables_and_of_ln_z():
    places = curve_along([0.0, 0.6, 1.2, 1.8])
    assert {place.at.status for place in places.values()} == {gates.OK}
    assert {place.ln_z_status for place in places.values()} == {gates.OK}
    found = pulls(places)
    assert len(found) == 13 * 6 - 2
    assert max(map(abs, found.values())) < 4
    assert abs(places[0.0].ln_z[0].value) + places[0.0].ln_z[0].error < 1e-15
    assert places[1.8].ln_z[0].error < 0.05


def test_errors_are_honest():
    """Of 40 seeds the pulls of every kind of number have the spread 1, at points and between them."""
    found = [pulls(curve_along([0.0, 0.6, 1.2], between=1, seed=seed)) for seed in range(40)]
    for name in found[0]:
        spread = np.array([one[name] for one in found])
        assert abs(spread.mean()) < 4.5 / np.sqrt(40), name
        # five standard errors of the spread of 40 normal numbers
        assert abs(spread.std(ddof=1) - 1) < 5 / np.sqrt(2 * 39), name


def test_a_simulated_value_is_what_its_own_run_says():
    z, theta = configurations(0.6, 1)
    place = curve_along([0.0, 0.6, 1.2])[0.6]
    for name, known in zip(("z", "z_im"), statistics.reweighted(np.exp(1j * theta), z), strict=True):
        found = place.at.values[name]
        assert (found.value, found.error) == (known.value, known.error)
    assert place.at.ess == pytest.approx(statistics.effective_sample_size(np.exp(1j * theta), 0.5))


def test_two_contours_are_better_than_one():
    """And their weights nearly as good as those of smallest variance, where the contours are alike."""
    wanted = with_values_between([0.0, 0.8], 3)
    runs = runs_at([0.0, 0.8], wanted)
    for value in wanted[1:-1]:
        parts = [run.parts[value] for run in runs]
        together = combined(parts)
        for name in ("z", "square"):
            errors = np.array([part.values[name].error for part in parts])
            assert together.values[name].error < 1.1 * errors.min()
            assert together.values[name].error < 1.2 / np.sqrt((errors**-2.0).sum())


def test_the_error_of_a_sum_is_that_of_independent_ensembles():
    """pyerrors finds the same of two ensembles of their own names."""
    rng = np.random.default_rng(3)
    one, other = rng.normal(size=(2, 8, 100))
    estimates = [statistics.mean(one), statistics.mean(other)]
    named = [
        pyerrors.Obs(list(series - series.mean()), [f"{name}|{k}" for k in range(8)], means=[0.0] * 8)
        for name, series in (("one", one), ("other", other))
    ]
    joint = 0.3 * named[0] + 0.7 * named[1]
    joint.gamma_method()
    assert independent_sum(estimates, [0.3, 0.7]).error == pytest.approx(joint.dvalue)


def test_values_that_are_too_far_from_every_point():
    """ln Z ends at the first bridge that does not hold; observables come back near the next point."""
    places = curve_along([-3.0, 3.0], between=2)
    found = [place.at.status for place in places.values()]
    assert (found[0], found[-1]) == ("ok", "ok")
    assert {*found[1:-1]} <= {ESS, OVERLAP}
    assert all(bool(place.at.values) == (place.at.status == "ok") for place in places.values())
    assert places[-3.0].ln_z_status == "ok"
    assert places[3.0].ln_z is None
    assert places[3.0].ln_z_status == BRIDGE


def test_a_contour_that_contradicts_its_neighbour():
    """A phase that was lost: both are marked, and no bridge leads over."""
    places = curve_along([0.0, 0.6], between=1, spoil=lambda theta: 0 * theta)
    assert places[0.3].at.status == NEIGHBOURS
    assert not places[0.3].at.values
    assert places[0.3].at.ess > 1000
    assert places[0.6].ln_z_status == BRIDGE


def test_a_run_without_numbers_is_passed_over():
    """Beside a point that failed its own gate the other one serves, as far as it reaches."""
    wanted = with_values_between([0.0, 0.6, 1.2], 3)
    runs = runs_at([0.0, 0.6, 1.2], wanted)
    runs[1] = type(runs[1])({value: Reweighted("apf", 0.0) for value in runs[1].parts}, {})
    places = curve(runs, middles([0.0, 0.6, 1.2]), wanted)
    assert places[0.6].at.status == places[0.6].ln_z_status == "apf"
    assert places[0.15].at.status == "ok"
    assert places[0.15].ln_z_status == "ok"
    assert places[1.2].at.status == "ok"
    assert places[1.2].ln_z_status == BRIDGE


@pytest.mark.parametrize(
    ("weight", "own", "status"),
    [
        (np.ones(400), 400.0, "ok"),
        (np.ones(90), 90.0, ESS),
        (np.ones(400), 4001.0, OVERLAP),
        (np.append(np.ones(4000), 300.0), 300.0, LARGEST_WEIGHT),
        (np.full(400, np.nan), 400.0, ESS),
    ],
)
def test_gates_of_one_contour(weight, own, status):
    assert overlap_status(weight, effective_sample_size(weight, 0.5), own) == status


def test_weights_of_large_actions_do_not_overflow():
    """A constant of S is no weight: it comes back in ln Z."""
    theta = configurations(0.6, 1)[1]
    log_weight = 1j * theta + 900.0
    weight, shift = scaled(log_weight)
    assert shift == 900
    np.testing.assert_allclose(weight, np.exp(1j * theta))
    real, imaginary = log_ratio(log_weight, 1j * theta)
    assert real.value == pytest.approx(900)
    assert imaginary.value == pytest.approx(0, abs=1e-12)
    assert max(real.error, imaginary.error) < 1e-12
