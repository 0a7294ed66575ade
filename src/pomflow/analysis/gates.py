"""Gates: what must hold before a measured value is drawn as if it were good."""

import math
from collections.abc import Mapping, Sequence

from pomflow.analysis.estimates import ROUNDING

OK = "ok"
# in place of a gate's name: there are no numbers that could be judged
DIVERGED = "diverged"
SIGMAS = 5.0
# dh_balance is between -1 and 0.31, so a larger error would hide all but the worst
LARGEST_BALANCE_ERROR = 0.05
FEWEST_SAMPLES = 100.0
LOWEST_ACCEPTANCE = 0.1
LOWEST_OF_A_CHAIN = 0.01
# an exponential tail has index 0, the cube of a normal number comes out at 0.14, u^{-5} at 0.2
LARGEST_TAIL = 0.15
# so that three errors fit between an exponential tail and the bound
LARGEST_TAIL_ERROR = 0.05
# at 4x4 the default step leaves up to 0.005, at mu = 2, where phi2 is then off by about 0.02 %
LARGEST_VIRIAL = 0.02
# a shorter chain does not know its autocorrelation time, nor what rests on it: the time measured is at most
# half of the chain, however long it really is
FEWEST_TIMES = 4.0
# columns that are not measured and may be unknown
COMPARED = ("_mf", "_exact", "_exact_err", "_pull")


def _finite(row) -> bool:
    measured = (value for name, value in row.items() if not name.endswith(COMPARED))
    return all(math.isfinite(value) for value in measured)


def _apf(row) -> bool:
    return any(abs(row[f"apf_{part}"]) > SIGMAS * row[f"apf_{part}_err"] for part in ("re", "im"))


def _ess(row) -> bool:
    return row["ess"] >= FEWEST_SAMPLES


def _thermalization(row) -> bool:
    return row["thermalization"] <= SIGMAS


def _dh_balance(row) -> bool:
    error = row["dh_balance_err"]
    return error <= LARGEST_BALANCE_ERROR and abs(row["dh_balance"]) <= max(SIGMAS * error, ROUNDING)


def _tau_int(row) -> bool:
    return row["chain_length"] >= FEWEST_TIMES * row["tau_int"]


def _acceptance(row) -> bool:
    return row["acceptance"] >= LOWEST_ACCEPTANCE and row["acceptance_min"] >= LOWEST_OF_A_CHAIN


def _drift(row) -> bool:
    return row["drift_tail"] <= LARGEST_TAIL and row["drift_tail_err"] <= LARGEST_TAIL_ERROR


def _virial(row) -> bool:
    error = row["virial_err"]
    return error <= LARGEST_VIRIAL and abs(row["virial"] - 1) <= max(SIGMAS * error, LARGEST_VIRIAL)


GATES = {
    "acceptance": _acceptance,
    "thermalization": _thermalization,
    "drift": _drift,
    "virial": _virial,
    "dh_balance": _dh_balance,
    "apf": _apf,
    "ess": _ess,
    "tau_int": _tau_int,
    "finite": _finite,
}
# The gates of each kind of run, in the order in which a failure is named: the first explains the later ones.
HYBRID_MONTE_CARLO = ("acceptance", "thermalization", "dh_balance", "apf", "ess", "tau_int", "finite")
LANGEVIN = ("thermalization", "drift", "virial", "ess", "tau_int", "finite")
WORM = ("thermalization", "ess", "finite")


def status(row: Mapping[str, float], names: Sequence[str] = HYBRID_MONTE_CARLO) -> str:
    """'ok', or the first of the named gates that failed.

    acceptance
        At least 10 % of the trajectories are accepted, and 1 % in every chain.
    thermalization
        Early and late configurations, hot and ordered starts, and every chain with the others, agree within
        5 standard errors.
    drift
        The tail index of the drift is at most 0.15, with an error of at most 0.05: its distribution falls
        faster than powers do.
    virial
        <sum z dS/dz> / n is 1 within 2 % or 5 standard errors of at most 2 % each: the Langevin step is short
        enough.
    dh_balance
        <min(1, exp(-delta_H)) tanh(delta_H)> is 0 within 5 standard errors of at most 0.05 each.
    apf
        The average phase factor, or its imaginary part, is more than 5 of its errors away from zero.
    ess
        The effective sample size is at least 100; of worms, of bins of sweeps.
    tau_int
        A chain is at least 4 of its largest autocorrelation times long.
    finite
        Every measured number is finite.
    """
    return next((name for name in names if not GATES[name](row)), OK)
