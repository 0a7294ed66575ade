# Figures of the phi^4 scan, as png and pdf. Those of a scan show every mu; the others a few of them.
FIGURE = RESULTS + "/figures/phi4_L{lattice}_{contour}_"
# drawn by volume.smk, where a contour is on several lattices
VOLUME_FIGURE = RESULTS + "/figures/phi4_volume"
AGAINST_VOLUME = configuration.on_several_lattices(TRAINED)
# a figure of a scan is a line in the registry; those of our own have a name and a category in the report
TITLES = {
    "apf": "Average phase factor",
    "apf_im": "Imaginary parts",
    "density": "Number density",
}
SCAN_FIGURES = {name: TITLES.get(name, name) for name in registry.SCAN_FIGURES}
SCAN_CATEGORIES = {
    name: "exact" if name == "apf_im" else "sign" for name in SCAN_FIGURES
}
PATH_FIGURES = ["training", "history", "phase", "correlation"]
# how many mu a figure has room for
SHOWN = {"training": 6, "history": 3, "phase": 3, "correlation": 3}


def figure_files(name, category, result, caption=None):
    """The two files of a figure, of which the report shows the png under a caption of its name."""
    path, place = FIGURE + name, "{lattice} {contour}"
    png = reported(f"{path}.png", caption or name, category, result, place)
    return {"png": png, "pdf": f"{path}.pdf"}


def shown(figure):
    """The mu that a figure shows; at mu = 0 there is no sign problem and nothing to learn."""
    rest = (
        [mu for mu in MUS if float(mu)] if figure in ("correlation", "training") else []
    )
    return configuration.spread(rest or MUS, SHOWN[figure])


def at_shown_mu(figure, file):
    """A function of the wildcards: a file of every mu that a figure shows."""
    return lambda wildcards: [file.format(**wildcards, mu=mu) for mu in shown(figure)]


def figure_settings(figure):
    """A function of the wildcards: what a figure needs to know of the theory and the contour."""
    return drawn(
        lambda wildcards: contour_settings()(wildcards) | {"mu": shown(figure)}
    )


def figure_modules(figure, *plugins):
    """The fingerprint of a figure: its code, what else it runs, and the style file."""
    return modules("scan.plots", ("figure", figure), *plugins, data=STYLE)


rule plot_scan:
    """Average phase factor or density against mu."""
    input:
        scan=PHI4 + "/{contour}/scan.nc",
    output:
        **figure_files("{figure}", SCAN_CATEGORIES, SCAN_FIGURES, caption="scan"),
    log:
        LOGS + "/plot/L{lattice}_{contour}_{figure}.log",
    benchmark:
        TIMES + "/plot/L{lattice}_{contour}_{figure}.tsv"
    wildcard_constraints:
        figure="|".join(SCAN_FIGURES),
    priority: AT_ONCE
    resources:
        mem_mb=1000,
    params:
        settings=drawn(settings()),
        modules=figure_modules("{figure}"),
    script:
        "../scripts/plot_scan.py"


rule plot_training:
    """History of the optimization."""
    input:
        contour=at_shown_mu("training", POINT + "/contour.nc"),
    output:
        **figure_files("training", "training", "History of the training"),
    log:
        LOGS + "/plot/L{lattice}_{contour}_training.log",
    benchmark:
        TIMES + "/plot/L{lattice}_{contour}_training.tsv"
    wildcard_constraints:
        contour=DEFORMED,
    priority: AT_ONCE
    resources:
        mem_mb=1000,
    params:
        settings=figure_settings("training"),
        modules=figure_modules("training"),
    script:
        "../scripts/plot_training.py"


rule plot_history:
    """Thermalization and Monte Carlo history."""
    input:
        samples=at_shown_mu("history", POINT + "/samples.nc"),
    output:
        **figure_files("history", "health", "Monte Carlo history"),
    log:
        LOGS + "/plot/L{lattice}_{contour}_history.log",
    benchmark:
        TIMES + "/plot/L{lattice}_{contour}_history.tsv"
    priority: AT_ONCE
    resources:
        mem_mb=2000,
    params:
        settings=figure_settings("history"),
        modules=figure_modules("history"),
    script:
        "../scripts/plot_history.py"


rule plot_phase:
    """Distribution of the phase on the plane and on the contour."""
    input:
        samples=at_shown_mu("phase", POINT + "/samples.nc"),
        plane=at_shown_mu("phase", PHI4 + "/plane/mu={mu}/samples.nc"),
    output:
        **figure_files("phase", "sign", "Distribution of the phase"),
    log:
        LOGS + "/plot/L{lattice}_{contour}_phase.log",
    benchmark:
        TIMES + "/plot/L{lattice}_{contour}_phase.tsv"
    priority: AT_ONCE
    resources:
        mem_mb=2000,
    params:
        settings=figure_settings("phase"),
        modules=figure_modules("phase"),
    script:
        "../scripts/plot_phase.py"


rule plot_correlation:
    """Im z against Re z at the temporal neighbours: what the network learned."""
    input:
        samples=at_shown_mu("correlation", POINT + "/samples.nc"),
        contour=at_shown_mu("correlation", POINT + "/contour.nc"),
    output:
        **figure_files("correlation", "training", "What the network learned"),
    log:
        LOGS + "/plot/L{lattice}_{contour}_correlation.log",
    benchmark:
        TIMES + "/plot/L{lattice}_{contour}_correlation.tsv"
    wildcard_constraints:
        contour=DEFORMED,
    priority: AT_ONCE
    resources:
        mem_mb=2000,
    params:
        settings=figure_settings("correlation"),
        modules=figure_modules("correlation", ACTION, ("contour", "{contour}")),
    script:
        "../scripts/plot_correlation.py"


def wanted_figures():
    """Every figure of every contour; the plane has no training to show."""
    for lattice, contour in PAIRS:
        names = [*SCAN_FIGURES, *(PATH_FIGURES if contour != "plane" else ["history"])]
        yield from expand(
            FIGURE + "{name}.{kind}",
            scan=SCAN,
            lattice=lattice,
            contour=contour,
            name=names,
            kind=["png", "pdf"],
        )
    if AGAINST_VOLUME:
        yield from expand(VOLUME_FIGURE + ".{kind}", scan=SCAN, kind=["png", "pdf"])


rule figures:
    """phi^4: the figures of every lattice and contour, and what they need."""
    input:
        list(wanted_figures()),
