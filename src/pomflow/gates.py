"""Gates: what must hold before a measured value is drawn as if it were good."""

import math
from collections.abc import Mapping

OK = "ok"
SIGMAS = 5.0
FEWEST_SAMPLES = 100.0
LOWEST_ACCEPTANCE = 0.1
LOWEST_OF_A_CHAIN = 0.01
# columns that are not measured and may be unknown
COMPARED = ("_mf", "_exact", "_exact_err", "_pull")


def _finite(row) -> bool:
    measured = (value for name, value in row.items() if not name.endswith(COMPARED))
    return all(math.isfinite(value) for value in measured)


def _apf(row) -> bool:
    return abs(row["apf_re"]) > SIGMAS * row["apf_re_err"]


def _ess(row) -> bool:
    return row["ess"] >= FEWEST_SAMPLES


def _thermalization(row) -> bool:
    return row["thermalization"] <= SIGMAS


def _exp_dh(row) -> bool:
    return abs(row["exp_dh"] - 1) <= max(SIGMAS * row["exp_dh_err"], 1e-12)


def _acceptance(row) -> bool:
    return row["acceptance"] >= LOWEST_ACCEPTANCE and row["acceptance_min"] >= LOWEST_OF_A_CHAIN


# In the order in which a failure is named: the first explains the later ones.
GATES = {
    "acceptance": _acceptance,
    "thermalization": _thermalization,
    "exp_dh": _exp_dh,
    "apf": _apf,
    "ess": _ess,
    "finite": _finite,
}


def status(row: Mapping[str, float]) -> str:
    """'ok', or the name of the first gate that failed.

    acceptance
        At least 10 % of the trajectories are accepted, and 1 % in every chain.
    thermalization
        Early and late configurations, and hot and ordered starts, agree within 5 standard errors.
    exp_dh
        <exp(-delta_H)> is 1 within 5 standard errors.
    apf
        The average phase factor is more than 5 of its errors away from zero.
    ess
        The effective sample size is at least 100.
    finite
        Every measured number is finite.
    """
    return next((name for name, holds in GATES.items() if not holds(row)), OK)
