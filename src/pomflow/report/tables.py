"""The tables of a study as pages."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pomflow.analysis import gates
from pomflow.analysis.independence import STATUS
from pomflow.analysis.phase import with_moduli
from pomflow.config.scan import Study
from pomflow.models.observables import Observable
from pomflow.models.quantities import Quantity
from pomflow.models.simulation import FREE_ENERGY, QUENCHED
from pomflow.report import page
from pomflow.report.budget import budgeted, errors_of
from pomflow.report.differences import CHANCE, LARGE, compared, differences, large
from pomflow.report.values import (
    axes_of,
    in_errors,
    lattice_name,
    number,
    observable_symbols,
    quantity_symbols,
    sigmas,
    symbol,
    with_error,
)
from pomflow.stages.scan.columns import CONTROLLED, SWITCH_STATUS

FREE_ENERGY_SYMBOL = "−ln(APF₀)/V"
# what the pages say above their tables
SCAN = """
APF is the average phase factor ⟨exp(iθ)⟩, its real part; {observables}; all on the optimized path{plane}
"""
WITH_PLANE = """, with the
index 0 from the undeformed plane. Where only the plane failed a gate, status₀ says so."""
WITHOUT_PLANE = "; on the undeformed plane the integral does not converge."
PULL = """
Differences in standard errors: of values from exact ones (the pull: measured − exact, over the combined
error), and from zero of what symmetry makes zero.
"""
OTHERS = "other contours"
INDEPENDENT = """The last but one is the largest difference of any observable from another contour that passed
its gates; above 5 it is a failed gate.
"""
BALANCE = "balance of ΔH"
HEALTH = """
The balance of ΔH, ⟨min(1, e^{−ΔH}) tanh ΔH⟩, must be 0: among accepted trajectories gains of energy are as
frequent as losses. ⟨exp(−ΔH)⟩ is 1 too, but one rare trajectory may be most of it. τ_int is the largest
autocorrelation time of the phase and the weighted observables, in trajectories. ESS is the effective number
of configurations, phase included; the largest weight is the share of one configuration in a reweighted sum.
Thermalization is the largest difference between early and
late, hot and ordered, one chain and the others, in standard errors; above 5 it is a failed gate.
"""
BUDGET = """
What the error of a value is made of. Statistical: the standard error of the run. Trainings: the spread of the
same value over contours that were trained independently, beyond what statistical errors explain; 0 where they
explain all of it, unknown with one training. It is the error of what a training reaches, for the APF; of an
observable it must be 0 within chance, because its value does not depend on the contour. Exact: the
error of the exact value. Total: all that are known in quadrature; a difference from the exact value is
compared with it. χ² is that of the trainings against their weighted mean.
"""
EXACT = """
The same theory in other variables, where it has no sign problem, and the theory without its phase. The
average phase factor of the plane is the exponential of the volume times the integral over {axis} of the
difference of the two values of {charge}, or the mean of the phase where that is known better.
"""
COMPARISON = """
Every contour beside plain reweighting from the plane and complex Langevin dynamics. Times are of one
processor core; training includes the smaller lattices that a contour continues. The last number is the time
of sampling for a relative error of {first} of 1 %.
"""


def scan(table: pd.DataFrame, study: Study, lattice: str, contour: str) -> str:
    """Phase and observables on the path and on the plane, beside exact values."""
    columns = point_columns(table, study) | {
        "status": table["status"],
        "status₀": table.get("status0", table["status"]),
        "APF": column(table, "apf_re"),
        "APF₀": column(table, "apf0_re"),
    }
    if "apf_best" in table:
        columns["APF of the best path"] = map(number, table["apf_best"])
    if "apf_im" not in study.model.vanishing:
        columns |= {"Im APF": column(table, "apf_im"), "Im APF₀": column(table, "apf0_im")}
    for name, text in observable_symbols(study).items():
        columns |= {text: column(table, name), f"{text}₀": column(table, f"{name}0")}
        if f"{name}_exact" in table:
            columns[f"{text} exact"] = column(table, f"{name}_exact")
        if f"{name}_mf" in table:
            columns[f"{text} mean field"] = map(number, table[f"{name}_mf"])
        if f"{name}_im" not in study.model.vanishing:
            columns[f"Im {text}"] = column(table, f"{name}_im")
            if f"{name}_im_exact" in table:
                columns[f"Im {text} exact"] = column(table, f"{name}_im_exact")
    if FREE_ENERGY in table:
        columns |= {
            FREE_ENERGY_SYMBOL: column(table, FREE_ENERGY),
            f"status of {FREE_ENERGY_SYMBOL}": table[SWITCH_STATUS],
        }
        if f"{FREE_ENERGY}_exact" in table:
            columns[f"{FREE_ENERGY_SYMBOL} exact"] = column(table, f"{FREE_ENERGY}_exact")
    if not study.model.plane:
        columns = {name: texts for name, texts in columns.items() if not name.endswith("₀")}
    return page.tabular(
        f"Scan, {study.name} {lattice_name(lattice)} {contour}",
        SCAN.format(
            observables=explained(observable_symbols(study), study.observables),
            plane=WITH_PLANE if study.model.plane else WITHOUT_PLANE,
        ),
        page.table(columns, failed(table), left={name: "text" for name in columns if "status" in name}),
    )


def explained(symbols: Mapping[str, str], known: Mapping[str, Observable | Quantity]) -> str:
    """What the symbols of observables or quantities mean."""
    return ", ".join(f"{text} is the {with_units(known[name])}" for name, text in symbols.items())


def with_units(one: Observable | Quantity) -> str:
    """A long name with its units."""
    return one.long_name if one.units == "1" else f"{one.long_name} ({one.units})"


def pulls(table: pd.DataFrame, study: Study, lattice: str, contour: str) -> str:
    """Differences from exact values and from zero, in standard errors."""
    numbers = {_head(one.name, study): one.sigmas(table) for one in compared(table, study)}
    columns = point_columns(table, study) | {name: map(sigmas, values) for name, values in numbers.items()}
    rows, others = differences(table, study), table[STATUS]
    if others.notna().any():
        columns[OTHERS] = [number(value, 2) for value in others]
    return page.tabular(
        f"Pulls, {study.name} {lattice_name(lattice)} {contour}",
        PULL + (INDEPENDENT if others.notna().any() else ""),
        page.words(
            f"{len(rows)} differences of points that passed their gates; {len(large(rows))} above {LARGE:g}, "
            f"{number(CHANCE * len(rows), 2)} expected by chance."
        ),
        page.table(
            columns | {"status": table["status"]},
            failed(table),
            {name: values.abs() > LARGE for name, values in numbers.items()},
            {"status": "text"},
        ),
    )


def _head(name: str, study: Study) -> str:
    """The head of a column of a measured number."""
    symbols = quantity_symbols(study) | observable_symbols(study)
    symbols |= {"apf": "APF", "apf0": "APF₀", FREE_ENERGY: FREE_ENERGY_SYMBOL}
    if name in symbols:
        return symbols[name]
    if name.endswith(CONTROLLED):
        return f"{symbols[name.removesuffix(CONTROLLED)]} with control variates"
    return f"Im {symbols[name.removesuffix('_im')]}"


def health(table: pd.DataFrame, study: Study, lattice: str, contour: str) -> str:
    """What tells whether the Monte Carlo did its work."""
    columns = point_columns(table, study) | {
        "status": table["status"],
        "acceptance": map(number, table["acceptance"]),
        "of the worst chain": map(number, table["acceptance_min"]),
        "⟨exp(−ΔH)⟩": column(table, "exp_dh"),
        BALANCE: column(table, "dh_balance"),
        "τ_int": [number(value, 3) for value in table["tau_int"]],
        "τ of the phase": [number(value, 3) for value in table["tau_phase"]],
        "configurations": [number(value, 8) for value in table["n_samples"]],
        "ESS": [number(value, 3) for value in table["ess"]],
        "largest weight": [number(value, 2) for value in table["largest_weight"]],
        "thermalization": [number(value, 2) for value in table["thermalization"]],
    }
    pairs = zip(table["dh_balance"], table["dh_balance_err"], strict=True)
    off = [abs(in_errors(value, error)) > LARGE for value, error in pairs]
    return page.tabular(
        f"Monte Carlo, {study.name} {lattice_name(lattice)} {contour}",
        HEALTH,
        page.table(columns, failed(table), {BALANCE: off}, {"status": "text"}),
    )


def budget(table: pd.DataFrame, study: Study, lattice: str, contour: str) -> str:
    """What the error of every value is made of: statistics, trainings, the exact partner."""
    parts = [_budget_of(table, study, *one) for one in budgeted(table, study).items()]
    # the rows of a point follow each other
    rows = pd.concat(parts).sort_index(kind="stable")
    return page.tabular(
        f"Error budget, {study.name} {lattice_name(lattice)} {contour}",
        BUDGET,
        page.table(
            {name: rows[name] for name in rows}, failed(rows), left={"quantity": "text", "status": "text"}
        ),
    )


def _budget_of(table: pd.DataFrame, study: Study, name: str, text: str) -> pd.DataFrame:
    """The rows of one column, as texts."""
    errors = errors_of(table, name)
    columns = point_columns(table, study) | {"quantity": text, "value": column(table, name)}
    columns |= {part: [number(error, 2) for error in errors[part]] for part in errors}
    if f"{name}_chi2" in table:
        columns["χ² per degree of freedom"] = [number(one, 2) for one in table[f"{name}_chi2"]]
    return pd.DataFrame(columns | {"status": table["status"]}, index=table.index)


def exact(table: pd.DataFrame, study: Study, lattice: str) -> str:
    """The exact simulation."""
    simulation, symbols = study.simulation, observable_symbols(study)
    columns = point_columns(table, study)
    for name in simulation.measured:
        columns[symbols[name]] = column(table, name)
        columns[f"{symbols[name]} without the phase"] = column(table, f"{name}{QUENCHED}")
    columns |= {"APF₀": column(table, "apf0"), "status": table["status"]}
    charge = study.observables[simulation.charge].long_name
    return page.tabular(
        f"Exact values, {study.name} {lattice_name(lattice)}",
        EXACT.format(axis=symbol(study, simulation.axis), charge=f"the {charge}"),
        page.table(columns, failed(table), left={"status": "text"}),
    )


def comparison(table: pd.DataFrame, study: Study) -> str:
    """All methods with their costs."""
    columns = {
        "lattice": map(lattice_name, table["lattice"]),
        "method": table["method"],
        **point_columns(table, study),
        "status": table["status"],
        "APF": column(with_moduli(table, study.model), "apf_re"),
    }
    symbols = observable_symbols(study)
    for name, text in symbols.items():
        columns[text] = column(table, name)
        columns[f"pull of {text}"] = map(sigmas, table[f"{name}_pull"])
    first = next(iter(symbols))
    columns |= {
        "training (s)": [number(value, 3) for value in table["train_seconds"]],
        "sampling (s)": [number(value, 3) for value in table["sample_seconds"]],
        "ESS": [number(value, 3) for value in table["ess"]],
        "ESS per second": [number(value, 3) for value in table["ess_per_second"]],
        f"1 % of {symbols[first]} (s)": [number(value, 3) for value in table["seconds_to_percent"]],
    }
    far = {f"pull of {text}": table[f"{name}_pull"].abs() > LARGE for name, text in symbols.items()}
    return page.tabular(
        f"Comparison of methods, {study.name}",
        COMPARISON.format(first=f"the {study.observables[first].long_name}"),
        page.table(columns, failed(table), far, {"method": "text", "status": "text"}),
    )


def column(table: pd.DataFrame, name: str) -> list[str]:
    """A column with its errors."""
    if name not in table:
        return [with_error(np.nan, np.nan)] * len(table)
    return [with_error(*pair) for pair in zip(table[name], table[f"{name}_err"], strict=True)]


def failed(table: pd.DataFrame) -> pd.Series:
    """The rows that failed a gate."""
    return table["status"] != gates.OK


def point_columns(table: pd.DataFrame, study: Study) -> dict[str, list[str]]:
    """The columns of the axes, as texts."""
    return {symbol(study, axis): [f"{value:g}" for value in table[axis]] for axis in axes_of(study, table)}
