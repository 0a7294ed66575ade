"""Primary observables as files of pyerrors: read back, they give the numbers and errors of the tables."""

import gzip
import json

import numpy as np
import pyerrors
import pytest

from pomflow.analysis import primary, statistics

CHAINS, RECORDED = 12, 150


def run(seed: int):
    """Phase factors and an observable of chains that are autocorrelated and differ by more than chance."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(CHAINS, RECORDED + 20, 2))
    moving = np.stack([noise[:, k : k + RECORDED] for k in range(20)]).mean(axis=0)
    angle = 2 * moving[..., 0] + 0.2 * rng.normal(size=(CHAINS, 1))
    return np.exp(1j * angle), (1 + 0.5j) * moving[..., 1] + 0.3 * angle


def read(content: bytes, tmp_path) -> tuple[dict, dict]:
    path = tmp_path / "primary.json.gz"
    path.write_bytes(content)
    found = pyerrors.input.json.load_json(str(path), gz=True, full_output=True, verbose=False)
    return dict(zip(found["description"]["names"], found["obsdata"], strict=True)), found["description"]


def test_read_back_they_give_the_same_ratio(tmp_path):
    phase_factor, values = run(1)
    content = primary.encoded(primary.observables(phase_factor, {"x": values}, "a run"), {"note": "test"})
    found, description = read(content, tmp_path)
    assert list(found) == ["phase_re", "phase_im", "x_re", "x_im"]
    assert description["note"] == "test"
    norm = found["phase_re"] ** 2 + found["phase_im"] ** 2
    ratio = (found["x_re"] * found["phase_re"] + found["x_im"] * found["phase_im"]) / norm
    ratio.gamma_method()
    expected, _ = statistics.reweighted(phase_factor, values)
    assert ratio.value == pytest.approx(expected.value, rel=1e-9)
    assert ratio.dvalue == pytest.approx(expected.error, rel=1e-3)
    # what chains differ by is most of the error: without it, it would be far smaller
    assert expected.tau_int > 5


def test_runs_are_independent_of_each_other(tmp_path):
    """Observables of two runs have no correlation, those of one do."""
    first, second = (
        read(primary.encoded(primary.observables(*with_series(seed), f"run {seed}"), {}), tmp_path)[0]
        for seed in (1, 2)
    )
    for one in (first["x_re"], first["phase_re"], second["x_re"]):
        one.gamma_method()
    correlation = pyerrors.covariance([first["x_re"], first["phase_re"], second["x_re"]], correlation=True)
    assert correlation[0, 2] == 0
    assert abs(correlation[0, 1]) > 0.05


def with_series(seed: int):
    phase_factor, values = run(seed)
    return phase_factor, {"x": values}


def test_the_same_numbers_have_the_same_bytes_and_name_nobody():
    phase_factor, values = run(1)
    first, second = (
        primary.encoded(primary.observables(phase_factor, {"x": values}, "a run"), {}) for _ in range(2)
    )
    assert first == second
    content = json.loads(gzip.decompress(first))
    assert {content[name] for name in ("who", "host", "date")} == {""}


def test_a_run_that_diverged_says_why(tmp_path):
    found, description = read(primary.encoded({}, {"diverged": "mu too large"}), tmp_path)
    assert (found, description["diverged"]) == ({}, "mu too large")
