"""The page with which every scan ends."""

from collections.abc import Iterable
from pathlib import Path

from pomflow.io import netcdf
from pomflow.report import findings, result_page
from pomflow.report.captions import Captions
from pomflow.report.result_page import Figure, Scan, Shown, Table
from pomflow.stages.report.collect_report import report_of

# the page of configuration and provenance, whose revisions and versions are no numbers
SETTINGS = "settings"
# what stands beside a table: the same numbers in full, and typeset
BESIDE = ("{stem}.csv", "{stem}.nc", "table.tex", "table.md")


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['page']``, an HTML file that needs no other one.

    Parameters
    ----------
    inputs : dict
        Those of ``collect_report``; and lists of files: ``figures``, PNG, beside which stands a PDF, and
        ``data``, tables in csv.
    params : dict
        Those of ``collect_report``; ``figures``, of each its ``shown`` (fields of ``result_page.Shown``), the
        name of its ``caption`` and the ``wildcards`` of its rule; ``captions``, templates by name; and
        ``tables``, by the name of each page of the report the fields of its ``Shown``.
    """
    folder = Path(outputs["page"]).parent
    report = report_of(inputs, params)
    captions = Captions(params["captions"], report.numbers)
    figures = [
        Figure(
            Shown(**about["shown"]),
            Path(path).read_bytes(),
            captions.html(about["caption"], about["wildcards"]),
            _link(Path(path).with_suffix(".pdf"), folder),
        )
        for path, about in zip(inputs["figures"], params["figures"], strict=True)
    ]
    tables = [
        Table(Shown(**about), report.pages[name], name != SETTINGS)
        for name, about in params["tables"].items()
    ]
    scans = [
        Scan(
            table,
            *place,
            report.numbers["scans"][f"{place[0].name} {place[1]} {place[2]}"],
            list(findings.of_scan(table, *place)),
            _links([path], folder, BESIDE),
        )
        for (place, table), path in zip(report.tables.scans, inputs["scan"], strict=True)
    ]
    by_folder: dict[str, list[str]] = {}
    for path in inputs["data"]:
        by_folder.setdefault(_link(Path(path).parent, folder), []).append(path)
    links = {name: _links(paths, folder) for name, paths in by_folder.items()}
    text = result_page.write(params["config"]["scan"], report.numbers, scans, figures, tables, links)
    netcdf.write_text(text, outputs["page"])


def _links(paths: Iterable[str], folder: Path, kinds: tuple[str, ...] = ("{stem}.csv", "{stem}.nc")) -> dict:
    """Links to tables and to what stands beside them, by the names of the files."""
    found = [Path(path).with_name(kind.format(stem=Path(path).stem)) for path in paths for kind in kinds]
    return {path.name: _link(path, folder) for path in found if path.exists()}


def _link(path: Path, folder: Path) -> str:
    """A file as the page in that folder names it."""
    return path.relative_to(folder).as_posix()
