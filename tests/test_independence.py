"""Values on different contours must agree: how far they are apart, who is marked, and that a wrong one is."""

import math

import pytest

from link_scan import POINT, collected, made, numbers_of, plugged
from own_plugins import bessel
from pomflow.analysis import gates
from pomflow.analysis.independence import largest_pulls, with_independence
from pomflow.stages.scan import collect_scan, compare_contours

NAMES = ["density", "phi2"]
# a difference of one combined error
SIGMA = 0.01


def run(density: float, density_im: float = 0.0, phi2: float = 0.5) -> dict[str, float]:
    """Numbers of a contour whose errors combine with those of another one to SIGMA."""
    values = {"density": density, "density_im": density_im, "phi2": phi2, "phi2_im": 0.0}
    return values | {f"{name}_err": SIGMA / math.sqrt(2) for name in values}


def judged(runs: dict, **statuses) -> tuple[dict, dict]:
    """Pulls and statuses; of contours that passed their own gates, if nothing else is said."""
    own = dict.fromkeys(runs, gates.OK) | statuses
    pulls = largest_pulls(runs, own, NAMES)
    return pulls, with_independence(own, pulls)


@pytest.mark.parametrize(
    ("off", "status"), [(0.0, "ok"), (4.9, "ok"), (-4.9, "ok"), (5.1, "independence"), (-5.1, "independence")]
)
@pytest.mark.parametrize("part", ["density", "density_im", "phi2"])
def test_the_largest_pull_and_the_gate(part, off, status):
    """Of two contours both are marked, whichever part of whichever observable tells them apart."""
    pulls, statuses = judged({"plane": run(0.2), "dense": run(0.2) | {part: run(0.2)[part] + off * SIGMA}})
    assert pulls == pytest.approx({"plane": abs(off), "dense": abs(off)})
    assert statuses == {"plane": status, "dense": status}


def test_a_contour_alone_is_compared_with_nothing():
    pulls, statuses = judged({"dense": run(0.2)})
    assert math.isnan(pulls["dense"])
    assert statuses == {"dense": "ok"}


@pytest.mark.parametrize("gate", ["ess", gates.DIVERGED])
def test_a_value_behind_a_gate_of_its_own_says_nothing(gate):
    """It blames no other, and keeps the status that explains it; the others are compared without it."""
    runs = {"plane": run(9.0), "dense": run(0.2), "local": run(0.2 + SIGMA)}
    if gate == gates.DIVERGED:
        runs["plane"] = collect_scan.NO_NUMBERS
    pulls, statuses = judged(runs, plane=gate)
    assert math.isnan(pulls.pop("plane"))
    assert pulls == pytest.approx({"dense": 1.0, "local": 1.0})
    assert statuses == {"plane": gate, "dense": "ok", "local": "ok"}
    alone, _ = judged({name: runs[name] for name in ("plane", "dense")}, plane=gate)
    assert math.isnan(alone["dense"])


def test_of_three_contours_those_that_contradict_some_other_are_marked():
    runs = {name: run(0.2 + off * SIGMA) for name, off in (("plane", 0), ("dense", 4), ("local", 8))}
    pulls, statuses = judged(runs)
    assert pulls == pytest.approx({"plane": 8.0, "dense": 4.0, "local": 8.0})
    assert statuses == {"plane": "independence", "dense": "ok", "local": "independence"}


# --- through the stages -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Files of the plane, a right contour and a wrong one, of a model that is known, by the real stages."""
    folder = tmp_path_factory.mktemp("link")
    with plugged():
        yield {name: made(folder / name, name) for name in ("plane", "waves", "forgetful")}


def test_right_contours_agree(measured, tmp_path):
    files = {name: measured[name] for name in ("plane", "waves")}
    row = collected(files, tmp_path, "waves")
    assert (row["status"], row["status0"]) == ("ok", "ok")
    errors = [math.hypot(row[f"cosine{part}_err"], row["cosine0_err"]) for part in ("", "_im")]
    assert row["independence"] >= 0.999 * abs(row["cosine"] - row["cosine0"]) / errors[0]
    assert row["independence"] < 4
    assert list(row.index)[-2:] == ["independence", "jackknife"]
    exact = bessel(1, 0.8 + 0.5j) / bessel(0, 0.8 + 0.5j)
    assert abs(row["cosine"] - exact.real) < 4 * row["cosine_err"]


def test_the_plane_is_not_compared_with_itself(measured, tmp_path):
    row = collected({"plane": measured["plane"]}, tmp_path, "plane")
    assert (row["status"], row["status0"]) == ("ok", "ok")
    assert math.isnan(row["independence"])


def test_a_wrong_contour_is_caught(measured, tmp_path):
    """It passes every gate of its own, and without exact values nothing else would say a word."""
    files = {name: measured[name] for name in ("plane", "forgetful")}
    assert gates.status(numbers_of(files["forgetful"])) == "ok"
    row = collected(files, tmp_path, "forgetful")
    assert row["independence"] > 10
    assert (row["status"], row["status0"]) == ("independence", "independence")


def test_the_tables_of_all_contours_and_the_comparison_say_the_same(measured, tmp_path):
    """With the right contour there, the wrong one contradicts it, too; so all three are marked."""
    rows = {name: collected(measured, tmp_path, name) for name in measured}
    assert {name: row["status"] for name, row in rows.items()} == dict.fromkeys(measured, "independence")
    assert rows["forgetful"]["independence"] == max(row["independence"] for row in rows.values())
    values = {("2", name, POINT): numbers_of(files) for name, files in measured.items()}
    statuses = compare_contours.statuses_of(values, ["cosine"])
    assert statuses == {key: "independence" for key in values}


def test_langevin_dynamics_is_no_contour(measured):
    numbers = numbers_of(measured["plane"])
    drift = {"drift_tail": 0.0, "drift_tail_err": 0.01, "virial": 1.0, "virial_err": 0.01, "cosine": 9.0}
    values = {("2", "plane", POINT): numbers, ("2", "langevin", POINT): numbers | drift}
    assert set(compare_contours.statuses_of(values, ["cosine"]).values()) == {"ok"}
