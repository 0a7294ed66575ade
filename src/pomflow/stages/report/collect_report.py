"""The report's pages of tables and warnings, and the numbers that its captions quote."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from pomflow.config.scan import Study, studies
from pomflow.errors import StoreError
from pomflow.io import netcdf, provenance
from pomflow.report import findings, finite_size, headlines, quantities, summary_pages, tables
from pomflow.report import studies as made_once
from pomflow.report.differences import differences
from pomflow.report.findings import Finding

# what each table must have; the pages read more of it
COLUMNS = {
    "scan": ("apf_re", "status"),
    "exact": ("apf0", "status"),
    "comparison": ("lattice", "method", "ess_per_second", "status"),
    "finite_size": ("source", "method", "lattices", "critical", "status"),
    "curves": ("ln_z", "pressure", "ess", "status", "ln_z_status"),
    "thermodynamics": ("L", "beta", "specific_heat", "specific_heat_exact", "specific_heat_pull"),
    "critical_temperature": ("t_c", "t_c_exact", "t_c_corrected", "t_c_corrected_doubtful"),
    "exponents": ("source", "estimator", "nu", "doubtful"),
    "classifiers": ("lattice", "classifier", "excess"),
    "lessons": ("lesson", "quantity", "value", "expected", "passed"),
}
# what captions quote of a system of spins, and all its tables
ISING = ("critical_temperature", "classifiers", "thermodynamics")
SYSTEM = (*ISING, "exponents")
MADE_ONCE = ("lessons",)
SCAN_PAGES = {"scan": tables.scan, "pulls": tables.pulls, "health": tables.health, "budget": tables.budget}
# what looks like a number but is a name or a text
TEXTS = dict.fromkeys(("lattice", "quantity", "expected"), str)


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write the pages ``outputs[NAME]`` and ``outputs['numbers']`` from the tables of a scan.

    Parameters
    ----------
    inputs : dict
        Lists of csv files: ``scan`` for each of ``params['paths']``, ``series`` for each series of each of
        them, ``curves`` for each of ``params['curves']``, ``exact`` for each of ``params['exact']``,
        ``comparison`` for each of ``params['comparisons']``, ``finite_size`` for each of
        ``params['finite_sizes']``; ``thermodynamics``, ``critical_temperature``, ``exponents`` and
        ``classifiers`` for each of ``params['systems']``, where there are any; and one of ``lessons``, where
        they were made.
    outputs : dict
        ``warnings``, ``settings``; ``scan_STUDY_LLATTICE_CONTOUR`` with ``pulls``, ``health`` and ``budget``
        of the same and, of what a study has, ``quantities``, ``series`` and ``curves``;
        ``exact_STUDY_LLATTICE``, ``comparison_STUDY``, ``finite_size_STUDY``, and the pages of the others by
        name.
    params : dict
        ``folder`` of the results, ``config`` as resolved, and what goes with the lists of files: ``paths``
        and ``curves`` (study, lattice, contour), ``exact`` (study, lattice), ``comparisons`` and
        ``finite_sizes`` (study), ``systems`` of spins (what stands before their names: their title).
    """
    report = report_of(inputs, params)
    texts = report.pages | {"numbers": json.dumps(report.numbers, indent=1, ensure_ascii=False)}
    for name, path in outputs.items():
        netcdf.write_text(texts[name], path)


@dataclass(frozen=True)
class Report:
    """All that a scan says of itself.

    Attributes
    ----------
    tables : Tables
    findings : list of Finding
        The gravest first.
    pages : dict of str
        Tables as pages, by the names of the outputs of ``run``.
    numbers : dict
        What captions quote.
    """

    tables: "Tables"
    findings: list[Finding]
    pages: dict[str, str]
    numbers: dict


def report_of(inputs: dict, params: dict) -> Report:
    """The same as objects, from ``inputs`` and ``params`` of ``run``."""
    # every file that lies there counts, also one that is no input: it may be of other code
    about = provenance.of_folder(params["folder"])
    known = studies(params["config"])
    tables_of = Tables(
        scans=_at_places("scan", inputs, params["paths"], known),
        series=_series(inputs, params["paths"], known),
        curves=_at_places("curves", inputs, params["curves"], known),
        exact=_at_places("exact", inputs, params["exact"], known),
        comparisons=_at_places("comparison", inputs, [[name] for name in params["comparisons"]], known),
        finite_sizes=_at_places("finite_size", inputs, [[name] for name in params["finite_sizes"]], known),
        systems=_systems(inputs, params["systems"]),
        single={name: read_table(*inputs[name], COLUMNS[name]) for name in MADE_ONCE if name in inputs},
    )
    found = list(dict.fromkeys(_findings(tables_of, about)))
    compared = sum(len(differences(table, study)) for (study, *_), table in tables_of.scans)
    pages = {
        "warnings": summary_pages.warnings(found, compared),
        "settings": summary_pages.settings(about, params["config"]),
        **_pages_of_studies(tables_of),
        **_pages_of_systems(tables_of.systems),
        **_other_pages(tables_of.single),
    }
    numbers = _numbers(tables_of) | {
        "made": headlines.of_making(about, params["config"]["scan"], known.values()),
        "warnings": [f"{finding.what} ({finding.where})" for finding in found],
    }
    return Report(tables_of, found, pages, numbers)


@dataclass(frozen=True)
class Tables:
    """All tables of a report.

    Attributes
    ----------
    scans, curves, exact, comparisons, finite_sizes : list of (place, DataFrame)
        A place is a tuple of the study and, where there are some, the lattice and the contour.
    series : list of dict of DataFrame
        For each of the scans its series by name.
    systems : dict of (title, dict of DataFrame)
        Systems of spins with their tables by name.
    single : dict of DataFrame
        What is made once in a scan.
    """

    scans: list
    series: list
    curves: list
    exact: list
    comparisons: list
    finite_sizes: list
    systems: dict
    single: dict


