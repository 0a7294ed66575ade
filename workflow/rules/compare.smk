# All contours of a study and the baselines side by side: complex Langevin dynamics, the plane, and what each costs.
COMPARE = STUDY + "/compare"
COMPARISON = RESULTS + "/figures/{study}_compare"
COMPARED_STUDIES = {
    name: study
    for name, study in STUDIES.items()
    if study.settings["compare"]["enabled"]
}
COMPARE_SHOWN = 3


def compared_pairs(study):
    """(lattice, method) of all that is compared."""
    baselines = ["langevin"] if study.settings["compare"]["langevin"] else []
    others = [(lattice, name) for lattice in study.lattices for name in baselines]
    return study.sampled + others


rule sample_langevin:
    """Complex Langevin dynamics at one point, measured as it goes."""
    input:
        no_files,
    output:
        observables=LATTICE + "/langevin/{point}/observables.nc",
    log:
        LOGS + "/sample_langevin/{study}_L{lattice}_{point}.log",
    group:
        batched("sample_langevin")
    params:
        **runs("scan.sample_langevin", settings("langevin"), model_of, observables_of),
    shell:
        RUN_STAGE


def at_every_point(pairs, file):
    """A function of the wildcards: a file of every pair of lattice and method at every point, in that order."""

    def of(wildcards):
        study = STUDIES[wildcards.study]
        where = dict(scan=wildcards.scan, study=study.name)
        return [
            POINT.format(lattice=lattice, contour=method, point=point, **where)
            + f"/{file}"
            for lattice, method in pairs(study)
            for point in study.points
        ]

    return of


def trained_again(study):
    """(lattice, contour, training) of the further trainings, those of one contour after the other."""
    return [
        (lattice, contour, training)
        for lattice, contour in study.trained
        for training in trainings.further_trainings(study, contour)
    ]


def training_pairs(study):
    """The same as (lattice, method), in which the name of the contour has its training."""
    return [
        (lattice, f"{contour}{trainings.label_of(training)}")
        for lattice, contour, training in trained_again(study)
    ]


def comparison_scans(wildcards):
    """A table of each lattice, for the exact values: that of its first contour."""
    study = STUDIES[wildcards.study]
    first = {lattice: contour for lattice, contour in reversed(study.pairs)}
    paths = [(study.name, lattice, first[lattice]) for lattice in study.lattices]
    return tables_of(paths, "nc", wildcards.scan)


def comparison_settings(wildcards):
    """What the comparison is over, and the theory."""
    study = STUDIES[wildcards.study]
    over = dict(pairs=compared_pairs(study), axes=list(study.axes), points=study.points)
    further = {"trainings": trained_again(study)} if trained_again(study) else {}
    return settings()(wildcards) | over | further


def comparison_figure_settings(wildcards):
    """The same for the figure, and the points of its panel against the volume, of those with a phase."""
    study = STUDIES[wildcards.study]
    shown = study.shown(COMPARE_SHOWN, with_phase=True)
    return comparison_settings(wildcards) | {"shown": shown}


rule compare_contours:
    """Phase, observables, pulls and costs of every method, on all lattices and at every point."""
    input:
        observables=at_every_point(compared_pairs, "observables.nc"),
        samples=at_every_point(lambda study: study.sampled, "samples.nc"),
        contour=at_every_point(lambda study: study.trained, "contour.nc"),
        trainings=at_every_point(training_pairs, "observables.nc"),
        scan=comparison_scans,
    output:
        comparison=COMPARE + "/contours.nc",
        table=COMPARE + "/contours.csv",
    log:
        LOGS + "/compare_contours/{study}.log",
    params:
        **runs("scan.compare_contours", comparison_settings, model_of, observables_of),
    shell:
        RUN_STAGE


rule plot_compare:
    """The comparison on one page."""
    input:
        comparison=COMPARE + "/contours.nc",
    output:
        png=reported(
            COMPARISON + ".png", "compare", "sign", "Comparison", "{study} all methods"
        ),
        pdf=COMPARISON + ".pdf",
    log:
        LOGS + "/plot/{study}_compare.log",
    priority: AT_ONCE
    params:
        **runs(
            "scan.plots:compare",
            drawn(comparison_figure_settings),
            model_of,
            ("figure", "compare"),
            data=STYLE,
        ),
    shell:
        RUN_STAGE


rule compare:
    """The table and the figure that compare all contours, the plane and complex Langevin dynamics."""
    input:
        expand(COMPARE + "/contours.csv", scan=SCAN, study=COMPARED_STUDIES or STUDIES),
        expand(
            COMPARISON + ".{kind}",
            scan=SCAN,
            study=COMPARED_STUDIES or STUDIES,
            kind=["png", "pdf"],
        ),
