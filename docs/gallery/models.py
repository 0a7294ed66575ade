"""The page of all models in the gallery, from the finished scan of config/models.yaml."""

from pathlib import Path

import pandas as pd

from pomflow.analysis import gates
from pomflow.config import file as config_files
from pomflow.config import resolve, scan
from pomflow.config.summary import partners
from pomflow.io import provenance
from pomflow.report import headlines
from pomflow.report.differences import differences
from pomflow.report.values import number, plain, sigmas, values_in_words, with_error

ROOT = Path(__file__).parents[2]
NAME = "models"
CONFIG = ROOT / "config" / f"{NAME}.yaml"
SHIFT = "shift"
# what a point of a contour costs: its files
KINDS = ("network", "contour", "samples", "observables")
HEADER = "model, lattice, point, plane, shift, learned, contour, best path, exact partner, pulls, seconds"
ABOUT = f"""# All models

Written by `make gallery` from `make run CONFIG=config/{NAME}.yaml`: a small study of every model of the
package, with its exact partner beside it. [Models](../models/index.md) has the physics of each, longer
studies and what they mean.

Three columns are average phase factors (moduli where Z is complex): on the undeformed plane, where the
integral converges there, on a constant shift, and on the contour that learned most; a star marks a point
that failed a gate. "Best path" is the largest one that the model knows to be possible, or a yardstick for
it. "Pulls" are the differences from exact values and from zeros of symmetry on the learned contour in
standard errors: the largest, of how many, and their root mean square. Seconds are processor time of
training, sampling and measuring on that contour. [Config]({NAME}/config.yaml); the tables with all numbers
are in the same folder.
"""


def studies() -> list[scan.Study]:
    """Those of the config."""
    schema = resolve.load_schema(ROOT / "workflow" / "schemas" / "config.schema.yaml")
    given = config_files.merged(ROOT / "config" / "default.yaml", [CONFIG])
    return list(scan.studies(resolve.resolve(given, schema)).values())


def figures() -> list[str]:
    """The figures that the page shows, below the folder of results."""
    return [name for study in studies() for name in _shown(study)]


def tables() -> list[str]:
    """The tables of all contours, below the folder of results."""
    return [
        f"{study.name}/L{lattice}/{contour}/scan.csv"
        for study in studies()
        for lattice, contour in study.trained
    ]


def _shown(study: scan.Study) -> list[str]:
    """Average phase factor and first observable of the last lattice and contour."""
    lattice, contour = study.trained[-1]
    stem = f"figures/{study.name}_L{lattice}_{contour}"
    return [f"{stem}_apf.png", f"{stem}_{next(iter(study.observables))}.png"]


def page(results: Path) -> str:
    """The page, from the results of the scan."""
    found = studies()
    titles = HEADER.split(", ")
    rows = [
        titles,
        ["---"] * len(titles),
        *(row for study in found for row in _rows(study, results / study.name)),
    ]
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    return "\n".join([ABOUT, table, *map(_pictures, found)]) + "\n"


def _rows(study: scan.Study, folder: Path) -> list[list[str]]:
    """A row for each lattice and point."""
    found = []
    for lattice in study.lattices:
        contours = [contour for where, contour in study.trained if where == lattice]
        tables = {name: pd.read_csv(folder / f"L{lattice}" / name / "scan.csv") for name in contours}
        for index, point in enumerate(study.points):
            rows = {name: table.iloc[[index]] for name, table in tables.items()}
            phases = {name: _phase(row, study, "apf") for name, row in rows.items()}
            learned = max((name for name in rows if name != SHIFT), key=lambda name: phases[name][0])
            row, point_folder = rows[learned], folder / f"L{lattice}" / learned / point
            found.append(
                [
                    f"`{study.settings['model']}`",
                    lattice,
                    values_in_words(study, scan.values_of(point)),
                    with_error(*_phase(row, study, "apf0")) if study.model.plane else "",
                    with_error(*phases[SHIFT]) if SHIFT in phases else "",
                    with_error(*phases[learned]) + ("" if row["status"].item() == gates.OK else "\\*"),
                    f"`{learned}`",
                    number(row["apf_best"].item()) if "apf_best" in row else "",
                    partners(study.model),
                    _pulls(row, study),
                    f"{_seconds(point_folder):.0f}",
                ]
            )
    return found


def _phase(row: pd.DataFrame, study: scan.Study, name: str) -> tuple[float, float]:
    return tuple(headlines.phase(row, study, name).iloc[0])


def _pulls(row: pd.DataFrame, study: scan.Study) -> str:
    off = differences(row.assign(status=gates.OK), study).query("not plane")["sigmas"]
    if off.empty:
        return ""
    return f"{sigmas(off[off.abs().idxmax()])} of {len(off)}, {number((off**2).mean() ** 0.5, 2)}"


def _seconds(folder: Path) -> float:
    """Processor time of the files of a point."""
    paths = (folder / f"{kind}.nc" for kind in KINDS)
    return sum(provenance.of_file(path)["cpu_seconds"] for path in paths if path.exists())


def _pictures(study: scan.Study) -> str:
    """A title and the two figures of a study."""
    apf, observable = (f"{NAME}/{Path(name).name}" for name in _shown(study))
    title = plain(study.model.title) or study.settings["model"]
    first = next(iter(study.observables.values())).long_name
    return f"""
## {title[0].upper()}{title[1:]}

| average phase factor | {first} |
|---|---|
| ![Average phase factor]({apf}) | ![{first[0].upper()}{first[1:]}]({observable}) |"""