def _at_places(name: str, inputs: dict, places: list, known: dict[str, Study]) -> list:
    """Pairs of a place and its table, with the study in place of its name."""
    found = []
    for (study, *rest), path in zip(places, inputs[name], strict=True):
        axes = () if name == "finite_size" else known[study].axes
        columns = (*axes, *COLUMNS[name])
        found.append(((known[study], *rest), read_table(path, columns)))
    return found


def _systems(inputs: dict, titles: dict[str, str]) -> dict[str, tuple[str, dict[str, pd.DataFrame]]]:
    """Title and tables of every system of spins."""
    return {
        system: (title, {name: read_table(inputs[name][place], COLUMNS[name]) for name in SYSTEM})
        for place, (system, title) in enumerate(titles.items())
    }


def _series(inputs: dict, paths: list, known: dict[str, Study]) -> list[dict[str, pd.DataFrame]]:
    """The series of every path by name."""
    files = iter(inputs["series"])
    return [
        {
            name: read_table(next(files), (*known[study].axes, *one.dimensions, name))
            for name, one in known[study].series.items()
        }
        for study, *_ in paths
    ]


def read_table(path, columns: Iterable[str]) -> pd.DataFrame:
    """A csv file with at least these columns.

    Raises
    ------
    StoreError
        If it cannot be read or lacks one of them.
    """
    remedy = "Delete it and run the scan again."
    try:
        table = pd.read_csv(path, dtype=TEXTS)
    # what pandas cannot parse is a ValueError
    except (OSError, ValueError) as error:
        raise StoreError(str(path), f"cannot be read as a table ({error})", remedy) from error
    missing = [name for name in columns if name not in table]
    if missing:
        raise StoreError(str(path), f"lacks the column {missing[0]}", remedy)
    return table


def _findings(tables_of: Tables, about: dict) -> Iterator[Finding]:
    """The findings of everything, the gravest first: of the code, of the scans, of the rest."""
    yield from findings.of_folder(about)
    for place, table in tables_of.scans:
        yield from findings.of_scan(table, *place)
    for place, table in tables_of.exact:
        yield from findings.of_exact(table, *place)
    for place, table in tables_of.comparisons:
        yield from findings.of_comparison(table, *place)
    for place, table in tables_of.finite_sizes:
        yield from findings.of_finite_size(table, *place)
    single = tables_of.single
    for title, table in tables_of.systems.values():
        fitted = table["critical_temperature"], table["exponents"], table["thermodynamics"]
        yield from findings.of_ising(*fitted, title)
    if "lessons" in single:
        yield from findings.of_lessons(single["lessons"])


def _pages_of_studies(tables_of: Tables) -> dict[str, str]:
    """The pages of every study, lattice and contour, of every exact simulation and every comparison."""
    pages = {}
    for ((study, lattice, contour), table), series in zip(tables_of.scans, tables_of.series, strict=True):
        here, place = (study, lattice, contour), f"{study.name}_L{lattice}_{contour}"
        for name, maker in SCAN_PAGES.items():
            pages[f"{name}_{place}"] = maker(table, *here)
        if study.has_numbers:
            pages[f"quantities_{place}"] = quantities.quantities(table, *here)
        if series:
            pages[f"series_{place}"] = quantities.series(series, table, *here)
    for (study, lattice, contour), table in tables_of.curves:
        page = quantities.curves(table, study, lattice, contour)
        pages[f"curves_{study.name}_L{lattice}_{contour}"] = page
    for (study, lattice), table in tables_of.exact:
        pages[f"exact_{study.name}_L{lattice}"] = tables.exact(table, study, lattice)
    for (study,), table in tables_of.comparisons:
        pages[f"comparison_{study.name}"] = tables.comparison(table, study)
    for (study,), table in tables_of.finite_sizes:
        pages[f"finite_size_{study.name}"] = finite_size.critical_points(table, study)
    return pages


def _pages_of_systems(systems: dict) -> dict[str, str]:
    """Four pages of every system of spins."""
    pages = {}
    for system, (title, table) in systems.items():
        pages |= {
            f"{system}thermodynamics": made_once.thermodynamics(table["thermodynamics"], title),
            f"{system}critical_temperature": made_once.critical_temperature(
                table["critical_temperature"], table["classifiers"], title
            ),
            f"{system}exponents": made_once.exponents(table["exponents"], title),
            f"{system}classifiers": made_once.classifiers(table["classifiers"], title),
        }
    return pages


def _other_pages(single: dict) -> dict[str, str]:
    """The pages of what is made once in a scan."""
    return {"lessons": made_once.lessons(single["lessons"])} if "lessons" in single else {}


def _numbers(tables_of: Tables) -> dict:
    """What the captions quote of the tables."""
    numbers = {
        "scans": {
            f"{study.name} {lattice} {contour}": headlines.of_scan(table, study, lattice, contour)
            for (study, lattice, contour), table in tables_of.scans
        },
        "series": {
            f"{study.name} {lattice} {contour}": {
                name: headlines.of_series(one, table, study, name) for name, one in series.items()
            }
            for ((study, lattice, contour), table), series in zip(
                tables_of.scans, tables_of.series, strict=True
            )
        },
        "comparison": {
            study.name: headlines.of_comparison(table, study) for (study,), table in tables_of.comparisons
        },
    }
    single = tables_of.single
    if tables_of.systems:
        numbers["ising"] = {
            system: headlines.of_ising(*(table[name] for name in ISING), title)
            for system, (title, table) in tables_of.systems.items()
        }
    if "lessons" in single:
        numbers["lessons"] = headlines.of_lessons(single["lessons"])
    return numbers
