# All contours and the baselines side by side: complex Langevin dynamics, the plane, and what each costs.
COMPARE = RESULTS + "/compare"
COMPARISON = RESULTS + "/figures/phi4_compare"
SAMPLED = ["plane"] + [name for name in CONTOURS if name != "plane"]
TRAINED = SAMPLED[1:]
METHODS = SAMPLED + (["langevin"] if CONFIG["phi4"]["compare"]["langevin"] else [])


rule sample_langevin:
    """Complex Langevin dynamics at one mu, measured as it goes."""
    output:
        observables=PHI4 + "/langevin/mu={mu}/observables.nc",
    log:
        LOGS + "/sample_langevin/L{lattice}_mu={mu}.log",
    benchmark:
        TIMES + "/sample_langevin/L{lattice}_mu={mu}.tsv"
    resources:
        mem_mb=1500,
    params:
        settings=settings("langevin"),
        modules=modules("sample_langevin", ACTION, *OBSERVABLES),
    script:
        "../scripts/sample_langevin.py"


def at_every_point(methods, file):
    """A function of the wildcards: a file of every lattice, method and mu, in that order."""
    path = PHI4 + "/{method}/mu={mu}/" + file
    return lambda wildcards: expand(
        path, scan=wildcards.scan, lattice=LATTICES, method=methods, mu=MUS
    )


def comparison_settings(wildcards):
    """What the comparison is over, and the theory."""
    theory = {key: CONFIG["phi4"][key] for key in ("mass", "coupling")}
    return dict(lattices=LATTICES, methods=METHODS, mu=MUS, **theory)


def comparison_figure_settings(wildcards):
    """The same for the figure, and the mu of its panel against the volume: at 0 there is no phase."""
    shown = configuration.spread([mu for mu in MUS if float(mu)], 3)
    return comparison_settings(wildcards) | {"shown": shown}


rule compare_contours:
    """Phase, observables, pulls and costs of every method, on all lattices and at every mu."""
    input:
        observables=at_every_point(METHODS, "observables.nc"),
        samples=at_every_point(SAMPLED, "samples.nc"),
        network=at_every_point(TRAINED, "network.nc"),
        contour=at_every_point(TRAINED, "contour.nc"),
        scan=expand(
            PHI4 + "/{contour}/scan.nc",
            lattice=LATTICES,
            contour=CONTOURS[:1],
            allow_missing=True,
        ),
    output:
        comparison=COMPARE + "/contours.nc",
        table=COMPARE + "/contours.csv",
    log:
        LOGS + "/compare_contours/all.log",
    benchmark:
        TIMES + "/compare_contours/all.tsv"
    resources:
        mem_mb=1000,
    params:
        settings=comparison_settings,
        modules=modules("compare_contours"),
    script:
        "../scripts/compare_contours.py"


rule plot_compare:
    """The comparison on one page."""
    input:
        comparison=COMPARE + "/contours.nc",
    output:
        png=COMPARISON + ".png",
        pdf=COMPARISON + ".pdf",
    log:
        LOGS + "/plot/compare.log",
    benchmark:
        TIMES + "/plot/compare.tsv"
    resources:
        mem_mb=1000,
    params:
        settings=comparison_figure_settings,
        modules=figure_modules("compare"),
    script:
        "../scripts/plot_compare.py"


rule compare:
    """The table and the figure of the comparison."""
    input:
        expand(COMPARE + "/contours.csv", scan=SCAN),
        expand(COMPARISON + ".{kind}", scan=SCAN, kind=["png", "pdf"]),
