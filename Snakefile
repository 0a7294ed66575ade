# The entry of the workflow. `snakemake --cores N` runs the scan that config/default.yaml describes;
# `--configfile my.yaml` merges another file over it.
from snakemake.utils import min_version

min_version("9.0")


include: "workflow/rules/input.smk"


configfile: DEFAULTS


# a module is given a config in place of that file
config = over_defaults(config)


report: "workflow/report/first_page.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/exact.smk"
include: "workflow/rules/phi4.smk"
include: "workflow/rules/plots.smk"
include: "workflow/rules/volume.smk"
include: "workflow/rules/compare.smk"
include: "workflow/rules/ising.smk"
include: "workflow/rules/ising_plots.smk"
include: "workflow/rules/lessons.smk"


rule all:
    """Every table and figure that the config switches on; what runs without a target."""
    default_target: True
    input:
        rules.scan.input,
        rules.figures.input,
        rules.compare.input if CONFIG["phi4"]["compare"]["enabled"] else [],
        rules.ising.input if CONFIG["ising"]["enabled"] else [],
        rules.lessons.input if CONFIG["lessons"]["enabled"] else [],


# what it shows is what `all` makes
include: "workflow/rules/report.smk"
