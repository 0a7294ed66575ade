# What the run's own process does beside the jobs; not where another workflow uses this one as a module.
import time

from pomflow.terminal.estimate import planned

BEGAN = time.time()


def tell_numbers():
    """The tables that this run has made, on the terminal and in the log."""
    from pomflow.terminal import closing

    folder = placed(RESULTS).format(scan=SCAN)
    logger.info(closing.words(folder, STUDIES, GIVEN, since=BEGAN))


onstart:
    interrupt.pass_on_to_jobs()
    logger.info(
        "The estimate knows the jobs.", extra={"planned": planned(workflow)}
    )


onsuccess:
    tell_numbers()


onerror:
    tell_numbers()
