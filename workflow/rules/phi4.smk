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
    priority: first_lattice
    group:
        batched("sample_plane")
    resources:
        mem_mb=1500,
    params:
        settings=settings("plane"),
        modules=modules("scan.sample_plane", ACTION, ("contour", "plane")),
        checkpoint=CHECKPOINTS + "/sample_plane_L{lattice}_mu={mu}",
    script:
        "../scripts/sample_plane.py"


def predecessor(wildcards):
    """The lattice whose contour this one starts from, if the curriculum has one."""
    curriculum = CONFIG["phi4"]["curriculum"] if shared(wildcards) else []
    return configuration.predecessor(wildcards.lattice, curriculum)


def start_files(wildcards):
    """What a contour starts from: one trained on a smaller lattice, the plane dataset, or nothing."""
    smaller = predecessor(wildcards)
    if smaller:
        files = {"smaller": POINT.replace("{lattice}", smaller) + "/contour.nc"}
    elif not shared(wildcards) and CONFIG["phi4"]["warm_start"]["enabled"]:
        files = {"samples": PHI4 + "/plane/mu={mu}/samples.nc"}
    else:
        files = {}
    return {name: path.format(**wildcards) for name, path in files.items()}


def start_settings(wildcards):
    """The settings of the start: of a curriculum or of a supervised warm start."""
    sections = [] if shared(wildcards) else ["warm_start"]
    return contour_settings(*sections)(wildcards) | {"smaller": predecessor(wildcards)}


rule train_network:
    """The start of a contour: a supervised fit to the Gaussian path, or what a smaller lattice taught."""
    input:
        unpack(start_files),
    output:
        network=POINT + "/network.nc",
    log:
        LOGS + "/train_network/L{lattice}_{contour}_mu={mu}.log",
    benchmark:
        TIMES + "/train_network/L{lattice}_{contour}_mu={mu}.tsv"
    wildcard_constraints:
        contour=DEFORMED,
    priority: first_lattice
    group:
        batched("train_network")
    resources:
        mem_mb=1500,
    params:
        settings=start_settings,
        modules=modules("scan.train_network", ACTION, ("contour", "{contour}")),
    script:
        "../scripts/train_network.py"


def optimize_settings(wildcards):
    """The settings of the optimization, which depend on the kind of contour."""
    section = "natural_gradient" if shared(wildcards) else "optimize"
    return contour_settings(section)(wildcards)


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
    priority: first_lattice
    group:
        batched("optimize_contour")
    resources:
        mem_mb=2000,
    params:
        settings=optimize_settings,
        modules=modules("scan.optimize_contour", ACTION, ("contour", "{contour}")),
        checkpoint=CHECKPOINTS + "/optimize_contour_L{lattice}_{contour}_mu={mu}",
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
    priority: first_lattice
    group:
        batched("sample_contour")
    resources:
        mem_mb=1500,
    params:
        settings=contour_settings("hmc"),
        modules=modules("scan.sample_contour", ACTION, ("contour", "{contour}")),
        checkpoint=CHECKPOINTS + "/sample_contour_L{lattice}_{contour}_mu={mu}",
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
    priority: first_lattice
    group:
        batched("measure_observables")
    resources:
        mem_mb=2000,
    params:
        settings=contour_settings(),
        modules=modules(
            "scan.measure_observables", ACTION, ("contour", "{contour}"), *OBSERVABLES
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
    """The settings of the table: the theory and the list of mu; the seed is for the record."""
    return dict(wildcards.items(), **theory(), mu=MUS, seed=CONFIG["seed"])


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
    priority: first_lattice
    resources:
        mem_mb=1000,
    params:
        settings=scan_settings,
        modules=modules("scan.collect_scan", *OBSERVABLES, data=("models/complex_phi4/exact.csv",)),
    script:
        "../scripts/collect_scan.py"


rule scan:
    """phi^4: scan.csv of every lattice and contour, without figures."""
    input:
        tables_of(PAIRS, "csv", SCAN),
