# What all rules share: the validated configuration, the points of the scan, and parameters of rules.
import os
import shlex

from snakemake.iocontainers import Wildcards

from pomflow import registry
from pomflow.config import chains, resolve, scan as scans, trainings
from pomflow.contours.base import SECTIONS
from pomflow.io import checkpoint as checkpoints, interrupt, netcdf, running
from pomflow.io.results_folder import require_writable
from pomflow.jobs import description, graph, isolation, server, stale
from pomflow.jobs.fingerprint import fingerprint_of
from pomflow.numerics import backend
from pomflow.plotting import styles

SCHEMA = workflow.source_path("../schemas/config.schema.yaml")
RESULTS = "results/{scan}"
STUDY = RESULTS + "/{study}"
LATTICE = STUDY + "/L{lattice}"
POINT = LATTICE + "/{contour}/{point}"
# the same of any training of the contour; of the first one the wildcard is empty, and the path is that above
TRAINED = LATTICE + "/{contour}{training}/{point}"
LOGS = RESULTS + "/logs"
# the first thing to open
RESULT_PAGE = RESULTS + "/index.html"
# the parts of the report, which Snakemake sorts by name
CATEGORIES = {
    "warnings": "1 Warnings",
    "sign": "2 Sign problem",
    "quantities": "3 Susceptibilities, correlators, masses",
    "exact": "4 Exact checks",
    "training": "5 Training",
    "health": "6 Monte Carlo health",
    "ising": "7 Ising model",
    "lessons": "8 Lessons",
    "settings": "9 Configuration and provenance",
}


def placed(path):
    """A path as Snakemake places those of inputs and outputs: below the prefix that a module was given."""
    return str(workflow.modifier.modify_path(path))


# where long jobs keep their state while they run
CHECKPOINTS = placed(RESULTS + "/.checkpoints")

CONFIG = checked(resolve.resolve, config, resolve.load_schema(SCHEMA))
checked(config_file.require_scan, GIVEN, given)
SCAN = CONFIG["scan"]
STUDIES = scans.studies(CONFIG)
# (study, lattice, contour) of every path
PATHS = [(name, *pair) for name, study in STUDIES.items() for pair in study.pairs]
# the files that every figure depends on besides its code
STYLE = tuple(f"plotting/{name}" for name in styles.files_of(CONFIG["plots"]))
if CONFIG["backend"] == "cupy":
    checked(backend.select, "cupy")
FOLDER = placed(RESULTS).format(scan=SCAN)
checked(require_writable, FOLDER)
# jobs end when this process does
os.environ[interrupt.WORKFLOW] = str(os.getpid())
if not workflow.is_main_process:
    # on a node of a cluster, which is given the environment of the run: its server may be on the same host
    os.environ.pop(server.SERVER, None)


# Priorities: a figure once it can be drawn, then jobs of seconds, then the first lattice, then the rest.
AT_ONCE, SHORT, FIRST, REST = 3, 2, 1, 0
# every contour but the plane, which has samples without training
DEFORMED = "|".join(name for name in registry.members("contour") if name != "plane")
# what a wildcard stands for where there is nothing that it could
NOTHING = "(?!)"


wildcard_constraints:
    scan="[A-Za-z0-9][A-Za-z0-9_-]*",
    study="|".join(STUDIES) or NOTHING,
    lattice=r"\d+(x\d+)*",
    contour="|".join(registry.members("contour")),
    training=r"(,training=([2-9]|[1-9]\d+))?",
    point=r"\w+=-?\d+(\.\d+)?(,\w+=-?\d+(\.\d+)?)*",
    figure="[a-z0-9_]+",


def place_of(wildcards):
    """What a stage is told of the place of its job: the wildcards, and which training it is if not the first."""
    place = dict(wildcards.items())
    training = place.pop("training", "")
    return place | ({"training": trainings.training_of(training)} if training else {})


def first_lattice(wildcards):
    """The priority of a job: those on the first lattice of a study go first, so that its figures come early."""
    first = STUDIES[wildcards.study].lattices[0]
    return FIRST if wildcards.lattice == first else REST


def settings(*sections, **common):
    """A function of the wildcards: exactly the part of the configuration that a rule's stage uses.

    The parameters of the model are those at the point, or where the job has no point those of all points.
    """

    def of(wildcards):
        study = STUDIES[wildcards.study]
        point = wildcards.get("point")
        parts = {section: study.settings[section] for section in sections}
        model = {
            "model": study.settings["model"],
            "parameters": study.values(point) if point else study.fixed,
        }
        known = {key: CONFIG[key] for key in ("seed", "backend")}
        return dict(place_of(wildcards), **known, **model, **parts, **common)

    return of


def contour_settings(*sections):
    """The same for a stage that builds the contour, with the keys of the network that the contour reads."""

    def of(wildcards):
        network = STUDIES[wildcards.study].settings["network"]
        read = registry.load("contour", wildcards.contour).network_settings
        network = {key: network[key] for key in read}
        return settings(*sections)(wildcards) | {"network": network}

    return of


