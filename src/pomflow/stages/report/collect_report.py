"""The report's pages of tables and warnings, and the numbers that its captions quote."""

import itertools
import json
from collections.abc import Iterable

import pandas as pd

from pomflow.errors import StoreError
from pomflow.io import netcdf as store
from pomflow.io import provenance
from pomflow.report import findings, headlines, studies, summary_pages, tables
from pomflow.report.differences import differences

# what each table must have; the pages read more of it
COLUMNS = {
    "scan": ("mu", "apf_re", "apf0_re", "status", "status0"),
    "exact": ("mu", "apf0", "density_pq", "status"),
    "comparison": ("lattice", "method", "mu", "ess_per_second", "status"),
    "thermodynamics": ("L", "beta", "specific_heat", "specific_heat_exact"),
    "critical_temperature": ("t_c", "t_c_exact"),
    "classifiers": ("lattice", "classifier", "excess"),
    "lessons": ("lesson", "quantity", "value", "expected", "passed"),
}
STUDY = ("critical_temperature", "classifiers", "thermodynamics")
# what looks like a number but is a name or a text
TEXTS = dict.fromkeys(("lattice", "quantity", "expected"), str)


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write the pages ``outputs[NAME]`` and ``outputs['numbers']`` from the tables of a scan.

    Parameters
    ----------
    inputs : dict
        Csv files: ``scan`` for each of ``params['pairs']``, ``exact`` for each of ``params['exact']``; and
        where they were made ``comparison``, ``thermodynamics``, ``critical_temperature``, ``classifiers``,
        ``lessons``.
    outputs : dict
        ``warnings``, ``settings``; ``scan_PAIR``, ``pulls_PAIR``, ``health_PAIR``, ``exact_LATTICE``, and the
        pages of the others by their names.
    params : dict
        ``folder`` of the results, ``config`` as resolved, and the names that go with the lists of files.
    """
    # every file that lies there counts, also one that is no input: it may be of other code
    about = provenance.of_folder(params["folder"])
    read = {name: _read(name, paths) for name, paths in inputs.items() if name in COLUMNS}
    scans = dict(zip(map(tuple, params["pairs"]), read["scan"], strict=True))
    exact = dict(zip(params["exact"], read.get("exact", []), strict=True))
    single = {name: files[0] for name, files in read.items() if name not in ("scan", "exact")}
    found = list(dict.fromkeys(_findings(scans, exact, single, about)))
    compared = sum(len(differences(table)) for table in scans.values())
    pages = {
        "warnings": summary_pages.warnings(found, compared),
        "settings": summary_pages.settings(about, params["config"]),
        **_scan_pages(scans, exact),
        **_other_pages(single),
    }
    numbers = _numbers(scans, single, about, params["config"]) | {
        "warnings": [f"{finding.what} ({finding.where})" for finding in found]
    }
    texts = pages | {"numbers": json.dumps(numbers, indent=1, ensure_ascii=False)}
    for name, path in outputs.items():
        store.write_text(texts[name], path)


def _read(name: str, paths: str | list[str]) -> list[pd.DataFrame]:
    """One table or a list of them."""
    return [read_table(path, COLUMNS[name]) for path in ([paths] if isinstance(paths, str) else paths)]


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


def _findings(scans: dict, exact: dict, single: dict, about: dict):
    """The findings of everything, the gravest first: of the code, of the scans, of the rest."""
    yield from findings.of_folder(about)
    for pair, table in scans.items():
        yield from findings.of_scan(table, *pair)
    for lattice, table in exact.items():
        yield from findings.of_exact(table, lattice)
    if "comparison" in single:
        yield from findings.of_comparison(single["comparison"])
    if "thermodynamics" in single:
        yield from findings.of_ising(single["critical_temperature"], single["thermodynamics"])
    if "lessons" in single:
        yield from findings.of_lessons(single["lessons"])


def _scan_pages(scans: dict, exact: dict) -> dict[str, str]:
    """The pages of every lattice and contour, and of every exact simulation."""
    makers = {"scan": tables.scan, "pulls": tables.pulls, "health": tables.health}
    of_pairs = {
        f"{name}_L{lattice}_{contour}": maker(table, lattice, contour)
        for (name, maker), ((lattice, contour), table) in itertools.product(makers.items(), scans.items())
    }
    return of_pairs | {f"exact_L{lattice}": tables.exact(table, lattice) for lattice, table in exact.items()}


def _other_pages(single: dict) -> dict[str, str]:
    """The pages of what is made once in a scan."""
    makers = {
        "comparison": lambda: tables.comparison(single["comparison"]),
        "thermodynamics": lambda: studies.thermodynamics(single["thermodynamics"]),
        "critical_temperature": lambda: studies.critical_temperature(
            single["critical_temperature"], single["classifiers"]
        ),
        "classifiers": lambda: studies.classifiers(single["classifiers"]),
        "lessons": lambda: studies.lessons(single["lessons"]),
    }
    return {name: maker() for name, maker in makers.items() if name in single}


def _numbers(scans: dict, single: dict, about: dict, config: dict) -> dict:
    """What the captions quote."""
    numbers = {
        "scans": {f"{pair[0]} {pair[1]}": headlines.of_scan(table, *pair) for pair, table in scans.items()},
        "made": headlines.of_making(about, config),
    }
    if "comparison" in single:
        numbers["comparison"] = headlines.of_comparison(single["comparison"])
    if "thermodynamics" in single:
        numbers["ising"] = headlines.of_ising(*(single[name] for name in STUDY))
    if "lessons" in single:
        numbers["lessons"] = headlines.of_lessons(single["lessons"])
    return numbers
