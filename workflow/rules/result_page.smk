# The page with which a scan ends. Figures and tables that rules have `reported` are on it, under the same captions.
from pathlib import PurePath

from snakemake.io import get_flag_value

# figures and pages of tables that stand at its top, beside the main table of each study
TOP_FIGURES = [
    (FIGURE + "apf.png").format(
        scan=SCAN, study=study, lattice=lattice, contour=contour
    )
    for study, lattice, contour in PATHS
]
TOP_FIGURES += [
    STUDY_FIGURE.format(scan=SCAN, system=system, figure="specific_heat") + ".png"
    for system in SYSTEMS
]
TOP_FIGURES = set(map(placed, TOP_FIGURES))
TOP_PAGES = (*(f"{system}critical_temperature" for system in SYSTEMS), "lessons")
# settings that say how a run is carried out and where plug-ins are, and change no result
NO_RESULT = ("checkpoint", "batch", "plugins")


def made_files(kind):
    """The files of a kind that `all` makes."""
    return [path for path in rules.all.input if path.endswith(kind)]


def page_files(wildcards):
    """The tables of the report, every figure, and all tables that hold data."""
    tables = report_tables(wildcards)
    others = [path for paths in tables.values() for path in paths]
    data = list(dict.fromkeys([*made_files(".csv"), *others]))
    return tables | {"figures": made_files(".png"), "data": data}


def shown_as(flag, wildcards, main):
    """Where the report shows a file, from the flag that `reported` gave it, as fields of `result_page.Shown`."""
    wildcards = Wildcards(fromdict=wildcards)
    return dict(
        result=flag.labels(wildcards)["result"].format(**wildcards),
        category=flag.category(wildcards),
        place=(flag.subcategory or "").format(**wildcards),
        main=main,
    )


def page_settings(wildcards):
    """What the report is made of, and of every figure and page of tables where it stands and under which caption."""
    figures, captions = [], {}
    for path in made_files(".png"):
        maker, values = graph.maker_of(workflow.rules, path)
        flag = get_flag_value(maker.output.png, "report")
        name = PurePath(flag.caption.get_filename()).stem
        if name not in captions:
            captions[name] = workflow.sourcecache.open(flag.caption).read()
        shown = shown_as(flag, values, main=str(path) in TOP_FIGURES)
        figures.append(dict(shown=shown, caption=name, wildcards=values))
    tables = {
        name: shown_as(get_flag_value(path, "report"), {}, main=name in TOP_PAGES)
        for name, path in report_pages().items()
    }
    config = {key: value for key, value in CONFIG.items() if key not in NO_RESULT}
    about = report_settings(wildcards) | dict(config=config)
    return about | dict(figures=figures, captions=captions, tables=tables)


def plugins_of_all(wildcards):
    """The models and observables of all studies, for `runs`."""
    for study in STUDIES.values():
        yield "model", study.settings["model"]
        yield from (
            ("observable", name)
            for name, one in study.observables.items()
            if not one.own
        )


rule write_result_page:
    """One page that needs no other file: figures with captions, tables, gates, pulls, health, settings."""
    input:
        unpack(page_files),
    output:
        page=RESULT_PAGE,
    log:
        LOGS + "/write_result_page/all.log",
    params:
        **runs(
            "report.write_result_page",
            page_settings,
            plugins_of_all,
            data=(
                "report/page.css",
                "report/result_page.css",
                "report/result_page.html.j2",
            ),
        ),
    shell:
        RUN_STAGE
