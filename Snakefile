# The entry of the workflow. `snakemake --cores N` runs the scan that config/default.yaml describes;
# `--configfile my.yaml` merges another file over it.
from snakemake.utils import min_version

min_version("9.0")


# the configuration: config/default.yaml, the files given over it, and what another workflow or --config gives
include: "workflow/rules/input.smk"


report: "workflow/report/first_page.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/exact.smk"
include: "workflow/rules/scan.smk"
include: "workflow/rules/scan_figures.smk"
include: "workflow/rules/curves.smk"
include: "workflow/rules/finite_size.smk"
include: "workflow/rules/compare.smk"
include: "workflow/rules/ising.smk"
include: "workflow/rules/ising_figures.smk"
include: "workflow/rules/lessons.smk"


rule all:
    """Every table and figure that the config switches on; what runs without a target."""
    default_target: True
    input:
        rules.scan.input,
        rules.figures.input,
        rules.curves.input,
        rules.finite_size.input,
        rules.compare.input if COMPARED_STUDIES else [],
        rules.ising.input if CONFIG["ising"]["enabled"] else [],
        rules.lessons.input if CONFIG["lessons"]["enabled"] else [],
        expand(RESULT_PAGE, scan=SCAN),


# what they show and hold is what `all` makes
include: "workflow/rules/report.smk"
include: "workflow/rules/result_page.smk"
include: "workflow/rules/bundle.smk"
include: "workflow/rules/run.smk"


# What is to be made anew; last, because it asks the rules. Another workflow that uses this one, and a job on a node of
# a cluster, have a graph that is not of this scan alone.
if workflow.is_main_process and workflow.modifier.is_main_snakefile():
    STALE += stale.stale_files(workflow.rules, FOLDER, hash_of)
    STALE += running.unfinished(FOLDER)
    checked(chains.require_sources, STUDIES.values(), FOLDER, STALE)
