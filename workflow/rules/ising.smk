# The study of spins: sample_ising -> train_classifier -> extract_thermodynamics -> collect_thermodynamics.
from pomflow.studies.ising.settings import (
    studies as ising_studies,
    systems as spin_systems,
)

ISING = RESULTS + "/ising"
# what stands before the names of a system's files: nothing for the first one
ON_ISING_LATTICE = ISING + "/{system}L{lattice}"
CLASSIFIED = ON_ISING_LATTICE + "/{classifier}"
ISING_STUDIES = ising_studies(CONFIG["ising"])
# lattices of one model and dimension, which stand in one table
SYSTEMS = spin_systems(CONFIG["ising"])
# the classifier of the tables
LEADER = CONFIG["ising"]["classifiers"][0]


wildcard_constraints:
    set="training|test",
    classifier="[a-z]+",
    # in parentheses, since Snakemake takes an empty constraint, that of the name '', for none
    system="(" + "|".join(SYSTEMS) + ")" if SYSTEMS else NOTHING,


def ising_settings(*sections):
    """A function of the wildcards: the model, its temperatures and the sections that a stage uses."""

    def of(wildcards):
        study = ISING_STUDIES[wildcards.system, wildcards.lattice]
        model = {key: study[key] for key in ("model", "beta")}
        parts = {section: CONFIG["ising"][section] for section in sections}
        return dict(wildcards.items(), seed=CONFIG["seed"], **model, **parts)

    return of


def sample_ising_settings(wildcards):
    """The settings of a set of configurations: how many of each chain are recorded."""
    sample = dict(ISING_STUDIES[wildcards.system, wildcards.lattice]["sample"])
    counts = {name: sample.pop(name) for name in ("training", "test")}
    records = counts[wildcards.set] // sample["chains"]
    result = ising_settings()(wildcards) | {"sample": sample | {"records": records}}
    if sample["algorithm"] == "heat_bath":
        result["backend"] = CONFIG["backend"]
    return result


def spin_model_of(wildcards):
    """The model of a lattice, for `runs`."""
    name = ISING_STUDIES[wildcards.system, wildcards.lattice]["model"]["name"]
    return [("spin model", name)]


rule sample_ising:
    """Configurations at every temperature of a lattice, to train with or to test with."""
    input:
        no_files,
    output:
        samples=ON_ISING_LATTICE + "/{set}.nc",
    log:
        LOGS + "/sample_ising/{system}L{lattice}_{set}.log",
    params:
        **runs(
            "ising.sample_ising",
            sample_ising_settings,
            spin_model_of,
        ),
    shell:
        RUN_STAGE


rule train_classifier:
    """Networks that name the temperature of configurations."""
    input:
        training=ON_ISING_LATTICE + "/training.nc",
    output:
        classifier=CLASSIFIED + "/classifier.nc",
    log:
        LOGS + "/train_classifier/{system}L{lattice}_{classifier}.log",
    params:
        **runs(
            "ising.train_classifier",
            ising_settings("train"),
            spin_model_of,
            checkpoint="train_classifier_{system}L{lattice}_{classifier}",
        ),
    shell:
        RUN_STAGE


rule extract_thermodynamics:
    """Free energy and specific heat from the biases of the last layer, with errors and exact values."""
    input:
        training=ON_ISING_LATTICE + "/training.nc",
        test=ON_ISING_LATTICE + "/test.nc",
        classifier=CLASSIFIED + "/classifier.nc",
    output:
        thermodynamics=CLASSIFIED + "/thermodynamics.nc",
    log:
        LOGS + "/extract_thermodynamics/{system}L{lattice}_{classifier}.log",
    params:
        **runs(
            "ising.extract_thermodynamics",
            ising_settings("train", "replicas"),
            spin_model_of,
        ),
    shell:
        RUN_STAGE


rule extract_couplings:
    """The couplings that a fully connected network has learned."""
    input:
        classifier=ON_ISING_LATTICE + "/connected/classifier.nc",
    output:
        couplings=ON_ISING_LATTICE + "/connected/couplings.nc",
    log:
        LOGS + "/extract_couplings/{system}L{lattice}.log",
    params:
        **runs(
            "ising.extract_couplings",
            lambda wildcards: ising_settings("train")(wildcards)
            | {"classifier": "connected"},
            spin_model_of,
        ),
    shell:
        RUN_STAGE


def classified_pairs(wildcards):
    """(lattice, classifier) of every classifier of a system."""
    return [
        (lattice, classifier)
        for (system, lattice), study in ISING_STUDIES.items()
        if system == wildcards.system
        for classifier in study["classifiers"]
    ]


def thermodynamics_files(wildcards):
    """What every classifier says."""
    return [
        CLASSIFIED.format(**wildcards, lattice=lattice, classifier=classifier)
        + "/thermodynamics.nc"
        for lattice, classifier in classified_pairs(wildcards)
    ]


def collected(wildcards):
    """What the tables of a system are made of."""
    system = SYSTEMS[wildcards.system]
    return dict(
        pairs=classified_pairs(wildcards),
        leader=LEADER,
        leading=system.leading,
        growing=system.growing,
        transition=system.known,
        seed=CONFIG["seed"],
    )


rule collect_thermodynamics:
    """The tables of a system, its critical temperature and exponents."""
    input:
        thermodynamics=thermodynamics_files,
    output:
        dataset=ISING + "/{system}thermodynamics.nc",
        thermodynamics=ISING + "/{system}thermodynamics.csv",
        critical_temperature=ISING + "/{system}critical_temperature.csv",
        classifiers=ISING + "/{system}classifiers.csv",
        exponents=ISING + "/{system}exponents.csv",
    log:
        LOGS + "/collect_thermodynamics/{system}all.log",
    params:
        **runs("ising.collect_thermodynamics", collected),
    shell:
        RUN_STAGE
