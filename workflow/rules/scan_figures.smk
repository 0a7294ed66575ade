# Figures of a study, as png and pdf. Those of a scan show every point; the others a few of them.
FIGURE = RESULTS + "/figures/{study}_L{lattice}_{contour}_"
VOLUME_FIGURE = RESULTS + "/figures/{study}_volume"
FREE_ENERGY_FIGURE = RESULTS + "/figures/{study}_free_energy"
# Figures of a scan are drawn from its table alone: those of the registry and of plug-ins, and one of every observable
# and of every number made from means. Series have figures of their own tables.
PATH_FIGURES = ["training", "history", "phase", "correlation"]
# how many points a figure has room for
SHOWN = {"training": 6, "history": 3, "phase": 3, "correlation": 3}
VOLUME_SHOWN = 3


def figure_files(name, category, result, caption=None):
    """The two files of a figure, of which the report shows the png under a caption of its name."""
    path, place = FIGURE + name, "{study} {lattice} {contour}"
    png = reported(f"{path}.png", caption or name, category, result, place)
    return {"png": png, "pdf": f"{path}.pdf"}


MEASURED = {
    name: one.long_name
    for study in STUDIES.values()
    for name, one in study.observables.items()
}
MADE = {
    name: one.long_name
    for study in STUDIES.values()
    for name, one in study.numbers.items()
}
SERIES = {
    name: one.long_name
    for study in STUDIES.values()
    for name, one in study.series.items()
}
TITLES = {"apf": "Average phase factor", "apf_im": "Imaginary parts"}
SCAN_FIGURES = (
    {name: TITLES.get(name, name) for name in registry.scan_figures()} | MADE | MEASURED
)
SCAN_CATEGORIES = dict.fromkeys(SCAN_FIGURES, "sign") | dict.fromkeys(
    MADE.keys() - MEASURED, "quantities"
)
SCAN_CATEGORIES["apf_im"] = "exact"


def shown(figure):
    """A function of a study: the points that a figure shows; where there is no phase there is nothing to learn."""
    return lambda study: study.shown(
        SHOWN[figure], figure in ("correlation", "training")
    )


def at_shown_points(figure, file):
    """A function of the wildcards: a file of every point that a figure shows."""
    return lambda wildcards: [
        file.format(**wildcards, point=point)
        for point in shown(figure)(STUDIES[wildcards.study])
    ]


def drawing_of(wildcards):
    """The name of the drawing of a figure: that of every observable and number is one and the same."""
    return "observable" if wildcards.figure in MEASURED | MADE else wildcards.figure


def scan_figure_settings(wildcards):
    """The settings of a figure of the table: the axes of the grid, and what draws it."""
    axes = list(STUDIES[wildcards.study].axes)
    return settings()(wildcards) | {"axes": axes, "drawing": drawing_of(wildcards)}


def figure_settings(figure):
    """A function of the wildcards: what a figure needs to know of the theory, the contour and the points shown."""

    def of(wildcards):
        study = STUDIES[wildcards.study]
        points = {point: study.values(point) for point in shown(figure)(study)}
        return contour_settings()(wildcards) | {"points": points}

    return drawn(of)


rule plot_scan:
    """Average phase factor, an observable or a number made from means against the first axis."""
    input:
        scan=LATTICE + "/{contour}/scan.nc",
    output:
        **figure_files("{figure}", SCAN_CATEGORIES, SCAN_FIGURES, caption="scan"),
    log:
        LOGS + "/plot/{study}_L{lattice}_{contour}_{figure}.log",
    wildcard_constraints:
        figure="|".join(SCAN_FIGURES) or NOTHING,
    priority: AT_ONCE
    params:
        **runs(
            "scan.plots:scan",
            drawn(scan_figure_settings),
            model_of,
            observables_of,
            quantities_of,
            lambda wildcards: [("figure", drawing_of(wildcards))],
            data=STYLE,
        ),
    shell:
        RUN_STAGE


