# Figures of the study of spins. Those of a system show all its lattices; the others compare classifiers on one.
STUDY_FIGURE = RESULTS + "/figures/ising_{system}{figure}"
LATTICE_FIGURE = RESULTS + "/figures/ising_{system}L{lattice}_{figure}"
STUDY_FIGURES = {
    "specific_heat": "Specific heat",
    "free_energy": "Free energy",
    "energy": "Energy and the deciding number",
}
# those of lattices that approach the transition
CRITICAL_FIGURES = {
    "critical_temperature": "Critical temperature",
    "exponents": "Critical exponents",
}
# the classifiers that a figure compares
COMPARED_CLASSIFIERS = {
    "heads": ["tied", "free"],
    "minibatches": ["tied", "unbalanced"],
    "controls": ["tied", "magnetization", "shuffled"],
}
CLASSIFIER_FIGURES = {
    "heads": "Tied and free weights",
    "minibatches": "Balanced and random minibatches",
    "controls": "Controls",
}


def leading_files(wildcards):
    """What the classifier of the tables says on every lattice that has it."""
    return [
        CLASSIFIED.format(**wildcards, lattice=lattice, classifier=LEADER)
        + "/thermodynamics.nc"
        for lattice in shown_lattices(wildcards)
    ]


def shown_lattices(wildcards):
    """The lattices of a figure: those that approach the transition where their peaks are shown against L."""
    system = SYSTEMS[wildcards.system]
    return system.growing if wildcards.figure in CRITICAL_FIGURES else system.leading


def shown_system(wildcards):
    """What a figure of a system is told."""
    system = SYSTEMS[wildcards.system]
    words, numbers = system.words
    return dict(
        figure=wildcards.figure,
        shown=shown_lattices(wildcards),
        title=dict(words=words, numbers=numbers),
        transition=system.known,
    )


def compared_files(wildcards):
    """What the classifiers of a figure say on a lattice."""
    return [
        CLASSIFIED.format(**wildcards, classifier=classifier) + "/thermodynamics.nc"
        for classifier in COMPARED_CLASSIFIERS[wildcards.figure]
    ]


rule plot_ising:
    """Thermodynamics of all lattices from the biases of their classifiers."""
    input:
        thermodynamics=leading_files,
    output:
        png=reported(
            STUDY_FIGURE + ".png",
            "ising",
            "ising",
            STUDY_FIGURES | CRITICAL_FIGURES,
            "{system}all lattices",
        ),
        pdf=STUDY_FIGURE + ".pdf",
    log:
        LOGS + "/plot/ising_{system}{figure}.log",
    wildcard_constraints:
        figure="|".join(STUDY_FIGURES | CRITICAL_FIGURES),
    priority: AT_ONCE
    params:
        **runs(
            "ising.plots:comparison",
            drawn(shown_system),
            ("figure", "ising_{figure}"),
            data=STYLE,
        ),
    shell:
        RUN_STAGE


rule plot_ising_classifiers:
    """Classifiers of one lattice side by side."""
    input:
        thermodynamics=compared_files,
    output:
        png=reported(
            LATTICE_FIGURE + ".png",
            "ising_classifiers",
            "ising",
            CLASSIFIER_FIGURES,
            "{system}lattice {lattice}",
        ),
        pdf=LATTICE_FIGURE + ".pdf",
    log:
        LOGS + "/plot/ising_{system}L{lattice}_{figure}.log",
    wildcard_constraints:
        figure="|".join(COMPARED_CLASSIFIERS),
    priority: AT_ONCE
    params:
        **runs(
            "ising.plots:comparison",
            drawn(
                lambda wildcards: {
                    "figure": wildcards.figure,
                    "lattice": wildcards.lattice,
                    "shown": COMPARED_CLASSIFIERS[wildcards.figure],
                }
            ),
            ("figure", "ising_{figure}"),
            data=STYLE,
        ),
    shell:
        RUN_STAGE


rule plot_ising_couplings:
    """Learned couplings beside those of the model."""
    input:
        couplings=ON_ISING_LATTICE + "/connected/couplings.nc",
    output:
        png=reported(
            RESULTS + "/figures/ising_{system}L{lattice}_couplings.png",
            "ising_couplings",
            "ising",
            "Learned couplings",
            "{system}lattice {lattice}",
        ),
        pdf=RESULTS + "/figures/ising_{system}L{lattice}_couplings.pdf",
    log:
        LOGS + "/plot/ising_{system}L{lattice}_couplings.log",
    priority: AT_ONCE
    params:
        **runs(
            "ising.plots:couplings",
            drawn(lambda wildcards: {"lattice": wildcards.lattice}),
            ("figure", "ising_couplings"),
            data=STYLE,
        ),
    shell:
        RUN_STAGE


def ising_figures():
    """The names of every figure of the study, without their kind."""
    for prefix, system in SYSTEMS.items():
        yield from (f"ising_{prefix}{figure}" for figure in STUDY_FIGURES)
        if len(system.growing) > 1:
            yield from (f"ising_{prefix}{figure}" for figure in CRITICAL_FIGURES)
    for (system, lattice), study in ISING_STUDIES.items():
        for figure, classifiers in COMPARED_CLASSIFIERS.items():
            if set(classifiers) <= set(study["classifiers"]):
                yield f"ising_{system}L{lattice}_{figure}"
        if "connected" in study["classifiers"]:
            yield f"ising_{system}L{lattice}_couplings"


rule ising:
    """Spins: the tables and figures of what networks learn from configurations."""
    input:
        expand(ISING + "/{system}thermodynamics.csv", scan=SCAN, system=SYSTEMS),
        expand(
            RESULTS + "/figures/{name}.{kind}",
            scan=SCAN,
            name=ising_figures(),
            kind=["png", "pdf"],
        ),
