# The pages of the report, with the warnings first. `reported` marks figures for it where they are made.
from pomflow.report.quoted import Quoted

PAGES = RESULTS + "/report"
NUMBERS = PAGES + "/numbers.json"
# Captions find the numbers of this run here; no job reads them.
config["quoted"] = Quoted(NUMBERS.format(scan=SCAN))
# (study, lattice) of every table of an exact simulation, and the studies that are compared in a scan as it is
EXACT_TABLES = [
    (name, lattice)
    for name, study in STUDIES.items()
    for lattice in study.simulated_lattices
]
COMPARISONS = list(COMPARED_STUDIES)
CRITICAL_POINTS = list(FINITE_SIZES)
ISING_TABLES = {
    "thermodynamics": "Table of the thermodynamics",
    "critical_temperature": "Table of the critical temperature",
    "exponents": "Table of the critical exponents",
    "classifiers": "Table of the classifiers",
}
# of every system, where the study is part of the scan
REPORTED_SYSTEMS = list(SYSTEMS) if CONFIG["ising"]["enabled"] else []


def page_of(name, category, result, subcategory=None):
    """A page of tables as one of the outputs."""
    path = PAGES + f"/{name}.html"
    return {name: reported(path, "table", category, result, subcategory)}


def report_pages():
    """Every page by its name."""
    pages = page_of("warnings", "warnings", "Warnings")
    pages |= page_of("settings", "settings", "Configuration and provenance")
    for study, lattice, contour in PATHS:
        name, here = f"{study}_L{lattice}_{contour}", f"{study} {lattice} {contour}"
        pages |= page_of(f"scan_{name}", "sign", "Table of the scan", here)
        pages |= page_of(f"pulls_{name}", "exact", "Table of the pulls", here)
        pages |= page_of(f"budget_{name}", "exact", "Error budget", here)
        pages |= page_of(f"health_{name}", "health", "Table of the runs", here)
        if STUDIES[study].has_numbers:
            pages |= page_of(
                f"quantities_{name}", "quantities", "Table of the numbers", here
            )
        if STUDIES[study].series:
            pages |= page_of(
                f"series_{name}", "quantities", "Table of the series", here
            )
    for study, lattice, contour in CURVES:
        pages |= page_of(
            f"curves_{study}_L{lattice}_{contour}",
            "sign",
            "Table of the curves",
            f"{study} {lattice} {contour}",
        )
    for study, lattice in EXACT_TABLES:
        here = f"{study} {lattice} exact"
        pages |= page_of(
            f"exact_{study}_L{lattice}", "exact", "Table of exact values", here
        )
    for study in COMPARISONS:
        pages |= page_of(
            f"comparison_{study}",
            "sign",
            "Table of all methods",
            f"{study} all methods",
        )
    for study in CRITICAL_POINTS:
        pages |= page_of(
            f"finite_size_{study}",
            "sign",
            "Table of the critical point",
            f"{study} all lattices",
        )
    for system in REPORTED_SYSTEMS:
        for name, result in ISING_TABLES.items():
            here = f"{system}all lattices"
            pages |= page_of(f"{system}{name}", "ising", result, here)
    if CONFIG["lessons"]["enabled"]:
        pages |= page_of("lessons", "lessons", "Table of all lessons")
    return pages


def report_files(wildcards):
    """The tables that the pages show, of a scan that is finished."""
    require_finished(rules.all.input)
    return report_tables(wildcards)


def report_settings(wildcards):
    """What the tables are of."""
    return dict(
        folder=FOLDER,
        paths=PATHS,
        curves=CURVES,
        exact=EXACT_TABLES,
        comparisons=COMPARISONS,
        finite_sizes=CRITICAL_POINTS,
        systems={name: SYSTEMS[name].title for name in REPORTED_SYSTEMS},
        config=CONFIG,
    )


def report_tables(wildcards):
    """The tables of the report, by what they are of."""
    table = {
        "scan": tables_of(PATHS, "csv", wildcards.scan),
        "series": series_of(PATHS, wildcards.scan),
        "curves": tables_of(CURVES, "csv", wildcards.scan, name="curves"),
        "exact": [
            (EXACT + "/scan.csv").format(
                scan=wildcards.scan, study=study, lattice=lattice
            )
            for study, lattice in EXACT_TABLES
        ],
        "comparison": [
            (COMPARE + "/contours.csv").format(scan=wildcards.scan, study=study)
            for study in COMPARISONS
        ],
        "finite_size": [
            (FINITE_SIZE + ".csv").format(scan=wildcards.scan, study=study)
            for study in CRITICAL_POINTS
        ],
    }
    if REPORTED_SYSTEMS:
        table |= {
            name: [f"{ISING}/{system}{name}.csv" for system in REPORTED_SYSTEMS]
            for name in ISING_TABLES
        }
    if CONFIG["lessons"]["enabled"]:
        table["lessons"] = RESULTS + "/lessons/lessons.csv"
    return {name: expand(path, scan=wildcards.scan) for name, path in table.items()}


def require_finished(files):
    """A report and a bundle show what is there: they start no scan that takes hours."""
    missing = [path for path in files if not os.path.exists(path)]
    if missing:
        # what a finished run has made its tables of may have been deleted since, which it does not miss
        deleted = (
            " and TARGETS= with its path"
            if all(map(os.path.exists, rules.all.input))
            else ""
        )
        sys.exit(
            f"pomflow: results/{SCAN}: the scan is not finished: {len(missing)} of {len(files)} files are "
            f"missing, such as {missing[0]}. Run `make run` with the same CONFIG={deleted} first."
        )
    other = sorted(graph.needed(workflow.rules, files) & set(STALE))
    if other:
        sys.exit(
            f"pomflow: {other[0]}: was made with other settings, another seed or other code, and so were "
            f"{len(other) - 1} more files. Run `make run` with the same CONFIG= first."
        )


rule collect_report:
    """The pages of the report, and the numbers that its captions quote."""
    input:
        unpack(report_files),
    output:
        **report_pages(),
        numbers=NUMBERS,
    log:
        LOGS + "/collect_report/all.log",
    params:
        **runs(
            "report.collect_report",
            report_settings,
            lambda wildcards: [
                ("model", study.settings["model"]) for study in STUDIES.values()
            ],
            data=("report/page.css",),
        ),
    shell:
        RUN_STAGE


rule report:
    """What the report shows; `--report results/NAME/report.html --report-after-run` writes it."""
    input:
        rules.all.input,
        expand(NUMBERS, scan=SCAN),
