"""The tables of systems of spins and of the lessons as pages."""

import pandas as pd

from pomflow.report import page
from pomflow.report.differences import LARGE, critical_pulls, heat_pulls
from pomflow.report.tables import column
from pomflow.report.values import lattice_name, number, percent, sigmas

# what the pages say above their tables
THERMODYNAMICS = """
The biases b of the last layer record the free energy: −b beside the exact ln Z, both without their affine
part in β. Their second difference is the specific heat C per site, of which the two temperatures at the
ends know nothing. Pulls of neighbouring temperatures are correlated.
"""
CRITICAL = """
T_peak = T_c + slope / L^x through the peaks of the specific heat on squares or cubes, in units of J; x is
1 / ν, or the dimension where the transition is of first order. With fewer than two of them there is no fit.
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
        "T_c": column(critical, "t_c"),
        "exact": [number(value, 7) for value in critical["t_c_exact"]],
        "pull": map(sigmas, off),
        "slope": [number(value) for value in critical["slope"]],
    }
    peaks = {
        "lattice": map(lattice_name, classifiers["lattice"]),
        "classifier": classifiers["classifier"],
        "T of the peak": column(classifiers, "t_peak"),
        "exact": [number(value, 5) for value in classifiers["t_peak_exact"]],
    }
    return page.tabular(
        f"Critical temperature of the {title}",
        CRITICAL,
        page.table(fit, large={"pull": [abs(value) > LARGE for value in off]}),
        page.heading("Peaks"),
        page.table(peaks, left={"classifier": "text"}),
    )


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
