# The critical value of the first axis from all lattices of a study: tables of scans and exact simulations -> finite_size.
from pomflow.config.finite_size import EXACT as EXACT_SOURCE, sources

FINITE_SIZE = STUDY + "/finite_size"
FINITE_SIZE_FIGURE = RESULTS + "/figures/{study}_finite_size"
# by study its pairs of lattice and source, a contour or the exact simulation
FINITE_SIZES = {
    name: [
        (lattice, source) for source, lattices in found.items() for lattice in lattices
    ]
    for name, study in STUDIES.items()
    if (found := sources(study))
}


def finite_size_tables(wildcards):
    """The table of every lattice and source."""
    paths = {True: EXACT, False: LATTICE + "/{contour}"}
    return [
        (paths[source == EXACT_SOURCE] + "/scan.nc").format(
            lattice=lattice, contour=source, **dict(wildcards.items())
        )
        for lattice, source in FINITE_SIZES[wildcards.study]
    ]


def finite_size_settings(wildcards):
    """The analysis, and the points that the exact simulation knows with the sign that they have."""
    study = STUDIES[wildcards.study]
    nodes = study.node_of if study.simulated else {}
    nodes = {
        point: node
        for point, node in nodes.items()
        if study.values(point)[study.simulation.axis] >= 0
    }
    over = dict(
        pairs=FINITE_SIZES[study.name],
        axes=list(study.axes),
        nodes=nodes,
    )
    return settings("finite_size")(wildcards) | over


rule fit_finite_size:
    """The critical point of a study from its lattices: crossings, scaling, a jump, or the first particle."""
    input:
        tables=finite_size_tables,
    output:
        finite_size=FINITE_SIZE + ".nc",
        table=FINITE_SIZE + ".csv",
    log:
        LOGS + "/fit_finite_size/{study}.log",
    params:
        **runs("scan.fit_finite_size", finite_size_settings, model_of),
    shell:
        RUN_STAGE


def finite_size_figure_settings(wildcards):
    """The analysis, and the axes."""
    axes = list(STUDIES[wildcards.study].axes)
    return settings("finite_size")(wildcards) | {"axes": axes}


rule plot_finite_size:
    """The curves of all lattices, and what the fits make of them."""
    input:
        finite_size=FINITE_SIZE + ".nc",
    output:
        png=reported(
            FINITE_SIZE_FIGURE + ".png",
            "finite_size",
            "sign",
            "Critical point",
            "{study} all lattices",
        ),
        pdf=FINITE_SIZE_FIGURE + ".pdf",
    log:
        LOGS + "/plot/{study}_finite_size.log",
    priority: AT_ONCE
    params:
        **runs(
            "scan.plots:finite_size",
            drawn(finite_size_figure_settings),
            model_of,
            observables_of,
            quantities_of,
            ("figure", "finite_size"),
            data=STYLE,
        ),
    shell:
        RUN_STAGE


rule finite_size:
    """The critical points that the config asks for, as tables and figures."""
    input:
        expand(FINITE_SIZE + ".csv", scan=SCAN, study=FINITE_SIZES),
        expand(
            FINITE_SIZE_FIGURE + ".{kind}",
            scan=SCAN,
            study=FINITE_SIZES,
            kind=["png", "pdf"],
        ),
