"""The numbers of a run that captions and the first page quote, as texts."""

import math

import pandas as pd

from pomflow import registry
from pomflow.analysis import gates
from pomflow.config.describe import first_sentence
from pomflow.report.differences import (
    CHANCE,
    EXACT,
    SYMMETRY,
    critical_pulls,
    differences,
    heat_pulls,
    large,
)
from pomflow.report.values import (
    UNKNOWN,
    in_errors,
    lattice_name,
    mu_list,
    number,
    percent,
    sigmas,
    with_error,
)


def of_scan(table: pd.DataFrame, lattice: str, contour: str) -> dict:
    """What the captions of one lattice and contour say."""
    rows = differences(table)
    good = table[table["status"] == gates.OK]
    hardest = table.loc[table["apf0_re"].idxmin()] if table["apf0_re"].notna().any() else None
    return {
        "place": f"{lattice_name(lattice)} {contour}",
        "lattice": lattice_name(lattice),
        "points": len(table),
        "range": f"{table['mu'].min():g} ≤ μ ≤ {table['mu'].max():g}",
        "lowest_plane": _lowest(table, "apf0_re"),
        "lowest_path": _lowest(table, "apf_re"),
        "path_there": UNKNOWN if hardest is None else with_error(hardest["apf_re"], hardest["apf_re_err"]),
        "density": _range(good, "density"),
        "phi2": _range(good, "phi2"),
        "exact": _summary(rows[rows["partner"] == EXACT]),
        "forbidden": _summary(rows[rows["partner"] == SYMMETRY]),
        "gates": _gates(table, "status"),
        "gates_plane": _gates(table, "status0"),
        **_health(good),
    }


def _lowest(table: pd.DataFrame, name: str) -> str:
    """The smallest value of a column with its error and mu."""
    if table[name].isna().all():
        return UNKNOWN
    row = table.loc[table[name].idxmin()]
    return f"{with_error(row[name], row[f'{name}_err'])} at μ = {row['mu']:g}"


def _range(good: pd.DataFrame, name: str) -> str:
    """The values at both ends of the scan."""
    if good.empty:
        return UNKNOWN
    ends = (f"{with_error(row[name], row[f'{name}_err'])} at μ = {row['mu']:g}" for row in _ends(good))
    return " and ".join(ends)


def _ends(table: pd.DataFrame) -> list[pd.Series]:
    return [table.iloc[0]] if len(table) == 1 else [table.iloc[0], table.iloc[-1]]


def _summary(rows: pd.DataFrame) -> dict:
    """How many differences there are, which is the largest, how many are large and how many are expected."""
    if rows.empty:
        return {"count": 0}
    worst = rows.loc[rows["sigmas"].abs().idxmax()]
    return {
        "count": len(rows),
        "largest": f"{sigmas(worst['sigmas'])} ({worst['words']}, {mu_list([worst['mu']])})",
        "large": len(large(rows)),
        "by_chance": number(CHANCE * len(rows), 2),
        # exact zeros, as at mu = 0, are no measurement
        "rms": number(math.sqrt((rows["sigmas"][rows["sigmas"] != 0] ** 2).mean()), 2),
    }


def _gates(table: pd.DataFrame, column: str) -> str:
    """The gates that failed in words, or 'none'."""
    failed = table[table[column] != gates.OK].groupby(column, sort=False)["mu"]
    return "; ".join(f"{gate} at {mu_list(mus)}" for gate, mus in failed) or "none"


def _health(good: pd.DataFrame) -> dict[str, str]:
    """The worst numbers of the Monte Carlo, of points that passed their gates."""
    if good.empty:
        return dict.fromkeys(("acceptance", "exp_dh", "tau_int", "ess", "largest_weight"), UNKNOWN)
    off = [in_errors(row.exp_dh - 1, row.exp_dh_err) for row in good.itertuples()]
    return {
        "acceptance": f"{good['acceptance'].min():.2f} to {good['acceptance'].max():.2f}",
        "exp_dh": f"{max(map(abs, off)):.1f}",
        "tau_int": number(good["tau_int"].max(), 3),
        "ess": number(good["ess"].min(), 3),
        "largest_weight": number(good["largest_weight"].max(), 2),
    }


def of_ising(critical: pd.DataFrame, classifiers: pd.DataFrame, thermodynamics: pd.DataFrame) -> dict:
    """The critical temperature, the peaks, the worth of each classifier, the pulls of the specific heat."""
    row = critical.iloc[0]
    off = heat_pulls(thermodynamics)
    return {
        "t_c": with_error(row["t_c"], row["t_c_err"]),
        "t_c_exact": number(row["t_c_exact"], 6),
        "t_c_pull": sigmas(critical_pulls(critical)[0]),
        "known": bool(math.isfinite(row["t_c"])),
        "heat_rms": number(math.sqrt((off**2).mean()), 2),
        "heat_largest": number(off.abs().max(), 2),
        "heat_count": int(off.count()),
        "classifiers": [_classifier(row) for row in classifiers.to_dict("records")],
    }


def _classifier(row: dict) -> dict:
    return {
        "lattice": row["lattice"],
        "name": row["classifier"],
        "place": lattice_name(row["lattice"]),
        "excess": with_error(row["excess"], row["excess_err"]),
        "correlation": number(row["correlation"], 5),
        "t_peak": with_error(row["t_peak"], row["t_peak_err"]),
        "t_peak_exact": number(row["t_peak_exact"], 5),
        "heat": percent(row["specific_heat_rms"]),
        "heat_worst": percent(row["specific_heat_max"]),
    }


def of_lessons(table: pd.DataFrame) -> dict:
    """What every lesson measured, and how many of its numbers are as expected."""
    return {
        lesson: {
            "says": first_sentence(registry.load("lesson", lesson)),
            "rows": [
                f"{row.quantity}: {number(row.value)} (expected: {row.expected})" for row in rows.itertuples()
            ],
            "passed": int(rows["passed"].sum()),
            "count": len(rows),
        }
        for lesson, rows in table.groupby("lesson", sort=False)
    }


def of_comparison(table: pd.DataFrame) -> list[dict]:
    """For each lattice, at the mu where the plane has the smallest phase: phase and cost of every method."""
    found = []
    for lattice, rows in table.groupby("lattice", sort=False):
        plane = rows[rows["method"] == "plane"]
        if plane["apf_re"].isna().all():
            continue
        mu = plane.loc[plane["apf_re"].idxmin(), "mu"]
        methods = [_method(row) for row in rows[rows["mu"] == mu].to_dict("records")]
        found.append({"lattice": lattice_name(lattice), "mu": f"{mu:g}", "methods": methods})
    return found


def _method(row: dict) -> dict:
    return {
        "name": row["method"],
        "apf": with_error(row["apf_re"], row["apf_re_err"]),
        "density": with_error(row["density"], row["density_err"]),
        "pull": sigmas(row["density_pull"]),
        "train": number(row["train_seconds"], 3),
        "ess_per_second": number(row["ess_per_second"], 3),
        "seconds_to_percent": number(row["seconds_to_percent"], 3),
        "status": row["status"],
    }


def of_making(about: dict, config: dict) -> dict:
    """Scan, theory, code and seeds; ``about`` is from ``provenance.of_folder``."""
    phi4 = config["phi4"]
    return {
        "scan": config["scan"],
        "theory": f"complex φ⁴ with m = {phi4['mass']:g} and λ = {phi4['coupling']:g}",
        "revisions": list(about["revisions"]),
        "seeds": [seed for seed in about["seeds"] if seed != "none"],
    }