def axes_settings(wildcards):
    """The settings of a figure of a series or a curve: the axes of the grid."""
    return settings()(wildcards) | {"axes": list(STUDIES[wildcards.study].axes)}


rule plot_series:
    """A series, such as a correlator against time, at some points."""
    input:
        series=LATTICE + "/{contour}/{figure}.nc",
        scan=LATTICE + "/{contour}/scan.nc",
    output:
        **figure_files(
            "series_{figure}",
            dict.fromkeys(SERIES, "quantities"),
            SERIES,
            caption="series",
        ),
    log:
        LOGS + "/plot/{study}_L{lattice}_{contour}_series_{figure}.log",
    wildcard_constraints:
        figure="|".join(SERIES) or NOTHING,
    priority: AT_ONCE
    params:
        **runs(
            "scan.plots:series",
            drawn(axes_settings),
            model_of,
            observables_of,
            quantities_of,
            ("figure", "series"),
            data=STYLE,
        ),
    shell:
        RUN_STAGE


rule plot_training:
    """History of the optimization."""
    input:
        contour=at_shown_points("training", POINT + "/contour.nc"),
    output:
        **figure_files("training", "training", "History of the training"),
    log:
        LOGS + "/plot/{study}_L{lattice}_{contour}_training.log",
    wildcard_constraints:
        contour=DEFORMED,
    priority: AT_ONCE
    params:
        **runs(
            "scan.plots:training",
            figure_settings("training"),
            model_of,
            ("figure", "training"),
            data=STYLE,
        ),
    shell:
        RUN_STAGE


rule plot_history:
    """Thermalization and Monte Carlo history."""
    input:
        samples=at_shown_points("history", POINT + "/samples.nc"),
    output:
        **figure_files("history", "health", "Monte Carlo history"),
    log:
        LOGS + "/plot/{study}_L{lattice}_{contour}_history.log",
    priority: AT_ONCE
    params:
        **runs(
            "scan.plots:history",
            figure_settings("history"),
            model_of,
            ("figure", "history"),
            data=STYLE,
        ),
    shell:
        RUN_STAGE


def phase_files(wildcards):
    """Samples on the contour and, where the model has one, on the plane."""
    paths = {"samples": POINT + "/samples.nc"}
    if STUDIES[wildcards.study].model.plane:
        paths["plane"] = LATTICE + "/plane/{point}/samples.nc"
    return {
        name: at_shown_points("phase", path)(wildcards) for name, path in paths.items()
    }


rule plot_phase:
    """Distribution of the phase on the plane and on the contour."""
    input:
        unpack(phase_files),
    output:
        **figure_files("phase", "sign", "Distribution of the phase"),
    log:
        LOGS + "/plot/{study}_L{lattice}_{contour}_phase.log",
    priority: AT_ONCE
    params:
        **runs(
            "scan.plots:phase",
            figure_settings("phase"),
            model_of,
            ("figure", "phase"),
            data=STYLE,
        ),
    shell:
        RUN_STAGE


rule plot_correlation:
    """Im z against Re z at the temporal neighbours: what the network learned."""
    input:
        samples=at_shown_points("correlation", POINT + "/samples.nc"),
        contour=at_shown_points("correlation", POINT + "/contour.nc"),
    output:
        **figure_files("correlation", "training", "What the network learned"),
    log:
        LOGS + "/plot/{study}_L{lattice}_{contour}_correlation.log",
    wildcard_constraints:
        contour=DEFORMED,
    priority: AT_ONCE
    params:
        **runs(
            "scan.plots:correlation",
            figure_settings("correlation"),
            model_of,
            CONTOUR,
            ("figure", "correlation"),
            data=STYLE,
        ),
    shell:
        RUN_STAGE


def scans_against_volume(wildcards):
    """The tables of these lattices and contours."""
    study = STUDIES[wildcards.study]
    paths = [(study.name, *pair) for pair in study.against_volume]
    return tables_of(paths, "nc", wildcards.scan)


