# The chain of a study: plane -> network -> contour -> samples -> observables -> scan.
CONTOUR = ("contour", "{contour}")
# (study, lattice, contour) of every path on which the free energy of the phase is measured
SWITCHED = [(name, *pair) for name, study in STUDIES.items() for pair in study.switched]


def start_file(section):
    """A function of the wildcards: the samples that the chains of a section start from, if they do."""

    def of(wildcards):
        path = chains.source(STUDIES[wildcards.study], section, wildcards)
        return {"start": path} if path else {}

    return of


rule sample_plane:
    """Phase-quenched configurations on the undeformed plane: the dataset, and the baseline."""
    input:
        no_files,
        unpack(start_file("plane")),
    output:
        samples=LATTICE + "/plane/{point}/samples.nc",
    log:
        LOGS + "/sample_plane/{study}_L{lattice}_{point}.log",
    priority: first_lattice
    group:
        batched("sample_plane")
    params:
        **runs(
            "scan.sample_plane",
            settings("plane"),
            model_of,
            ("contour", "plane"),
            checkpoint="sample_plane_{study}_L{lattice}_{point}",
            length=("plane", "trajectories"),
        ),
    shell:
        RUN_STAGE


def predecessor(wildcards):
    """The lattice whose contour this one starts from, if the curriculum has one."""
    study = STUDIES[wildcards.study]
    curriculum = study.settings["curriculum"]
    known = contour_class(wildcards).transferable
    return scans.predecessor(wildcards.lattice, curriculum) if known else None


def has_warm_start(wildcards):
    """Whether a network may be fitted before the optimization; the model says whether it knows to what."""
    study = STUDIES[wildcards.study]
    enabled = study.settings["warm_start"]["enabled"] and study.model.plane
    return enabled and contour_class(wildcards).optimizer == "adam"


def start_files(wildcards):
    """What a contour starts from: that of the same training on a smaller lattice, the plane dataset, or nothing."""
    smaller = predecessor(wildcards)
    if smaller:
        files = {"smaller": TRAINED.replace("{lattice}", smaller) + "/contour.nc"}
    elif has_warm_start(wildcards):
        files = {"samples": LATTICE + "/plane/{point}/samples.nc"}
    else:
        files = {}
    return {name: path.format(**wildcards) for name, path in files.items()}


def start_settings(wildcards):
    """The settings of the start: of a curriculum or of a supervised warm start."""
    adam = contour_class(wildcards).optimizer == "adam"
    sections = ["warm_start"] if adam else []
    return contour_settings(*sections)(wildcards) | {"smaller": predecessor(wildcards)}


rule train_network:
    """The start of a contour: a supervised fit, what a smaller lattice taught, or what the contour itself says."""
    input:
        no_files,
        unpack(start_files),
    output:
        network=TRAINED + "/network.nc",
    log:
        LOGS + "/train_network/{study}_L{lattice}_{contour}{training}_{point}.log",
    wildcard_constraints:
        contour=DEFORMED,
    priority: first_lattice
    group:
        batched("train_network")
    params:
        **runs("scan.train_network", start_settings, model_of, CONTOUR),
    shell:
        RUN_STAGE


def optimize_settings(wildcards):
    """The settings of the optimization, which depend on the kind of contour."""
    return contour_settings(SECTIONS[contour_class(wildcards).optimizer])(wildcards)


rule optimize_contour:
    """Maximize the average phase factor at one point."""
    input:
        network=TRAINED + "/network.nc",
    output:
        contour=TRAINED + "/contour.nc",
    log:
        LOGS + "/optimize_contour/{study}_L{lattice}_{contour}{training}_{point}.log",
    wildcard_constraints:
        contour=DEFORMED,
    priority: first_lattice
    group:
        batched("optimize_contour")
    params:
        **runs(
            "scan.optimize_contour",
            optimize_settings,
            model_of,
            CONTOUR,
            checkpoint="optimize_contour_{study}_L{lattice}_{contour}{training}_{point}",
        ),
    shell:
        RUN_STAGE


rule sample_contour:
    """Hybrid Monte Carlo on the optimized contour."""
    input:
        unpack(start_file("hmc")),
        contour=TRAINED + "/contour.nc",
    output:
        samples=TRAINED + "/samples.nc",
    log:
        LOGS + "/sample_contour/{study}_L{lattice}_{contour}{training}_{point}.log",
    wildcard_constraints:
        contour=DEFORMED,
    priority: first_lattice
    group:
        batched("sample_contour")
    params:
        **runs(
            "scan.sample_contour",
            contour_settings("hmc"),
            model_of,
            CONTOUR,
            checkpoint="sample_contour_{study}_L{lattice}_{contour}{training}_{point}",
            length=("hmc", "trajectories"),
        ),
    shell:
        RUN_STAGE


