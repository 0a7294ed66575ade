# One archive of a finished scan: `snakemake bundle`, or `bundle_without_samples`, which is smaller.
BUNDLE = RESULTS + "/{scan}_bundle"
WITHOUT_SAMPLES = "_without_samples"


def has_samples(wildcards):
    """Whether configurations are part of a bundle."""
    return wildcards.part != WITHOUT_SAMPLES


def bundled_files(wildcards):
    """Every file that is bundled, of a scan that is finished."""
    files = graph.needed(workflow.rules, rules.all.input)
    if not has_samples(wildcards):
        files = {path for path in files if os.path.basename(path) != "samples.nc"}
    require_finished(sorted(files))
    return sorted(files)


def lock_file(wildcards):
    """The file of pinned packages; Snakemake copies a source file when it is named, and only a bundle reads this one."""
    return workflow.source_path("../../requirements.lock")


def bundled_jobs(wildcards, input):
    """What those files are made of and how."""
    return graph.jobs_behind(workflow.rules, rules.all.input, work_at)


def bundle_settings(wildcards):
    """What is bundled."""
    return dict(config=CONFIG, samples=has_samples(wildcards))


rule bundle_scan:
    """Results, configuration, lock file, provenance and checksums as one zip, an RO-Crate."""
    input:
        bundled_files,
        lock=lock_file,
    output:
        archive=BUNDLE + "{part}.zip",
    log:
        LOGS + "/bundle_scan/all{part}.log",
    wildcard_constraints:
        part=f"({WITHOUT_SAMPLES})?",
    localrule: True
    params:
        **runs("report.bundle_scan", bundle_settings),
        jobs=bundled_jobs,
    script:
        "../scripts/bundle_scan.py"


rule bundle:
    """The archive of this scan."""
    input:
        expand(BUNDLE + ".zip", scan=SCAN),


rule bundle_without_samples:
    """The same without configurations, which are most of its bytes."""
    input:
        expand(BUNDLE + WITHOUT_SAMPLES + ".zip", scan=SCAN),
