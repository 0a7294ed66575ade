# What the run's own process does beside the jobs; not where another workflow uses this one as a module.
import time

from pomflow.terminal.estimate import planned

BEGAN = time.time()


def finish():
    """The tables that this run has made, on the terminal and in the log."""
    from pomflow.terminal import closing

    running.end(FOLDER)
    logger.info(closing.words(FOLDER, STUDIES, GIVEN, since=BEGAN))


def keep_shorter_runs():
    """Let longer runs go on from the results of shorter ones, which Snakemake deletes before the jobs."""
    for job in workflow.dag.jobs:
        work = description.read(job.params.get("work", "{}"))
        if "length" in work:
            expected = netcdf.work_of(work["settings"], work["modules"])
            checkpoints.keep_shorter(job.output[0], work["checkpoint"], expected)


onstart:
    # Snakemake takes away the locks of all runs when one ends.
    checked(running.require_ended, FOLDER)
    interrupt.pass_on_to_jobs()
    outputs = [
        str(path) for job in workflow.dag.needrun_jobs() for path in job.output
    ]
    if anew := stale.words(STALE, outputs):
        logger.info(anew)
    running.begin(FOLDER, outputs)
    keep_shorter_runs()
    server.start()
    logger.info(
        "The estimate knows the jobs.", extra={"planned": planned(workflow)}
    )


onsuccess:
    finish()


onerror:
    finish()