def volume_settings(wildcards):
    """What the figure is over, and the theory; where there is no phase there is nothing to show."""
    study = STUDIES[wildcards.study]
    shown = study.shown(VOLUME_SHOWN, with_phase=True)
    return settings()(wildcards) | {"pairs": study.against_volume, "shown": shown}


rule plot_volume:
    """Average phase factor against the volume."""
    input:
        scan=scans_against_volume,
    output:
        png=reported(
            VOLUME_FIGURE + ".png",
            "volume",
            "sign",
            "Phase and volume",
            "{study} all lattices",
        ),
        pdf=VOLUME_FIGURE + ".pdf",
    log:
        LOGS + "/plot/{study}_volume.log",
    priority: AT_ONCE
    params:
        **runs(
            "scan.plots:volume",
            drawn(volume_settings),
            model_of,
            ("figure", "volume"),
            data=STYLE,
        ),
    shell:
        RUN_STAGE


def free_energy_files(wildcards):
    """The tables of the exact simulation on all lattices, and those of the contours that were switched on."""
    study = STUDIES[wildcards.study]
    exact = EXACT + "/scan.nc"
    paths = [(study.name, *pair) for pair in study.switched]
    files = {
        "exact": expand(
            exact, lattice=study.simulated_lattices, **dict(wildcards.items())
        ),
        "scan": tables_of(paths, "nc", wildcards.scan),
    }
    return {name: found for name, found in files.items() if found}


def free_energy_settings(wildcards):
    """Lattices and contours, and the axes with that of the simulation in front; the figure asks the model what is published."""
    study = STUDIES[wildcards.study]
    axis = study.simulation.axis if study.simulated else study.first_axis
    axes = [axis, *(other for other in study.axes if other != axis)]
    return settings()(wildcards) | {
        "axes": axes,
        "lattices": study.simulated_lattices,
        "pairs": study.switched,
    }


def published_of(wildcards):
    """The file of the model's published values, for `runs`."""
    published = STUDIES[wildcards.study].model.published
    return (*STYLE, *filter(None, [published]))


rule plot_free_energy:
    """Free energy of the phase on every lattice, exact and on contours."""
    input:
        unpack(free_energy_files),
    output:
        png=reported(
            FREE_ENERGY_FIGURE + ".png",
            "free_energy",
            "sign",
            "Free energy of the phase",
            "{study} all lattices",
        ),
        pdf=FREE_ENERGY_FIGURE + ".pdf",
    log:
        LOGS + "/plot/{study}_free_energy.log",
    priority: AT_ONCE
    params:
        **runs(
            "scan.plots:free_energy",
            drawn(free_energy_settings),
            model_of,
            ("figure", "free_energy"),
            data=published_of,
        ),
    shell:
        RUN_STAGE


def wanted_figures():
    """Every figure of every study, lattice and contour; the plane has no training to show."""
    for name, study in STUDIES.items():
        figures = [*registry.scan_figures(), *study.observables, *study.numbers]
        figures += [f"series_{series}" for series in study.series]
        for lattice, contour in study.pairs:
            others = PATH_FIGURES if contour != "plane" else ["history"]
            yield from expand(
                FIGURE + "{figure}.{kind}",
                scan=SCAN,
                study=name,
                lattice=lattice,
                contour=contour,
                figure=[*figures, *others],
                kind=["png", "pdf"],
            )
        if study.against_volume:
            yield from expand(
                VOLUME_FIGURE + ".{kind}", scan=SCAN, study=name, kind=["png", "pdf"]
            )
        if study.simulated or study.switched:
            yield from expand(
                FREE_ENERGY_FIGURE + ".{kind}",
                scan=SCAN,
                study=name,
                kind=["png", "pdf"],
            )


rule figures:
    """The figures of every study, lattice and contour, and what they need."""
    input:
        list(wanted_figures()),
