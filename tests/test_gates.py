"""Each gate fails on what it is for, and on nothing else."""

import math

import numpy as np
import pytest

from pomflow.analysis import gates, statistics

GOOD = {
    "apf_re": 0.9,
    "apf_re_err": 0.01,
    "apf_im": 0.0,
    "apf_im_err": 0.01,
    "ess": 5000.0,
    "thermalization": 1.2,
    "dh_balance": 0.001,
    "dh_balance_err": 0.002,
    "tau_int": 3.0,
    "chain_length": 400,
    "acceptance": 0.8,
    "acceptance_min": 0.7,
    "density": 0.1,
    "density_exact": math.nan,
    "density_exact_err": math.nan,
    "density_pull": math.nan,
}


def test_a_good_row_without_exact_values_is_ok():
    assert gates.status(GOOD) == "ok"


LANGEVIN = {
    "thermalization": 1.2,
    "drift_tail": -0.01,
    "drift_tail_err": 0.01,
    "virial": 0.99,
    "virial_err": 0.001,
    "ess": 5000.0,
    "tau_int": 60.0,
    "chain_length": 6000,
    "density": 0.1,
}


def test_a_good_langevin_run_needs_no_phase_and_no_acceptance():
    assert gates.status(LANGEVIN, gates.LANGEVIN) == "ok"


@pytest.mark.parametrize(
    ("change", "gate"),
    [
        ({}, "ok"),
        ({"thermalization": 5.5}, "thermalization"),
        ({"ess": 99.0}, "ess"),
        ({"density_err": math.nan}, "finite"),
    ],
)
def test_gates_of_the_exact_simulation(change, gate):
    row = {"thermalization": 1.2, "ess": 800.0, "density": 0.1, "density_err": 0.01}
    assert gates.status(row | change, gates.WORM) == gate


@pytest.mark.parametrize(
    ("change", "gate"),
    [
        ({"thermalization": 5.5}, "thermalization"),
        ({"drift_tail": 0.3}, "drift"),
        ({"drift_tail": math.nan}, "drift"),
        ({"drift_tail": 0.1, "drift_tail_err": 0.2}, "drift"),
        ({"drift_tail_err": math.nan}, "drift"),
        ({"virial": 0.97}, "virial"),
        ({"virial": 0.97, "virial_err": 0.01}, "ok"),
        ({"virial": 1.03}, "virial"),
        ({"virial": math.nan}, "virial"),
        ({"virial": 0.5, "virial_err": 0.2}, "virial"),
        ({"virial_err": math.nan}, "virial"),
        ({"tau_int": 2500.0}, "tau_int"),
        ({"ess": 99.0}, "ess"),
        ({"density": math.inf}, "finite"),
    ],
)
def test_a_failure_of_langevin_dynamics_is_named(change, gate):
    assert gates.status(LANGEVIN | change, gates.LANGEVIN) == gate


def test_every_gate_belongs_to_a_kind_of_run():
    assert set(gates.GATES) == {*gates.HYBRID_MONTE_CARLO, *gates.LANGEVIN}


@pytest.mark.parametrize(
    ("change", "gate"),
    [
        ({"acceptance": 0.05}, "acceptance"),
        ({"acceptance_min": 0.0}, "acceptance"),
        ({"density": math.inf}, "finite"),
        ({"thermalization": math.nan}, "thermalization"),
        ({"thermalization": 5.5}, "thermalization"),
        ({"dh_balance": 0.011}, "dh_balance"),
        ({"dh_balance": -0.011}, "dh_balance"),
        ({"dh_balance": 1e-14, "dh_balance_err": 0.0}, "ok"),
        ({"dh_balance": 0.0, "dh_balance_err": 0.06}, "dh_balance"),
        ({"dh_balance_err": math.nan}, "dh_balance"),
        ({"dh_balance_err": math.inf}, "dh_balance"),
        ({"tau_int": 101.0}, "tau_int"),
        ({"tau_int": math.nan}, "tau_int"),
        ({"apf_re": 0.049}, "apf"),
        ({"apf_re": 0.0, "apf_im": -0.9}, "ok"),
        ({"ess": 99.0}, "ess"),
        ({"density": math.nan}, "finite"),
        ({"apf_re": math.nan}, "apf"),
        ({"dh_balance": math.nan}, "dh_balance"),
        ({"ess": 10.0, "apf_re": 0.0}, "apf"),
    ],
)
def test_a_failure_is_named(change, gate):
    assert gates.status(GOOD | change) == gate


def test_chains_that_never_forget_their_start_have_no_known_autocorrelation_time():
    """What is measured of a random walk is half of the chain at most, so no chain would look too short."""
    walks = np.cumsum(np.random.default_rng(2).normal(size=(200, 100)), axis=1)
    tau = statistics.mean(walks).tau_int
    row = GOOD | {"tau_int": tau, "chain_length": 100, "ess": walks.size / (2 * tau)}
    assert row["ess"] > gates.FEWEST_SAMPLES
    assert gates.status(row) == "tau_int"
