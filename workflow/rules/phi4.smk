# The phi^4 chain: plane -> network -> contour -> samples -> observables -> scan.
ACTION = ("action", "complex_phi4")
OBSERVABLES = [("observable", name) for name in registry.OBSERVABLES]


rule sample_plane:
    """Phase-quenched configurations on the undeformed plane: the dataset, and the baseline."""
    output:
        samples=PHI4 + "/plane/mu={mu}/samples.nc",
    log:
        LOGS + "/sample_plane/L{lattice}_mu={mu}.log",
    benchmark:
        TIMES + "/sample_plane/L{lattice}_mu={mu}.tsv"
    resources:
        mem_mb=1500,
    params:
        settings=settings("plane"),
        modules=modules("sample_plane", ACTION, ("contour", "plane")),
    script:
        "../scripts/sample_plane.py"


def warm_start_files(wildcards):
    """The plane dataset, where there is a warm start to make from it."""
    samples = PHI4 + "/plane/mu={mu}/samples.nc"
    return (
        {"samples": samples.format(**wildcards)}
        if CONFIG["phi4"]["warm_start"]["enabled"]
        else {}
    )


rule train_network:
    """Supervised warm start of a contour towards the Gaussian path."""
    input:
        unpack(warm_start_files),
    output:
        network=POINT + "/network.nc",
    log:
        LOGS + "/train_network/L{lattice}_{contour}_mu={mu}.log",
    benchmark:
        TIMES + "/train_network/L{lattice}_{contour}_mu={mu}.tsv"
    wildcard_constraints:
        contour=DEFORMED,
    resources:
        mem_mb=1500,
    params:
        settings=settings("network", "warm_start"),
        modules=modules("train_network", ACTION, ("contour", "{contour}")),
    script:
        "../scripts/train_network.py"


rule optimize_contour:
    """Maximize the average phase factor at one mu."""
    input:
        network=POINT + "/network.nc",
    output:
        contour=POINT + "/contour.nc",
    log:
        LOGS + "/optimize_contour/L{lattice}_{contour}_mu={mu}.log",
    benchmark:
        TIMES + "/optimize_contour/L{lattice}_{contour}_mu={mu}.tsv"
    wildcard_constraints:
        contour=DEFORMED,
    resources:
        mem_mb=2000,
    params:
        settings=settings("network", "optimize"),
        modules=modules("optimize_contour", ACTION, ("contour", "{contour}")),
    script:
        "../scripts/optimize_contour.py"


rule sample_contour:
    """Hybrid Monte Carlo on the optimized contour."""
    input:
        contour=POINT + "/contour.nc",
    output:
        samples=POINT + "/samples.nc",
    log:
        LOGS + "/sample_contour/L{lattice}_{contour}_mu={mu}.log",
    benchmark:
        TIMES + "/sample_contour/L{lattice}_{contour}_mu={mu}.tsv"
    wildcard_constraints:
        contour=DEFORMED,
    resources:
        mem_mb=1500,
    params:
        settings=settings("network", "hmc"),
        modules=modules("sample_contour", ACTION, ("contour", "{contour}")),
    script:
        "../scripts/sample_contour.py"


def measured_files(wildcards):
    """Samples and the contour they lie on; the plane has no file of its own."""
    files = {"samples": POINT + "/samples.nc"}
    if wildcards.contour != "plane":
        files["contour"] = POINT + "/contour.nc"
    return {name: path.format(**wildcards) for name, path in files.items()}


rule measure_observables:
    """Average phase factor, reweighted observables with errors, and the health of the run."""
    input:
        unpack(measured_files),
    output:
        observables=POINT + "/observables.nc",
    log:
        LOGS + "/measure_observables/L{lattice}_{contour}_mu={mu}.log",
    benchmark:
        TIMES + "/measure_observables/L{lattice}_{contour}_mu={mu}.tsv"
    resources:
        mem_mb=2000,
    params:
        settings=settings("network"),
        modules=modules(
            "measure_observables", ACTION, ("contour", "{contour}"), *OBSERVABLES
        ),
    script:
        "../scripts/measure_observables.py"


def over_mu(contour):
    """A function of the wildcards: the observables of one contour at every mu."""
    path = PHI4 + f"/{contour}" + "/mu={mu}/observables.nc"
    return lambda wildcards: expand(
        path,
        mu=MUS,
        **{key: wildcards.get(key) for key in ("scan", "lattice", "contour")},
    )


def scan_settings(wildcards):
    """The settings of the table: the theory and the list of mu."""
    phi4 = CONFIG["phi4"]
    return dict(wildcards.items(), mass=phi4["mass"], coupling=phi4["coupling"], mu=MUS)


def scan_files(wildcards):
    """Observables of the contour and of the plane, and the table of the exact simulation if there is one."""
    files = {
        "contour": over_mu("{contour}")(wildcards),
        "plane": over_mu("plane")(wildcards),
    }
    return files | exact_files(wildcards)


rule collect_scan:
    """One table of all mu, beside the plane, the mean field and exact values."""
    input:
        unpack(scan_files),
    output:
        scan=PHI4 + "/{contour}/scan.nc",
        table=PHI4 + "/{contour}/scan.csv",
    log:
        LOGS + "/collect_scan/L{lattice}_{contour}.log",
    benchmark:
        TIMES + "/collect_scan/L{lattice}_{contour}.tsv"
    resources:
        mem_mb=1000,
    params:
        settings=scan_settings,
        modules=modules("collect_scan", *OBSERVABLES, data=("data/phi4_exact.csv",)),
    script:
        "../scripts/collect_scan.py"


rule scan:
    """The table of every lattice and contour."""
    input:
        expand(
            PHI4 + "/{contour}/scan.csv", scan=SCAN, lattice=LATTICES, contour=CONTOURS
        ),