def drawn(settings):
    """A function of the wildcards: the settings of a figure, given as such a function, and how figures look."""
    return lambda wildcards: settings(wildcards) | CONFIG["plots"]


def tables_of(paths, kind, scan, name="scan"):
    """scan.csv or scan.nc, or table.tex or table.md, of these studies, lattices and contours."""
    path = LATTICE + "/{contour}/" + f"{name}.{kind}"
    return [
        path.format(scan=scan, study=study, lattice=lattice, contour=contour)
        for study, lattice, contour in paths
    ]


def contour_class(wildcards):
    """The class of the contour."""
    return registry.load("contour", wildcards.contour)


STAGE = shlex.join(isolation.of_jobs())
# the command of every job
RUN_STAGE = (
    "printf '%s\\n' {params.work:q} {params.rest:q} | {params.stage} {rule} {log:q}"
)


def runs(stage, settings, *plugins, data=(), checkpoint=None, length=None):
    """The parameters of a rule: the stage that it runs, with which settings and files, and the code behind it.

    `stage` is the name of a module of `pomflow.stages`, and where it is not `run` of a function in it.
    `plugins` are pairs (family, name), of which the family may be "module", or functions of the wildcards that list such pairs; the name "{contour}"
    stands for the wildcard. `data` are files of the package that the code reads. `checkpoint` is the name of a
    long job, whose state is kept under it while it runs. `length` is section and key of the setting that says how
    long, where a longer run goes on from the result of a shorter one.
    """

    def code(wildcards):
        pairs = [
            pair
            for given in plugins
            for pair in (given(wildcards) if callable(given) else [given])
        ]
        names = [
            (
                name
                if family == "module"
                else registry.module_of(family, name.format(**wildcards))
            )
            for family, name in pairs
        ]
        return names, data(wildcards) if callable(data) else data

    def work(wildcards):
        job = dict(
            stage=stage,
            settings=settings(wildcards) if callable(settings) else settings,
            modules=fingerprint_of(stage, *code(wildcards)),
        )
        if checkpoint:
            job["checkpoint"] = f"{CHECKPOINTS}/{checkpoint}".format(**wildcards)
        if length:
            job["length"] = length
        return description.line_of(job)

    # Snakemake runs nothing anew for parameters that are functions of the input.
    def rest(wildcards, input, output):
        """What a job needs and what changes no result: files by name, where plug-ins are, of what `modules` is the hash."""
        return description.line_of(
            dict(
                inputs=dict(input.items()),
                outputs=dict(output.items()),
                plugins=CONFIG["plugins"],
                seconds=CONFIG["checkpoint"]["seconds"],
                code=code(wildcards),
            )
        )

    return dict(work=work, rest=rest, stage=stage_of)


def stage_of(wildcards, input):
    """The program that has the job run."""
    return STAGE


def work_at(work, values):
    """The work that the parameter `work` of a rule states for these wildcards."""
    return description.read(work(Wildcards(fromdict=values)))


def hash_of(work, values):
    """By which results of other work than that parameter states are told."""
    job = work_at(work, values)
    return netcdf.work_of(job["settings"], job["modules"])


# the results of other settings, another seed or other code, and those that a run has left unmade, which the
# Snakefile looks for
STALE = []


def no_files(wildcards):
    """What a chain of jobs begins with. Asked while Snakemake builds its graph, it marks what is to be made anew."""
    workflow.dag.forcefiles.update(STALE)
    return []


def model_of(wildcards):
    """The model of a job, for `runs`."""
    return [("model", STUDIES[wildcards.study].settings["model"])]


def observables_of(wildcards):
    """What a study measures beside the model's own observables, for `runs`."""
    found = STUDIES[wildcards.study].observables
    return [("observable", name) for name, one in found.items() if not one.own]


def quantities_of(wildcards):
    """The module of a model's quantities, for `runs`."""
    found = STUDIES[wildcards.study].model.quantities
    return [("module", found)] if found else []


def reported(path, caption, category, result, subcategory=None):
    """A file that the report shows: under which caption, in which category, and what it is.

    Category and result are texts, or texts by figure. One label only: Snakemake makes a switch of a second
    one, and fails where its values do not pair up.
    """

    def of_figure(text, wildcards):
        return text if isinstance(text, str) else text[wildcards.figure]

    return report(
        path,
        caption=f"../report/{caption}.rst",
        category=lambda wildcards: CATEGORIES[of_figure(category, wildcards)],
        subcategory=subcategory,
        labels=lambda wildcards: {"result": of_figure(result, wildcards)},
    )


def batched(stage):
    """The `group` of a stage: its jobs of one training, of which `batch` go to a cluster as one job."""
    size = CONFIG["batch"][stage]

    def group(wildcards):
        parts = [
            value
            for key, value in wildcards.items()
            if value and key not in ("scan", "point")
        ]
        name = "-".join([stage, *parts])
        # what `--group-components` sets; Snakemake fills these settings only after it has read the rules
        settings = workflow.group_settings
        settings.group_components = {**settings.group_components, name: size}
        return name

    return group if size > 1 else None
