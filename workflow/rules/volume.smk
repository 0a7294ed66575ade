# What becomes of the phase on larger lattices: one figure of all contours that are on several.


def scans_against_volume(wildcards):
    """The tables of these lattices and contours."""
    return tables_of(AGAINST_VOLUME, "nc", wildcards.scan)


def volume_settings(wildcards):
    """What the figure is over, and the theory; at mu = 0 there is no phase."""
    shown = configuration.spread([mu for mu in MUS if float(mu)], 3)
    return dict(pairs=AGAINST_VOLUME, shown=shown, **theory(), seed=CONFIG["seed"])


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
            "all lattices",
        ),
        pdf=VOLUME_FIGURE + ".pdf",
    log:
        LOGS + "/plot/volume.log",
    benchmark:
        TIMES + "/plot/volume.tsv"
    priority: AT_ONCE
    resources:
        mem_mb=1000,
    params:
        settings=drawn(volume_settings),
        modules=figure_modules("volume"),
    script:
        "../scripts/plot_volume.py"
