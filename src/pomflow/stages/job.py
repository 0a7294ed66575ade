"""From a workflow's job to a stage: one thread, a log, and one message where it fails."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path

from threadpoolctl import threadpool_limits

from pomflow.errors import PomflowError

REMEDY = "Check the space and the permissions there."


def execute(snakemake, stage: Callable) -> None:
    """Run a stage for a Snakemake job.

    Linear algebra gets one thread: jobs are what runs in parallel, and sums in another order would change
    the last digits with the number of cores.

    Parameters
    ----------
    snakemake : object
        With named ``input`` and ``output``, ``params.settings`` and ``log``.
    stage : callable
        ``run(inputs, outputs, params)``.
    """
    try:
        log = _open_log(snakemake.log[0])
    except OSError as error:
        sys.exit(f"\npomflow: {snakemake.log[0]}: no log can be written ({error.strerror}). {REMEDY}\n")
    try:
        with threadpool_limits(limits=1):
            stage(dict(snakemake.input.items()), dict(snakemake.output.items()), snakemake.params.settings)
    except PomflowError as error:
        log.error("%s", error)
        sys.exit(f"\npomflow: {error}\n")
    except Exception:
        log.exception("unexpected error")
        raise
    log.info("done")


def _open_log(path: str) -> logging.Logger:
    """A log file with the time on every line; warnings of libraries go there too."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    logging.captureWarnings(True)
    # where the disk is full, the message about it must not drown in complaints of the log
    logging.raiseExceptions = False
    handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    root = logging.getLogger()
    root.addHandler(handler)
    log = logging.getLogger("pomflow")
    log.setLevel(logging.INFO)
    return log
