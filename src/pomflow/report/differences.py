"""Differences from exact values and from what symmetry makes zero, in standard errors."""

import math
from dataclasses import dataclass

import pandas as pd

from pomflow.analysis import gates
from pomflow.analysis.estimates import Estimate
from pomflow.config.scan import Study
from pomflow.models.simulation import FREE_ENERGY
from pomflow.report.values import axes_of, in_errors, values_in_words
from pomflow.stages.scan.columns import CONTROLLED, SWITCH_STATUS

# by chance one difference in 370 is larger
LARGE = 3.0
CHANCE = math.erfc(LARGE / math.sqrt(2))
EXACT, SYMMETRY = "its exact value", "zero, which symmetry makes it"
# the columns that say whether path and plane passed their gates
PATH, PLANE = "status", "status0"
COLUMNS = ["point", "name", "words", "plane", "partner", "sigmas"]


@dataclass(frozen=True)
class Compared:
    """A number of a table and what it is compared with.

    Attributes
    ----------
    name : str
        Its column.
    words : str
    partner : str
        ``EXACT`` or ``SYMMETRY``.
    status : str
        The column of its status; that of the undeformed plane and of the free energy are others.
    """

    name: str
    words: str
    partner: str
    status: str = PATH

    @property
    def plane(self) -> bool:
        """Whether it is of the undeformed plane."""
        return self.status == PLANE

    def sigmas(self, table: pd.DataFrame) -> pd.Series:
        """The differences in standard errors."""
        if self.partner == EXACT:
            return table[f"{self.name}_pull"]
        pairs = zip(table[self.name], table[f"{self.name}_err"], strict=True)
        return pd.Series([in_errors(*pair) for pair in pairs], table.index, dtype=float)


def compared(table: pd.DataFrame, study: Study) -> list[Compared]:
    """What a table has to be compared: with exact values, and with zero what a symmetry makes zero.

    Its model states what vanishes; that is not counted a second time where its exact value is known too.
    Behind the observables come numbers made from means, observables with control variates, and the free
    energy of the phase.
    """
    vanishing = dict.fromkeys(study.model.vanishing)
    if "apf_im" in vanishing and study.model.plane:
        vanishing["apf0_im"] = None
    parts = [part for name in (*study.observables, "apf0") for part in (name, f"{name}_im")]
    exact = [
        Compared(name, _words(name, study), EXACT, PLANE if name.startswith("apf0") else PATH)
        for name in parts
        if f"{name}_pull" in table and name not in vanishing
    ]
    made = [*study.numbers, *(f"{name}{CONTROLLED}" for name in study.observables)]
    exact += [Compared(name, _words(name, study), EXACT) for name in made if f"{name}_pull" in table]
    if f"{FREE_ENERGY}_pull" in table:
        exact.append(Compared(FREE_ENERGY, "free energy of the phase", EXACT, SWITCH_STATUS))
    zero = [
        Compared(name, _words(name, study), SYMMETRY, PLANE if name == "apf0_im" else PATH)
        for name in vanishing
        if name in table
    ]
    return exact + zero


def _words(name: str, study: Study) -> str:
    known = study.observables | study.numbers
    if name in known:
        return known[name].long_name
    if name.endswith(CONTROLLED):
        return f"{_words(name.removesuffix(CONTROLLED), study)} with control variates"
    return f"Im {_words(name.removesuffix('_im'), study)}" if name.endswith("_im") else "average phase factor"


def differences(table: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Every difference of a table from its partner, of points that passed their gates.

    Parameters
    ----------
    table : DataFrame
        From scan.csv, or the rows of one method of contours.csv.
    study : Study
        Whose table it is.

    Returns
    -------
    DataFrame
        ``point`` in words, ``name`` of the column, ``words`` for it, ``plane``, whether it is of the
        undeformed plane, ``partner`` that it is compared with, and ``sigmas``.
    """
    rows = []
    for one in compared(table, study):
        good = table[table[one.status] == gates.OK]
        for (_, point), off in zip(good.iterrows(), one.sigmas(good), strict=True):
            where = values_in_words(study, point[axes_of(study, table)])
            rows.append((where, one.name, one.words, one.plane, one.partner, off))
    return pd.DataFrame(rows, columns=COLUMNS).dropna()


def heat_pulls(thermodynamics: pd.DataFrame) -> pd.Series:
    """The specific heat of thermodynamics.csv minus the exact one, in errors."""
    off = thermodynamics["specific_heat"] - thermodynamics["specific_heat_exact"]
    return off / thermodynamics["specific_heat_err"]


def critical_estimates(critical: pd.DataFrame) -> list[Estimate]:
    """Those of critical_temperature.csv that are quoted; statistical and systematic error together."""
    return [
        Estimate(row.t_c_corrected, math.hypot(row.t_c_corrected_err, row.t_c_corrected_systematic))
        for row in critical.itertuples()
    ]


def critical_pulls(critical: pd.DataFrame) -> list[float]:
    """Them minus the exact one, in errors."""
    pairs = zip(critical_estimates(critical), critical["t_c_exact"], strict=True)
    return [in_errors(found.value - exact, found.error) for found, exact in pairs]


def large(rows: pd.DataFrame) -> pd.DataFrame:
    """Those of them that chance hardly makes."""
    return rows[rows["sigmas"].abs() > LARGE]
