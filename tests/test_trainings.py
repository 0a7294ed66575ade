"""Several trainings of a contour: chi^2 and spread against closed forms, the columns, and who is marked."""

import itertools
import math

import numpy as np
import pytest

from link_scan import collected, made, numbers_of, plugged
from pomflow.analysis import gates
from pomflow.analysis.estimates import Estimate, pull
from pomflow.analysis.trainings import CHANCE, Spread, chi_squared, excess, with_trainings
from pomflow.stages.scan.collect_scan import NO_NUMBERS
from pomflow.stages.scan.trainings import judged, training_columns

VALUES, ERRORS = np.array([0.3, 0.36, 0.27, 0.41]), np.array([0.02, 0.03, 0.01, 0.05])


def spread(values, errors) -> Spread:
    return Spread.of([Estimate(*pair) for pair in zip(values, errors, strict=True)])


# --- chi^2 and the spread -----------------------------------------------------------------------------------


def test_chi_squared_is_a_sum_over_pairs():
    """sum_{i<j} w_i w_j (x_i - x_j)^2 / sum_k w_k, w = 1 / s^2, in which no mean stands."""
    weights = ERRORS**-2.0
    pairs = [
        weights[i] * weights[j] * (VALUES[i] - VALUES[j]) ** 2 for i, j in itertools.combinations(range(4), 2)
    ]
    assert chi_squared(VALUES, ERRORS) == pytest.approx(sum(pairs) / weights.sum(), rel=1e-12)


def test_of_two_it_is_the_squared_pull_and_its_probability_that_of_a_normal_number():
    first, second = Estimate(0.3, 0.03), Estimate(0.4, 0.04)
    found = Spread.of([first, second])
    assert found.reduced == pytest.approx(pull(first, second) ** 2)
    assert found.probability == pytest.approx(math.erfc(2 / math.sqrt(2)))
    assert found.deviation == pytest.approx(0.1 / math.sqrt(2))
    assert found.expected == pytest.approx(math.sqrt((0.03**2 + 0.04**2) / 2))


def test_of_three_the_probability_is_an_exponential():
    found = spread(VALUES[:3], ERRORS[:3])
    chi2 = chi_squared(VALUES[:3], ERRORS[:3])
    assert found.reduced == pytest.approx(chi2 / 2)
    assert found.probability == pytest.approx(math.exp(-chi2 / 2))


def test_chance_has_the_expected_spread_and_uniform_probabilities():
    """4000 times four means that differ by chance alone; tolerances are four standard errors."""
    noise = np.random.default_rng(7).standard_normal((4000, 4)) * ERRORS
    found = [spread(0.3 + one, ERRORS) for one in noise]
    squares = np.array([one.deviation**2 for one in found])
    assert abs(squares.mean() - (ERRORS**2).mean()) < 4 * squares.std() / math.sqrt(4000)
    probabilities = np.array([one.probability for one in found])
    assert abs(probabilities.mean() - 0.5) < 4 / math.sqrt(12 * 4000)
    assert abs((probabilities < 0.1).mean() - 0.1) < 4 * math.sqrt(0.09 / 4000)


def test_the_excess_is_the_variance_between_trainings():
    """Of trainings that differ by a normal number of width 0.05, seen with errors; four standard errors."""
    stream = np.random.default_rng(8)
    values = 0.05 * stream.standard_normal((4000, 4)) + ERRORS * stream.standard_normal((4000, 4))
    squares = np.array([one.deviation**2 - one.expected**2 for one in (spread(v, ERRORS) for v in values)])
    assert abs(squares.mean() - 0.05**2) < 4 * squares.std() / math.sqrt(4000)


@pytest.mark.parametrize(
    ("deviation", "expected", "left"), [(0.05, 0.03, 0.04), (0.03, 0.03, 0.0), (0.01, 0.03, 0.0)]
)
def test_what_statistics_explains_is_no_excess(deviation, expected, left):
    assert excess(deviation, expected) == pytest.approx(left)


def test_one_training_has_no_spread():
    alone = spread(VALUES[:1], ERRORS[:1])
    assert np.isnan([alone.deviation, alone.expected, alone.reduced, alone.probability]).all()
    assert math.isnan(excess(alone.deviation, alone.expected))


def test_rounding_is_no_difference():
    """What a symmetry makes exactly zero on every contour has errors of rounding."""
    found = spread([0.0, 3e-17, -2e-17], [0.0, 1e-18, 0.0])
    assert found.reduced < 1e-6
    assert found.probability == pytest.approx(1)
    assert spread([0.0, 0.01], [0.0, 0.01]).reduced == pytest.approx(1)
    assert spread([0.0, 0.01], [0.0, 0.0]).probability == 0


# --- the columns --------------------------------------------------------------------------------------------

SIGMA = 0.01
GOOD = {"acceptance": 0.9, "acceptance_min": 0.8, "ess": 900.0, "thermalization": 1.0}
GOOD |= {"dh_balance": 0.0, "dh_balance_err": 0.01, "chain_length": 400, "tau_int": 2.0}


