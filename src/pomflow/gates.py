"""Gates: what must hold before a measured value is drawn as if it were good."""

from collections.abc import Mapping

OK = "ok"
SIGMAS = 5.0
FEWEST_SAMPLES = 100.0
LOWEST_ACCEPTANCE = 0.1


def _finite(row) -> bool:
    return all(
        value == value
        for name, value in row.items()
        if not name.endswith(("_mf", "_exact", "_exact_err", "_pull"))
    )


def _apf(row) -> bool:
    return abs(row["apf_re"]) > SIGMAS * row["apf_re_err"]


def _ess(row) -> bool:
    return row["ess"] >= FEWEST_SAMPLES


def _thermalization(row) -> bool:
    return row["thermalization"] <= SIGMAS


def _exp_dh(row) -> bool:
    return abs(row["exp_dh"] - 1) <= max(SIGMAS * row["exp_dh_err"], 1e-12)


def _acceptance(row) -> bool:
    return row["acceptance"] >= LOWEST_ACCEPTANCE


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
        At least 10 % of the trajectories are accepted.
    thermalization
        Early and late configurations, and hot and ordered starts, agree within 5 standard errors.
    exp_dh
        <exp(-delta_H)> is 1 within 5 standard errors.
    apf
        The average phase factor is more than 5 of its errors away from zero.
    ess
        The effective sample size is at least 100.
    finite
        No measured number is NaN.
    """
    return next((name for name, holds in GATES.items() if not holds(row)), OK)
