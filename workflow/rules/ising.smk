# The Ising study: sample_ising -> train_classifier -> extract_thermodynamics -> collect_thermodynamics.
from pomflow.studies.ising.settings import leading, squares, studies as ising_studies

ISING = RESULTS + "/ising"
ON_ISING_LATTICE = ISING + "/L{lattice}"
CLASSIFIED = ON_ISING_LATTICE + "/{classifier}"
ISING_STUDIES = ising_studies(CONFIG["ising"])
# (lattice, classifier) of every classifier
CLASSIFIED_PAIRS = [
    (lattice, classifier)
    for lattice, study in ISING_STUDIES.items()
    for classifier in study["classifiers"]
]
# the classifier of the tables, the lattices that have it, and the square ones of them
LEADER = CONFIG["ising"]["classifiers"][0]
LEADING = leading(CONFIG["ising"])
SQUARE = squares(CONFIG["ising"])


wildcard_constraints:
    set="training|test",
    classifier="[a-z]+",


def ising_settings(*sections):
    """A function of the wildcards: the model, its temperatures and the sections that a stage uses."""

    def of(wildcards):
        study = ISING_STUDIES[wildcards.lattice]
        model = {key: study[key] for key in ("decay", "beta")}
        parts = {section: CONFIG["ising"][section] for section in sections}
        return dict(wildcards.items(), seed=CONFIG["seed"], **model, **parts)

    return of


def sample_ising_settings(wildcards):
    """The settings of a set of configurations: how many of each chain are recorded."""
    sample = dict(CONFIG["ising"]["sample"])
    counts = {name: sample.pop(name) for name in ("training", "test")}
    counts["training"] = ISING_STUDIES[wildcards.lattice]["training"]
    records = counts[wildcards.set] // sample["chains"]
    result = ising_settings()(wildcards) | {"sample": sample | {"records": records}}
    if sample["algorithm"] == "heat_bath":
        result["backend"] = CONFIG["backend"]
    return result


rule sample_ising:
    """Ising configurations at every temperature of a lattice, to train with or to test with."""
    input:
        no_files,
    output:
        samples=ON_ISING_LATTICE + "/{set}.nc",
    log:
        LOGS + "/sample_ising/L{lattice}_{set}.log",
    params:
        **runs(
            "ising.sample_ising",
            sample_ising_settings,
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
        LOGS + "/train_classifier/L{lattice}_{classifier}.log",
    params:
        **runs(
            "ising.train_classifier",
            ising_settings("train"),
            checkpoint="train_classifier_L{lattice}_{classifier}",
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
        LOGS + "/extract_thermodynamics/L{lattice}_{classifier}.log",
    params:
        **runs(
            "ising.extract_thermodynamics",
            ising_settings("train", "replicas"),
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
        LOGS + "/extract_couplings/L{lattice}.log",
    params:
        **runs(
            "ising.extract_couplings",
            lambda wildcards: ising_settings("train")(wildcards)
            | {"classifier": "connected"},
        ),
    shell:
        RUN_STAGE


def thermodynamics_files(wildcards):
    """What every classifier says."""
    return [
        CLASSIFIED.format(scan=wildcards.scan, lattice=lattice, classifier=classifier)
        + "/thermodynamics.nc"
        for lattice, classifier in CLASSIFIED_PAIRS
    ]


rule collect_thermodynamics:
    """The tables of the study, the critical temperature and exponents."""
    input:
        thermodynamics=thermodynamics_files,
    output:
        dataset=ISING + "/thermodynamics.nc",
        thermodynamics=ISING + "/thermodynamics.csv",
        critical_temperature=ISING + "/critical_temperature.csv",
        classifiers=ISING + "/classifiers.csv",
        exponents=ISING + "/exponents.csv",
    log:
        LOGS + "/collect_thermodynamics/all.log",
    params:
        **runs(
            "ising.collect_thermodynamics",
            dict(
                pairs=CLASSIFIED_PAIRS,
                leader=LEADER,
                leading=LEADING,
                square=SQUARE,
                seed=CONFIG["seed"],
            ),
        ),
    shell:
        RUN_STAGE
