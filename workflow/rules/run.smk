# What the run's own process does beside the jobs; not where another workflow uses this one as a module.
import time

from pomflow.terminal.estimate import planned

BEGAN = time.time()


def finish():
    """The tables that this run has made, on the terminal and in the log."""
    from pomflow.terminal import closing

    running.end(FOLDER)
    logger.info(closing.words(FOLDER, STUDIES, GIVEN, since=BEGAN))


onstart:
    interrupt.pass_on_to_jobs()
    running.begin(FOLDER)
    server.start()
    logger.info(
        "The estimate knows the jobs.", extra={"planned": planned(workflow)}
    )


onsuccess:
    finish()


onerror:
    finish()
