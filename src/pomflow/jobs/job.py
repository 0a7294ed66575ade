"""From a workflow's job to a stage: one thread, a log, a checkpoint, and one message where it fails."""

import logging
import resource
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from pomflow import plugins, registry
from pomflow.checks.at_start import require_sound
from pomflow.errors import PomflowError, StoreError, first_line
from pomflow.io import interrupt, netcdf
from pomflow.io.checkpoint import Checkpoint, link_log, work_key
from pomflow.jobs import description as descriptions
from pomflow.jobs import output
from pomflow.jobs.fingerprint import fingerprint_of
from pomflow.numerics import backend

REMEDY = "Check the space and the permissions there."
# of ru_maxrss, and of a file of times
KILOBYTE, MEGABYTE = 1024, 1024**2


def run(rule: str, log: str, description: str, forked: bool = False) -> int:
    """Run the stage of a job; what goes wrong is one message on the standard error, and more in the log.

    Parameters
    ----------
    rule, log : str
        The name of the rule, and the path of the log. How long the job took and what memory it needed is
        written beside the logs, to ``benchmarks``.
    description : str
        Two lines of ``pomflow.jobs.description``. The first is the work, ``stage``, the name of a module of
        ``pomflow.stages`` and, after a colon, of a function in it that is not ``run``,
        ``stage(inputs, outputs, settings)``;
        ``settings``; ``modules``, the fingerprint of the code; and for a long stage, which has a
        ``Checkpoint`` as its last argument, ``checkpoint``, its path, and where a longer run goes on from a
        shorter one ``length``, section and key of the setting that says how long. The second has ``inputs``
        and ``outputs``, by name; ``plugins``; ``code``, which modules and plug-ins beside the stage and which
        files of data ``modules`` is the fingerprint of; and ``seconds`` between two checkpoints.
    forked : bool
        The process has imported the package when the workflow began.

    Returns
    -------
    int
        The exit status.
    """
    try:
        work, rest = map(descriptions.read, description.splitlines())
        _run(rule, Path(log), work | rest, netcdf.Clock.start(), forked)
    except PomflowError as error:
        return _failed(str(error))
    except MemoryError as error:
        logging.getLogger("pomflow").exception("out of memory")
        remedy = "Lower its chains, batch or lattice, or run it where there is more."
        return _failed(f"{rule}: not enough memory ({first_line(error)}). {remedy}")
    except SystemExit as end:
        return end.code
    except Exception as error:
        logging.getLogger("pomflow").exception("unexpected error")
        line = plugins.raised_in(error)
        if line is None:
            output.write(traceback.format_exc())
            return _failed(f"{rule}: unexpected error, which the log {log} has too")
        what = f"{type(error).__name__}: {first_line(error)}"
        return _failed(f"{line}: {what}. Correct the plug-in; the log has the whole traceback.")
    return 0


def _run(rule: str, log: Path, job: dict, started: netcdf.Clock, forked: bool) -> None:
    """Run a job to its end."""
    words = _open_log(log, job.get("checkpoint"))
    with interrupt.handled():
        words.info("begins")
        interrupt.end_with_workflow()
        kept = [_checkpoint(job)] if "checkpoint" in job else []
        if any(job["plugins"].values()):
            registry.plug_in(job["plugins"])
            require_sound(job["settings"])
        if not forked or any(map(plugins.is_file, job["code"][0])):
            _require_unchanged(job)
        stage, settings = stage_of(job["stage"]), job["settings"] | {netcdf.MODULES: job["modules"]}
        stage(job["inputs"], job["outputs"], settings, *kept)
        _write_times(log, started)
    for checkpoint in kept:
        checkpoint.remove()
    words.info("done")


def _require_unchanged(job: dict) -> None:
    """Refuse to compute with other code than that of which the result would bear the hash.

    Plug-ins, and where the job was not forked the package too, are imported by the job, perhaps hours after
    the workflow has read them. A job of its own on a cluster reads the workflow anew, and its result bears
    the hash of the code that it has found.

    Raises
    ------
    StoreError
    """
    if fingerprint_of(job["stage"], *job["code"]) != job["modules"]:
        files = [name for name in job["code"][0] if plugins.is_file(name)]
        whose = " or ".join([*files, "pomflow"])
        what = f"the code of this job, of {whose}, was changed while the run was on"
        raise StoreError(job["stage"], what, "Run again, which makes anew what the change touches.")


def _failed(message: str) -> int:
    logging.getLogger("pomflow").error("%s", message)
    output.write(f"\npomflow: {message}\n")
    return 1


def stage_of(name: str) -> Callable:
    """The function of a stage, of which a job imports no other."""
    module, _, function = name.partition(":")
    return getattr(import_module(f"pomflow.stages.{module}"), function or "run")


def _checkpoint(job: dict) -> Checkpoint:
    """Where a job keeps its state, named by what determines its result."""
    settings, started = job["settings"], netcdf.Clock.start()
    files = [
        path for given in job["inputs"].values() for path in ([given] if isinstance(given, str) else given)
    ]
    if "length" in job:
        # a state after so many steps is the same in runs of any length
        section, name = job["length"]
        rest = {key: value for key, value in settings[section].items() if key != name}
        settings = settings | {section: rest}
    key = work_key(settings, job["modules"], files, backend.device_of(settings))
    return Checkpoint(job["checkpoint"], key, job["seconds"], started)


def _write_times(log: Path, started: netcdf.Clock) -> None:
    """Seconds of the job and the largest memory that it had, in megabytes."""
    times = started.elapsed()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else KILOBYTE)
    row = f"{times['seconds']}\t{times['cpu_seconds']}\t{peak / MEGABYTE:.1f}"
    path = log.parents[1].with_name("benchmarks") / log.parent.name / f"{log.stem}.tsv"
    netcdf.write_text(f"s\tcpu_time\tmax_rss\n{row}\n", path)


def _open_log(path: Path, checkpoint: str | None) -> logging.Logger:
    """A log file with the time on every line; warnings of libraries go there too.

    The log of a job that goes on tells of its earlier sittings: a second name keeps it beside the checkpoint,
    because Snakemake deletes the first one.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    logging.captureWarnings(True)
    # where the disk is full, the message about it must not drown in complaints of the log
    logging.raiseExceptions, logging.lastResort = False, None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if checkpoint is not None:
            link_log(path, checkpoint)
        handler = logging.FileHandler(path, mode="w" if checkpoint is None else "a", encoding="utf-8")
    except OSError as error:
        what = f"no log can be written ({error.strerror or error})"
        raise StoreError(str(path), what, REMEDY) from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    logging.getLogger().addHandler(handler)
    log = logging.getLogger("pomflow")
    log.setLevel(logging.INFO)
    return log
