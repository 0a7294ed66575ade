# What all rules share: the validated configuration, the points of the scan, and parameters of rules.
import sys

from pomflow import backend, config as configuration, registry
from pomflow.errors import PomflowError
from pomflow.fingerprint import fingerprint

SCHEMA = workflow.source_path("../schemas/config.schema.yaml")
RESULTS = "results/{scan}"
PHI4 = RESULTS + "/phi4/L{lattice}"
POINT = PHI4 + "/{contour}/mu={mu}"
LOGS = RESULTS + "/logs"
TIMES = RESULTS + "/benchmarks"


def checked(raw):
    """The complete configuration, or one message and the end."""
    try:
        resolved = configuration.resolve(raw, configuration.load_schema(SCHEMA))
        if resolved["backend"] == "cupy":
            backend.select("cupy")
    except PomflowError as error:
        sys.exit(f"pomflow: {error}")
    return resolved


CONFIG = checked(config)
SCAN = CONFIG["scan"]
# (lattice, contour) of every path
PAIRS = configuration.pairs(CONFIG["phi4"])
# every contour but the plane, which has samples without training
DEFORMED = "|".join(name for name in registry.CONTOURS if name != "plane")
MUS = [
    configuration.mu_text(value)
    for value in configuration.mu_values(CONFIG["phi4"]["mu"])
]


wildcard_constraints:
    scan="[A-Za-z0-9][A-Za-z0-9_-]*",
    lattice=r"\d+(x\d+)*",
    contour="|".join(registry.CONTOURS),
    mu=r"-?\d+(\.\d+)?",
    figure="[a-z0-9_]+",


def settings(*sections):
    """A function of the wildcards: exactly the part of the configuration that a rule's stage uses."""

    def of(wildcards):
        phi4 = CONFIG["phi4"]
        point = {key: phi4[key] for key in ("mass", "coupling")}
        return dict(
            wildcards.items(),
            seed=CONFIG["seed"],
            backend=CONFIG["backend"],
            **point,
            **{section: phi4[section] for section in sections},
        )

    return of


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
