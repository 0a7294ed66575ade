# The exact simulation of a model that has one, which the tables compare with: sample_worm -> collect_exact.
EXACT = LATTICE + "/exact"


def worm_settings(wildcards):
    """The settings of a simulation, which knows nothing of the other points; nodes between them have no free energy."""
    study = STUDIES[wildcards.study]
    worm, keys = study.settings["worm"], ["chains", "sweeps", "thermalization"]
    if worm["phase_updates"] and wildcards.point in study.node_of.values():
        keys.append("phase_updates")
    worm = {key: worm[key] for key in keys}
    return dict(
        wildcards.items(),
        model=study.settings["model"],
        parameters=study.values(wildcards.point),
        seed=CONFIG["seed"],
        worm=worm,
    )


def exact_settings(wildcards):
    """The settings of the table: where the simulations are, and which of them are on the grid."""
    study = STUDIES[wildcards.study]
    return dict(
        wildcards.items(),
        model=study.settings["model"],
        parameters=study.fixed,
        nodes=study.nodes,
        seed=CONFIG["seed"],
    )


def exact_files(wildcards):
    """The table of the exact simulation, if there is one."""
    path = (EXACT + "/scan.nc").format(**wildcards)
    study = STUDIES[wildcards.study]
    return {"exact": path} if wildcards.lattice in study.simulated_lattices else {}


def simulation_of(wildcards):
    """The module of the exact simulation, for `runs`; that of the model where it states it itself."""
    stated = STUDIES[wildcards.study].model.partner_module("simulation")
    return [("module", stated)] if stated else model_of(wildcards)


rule sample_worm:
    """The exact simulation of the full and the phase-quenched theory at one point."""
    input:
        no_files,
    output:
        observables=EXACT + "/{point}/observables.nc",
    log:
        LOGS + "/sample_worm/{study}_L{lattice}_{point}.log",
    priority: first_lattice
    group:
        batched("sample_worm")
    params:
        **runs(
            "scan.sample_worm",
            worm_settings,
            simulation_of,
            checkpoint="sample_worm_{study}_L{lattice}_{point}",
        ),
    shell:
        RUN_STAGE


rule collect_exact:
    """One table of all simulated points, with the average phase factor of the plane."""
    input:
        worm=lambda wildcards: expand(
            EXACT + "/{point}/observables.nc",
            point=STUDIES[wildcards.study].nodes,
            **dict(wildcards.items()),
        ),
    output:
        scan=EXACT + "/scan.nc",
        table=EXACT + "/scan.csv",
    log:
        LOGS + "/collect_exact/{study}_L{lattice}.log",
    priority: first_lattice
    params:
        **runs("scan.collect_exact", exact_settings, simulation_of),
    shell:
        RUN_STAGE


rule exact:
    """exact/scan.csv of every study and lattice with an exact simulation, without contours."""
    input:
        [
            (EXACT + "/scan.csv").format(scan=SCAN, study=name, lattice=lattice)
            for name, study in STUDIES.items()
            for lattice in study.simulated_lattices
        ],
