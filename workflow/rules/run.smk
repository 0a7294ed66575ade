# What the run's own process does beside the jobs; not where another workflow uses this one as a module.
import time

from pomflow.terminal.estimate import planned

BEGAN = time.time()


def finish():
    """The tables that this run has made, on the terminal and in the log."""
    from pomflow.terminal import closing

    running.end(FOLDER)
    logger.info(closing.words(FOLDER, STUDIES, GIVEN, since=BEGAN))


def work_of(job):
    """What a job is to do; one with a `length` may go on from the result of a shorter one."""
    return description.read(job.params.get("work", "{}"))


def keep_shorter_runs():
    """Let longer runs go on from the results of shorter ones, which Snakemake deletes before the jobs."""
    for job in workflow.dag.jobs:
        work = work_of(job)
        if "length" in work:
            expected = netcdf.work_of(work["settings"], work["modules"])
            checkpoints.keep_shorter(job.output[0], work["checkpoint"], expected)


onstart:
    # Snakemake takes away the locks of all runs when one ends.
    checked(running.require_ended, FOLDER)
    interrupt.pass_on_to_jobs()
    jobs = list(workflow.dag.needrun_jobs())
    lost = [
        str(path)
        for job in jobs
        if "length" not in work_of(job)
        for path in job.output
    ]
    if anew := stale.words(STALE, lost):
        logger.info(anew)
    running.begin(FOLDER, [str(path) for job in jobs for path in job.output])
    keep_shorter_runs()
    server.start()
    logger.info(
        "The estimate knows the jobs.", extra={"planned": planned(workflow)}
    )


onsuccess:
    finish()


onerror:
    finish()
