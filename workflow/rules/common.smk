# What all rules share: the validated configuration, the points of the scan, and parameters of rules.
import os

from pomflow import registry
from pomflow.numerics import backend
from pomflow.config import resolve as configuration
from pomflow.io import interrupt
from pomflow.jobs.fingerprint import fingerprint
from pomflow.plotting import styles
from pomflow.io.results_folder import require_writable

SCHEMA = workflow.source_path("../schemas/config.schema.yaml")
RESULTS = "results/{scan}"
PHI4 = RESULTS + "/phi4/L{lattice}"
POINT = PHI4 + "/{contour}/mu={mu}"
LOGS = RESULTS + "/logs"
TIMES = RESULTS + "/benchmarks"
# the parts of the report, which Snakemake sorts by name
CATEGORIES = {
    "warnings": "1 Warnings",
    "sign": "2 Sign problem",
    "exact": "3 Exact checks",
    "training": "4 Training",
    "health": "5 Monte Carlo health",
    "ising": "6 Ising model",
    "lessons": "7 Lessons",
    "settings": "8 Configuration and provenance",
}


def placed(path):
    """A path as Snakemake places those of inputs and outputs: below the prefix that a module was given."""
    return str(workflow.modifier.modify_path(path))


# where long jobs keep their state while they run
CHECKPOINTS = placed(RESULTS + "/.checkpoints")

CONFIG = checked(configuration.resolve, config, configuration.load_schema(SCHEMA))
# Not a parameter of any rule, because it changes no result; jobs find it here.
config["checkpoint"] = CONFIG["checkpoint"]
SCAN = CONFIG["scan"]
# the files that every figure depends on besides its code
STYLE = tuple(f"plotting/{name}" for name in styles.FILES[CONFIG["plots"]["style"]])
if CONFIG["backend"] == "cupy":
    checked(backend.select, "cupy")
checked(require_writable, placed(RESULTS).format(scan=SCAN))
# jobs end when this process does
os.environ[interrupt.WORKFLOW] = str(os.getpid())
# (lattice, contour) of every path
PAIRS = configuration.pairs(CONFIG["phi4"])
TRAINED = [pair for pair in PAIRS if pair[1] != "plane"]
# every contour but the plane, which has samples without training
DEFORMED = "|".join(name for name in registry.CONTOURS if name != "plane")
MUS = [
    configuration.mu_text(value)
    for value in configuration.mu_values(CONFIG["phi4"]["mu"])
]


# Priorities: a figure once it can be drawn, then jobs of seconds, then the first lattice, then the rest.
AT_ONCE, SHORT, FIRST, REST = 3, 2, 1, 0


wildcard_constraints:
    scan="[A-Za-z0-9][A-Za-z0-9_-]*",
    lattice=r"\d+(x\d+)*",
    contour="|".join(registry.CONTOURS),
    mu=r"-?\d+(\.\d+)?",
    figure="[a-z0-9_]+",


def first_lattice(wildcards):
    """The priority of a job: those on the first lattice of the scan go first, so that its figures come early."""
    return FIRST if wildcards.lattice == PAIRS[0][0] else REST


def theory():
    """The parameters of the action."""
    return {key: CONFIG["phi4"][key] for key in ("mass", "coupling")}


def settings(*sections):
    """A function of the wildcards: exactly the part of the configuration that a rule's stage uses."""

    def of(wildcards):
        parts = {section: CONFIG["phi4"][section] for section in sections}
        common = {key: CONFIG[key] for key in ("seed", "backend")}
        return dict(wildcards.items(), **common, **theory(), **parts)

    return of


def contour_settings(*sections):
    """The same for a stage that builds the contour, with the keys of the network that the contour reads."""

    def of(wildcards):
        network = CONFIG["phi4"]["network"]
        read = registry.load("contour", wildcards.contour).network_settings
        network = {key: network[key] for key in read}
        return settings(*sections)(wildcards) | {"network": network}

    return of


def drawn(settings):
    """A function of the wildcards: the settings of a figure, given as such a function, and how figures look."""
    return lambda wildcards: settings(wildcards) | CONFIG["plots"]


def tables_of(pairs, kind, scan):
    """scan.csv or scan.nc of these lattices and contours."""
    return [
        PHI4.format(scan=scan, lattice=lattice) + f"/{contour}/scan.{kind}"
        for lattice, contour in pairs
    ]


def shared(wildcards):
    """Whether the sites share the contour's weights."""
    return registry.load("contour", wildcards.contour).shared_weights


def modules(stage, *plugins, data=()):
    """A function of the wildcards: the fingerprint of the code that a rule runs.

    `plugins` are pairs (family, name); the name "{contour}" stands for the wildcard. `data` are files of the
    package that the code reads.
    """

    def of(wildcards):
        names = [
            registry.module_of(family, name.format(**wildcards))
            for family, name in plugins
        ]
        return fingerprint(f"pomflow.stages.{stage}", *names, data=data)

    return of


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
    """The `group` of a stage: its jobs on one lattice and contour, of which `batch` go to a cluster as one job."""
    size = CONFIG["batch"][stage]

    def group(wildcards):
        parts = [value for key, value in wildcards.items() if key not in ("scan", "mu")]
        name = "-".join([stage, *parts])
        # what `--group-components` sets; Snakemake fills these settings only after it has read the rules
        settings = workflow.group_settings
        settings.group_components = {**settings.group_components, name: size}
        return name

    return group if size > 1 else None
