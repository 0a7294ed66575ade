"""The tables of the phi^4 scan as pages."""

import numpy as np
import pandas as pd

from pomflow.analysis import gates
from pomflow.report import page
from pomflow.report.differences import CHANCE, LARGE, differences, large
from pomflow.report.values import in_errors, lattice_name, number, sigmas, with_error

# what the pages say above their tables
SCAN = """
APF is the average phase factor Re ⟨exp(iθ)⟩, n the number density, φ² = φ_a φ_a per site, on the optimized
path; with the index 0 the same from the undeformed plane. Where only the plane failed a gate, status₀ says
so.
"""
PULL = """
Differences in standard errors: of values from exact ones (the pull: measured − exact, over the combined
error), and of imaginary parts from zero, which symmetry makes them.
"""
HEALTH = """
⟨exp(−ΔH)⟩ must be 1. τ_int is the largest autocorrelation time of the phase and the weighted observables,
in trajectories. ESS is the effective number of configurations, phase included; the largest weight is the
share of one configuration in a reweighted sum. Thermalization is the largest difference between early and
late, hot and ordered, one chain and the others, in standard errors; above 5 it is a failed gate.
"""
DUAL = """
The same theory in dual variables, where it has no sign problem, with and without its phase. The average
phase factor of the plane is the exponential of the volume times the integral over μ of the difference of
the two densities.
"""
COMPARISON = """
Every contour beside plain reweighting from the plane and complex Langevin dynamics. Times are of one
processor core; training includes the smaller lattices that a contour continues. The last number is the time
of sampling for a relative error of the density of 1 %.
"""
PULLS = {"n": "density", "φ²": "phi2", "APF₀": "apf0"}
IMAGINARY = {"Im APF": "apf_im", "Im n": "density_im", "Im φ²": "phi2_im", "Im APF₀": "apf0_im"}


def scan(table: pd.DataFrame, lattice: str, contour: str) -> str:
    """Phase and observables on the path and on the plane, beside exact values."""
    columns = _mu(table) | {
        "status": table["status"],
        "status₀": table["status0"],
        "APF": column(table, "apf_re"),
        "APF₀": column(table, "apf0_re"),
        "n": column(table, "density"),
        "n₀": column(table, "density0"),
        "n exact": column(table, "density_exact"),
        "n mean field": map(number, table["density_mf"]),
        "φ²": column(table, "phi2"),
        "φ²₀": column(table, "phi20"),
        "φ² exact": column(table, "phi2_exact"),
    }
    return page.tabular(
        f"Scan, {lattice_name(lattice)} {contour}",
        SCAN,
        page.table(columns, failed(table), left={"status": "text", "status₀": "text"}),
    )


def pulls(table: pd.DataFrame, lattice: str, contour: str) -> str:
    """Differences from exact values, and imaginary parts, in standard errors."""
    numbers = {name: table.get(f"{key}_pull", np.nan) for name, key in PULLS.items()}
    numbers |= {name: _in_errors(table, key) for name, key in IMAGINARY.items()}
    numbers = pd.DataFrame(numbers, index=table.index)
    columns = _mu(table) | {name: map(sigmas, numbers[name]) for name in numbers}
    rows = differences(table)
    return page.tabular(
        f"Pulls, {lattice_name(lattice)} {contour}",
        PULL,
        page.words(
            f"{len(rows)} differences of points that passed their gates; {len(large(rows))} above {LARGE:g}, "
            f"{number(CHANCE * len(rows), 2)} expected by chance."
        ),
        page.table(
            columns | {"status": table["status"]},
            failed(table),
            {name: numbers[name].abs() > LARGE for name in numbers},
            {"status": "text"},
        ),
    )


def health(table: pd.DataFrame, lattice: str, contour: str) -> str:
    """What tells whether the Monte Carlo did its work."""
    columns = _mu(table) | {
        "status": table["status"],
        "acceptance": map(number, table["acceptance"]),
        "of the worst chain": map(number, table["acceptance_min"]),
        "⟨exp(−ΔH)⟩": column(table, "exp_dh"),
        "τ_int": [number(value, 3) for value in table["tau_int"]],
        "τ of the phase": [number(value, 3) for value in table["tau_phase"]],
        "configurations": [number(value, 8) for value in table["n_samples"]],
        "ESS": [number(value, 3) for value in table["ess"]],
        "largest weight": [number(value, 2) for value in table["largest_weight"]],
        "thermalization": [number(value, 2) for value in table["thermalization"]],
    }
    off = (_in_errors(table, "exp_dh", 1.0)).abs() > LARGE
    return page.tabular(
        f"Monte Carlo, {lattice_name(lattice)} {contour}",
        HEALTH,
        page.table(columns, failed(table), {"⟨exp(−ΔH)⟩": off}, {"status": "text"}),
    )


def exact(table: pd.DataFrame, lattice: str) -> str:
    """The simulation in dual variables."""
    columns = _mu(table) | {
        "n": column(table, "density"),
        "n without the phase": column(table, "density_pq"),
        "φ²": column(table, "phi2"),
        "φ² without the phase": column(table, "phi2_pq"),
        "APF₀": column(table, "apf0"),
        "status": table["status"],
    }
    return page.tabular(
        f"Exact values, {lattice_name(lattice)}",
        DUAL,
        page.table(columns, failed(table), left={"status": "text"}),
    )


def comparison(table: pd.DataFrame) -> str:
    """All methods with their costs."""
    columns = {
        "lattice": map(lattice_name, table["lattice"]),
        "method": table["method"],
        **_mu(table),
        "status": table["status"],
        "APF": column(table, "apf_re"),
        "n": column(table, "density"),
        "pull of n": map(sigmas, table["density_pull"]),
        "φ²": column(table, "phi2"),
        "pull of φ²": map(sigmas, table["phi2_pull"]),
        "training (s)": [number(value, 3) for value in table["train_seconds"]],
        "sampling (s)": [number(value, 3) for value in table["sample_seconds"]],
        "ESS": [number(value, 3) for value in table["ess"]],
        "ESS per second": [number(value, 3) for value in table["ess_per_second"]],
        "1 % of n (s)": [number(value, 3) for value in table["seconds_to_percent"]],
    }
    far = {f"pull of {name}": table[f"{PULLS[name]}_pull"].abs() > LARGE for name in ("n", "φ²")}
    return page.tabular(
        "Comparison of methods",
        COMPARISON,
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


def _mu(table: pd.DataFrame) -> dict[str, list[str]]:
    return {"μ": [f"{value:g}" for value in table["mu"]]}


def _in_errors(table: pd.DataFrame, name: str, expected: float = 0.0) -> pd.Series:
    """How far a column is from what it must be, in its errors."""
    pairs = zip(table[name], table[f"{name}_err"], strict=True)
    return pd.Series([in_errors(value - expected, error) for value, error in pairs], table.index, dtype=float)