def measured_files(wildcards):
    """Samples and the contour they lie on; the plane has no file of its own."""
    files = {"samples": TRAINED + "/samples.nc"}
    if wildcards.contour != "plane":
        files["contour"] = TRAINED + "/contour.nc"
    return {name: path.format(**wildcards) for name, path in files.items()}


rule measure_observables:
    """Average phase factor, reweighted observables with errors, what is made from them, and the health of the run."""
    input:
        unpack(measured_files),
    output:
        observables=TRAINED + "/observables.nc",
        quantities=TRAINED + "/quantities.nc",
    log:
        LOGS + "/measure_observables/{study}_L{lattice}_{contour}{training}_{point}.log",
    priority: first_lattice
    group:
        batched("measure_observables")
    params:
        **runs(
            "scan.measure_observables",
            contour_settings(),
            model_of,
            CONTOUR,
            observables_of,
            quantities_of,
        ),
    shell:
        RUN_STAGE


rule switch_contour:
    """-ln APF0 / V on a path, from ensembles between the undeformed plane and the trained contour."""
    input:
        unpack(start_file("hmc")),
        contour=POINT + "/contour.nc",
        observables=POINT + "/observables.nc",
    output:
        free_energy=POINT + "/free_energy.nc",
    log:
        LOGS + "/switch_contour/{study}_L{lattice}_{contour}_{point}.log",
    wildcard_constraints:
        contour=DEFORMED,
    priority: first_lattice
    group:
        batched("switch_contour")
    params:
        **runs(
            "scan.switch_contour",
            contour_settings("hmc", "free_energy"),
            model_of,
            CONTOUR,
            checkpoint="switch_contour_{study}_L{lattice}_{contour}_{point}",
        ),
    shell:
        RUN_STAGE


rule export_primary:
    """The primary observables of a point in the JSON format of pyerrors."""
    input:
        unpack(measured_files),
    output:
        primary=TRAINED + "/primary.json.gz",
    log:
        LOGS + "/export_primary/{study}_L{lattice}_{contour}{training}_{point}.log",
    params:
        **runs(
            "scan.export_primary",
            contour_settings(),
            model_of,
            CONTOUR,
            observables_of,
        ),
    shell:
        RUN_STAGE


def at_all_points(contour, file="observables"):
    """A function of the wildcards: a file of one contour at every point, by default its observables."""
    path = LATTICE + f"/{contour}" + "/{point}/" + f"{file}.nc"
    return lambda wildcards: expand(
        path, point=STUDIES[wildcards.study].points, **dict(wildcards.items())
    )


def further_trainings(wildcards):
    """The numbers of the trainings of a contour after the first one."""
    study = STUDIES[wildcards.study]
    return trainings.further_trainings(study, wildcards.contour)


def other_contours(wildcards):
    """The contours of a study on this lattice that are neither this one nor the plane."""
    trained = STUDIES[wildcards.study].trained
    here = [name for lattice, name in trained if lattice == wildcards.lattice]
    return [name for name in here if name != wildcards.contour]


def scan_settings(wildcards):
    """The settings of the table: the theory at every point, and where exact values are; the seed is for the record."""
    study = STUDIES[wildcards.study]
    points = {point: study.values(point) for point in study.points}
    nodes = study.node_of if exact_files(wildcards) else {}
    return dict(
        wildcards.items(),
        model=study.settings["model"],
        axes=list(study.axes),
        points=points,
        others=other_contours(wildcards),
        nodes=nodes,
        seed=CONFIG["seed"],
    )


def table_settings(wildcards):
    """The same for the table of the scan, with the further trainings that have columns there."""
    further = further_trainings(wildcards)
    return scan_settings(wildcards) | ({"trainings": further} if further else {})


