# The exact simulation in dual variables, which the tables compare with: sample_worm -> collect_exact.
EXACT = PHI4 + "/exact"
WORM = CONFIG["phi4"]["worm"]
MODULI = {abs(float(mu)) for mu in MUS}
# the points of the integral that gives the average phase factor, and all points that are simulated
GRID = configuration.worm_grid(MODULI, WORM["spacing"])
NODES = list(map(configuration.mu_text, sorted(MODULI.union(GRID))))


def worm_settings(wildcards):
    """The settings of a simulation, which knows nothing of the list of mu."""
    worm = {key: WORM[key] for key in ("chains", "sweeps", "thermalization")}
    return dict(wildcards.items(), **theory(), seed=CONFIG["seed"], worm=worm)


def exact_settings(wildcards):
    """The settings of the table: where the simulations are, and which of them are on the grid."""
    grid = list(map(configuration.mu_text, GRID))
    return dict(
        wildcards.items(), **theory(), nodes=NODES, grid=grid, seed=CONFIG["seed"]
    )


def has_exact_simulation():
    """Whether the theory is simulated in dual variables: unless switched off, or free and known."""
    return WORM["enabled"] and CONFIG["phi4"]["coupling"] > 0


def exact_files(wildcards):
    """The table of the exact simulation, if there is one."""
    path = (EXACT + "/scan.nc").format(**wildcards)
    return {"exact": path} if has_exact_simulation() else {}


rule sample_worm:
    """Worm algorithm for the full and the phase-quenched theory at one mu."""
    output:
        observables=EXACT + "/mu={mu}/observables.nc",
    log:
        LOGS + "/sample_worm/L{lattice}_mu={mu}.log",
    benchmark:
        TIMES + "/sample_worm/L{lattice}_mu={mu}.tsv"
    priority: first_lattice
    group:
        batched("sample_worm")
    resources:
        mem_mb=1500,
    params:
        settings=worm_settings,
        modules=modules("scan.sample_worm"),
        checkpoint=CHECKPOINTS + "/sample_worm_L{lattice}_mu={mu}",
    script:
        "../scripts/sample_worm.py"


rule collect_exact:
    """One table of all simulated mu, with the average phase factor of the plane."""
    input:
        worm=expand(EXACT + "/mu={mu}/observables.nc", mu=NODES, allow_missing=True),
    output:
        scan=EXACT + "/scan.nc",
        table=EXACT + "/scan.csv",
    log:
        LOGS + "/collect_exact/L{lattice}.log",
    benchmark:
        TIMES + "/collect_exact/L{lattice}.tsv"
    priority: first_lattice
    resources:
        mem_mb=1000,
    params:
        settings=exact_settings,
        modules=modules("scan.collect_exact"),
    script:
        "../scripts/collect_exact.py"
