"""From a workflow's job to a stage: one thread, a log, a checkpoint, and one message where it fails."""

import logging
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from threadpoolctl import threadpool_limits

from pomflow import plugins, registry
from pomflow.checks.at_start import require_sound
from pomflow.errors import PomflowError, first_line
from pomflow.io import interrupt, netcdf
from pomflow.io.checkpoint import Checkpoint, kept_files, work_key
from pomflow.numerics import backend

REMEDY = "Check the space and the permissions there."


def execute(snakemake) -> None:
    """Run the stage of a Snakemake job.

    Linear algebra gets one thread: jobs are what runs in parallel, and sums in another order would change
    the last digits with the number of cores.

    Parameters
    ----------
    snakemake : object
        With named ``input`` and ``output``, ``log``, ``params.settings``, and ``params.stage``, the name of a
        module of ``pomflow.stages`` and, after a colon, of a function in it that is not ``run``:
        ``stage(inputs, outputs, params)``. A long stage has ``params.checkpoint`` and ``params.modules`` too,
        and a ``Checkpoint`` as its last argument. ``config`` has the sections ``checkpoint`` and ``plugins``.
    """
    params, kept = snakemake.params, []
    long = hasattr(params, "checkpoint")
    try:
        # the log of a job that goes on tells of its earlier sittings, too
        log = _open_log(snakemake.log[0], "a" if long and kept_files(params.checkpoint) else "w")
    except OSError as error:
        sys.exit(
            f"\npomflow: {snakemake.log[0]}: no log can be written ({error.strerror or error}). {REMEDY}\n"
        )
    try:
        with threadpool_limits(limits=1), interrupt.handled():
            log.info("begins")
            interrupt.end_with_workflow()
            if long:
                kept.append(_checkpoint(snakemake))
            if any(snakemake.config["plugins"].values()):
                registry.plug_in(snakemake.config["plugins"])
                require_sound(params.settings)
            stage = _stage(params.stage)
            stage(dict(snakemake.input.items()), dict(snakemake.output.items()), params.settings, *kept)
    except PomflowError as error:
        log.error("%s", error)
        sys.exit(f"\npomflow: {error}\n")
    except MemoryError as error:
        log.exception("out of memory")
        remedy = "Lower its chains, batch or lattice, or run it where there is more."
        sys.exit(f"\npomflow: {snakemake.rule}: not enough memory ({first_line(error)}). {remedy}\n")
    except Exception as error:
        log.exception("unexpected error")
        line = plugins.raised_in(error)
        if line is None:
            raise
        what = f"{type(error).__name__}: {first_line(error)}"
        sys.exit(f"\npomflow: {line}: {what}. Correct the plug-in; the log has the whole traceback.\n")
    for checkpoint in kept:
        checkpoint.remove()
    log.info("done")


def _stage(name: str) -> Callable:
    """The function of a stage, of which a job imports no other."""
    module, _, function = name.partition(":")
    return getattr(import_module(f"pomflow.stages.{module}"), function or "run")


def _checkpoint(snakemake) -> Checkpoint:
    """Where this job keeps its state, named by what determines its result."""
    params, started = snakemake.params, netcdf.Clock.start()
    device = backend.device_of(params.settings)
    key = work_key(params.settings, params.modules, snakemake.input, device)
    return Checkpoint(params.checkpoint, key, snakemake.config["checkpoint"]["seconds"], started)


def _open_log(path: str, mode: str) -> logging.Logger:
    """A log file with the time on every line; warnings of libraries go there too."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    logging.captureWarnings(True)
    # where the disk is full, the message about it must not drown in complaints of the log
    logging.raiseExceptions = False
    handler = logging.FileHandler(path, mode=mode, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    root = logging.getLogger()
    root.addHandler(handler)
    log = logging.getLogger("pomflow")
    log.setLevel(logging.INFO)
    return log
