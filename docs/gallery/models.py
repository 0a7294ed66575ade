"""The table of all models, docs/gallery/models.md, from the finished scan of config/models.yaml.

A row is a point of a model on a lattice: the average phase factor of the undeformed plane, of a constant shift
and of the best learned contour, that of the best path where the model knows it, and what the learned contour is
worth beside exact values.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from pomflow.analysis.estimates import Estimate
from pomflow.config import file as config_files
from pomflow.config import resolve, scan
from pomflow.config.summary import partners
from pomflow.io import netcdf, provenance

GALLERY = Path(__file__).parent
ROOT = GALLERY.parent.parent
CONFIG = ROOT / "config" / "models.yaml"
SHIFT = "shift"
HEADER = [
    "model",
    "lattice",
    "point",
    "plane",
    "shift",
    "learned",
    "contour",
    "best path",
    "exact partner",
    "largest pull",
    "seconds",
]
# what a point of a contour cost: its files
KINDS = ("network", "contour", "samples", "observables")


def main() -> None:
    """Write the table."""
    schema = resolve.load_schema(ROOT / "workflow" / "schemas" / "config.schema.yaml")
    given = config_files.merged(ROOT / "config" / "default.yaml", [CONFIG])
    config = resolve.resolve(given, schema)
    results = ROOT / "results" / config["scan"]
    rows = [row for study in scan.studies(config).values() for row in rows_of(study, results / study.name)]
    lines = [HEADER, ["---"] * len(HEADER), *rows]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    revisions = ", ".join(provenance.of_folder(results)["revisions"])
    page = (
        "# All models\n\nWritten by `make gallery` from `make run CONFIG=config/models.yaml`. Average phase "
        "factors are moduli. The learned contour is the one with the largest; its pull is the largest of all "
        "observables in standard errors, its seconds are processor time of training, sampling and measuring on "
        f"one thread.\n\n{table}\n\nRevision: {revisions}.\n"
    )
    netcdf.write_text(page, GALLERY / "models.md")


def rows_of(study: scan.Study, folder: Path) -> Iterator[list[str]]:
    """The rows of a study."""
    for lattice in study.lattices:
        contours = [contour for where, contour in study.trained if where == lattice]
        tables = {name: pd.read_csv(folder / f"L{lattice}" / name / "scan.csv") for name in contours}
        for point in study.points:
            found = {name: scan.row_at(table, point) for name, table in tables.items()}
            learned = max((name for name in found if name != SHIFT), key=lambda name: modulus(found[name]).value)
            row = found[learned]
            yield [
                study.settings["model"],
                lattice,
                point.replace(",", ", "),
                shown(modulus(row, "apf0")),
                shown(modulus(found[SHIFT])) if SHIFT in found else "",
                shown(modulus(row)),
                learned,
                f"{row['apf_best']:.4f}" if "apf_best" in row else "",
                partners(study.model),
                f"{largest_pull(row):+.1f}",
                f"{seconds(folder / f'L{lattice}' / learned / point):.0f}",
            ]


def modulus(row: pd.Series, name: str = "apf") -> Estimate:
    """Of the average phase factor, with the error along it; NaN where it was not measured."""
    real, imaginary = (row.get(f"{name}_{part}", math.nan) for part in ("re", "im"))
    value = math.hypot(real, imaginary)
    along = math.hypot(real * row.get(f"{name}_re_err", math.nan), imaginary * row.get(f"{name}_im_err", math.nan))
    return Estimate(value, along / value if value else math.nan)


def shown(estimate: Estimate) -> str:
    """A value and its error for the table; nothing where there is none."""
    return "" if math.isnan(estimate.value) else f"{estimate.value:.4f} ± {estimate.error:.4f}"


def largest_pull(row: pd.Series) -> float:
    """The largest difference from an exact value in standard errors, of all observables; NaN without one."""
    pulls = [row[name] for name in row.index if name.endswith("_pull") and not name.startswith("apf0")]
    return max(pulls, key=lambda pull: abs(pull) if pull == pull else -1.0, default=math.nan)


def seconds(folder: Path) -> float:
    """Processor seconds of the files of a point."""
    paths = (folder / f"{kind}.nc" for kind in KINDS)
    return sum(provenance.of_file(path)["cpu_seconds"] for path in paths if path.exists())


if __name__ == "__main__":
    main()
