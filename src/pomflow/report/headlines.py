"""The numbers of a run that captions and the first page quote, as texts."""

import math
from collections.abc import Iterable

import pandas as pd

from pomflow import registry
from pomflow.analysis import gates
from pomflow.analysis.phase import has_real_phase, with_moduli
from pomflow.config.scan import Study
from pomflow.config.summary import first_sentence
from pomflow.report.differences import (
    CHANCE,
    EXACT,
    LARGE,
    SYMMETRY,
    critical_estimates,
    critical_pulls,
    differences,
    heat_pulls,
    large,
)
from pomflow.report.values import (
    UNKNOWN,
    consistent_with_zero,
    in_errors,
    is_noise,
    lattice_name,
    number,
    observable_symbols,
    percent,
    plain,
    points_in_words,
    quantity_symbols,
    quoted,
    sigmas,
    symbol,
    values_in_words,
    with_error,
)


def of_scan(table: pd.DataFrame, study: Study, lattice: str, contour: str) -> dict:
    """What the captions of one study, lattice and contour say."""
    rows = differences(table, study)
    good = table[table["status"] == gates.OK]
    path = phase(table, study, "apf")
    first = study.model.parameters[study.first_axis]
    symbols = quantity_symbols(study) | observable_symbols(study)
    return {
        "place": f"{study.name} {lattice_name(lattice)} {contour}",
        "lattice": lattice_name(lattice),
        "points": len(table),
        "axis": f"{first.long_name or study.first_axis.replace('_', ' ')} {symbol(study, study.first_axis)}",
        "range": ", ".join(_interval(study, axis, table[axis]) for axis in study.axes),
        "modulus": not has_real_phase(study.model),
        "complex_scalar": study.model.complex_scalar,
        "lowest_path": _lowest(table, study, path),
        "plane": study.model.plane,
        "observables": {
            name: _observable(good, study, name, symbols[name])
            for name in (*study.observables, *study.numbers)
        },
        "exact": _summary(rows[rows["partner"] == EXACT]),
        "forbidden": _summary(rows[rows["partner"] == SYMMETRY]),
        "gates": _gates(table, study, "status"),
        **(_plane(table, study, path) if study.model.plane else {}),
        **_health(good),
    }


def _plane(table: pd.DataFrame, study: Study, path: pd.DataFrame) -> dict[str, str]:
    """The smallest phase on the plane, that of the path there, and the gates that failed on the plane."""
    plane = phase(table, study, "apf0")
    return {
        "lowest_plane": _lowest(table, study, plane),
        "path_there": _smallest(path.loc[_lowest_rows(plane)]),
        "gates_plane": _gates(table, study, "status0"),
    }


def phase(table: pd.DataFrame, study: Study, name: str) -> pd.DataFrame:
    """``value`` and ``error`` of the average phase factor: the real part, or the modulus if it is complex."""
    found = with_moduli(table, study.model)
    return pd.DataFrame({"value": found[f"{name}_re"], "error": found[f"{name}_re_err"]})


def _interval(study: Study, axis: str, values: pd.Series) -> str:
    """The values of an axis in words."""
    low, high = values.min(), values.max()
    if low == high:
        return values_in_words(study, {axis: low})
    return f"{low:g} ≤ {symbol(study, axis)} ≤ {high:g}"


def _lowest(table: pd.DataFrame, study: Study, of: pd.DataFrame) -> str:
    """The smallest of some values with its error and point, or the points at which they are noise."""
    rows = _lowest_rows(of)
    return f"{_smallest(of.loc[rows])} at {points_in_words(study, table.loc[rows])}" if len(rows) else UNKNOWN


def _lowest_rows(of: pd.DataFrame) -> pd.Index:
    """Where values are consistent with zero, or else the smallest is."""
    noise = [is_noise(*pair) for pair in zip(of["value"], of["error"], strict=True)]
    known = of["value"].dropna()
    return of.index[noise] if any(noise) or known.empty else pd.Index([known.idxmin()])


def _smallest(of: pd.DataFrame) -> str:
    """The smallest of some values, as a bound where there are several; of noise the largest error."""
    noise = [is_noise(*pair) for pair in zip(of["value"], of["error"], strict=True)]
    if any(noise):
        return consistent_with_zero(of["error"][noise].max())
    if of["value"].isna().all():
        return UNKNOWN
    smallest = with_error(*of.loc[of["value"].idxmin()])
    return smallest if len(of) == 1 else f"{smallest} or more"


def _observable(good: pd.DataFrame, study: Study, name: str, symbol: str) -> dict:
    """An observable, or a number made from means, in words, and its values at both ends of the scan."""
    return {
        "long_name": (study.numbers | study.observables)[name].long_name,
        "symbol": symbol,
        "plane": f"{name}0" in good,
        "exact": f"{name}_exact" in good,
        "mean_field": f"{name}_mf" in good,
        "range": _range(good, study, name),
    }


def _range(good: pd.DataFrame, study: Study, name: str) -> str:
    """The values at both ends of the scan."""
    if good.empty:
        return UNKNOWN
    ends = (
        f"{quoted(row[name], row[f'{name}_err'])} at {values_in_words(study, row[list(study.axes)])}"
        for row in _ends(good)
    )
    return " and ".join(ends)


def _ends(table: pd.DataFrame) -> list[pd.Series]:
    return [table.iloc[0]] if len(table) == 1 else [table.iloc[0], table.iloc[-1]]


