"""The tables of systems of spins and of the lessons as pages."""

import numpy as np
import pandas as pd

from pomflow.report import page
from pomflow.report.differences import LARGE, critical_estimates, critical_pulls, heat_pulls
from pomflow.report.tables import column
from pomflow.report.values import UNKNOWN, lattice_name, number, percent, sigmas, with_error

# what the pages say above their tables
THERMODYNAMICS = """
The biases b of the last layer record the free energy: −b beside the exact ln Z, both without their affine
part in β. Their second difference is the specific heat C per site, of which the two temperatures at the
ends know nothing. Pulls of neighbouring temperatures are correlated.
"""
CRITICAL = """
T_peak = T_c + a / L^x (1 + b / L) through the peaks of the specific heat on squares or cubes, in units of J;
x is 1 / ν, or the dimension d where the transition is of first order, with b / L^d there. It is without b,
and without the smallest lattices, where that makes the error smaller. The error is statistical and, from
the first term that is left out, systematic. Of fewer than two lattices there is no fit. Beside it the
straight line in 1 / L^x through all peaks of second differences.
"""
EXPONENTS = """
From how curves between the simulated temperatures change with L: steepness is the range of the third
cumulant of the energy per site, ~ L^(3/ν − d); width is the distance in ln T between the steepest rise and
fall of C, ~ L^(−1/ν); height is the largest C / N, a constant plus L^(α/ν); α / ν = 2 / ν − d. Errors are
statistical and systematic together. A transition of first order has 1 / ν = d.
"""
CLASSIFIERS = """
On fresh configurations: the cross-entropy in nats, how far it is above the best possible one, and the
correlation of the deciding number h with the energy E, which a perfect network makes 1 or −1; then the
relative error of the specific heat from the biases. Two controls cannot know the energy and must be bad:
magnetization sees only the magnetization, shuffled learned from wrong labels.
"""


def thermodynamics(table: pd.DataFrame, title: str) -> str:
    """Free energy and specific heat from the biases beside exact ones."""
    off = heat_pulls(table)
    columns = {
        "L": table["L"].astype(str),
        "β": [f"{value:g}" for value in table["beta"]],
        "T": [f"{1 / value:.4f}" if value else "∞" for value in table["beta"]],
        "−b": column(table, "minus_bias"),
        "ln Z exact": [number(value) for value in table["free_energy_exact"]],
        "C": column(table, "specific_heat"),
        "C exact": [number(value) for value in table["specific_heat_exact"]],
        "pull of C": map(sigmas, off),
    }
    return page.tabular(
        f"Thermodynamics of the {title}",
        THERMODYNAMICS,
        page.table(columns, large={"pull of C": off.abs() > LARGE}),
    )


def critical_temperature(critical: pd.DataFrame, classifiers: pd.DataFrame, title: str) -> str:
    """The fit to the peaks, and the peaks."""
    off = critical_pulls(critical)
    fit = {
        "T_c": [with_error(found.value, found.error) for found in critical_estimates(critical)],
        "exact": [number(value, 7) for value in critical["t_c_exact"]],
        "pull": map(sigmas, off),
        "straight line": column(critical, "t_c"),
        "slope": [number(value) for value in critical["slope"]],
    }
    peaks = {
        "lattice": map(lattice_name, classifiers["lattice"]),
        "classifier": classifiers["classifier"],
        "T of the peak": column(classifiers, "t_peak_curve"),
        "exact": [number(value, 5) for value in classifiers["t_peak_exact"]],
    }
    return page.tabular(
        f"Critical temperature of the {title}",
        CRITICAL,
        page.table(fit, large={"pull": [abs(value) > LARGE for value in off]}),
        page.heading("Peaks"),
        page.table(peaks, left={"classifier": "text"}),
    )


def exponents(table: pd.DataFrame, title: str) -> str:
    """nu and alpha / nu by each mark of the curves, of the networks and by reweighting."""
    columns = {
        "source": table["source"],
        "from": table["estimator"],
        "lattices": [_range(*pair) for pair in zip(table["smallest_L"], table["largest_L"], strict=True)],
        "power of L": _with_systematic(table, "power"),
        "ν": _with_systematic(table, "nu"),
        "ν of the exact curves": [number(value, 4) for value in table["nu_exact_curves"]],
        "α / ν": _with_systematic(table, "alpha_over_nu"),
        "χ² / dof": [f"{number(row.chi2, 2)} / {row.dof}" for row in table.itertuples()],
    }
    return page.tabular(
        f"Critical exponents of the {title}",
        EXPONENTS,
        page.table(columns, left={"source": "text", "from": "text"}),
    )


def _range(low: float, high: float) -> str:
    """The lattices of a fit."""
    return f"L = {low:g} to {high:g}" if low < high else UNKNOWN


def _with_systematic(table: pd.DataFrame, name: str) -> list[str]:
    """Numbers with their errors, statistical and systematic together."""
    errors = np.hypot(table[f"{name}_err"], table[f"{name}_systematic"])
    return [with_error(*pair) for pair in zip(table[name], errors, strict=True)]


def classifiers(table: pd.DataFrame, title: str) -> str:
    """How close each network is to the best possible one."""
    columns = {
        "lattice": map(lattice_name, table["lattice"]),
        "classifier": table["classifier"],
        "cross-entropy": [number(value, 5) for value in table["cross_entropy"]],
        "excess": column(table, "excess"),
        "corr(h, E)": [number(value, 6) for value in table["correlation"]],
        "error of C, rms": map(percent, table["specific_heat_rms"]),
        "largest": map(percent, table["specific_heat_max"]),
    }
    return page.tabular(
        f"Classifiers of the temperature, {title}",
        CLASSIFIERS,
        page.table(columns, left={"classifier": "text"}),
    )


def lessons(table: pd.DataFrame) -> str:
    """Every number with what is expected of it."""
    columns = {
        "lesson": table["lesson"],
        "quantity": table["quantity"],
        "value": map(number, table["value"]),
        "expected": table["expected"],
        "as expected": table["passed"].map({True: "yes", False: "no"}),
    }
    return page.tabular(
        "Lessons of neural networks",
        f"{table['passed'].sum()} of {len(table)} numbers are as expected.",
        page.table(
            columns,
            large={"as expected": ~table["passed"]},
            left={"lesson": "text", "quantity": "prose", "expected": "text", "as expected": "text"},
        ),
    )