def run(cosine: float, apf: float = 0.5, **changed) -> dict[str, float]:
    """Numbers of a training whose errors combine with those of another one to SIGMA."""
    values = {"apf_re": apf, "apf_im": 0.0, "cosine": cosine, "cosine_im": 0.1}
    return values | {f"{name}_err": SIGMA / math.sqrt(2) for name in values} | GOOD | changed


def columns_of(*runs: dict) -> dict:
    statuses = [gates.DIVERGED if one is NO_NUMBERS else gates.status(one) for one in runs]
    return training_columns(runs, statuses, ["cosine"])


@pytest.mark.parametrize(
    ("off", "status"), [(0.0, "ok"), (4.9, "ok"), (-5.1, "trainings"), (5.1, "trainings")]
)
@pytest.mark.parametrize("part", ["cosine", "cosine_im"])
def test_the_gate_is_at_five_errors(part, off, status):
    runs = [run(0.2), run(0.2) | {part: run(0.2)[part] + off * SIGMA}]
    row = columns_of(*runs)
    assert row["trainings"] == pytest.approx(math.erfc(abs(off) / math.sqrt(2)), rel=1e-6)
    assert with_trainings(gates.OK, row["trainings"]) == status
    assert judged(gates.OK, runs, [gates.OK] * 2, ["cosine"]) == status
    assert judged("ess", runs, [gates.OK] * 2, ["cosine"]) == "ess"


def test_the_phase_may_differ():
    """It depends on the training: its spread is in the columns, and no gate asks."""
    row = columns_of(run(0.2, apf=0.5), run(0.2, apf=0.9, tau_int=4.0))
    assert row["apf_re_spread"] == pytest.approx(0.4 / math.sqrt(2))
    assert row["apf_re_chi2"] == pytest.approx((0.4 / SIGMA) ** 2)
    assert row["tau_int_spread"] == pytest.approx(math.sqrt(2))
    assert row["trainings"] == 1


@pytest.mark.parametrize("gate", ["ess", gates.DIVERGED])
def test_a_training_behind_a_gate_of_its_own_is_named_and_left_out(gate):
    bad = NO_NUMBERS if gate == gates.DIVERGED else run(9.0, ess=10.0)
    row = columns_of(run(0.2), bad, run(0.2 + SIGMA))
    assert (row["trainings_passed"], row["status_trainings"]) == (2, gate)
    assert row["cosine_chi2"] == pytest.approx(1)
    alone = columns_of(run(0.2), bad)
    assert alone["trainings_passed"] == 1
    assert math.isnan(alone["trainings"])
    assert with_trainings(gates.OK, alone["trainings"]) == gates.OK


# --- through the stages -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The plane, three right contours of different heights as trainings of one, and a wrong one."""
    folder = tmp_path_factory.mktemp("link")
    with plugged():
        files = {"plane": made(folder / "plane", "plane"), "waves": made(folder / "waves", "waves", 0.4)}
        again = [made(folder / f"{k}", "waves", height, training=k) for k, height in ((2, 0.15), (3, 0.65))]
        yield files, again, made(folder / "wrong", "forgetful")


def test_right_contours_agree_and_their_phases_differ(trained, tmp_path):
    files, again, _ = trained
    row = collected(files, tmp_path, "waves", again)
    assert (row["status"], row["status_trainings"], row["trainings_passed"]) == ("ok", "ok", 3)
    assert row["trainings"] > 1e-3
    assert row["apf_re_chi2"] > 20
    cosines = [numbers_of(one)["cosine"] for one in (files["waves"], *again)]
    assert row["cosine_spread"] == pytest.approx(np.std(cosines, ddof=1), rel=1e-6)


def test_the_columns_are_the_last_ones_and_no_other_changes(trained, tmp_path):
    files, again, _ = trained
    once, row = (collected(files, tmp_path, "waves", further) for further in (None, again))
    assert row[once.index].equals(once)
    added = list(row.index[len(once) :])
    parts = [
        f"{name}{end}"
        for name in ("apf_re", "apf_im", "cosine", "cosine_im")
        for end in ("_spread", "_spread_expected", "_chi2")
    ]
    assert added == [*parts, "tau_int_spread", "trainings_passed", "trainings", "status_trainings"]


def test_a_wrong_training_is_caught(trained, tmp_path):
    """It passes every gate of its own."""
    files, _, wrong = trained
    row = collected(files, tmp_path, "waves", [wrong])
    assert row["status_trainings"] == "ok"
    assert row["trainings"] < CHANCE
    assert row["status"] == "trainings"


def test_each_training_has_random_numbers_of_its_own(trained, tmp_path):
    """On the same contour they would be the same samples otherwise."""
    files, _, _ = trained
    with plugged():
        first, again = numbers_of(files["waves"]), numbers_of(made(tmp_path / "2", "waves", training=2))
    assert first["cosine"] != again["cosine"]
    assert abs(first["cosine"] - again["cosine"]) < 4 * math.hypot(first["cosine_err"], again["cosine_err"])
