# All contours and the baselines side by side: complex Langevin dynamics, the plane, and what each costs.
COMPARE = RESULTS + "/compare"
COMPARISON = RESULTS + "/figures/phi4_compare"
# the lattices of the scan, and (lattice, method) of all that is compared on them: the plane on every lattice
LATTICES = list(dict.fromkeys(lattice for lattice, _ in PAIRS))
SAMPLED = [(lattice, "plane") for lattice in LATTICES] + TRAINED
BASELINES = ["langevin"] if CONFIG["phi4"]["compare"]["langevin"] else []
COMPARED = SAMPLED + [(lattice, name) for lattice in LATTICES for name in BASELINES]


rule sample_langevin:
    """Complex Langevin dynamics at one mu, measured as it goes."""
    output:
        observables=PHI4 + "/langevin/mu={mu}/observables.nc",
    log:
        LOGS + "/sample_langevin/L{lattice}_mu={mu}.log",
    benchmark:
        TIMES + "/sample_langevin/L{lattice}_mu={mu}.tsv"
    group:
        batched("sample_langevin")
    resources:
        mem_mb=1500,
    params:
        settings=settings("langevin"),
        modules=modules("scan.sample_langevin", ACTION, *OBSERVABLES),
    script:
        "../scripts/sample_langevin.py"


def at_every_point(pairs, file):
    """A function of the wildcards: a file of every pair of lattice and method and every mu, in that order."""
    return lambda wildcards: [
        POINT.format(scan=wildcards.scan, lattice=lattice, contour=method, mu=mu)
        + f"/{file}"
        for lattice, method in pairs
        for mu in MUS
    ]


def comparison_scans(wildcards):
    """A table of each lattice, for the exact values: that of its first contour."""
    first = {lattice: contour for lattice, contour in reversed(PAIRS)}
    pairs = [(lattice, first[lattice]) for lattice in LATTICES]
    return tables_of(pairs, "nc", wildcards.scan)


def comparison_settings(wildcards):
    """What the comparison is over, and the theory."""
    return dict(pairs=COMPARED, mu=MUS, **theory(), seed=CONFIG["seed"])


def comparison_figure_settings(wildcards):
    """The same for the figure, and the mu of its panel against the volume: at 0 there is no phase."""
    shown = configuration.spread([mu for mu in MUS if float(mu)], 3)
    return comparison_settings(wildcards) | {"shown": shown}


rule compare_contours:
    """Phase, observables, pulls and costs of every method, on all lattices and at every mu."""
    input:
        observables=at_every_point(COMPARED, "observables.nc"),
        samples=at_every_point(SAMPLED, "samples.nc"),
        contour=at_every_point(TRAINED, "contour.nc"),
        scan=comparison_scans,
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
        modules=modules("scan.compare_contours"),
    script:
        "../scripts/compare_contours.py"


rule plot_compare:
    """The comparison on one page."""
    input:
        comparison=COMPARE + "/contours.nc",
    output:
        png=reported(
            COMPARISON + ".png", "compare", "sign", "Comparison", "all methods"
        ),
        pdf=COMPARISON + ".pdf",
    log:
        LOGS + "/plot/compare.log",
    benchmark:
        TIMES + "/plot/compare.tsv"
    priority: AT_ONCE
    resources:
        mem_mb=1000,
    params:
        settings=drawn(comparison_figure_settings),
        modules=figure_modules("compare"),
    script:
        "../scripts/plot_compare.py"


rule compare:
    """phi^4: the table and the figure that compare all contours, the plane and complex Langevin dynamics."""
    input:
        expand(COMPARE + "/contours.csv", scan=SCAN),
        expand(COMPARISON + ".{kind}", scan=SCAN, kind=["png", "pdf"]),