def _summary(rows: pd.DataFrame) -> dict:
    """Of what and how many differences there are, which is the largest, how many are large and expected."""
    if rows.empty:
        return {"count": 0}
    worst = rows.loc[rows["sigmas"].abs().idxmax()]
    measured = rows["sigmas"][rows["sigmas"] != 0]
    return {
        "count": len(rows),
        "names": ", ".join(dict.fromkeys(rows["words"])),
        "largest": f"{sigmas(worst['sigmas'])} ({worst['words']}, {worst['point']})",
        "large": len(large(rows)),
        "by_chance": number(CHANCE * len(rows), 2),
        # exact zeros, as where there is no phase, are no measurement
        "rms": number(math.sqrt((measured**2).mean()), 2),
    }


def _gates(table: pd.DataFrame, study: Study, column: str) -> str:
    """The gates that failed in words, or 'none'."""
    failed = table[table[column] != gates.OK].groupby(column, sort=False)
    return "; ".join(f"{gate} at {points_in_words(study, rows)}" for gate, rows in failed) or "none"


def _health(good: pd.DataFrame) -> dict[str, str]:
    """The worst numbers of the Monte Carlo, of points that passed their gates."""
    if good.empty:
        return dict.fromkeys(("acceptance", "balance", "tau_int", "ess", "largest_weight"), UNKNOWN)
    off = [in_errors(row.dh_balance, row.dh_balance_err) for row in good.itertuples()]
    return {
        "acceptance": f"{good['acceptance'].min():.2f} to {good['acceptance'].max():.2f}",
        "balance": f"{max(map(abs, off)):.1f}",
        "tau_int": number(good["tau_int"].max(), 3),
        "ess": number(good["ess"].min(), 3),
        "largest_weight": number(good["largest_weight"].max(), 2),
    }


def of_series(table: pd.DataFrame, scan: pd.DataFrame, study: Study, name: str) -> dict:
    """What the caption of a series says: its name, and how its pulls are at points that passed."""
    one = study.series[name]
    good = table.merge(scan[scan["status"] == gates.OK], on=list(study.axes))
    pulls = good[f"{name}_pull"].dropna() if f"{name}_pull" in good else pd.Series(dtype=float)
    found = {"long_name": one.long_name, "dimension": one.dimensions[-1], "count": len(pulls)}
    if len(pulls):
        found |= {
            "largest": sigmas(pulls[pulls.abs().idxmax()]),
            "large": int((pulls.abs() > LARGE).sum()),
            "by_chance": number(CHANCE * len(pulls), 2),
        }
    return found


def of_ising(
    critical: pd.DataFrame, classifiers: pd.DataFrame, thermodynamics: pd.DataFrame, title: str
) -> dict:
    """The critical temperature, the peaks, the worth of each classifier, the pulls of the specific heat."""
    row, [found] = critical.iloc[0], critical_estimates(critical)
    off = heat_pulls(thermodynamics)
    return {
        "title": title,
        "t_c": with_error(found.value, found.error),
        "t_c_exact": number(row["t_c_exact"], 6),
        "t_c_pull": sigmas(critical_pulls(critical)[0]),
        "known": bool(math.isfinite(found.value)),
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
        "t_peak": with_error(row["t_peak_curve"], row["t_peak_curve_err"]),
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


def of_comparison(table: pd.DataFrame, study: Study) -> dict:
    """For each lattice, where its first method has the smallest phase: phase and cost of every method.

    The first is the plane, where the model has one.
    """
    first, axes = next(iter(study.observables)), list(study.axes)
    table, lattices = with_moduli(table, study.model), []
    for lattice, rows in table.groupby("lattice", sort=False):
        reference = rows[rows["method"] == rows["method"].iloc[0]]
        if reference["apf_re"].isna().all():
            continue
        point = reference.loc[reference["apf_re"].abs().idxmin(), axes]
        methods = rows[(rows[axes] == point).all(axis=1)]
        lattices.append(
            {
                "lattice": lattice_name(lattice),
                "point": values_in_words(study, point),
                "methods": [_method(row, first) for row in methods.to_dict("records")],
            }
        )
    return {
        "long_name": study.observables[first].long_name,
        "symbol": observable_symbols(study)[first],
        "lattices": lattices,
    }


def _method(row: dict, observable: str) -> dict:
    return {
        "name": row["method"],
        "apf": quoted(row["apf_re"], row["apf_re_err"]),
        "value": quoted(row[observable], row[f"{observable}_err"]),
        "pull": sigmas(row[f"{observable}_pull"]),
        "train": number(row["train_seconds"], 3),
        "ess_per_second": number(row["ess_per_second"], 3),
        "seconds_to_percent": number(row["seconds_to_percent"], 3),
        "status": row["status"],
    }


def of_making(about: dict, scan: str, studies: Iterable[Study]) -> dict:
    """Scan, theories, code and seeds; ``about`` is from ``provenance.of_folder``."""
    return {
        "scan": scan,
        "studies": [{"name": study.name, "theory": theory(study)} for study in studies],
        "revisions": list(about["revisions"]),
        "seeds": [seed for seed in about["seeds"] if seed != "none"],
    }


def theory(study: Study) -> str:
    """The theory of a study with the parameters that are the same at all points: complex φ⁴, m = 1."""
    fixed = values_in_words(study, study.fixed)
    return ", ".join(part for part in (plain(study.model.title) or study.settings["model"], fixed) if part)
