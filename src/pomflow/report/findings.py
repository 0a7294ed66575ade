"""What a reader must know before believing a scan: gates that failed, large differences, mixed code."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from pomflow.analysis import gates, independence, trainings
from pomflow.config.finite_size import FAILED
from pomflow.config.scan import Study
from pomflow.io.provenance import DIRTY
from pomflow.report.differences import LARGE, PATH, PLANE, critical_pulls, differences, heat_pulls, large
from pomflow.report.values import lattice_name, points_in_words, sigmas
from pomflow.stages.scan.columns import SWITCH_STATUS
from pomflow.stages.scan.trainings import FURTHER_STATUS

MEANING = {
    gates.DIVERGED: "There are no numbers; the log of the job says why.",
    "acceptance": "Too few trajectories were accepted: try a smaller step_size or a longer thermalization.",
    "thermalization": "Parts of the run disagree: try a longer thermalization, or start: ordered.",
    "dh_balance": "Gains and losses of energy do not balance: the sampling is not to be trusted.",
    "tau_int": "The chains are not even four autocorrelation times long: their errors are not known.",
    "apf": "The phase cannot be told from zero: every reweighted value is a ratio of noise.",
    "ess": "Fewer than 100 effective samples: more trajectories, or a better contour.",
    "finite": "A measured value is not a number.",
    "drift": "The drift has a power-law tail: the results may be wrong, however small their errors.",
    "virial": "The Langevin step is too long.",
    independence.STATUS: "Contours contradict each other: one is wrong, or its errors are too small.",
    trainings.STATUS: "Trainings of one contour contradict each other: it is wrong, or errors are too small.",
}


@dataclass(frozen=True)
class Finding:
    """What was found, where, and what it means; of a failed gate at how many points."""

    what: str
    where: str
    meaning: str
    points: int = 0


def of_scan(table: pd.DataFrame, study: Study, lattice: str, contour: str) -> Iterator[Finding]:
    """Findings of one scan.csv: gates of all that has some; pulls; what a symmetry makes zero."""
    place, plane = (f"{study.name} {lattice_name(lattice)} {method}" for method in (contour, "plane"))
    places = {PATH: place, PLANE: plane, FURTHER_STATUS: f"{place}, further trainings"}
    for column, where in places.items():
        if column in table:
            yield from _failed(table, study, column, where)
    if SWITCH_STATUS in table:
        # a path that failed is named already, and has no free energy for that reason
        passed = table[table[PATH] == gates.OK]
        yield from _failed(passed, study, SWITCH_STATUS, f"{place}, free energy of the phase")
    yield from _far(table, study, place, plane)


def _failed(table: pd.DataFrame, study: Study, column: str, place: str) -> Iterator[Finding]:
    """A finding for each gate that failed, with the points behind it."""
    for gate, rows in table[table[column] != gates.OK].groupby(column, sort=False):
        what = "diverged" if gate == gates.DIVERGED else f"gate {gate} failed"
        yield Finding(what, f"{place}, {points_in_words(study, rows)}", MEANING[gate], len(rows))


def _far(table: pd.DataFrame, study: Study, place: str, plane: str = "") -> Iterator[Finding]:
    """A finding for each large difference."""
    for row in large(differences(table, study)).itertuples():
        what = f"{row.words} {abs(row.sigmas):.1f} errors off"
        where = f"{plane if row.plane else place}, {row.point}"
        yield Finding(what, where, f"{sigmas(row.sigmas)} standard errors from {row.partner}.")


def of_exact(table: pd.DataFrame, study: Study, lattice: str) -> Iterator[Finding]:
    """Gates of the exact simulations, behind which a scan says nothing exact."""
    place = f"{study.name} {lattice_name(lattice)} exact simulation"
    yield from _failed(table, study, "status", place)


def of_comparison(table: pd.DataFrame, study: Study) -> Iterator[Finding]:
    """Gates and pulls of complex Langevin dynamics; those of the paths stand in their scans."""
    for lattice, rows in table[table["method"] == "langevin"].groupby("lattice", sort=False):
        place = f"{study.name} {lattice_name(lattice)} complex Langevin"
        yield from _failed(rows, study, "status", place)
        yield from _far(rows, study, place)


def of_finite_size(table: pd.DataFrame, study: Study) -> Iterator[Finding]:
    """Fits that found no critical point to be trusted."""
    for row in table[table["status"] != gates.OK].itertuples():
        where = f"{study.name} {', '.join(map(lattice_name, row.lattices.split()))} {row.source}"
        what = f"no critical point ({row.method})"
        yield Finding(what, where, f"{FAILED[row.status][0].upper()}{FAILED[row.status][1:]}.")


def of_ising(
    critical: pd.DataFrame, exponents: pd.DataFrame, thermodynamics: pd.DataFrame, title: str
) -> Iterator[Finding]:
    """T_c and exponents of a system of spins and their fits, its specific heat beside other ones."""
    place = title.removesuffix(" model")
    for off in critical_pulls(critical):
        if abs(off) > LARGE:
            meaning = "from the known one: the lattices may be too small for a few terms in 1/L."
            yield Finding("critical temperature", place, f"{sigmas(off)} standard errors {meaning}")
    if critical["t_c_corrected_doubtful"].any():
        meaning = (
            "Errors of peaks are too small, or the lattices for a few terms in 1/L; T_c is of a few lattices."
        )
        yield Finding("χ² refuses every fit of T_c that it can test", place, meaning)
    doubtful = exponents[exponents["doubtful"]]
    if len(doubtful):
        fits = ", ".join(f"{row.estimator} by {row.source}" for row in doubtful.itertuples())
        meaning = f"{fits}: errors are too small, or the lattices for a power of L with a few corrections."
        yield Finding("χ² refuses every fit of an exponent that it can test", place, meaning)
    for extent, rows in thermodynamics.groupby("L", sort=False):
        beside = {"the exact values": heat_pulls(rows), "reweighted histograms": rows["specific_heat_pull"]}
        for partner, off in beside.items():
            far = [f"{beta:g}" for beta in rows["beta"][off.abs() > LARGE]]
            if far:
                where = f"{place} L = {extent}, β = {', '.join(far)}"
                meaning = (
                    f"Up to {off.abs().max():.1f} standard errors from {partner}, of {off.count()} points."
                )
                yield Finding("specific heat", where, meaning)


def of_lessons(table: pd.DataFrame) -> Iterator[Finding]:
    """Numbers that are not as expected."""
    for row in table[~table["passed"]].itertuples():
        yield Finding(row.quantity, f"lesson {row.lesson}", f"It is {row.value:.4g}, not {row.expected}.")


def of_folder(about: dict) -> Iterator[Finding]:
    """Mixed or changed code, several seeds, damaged files: from ``provenance.of_folder``."""
    place = about["path"]
    for name, words in (("revisions", "revisions"), ("versions", "sets of versions"), ("seeds", "seeds")):
        known = {value: len(paths) for value, paths in about[name].items() if value != "none"}
        if len(known) > 1:
            shares = "; ".join(f"{count} files of {value}" for value, count in known.items())
            yield Finding(f"several {words}", place, f"{shares}.")
    changed = [name for name in about["revisions"] if name.endswith(DIRTY)]
    if changed:
        names = ", ".join(changed)
        yield Finding("the source was changed", place, f"What git has is not what ran: {names}.")
    for message in about["damaged"]:
        yield Finding("a damaged file", place, message)