def scan_files(wildcards):
    """Observables of the contour, of the plane, other contours and further trainings, and the table of the exact simulation, where there are these."""
    contours = {"contour": wildcards.contour}
    if STUDIES[wildcards.study].model.plane:
        contours["plane"] = "plane"
    files = {
        name: at_all_points(contour)(wildcards) for name, contour in contours.items()
    }
    files["quantities"] = at_all_points(wildcards.contour, "quantities")(wildcards)
    others = [at_all_points(name)(wildcards) for name in other_contours(wildcards)]
    if others:
        files["others"] = sum(others, [])
    again = [
        at_all_points(f"{wildcards.contour}{trainings.label_of(training)}")(wildcards)
        for training in further_trainings(wildcards)
    ]
    if again:
        files["trainings"] = sum(again, [])
    if (wildcards.study, wildcards.lattice, wildcards.contour) in SWITCHED:
        files["free_energy"] = at_all_points(wildcards.contour, "free_energy")(
            wildcards
        )
    return files | exact_files(wildcards)


def partners_of(wildcards):
    """The modules of the model's exact values, mean field and best path, for `runs`."""
    model = STUDIES[wildcards.study].model
    modules = map(model.partner_module, ("exact", "mean_field", "best"))
    return [("module", name) for name in modules if name]


rule collect_scan:
    """One table of all points, beside the plane, the mean field and exact values, compared with the other contours."""
    input:
        unpack(scan_files),
    output:
        scan=LATTICE + "/{contour}/scan.nc",
        table=LATTICE + "/{contour}/scan.csv",
    log:
        LOGS + "/collect_scan/{study}_L{lattice}_{contour}.log",
    priority: first_lattice
    params:
        **runs(
            "scan.collect_scan",
            table_settings,
            model_of,
            observables_of,
            quantities_of,
            partners_of,
            data=lambda wildcards: STUDIES[wildcards.study].model.data,
        ),
    shell:
        RUN_STAGE


def series_files(wildcards):
    """The quantities at every point, and the exact simulations there, if they know the series."""
    study = STUDIES[wildcards.study]
    files = {"quantities": at_all_points(wildcards.contour, "quantities")(wildcards)}
    nodes = study.node_of if exact_files(wildcards) else {}
    if (
        nodes.keys() == set(study.points)
        and wildcards.series in study.simulation.series
    ):
        exact, order = EXACT + "/{point}/observables.nc", map(nodes.get, study.points)
        files["exact"] = expand(exact, point=order, **dict(wildcards.items()))
    return files


rule collect_series:
    """A series of numbers, such as a correlator, at all points in one table."""
    input:
        unpack(series_files),
    output:
        series=LATTICE + "/{contour}/{series}.nc",
        table=LATTICE + "/{contour}/{series}.csv",
    log:
        LOGS + "/collect_series/{study}_L{lattice}_{contour}_{series}.log",
    wildcard_constraints:
        series="|".join({name for study in STUDIES.values() for name in study.series})
        or NOTHING,
    priority: first_lattice
    params:
        **runs(
            "scan.collect_series",
            scan_settings,
            model_of,
            observables_of,
            quantities_of,
        ),
    shell:
        RUN_STAGE


def series_of(paths, scan):
    """The tables of all series of these studies, lattices and contours."""
    path = LATTICE + "/{contour}/{series}.csv"
    return [
        path.format(
            scan=scan, study=study, lattice=lattice, contour=contour, series=name
        )
        for study, lattice, contour in paths
        for name in STUDIES[study].series
    ]


rule typeset_table:
    """The table of a scan in LaTeX and Markdown, values as 0.184(5)."""
    input:
        table=LATTICE + "/{contour}/scan.csv",
    output:
        latex=LATTICE + "/{contour}/table.tex",
        markdown=LATTICE + "/{contour}/table.md",
    log:
        LOGS + "/typeset_table/{study}_L{lattice}_{contour}.log",
    priority: AT_ONCE
    params:
        **runs(
            "scan.typeset_table",
            settings("over", "worm"),
            model_of,
            observables_of,
        ),
    shell:
        RUN_STAGE


rule scan:
    """scan.csv of every study, lattice and contour, typeset too, and the tables of series, without figures."""
    input:
        tables_of(PATHS, "csv", SCAN),
        tables_of(PATHS, "tex", SCAN, name="table"),
        series_of(PATHS, SCAN),


def trained_paths(file):
    """A file of every path, training and point."""
    for study, lattice, contour in PATHS:
        further = trainings.further_trainings(STUDIES[study], contour)
        yield from expand(
            f"{TRAINED}/{file}",
            scan=SCAN,
            study=study,
            lattice=lattice,
            contour=contour,
            training=["", *map(trainings.label_of, further)],
            point=STUDIES[study].points,
        )


rule export:
    """primary.json.gz of every path and point: primary observables in the JSON format of pyerrors."""
    input:
        list(trained_paths("primary.json.gz")),
