# Curves between the points of a study, from the configurations of neighbours: samples -> curves.
PRESSURE = "pressure"
# (study, lattice, contour) of every path that has curves
CURVES = [(name, *pair) for name, study in STUDIES.items() for pair in study.curved]
CURVE_TITLES = {
    name: f"{title}, between the points"
    for name, title in (MEASURED | {PRESSURE: "Pressure"}).items()
}


def points_files(file):
    """A function of the wildcards: a file of the contour at every point."""
    path = f"{POINT}/{file}.nc"
    return lambda wildcards: [
        path.format(**wildcards, point=point)
        for point in STUDIES[wildcards.study].points
    ]


def curve_settings(wildcards):
    """The settings of the curves: the theory at every point, and how many values lie between two."""
    study = STUDIES[wildcards.study]
    points = {point: study.values(point) for point in study.points}
    return contour_settings("curves")(wildcards) | {
        "axes": list(study.axes),
        "points": points,
    }


rule reweight_curves:
    """Observables and ln Z between the points, by reweighting of neighbours with complex weights."""
    input:
        scan=LATTICE + "/{contour}/scan.nc",
        samples=points_files("samples"),
        contour=points_files("contour"),
    output:
        curves=LATTICE + "/{contour}/curves.nc",
        table=LATTICE + "/{contour}/curves.csv",
    log:
        LOGS + "/reweight_curves/{study}_L{lattice}_{contour}.log",
    wildcard_constraints:
        contour=DEFORMED,
    priority: first_lattice
    params:
        **runs(
            "scan.reweight_curves", curve_settings, model_of, CONTOUR, observables_of
        ),
    shell:
        RUN_STAGE


rule plot_curve:
    """An observable or the pressure between the points, with its error as a band."""
    input:
        curves=LATTICE + "/{contour}/curves.nc",
        scan=LATTICE + "/{contour}/scan.nc",
    output:
        **figure_files(
            "curve_{figure}",
            {name: "sign" for name in CURVE_TITLES},
            CURVE_TITLES,
            caption="curve",
        ),
    log:
        LOGS + "/plot/{study}_L{lattice}_{contour}_curve_{figure}.log",
    wildcard_constraints:
        figure="|".join(CURVE_TITLES),
        contour=DEFORMED,
    priority: AT_ONCE
    params:
        **runs(
            "scan.plots:curve",
            drawn(axes_settings),
            model_of,
            observables_of,
            ("figure", "curve"),
            data=STYLE,
        ),
    shell:
        RUN_STAGE


def wanted_curves():
    """The tables and figures of every path that has curves."""
    for study, lattice, contour in CURVES:
        where = dict(scan=SCAN, study=study, lattice=lattice, contour=contour)
        yield (LATTICE + "/{contour}/curves.csv").format(**where)
        yield from expand(
            FIGURE + "curve_{figure}.{kind}",
            figure=[*STUDIES[study].observables, PRESSURE],
            kind=["png", "pdf"],
            **where,
        )


rule curves:
    """The curves that the config switches on, as tables and figures."""
    input:
        list(wanted_curves()),
