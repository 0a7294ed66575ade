"""The first and the last page of a report: what to beware of, and how the scan was made."""

from collections.abc import Sequence

import yaml

from pomflow.report import page
from pomflow.report.differences import CHANCE, LARGE
from pomflow.report.findings import Finding
from pomflow.report.values import number

# what provenance.of_folder tells, by its words on the page
MADE = {
    "revision of pomflow": "revisions",
    "versions": "versions",
    "seed": "seeds",
    "device": "devices",
    "machine": "machines",
}
WARNINGS = """
Gates that failed, runs that diverged, differences from exact values and imaginary parts above 3 standard
errors, numbers that are not as expected, mixed code. That a gate fails on the plane is the sign problem
itself, where the path passes the same gate.
"""
WITHOUT_SEED = "none: draws no random numbers"


def warnings(findings: Sequence[Finding], compared: int) -> str:
    """Everything that a reader must know before believing the numbers."""
    if findings:
        body = page.table(
            {
                "warning": [finding.what for finding in findings],
                "where": [finding.where for finding in findings],
                "what it says": [finding.meaning for finding in findings],
            },
            left={"warning": "prose", "where": "prose", "what it says": "prose"},
        )
    else:
        body = page.words("none", "none")
    return page.page(
        "Warnings",
        page.words(WARNINGS),
        page.words(
            f"Of {compared} differences in the tables of the scans, {number(CHANCE * compared, 2)} above "
            f"{LARGE:g} standard errors are expected by chance."
        ),
        body,
    )


def settings(about: dict, config: dict) -> str:
    """Configuration and provenance; ``about`` is from ``provenance.of_folder``."""
    rows = [
        (words, WITHOUT_SEED if value == "none" else value, str(len(paths)))
        for words, name in MADE.items()
        for value, paths in about[name].items()
    ]
    columns = dict(zip(("", "value", "files"), zip(*rows, strict=True), strict=True))
    kinds = {"kind of file": list(about["kinds"]), "files": map(str, about["kinds"].values())}
    return page.page(
        "Configuration and provenance",
        page.words(f"What the {about['files']} NetCDF files below {about['path']} say of their making."),
        page.table(columns, left={"": "text", "value": "prose"}),
        page.table(kinds, left={"kind of file": "text"}),
        page.heading("Configuration"),
        page.words("With the values that the config file left to the default."),
        page.listing(yaml.safe_dump(config, sort_keys=False, allow_unicode=True)),
    )
