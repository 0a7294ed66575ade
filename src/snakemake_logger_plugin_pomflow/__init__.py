"""A logger plugin of Snakemake, `logger: pomflow` in a profile: translates events for `pomflow.terminal`."""

import logging
import os
import re
import sys

from snakemake.logging import ColorizingTextHandler, DefaultFilter, DefaultFormatter
from snakemake.settings.enums import Quietness
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from pomflow.terminal.run import Job, Run
from pomflow.terminal.screen import Screen
from pomflow.terminal.words import of_make

# what Snakemake says of its own doings, or says again of what was told as an event; its log has it
CHATTER = (
    "None",
    "Assuming unrestricted shared filesystem",
    "Building DAG",
    "Using shell",
    "Group jobs: inactive",
    "Conda environments: ignored",
    "Singularity containers: ignored",
    "Select jobs",
    "Waiting for queue",
    "Job rate limit",
    "Updating jobs",
    "Submitted",
    "Removing output files",
    "Trying to restart",
    "Exiting because a job",
    "Shutting down",
    "Complete log",
    "Elapsed time",
)
SUBMITTED = re.compile(r"Job \d+ has been submitted")
STOPS = re.compile("Terminating processes on user request|Will exit after finishing")
# errors that say of a job only that it failed
JOB_ERRORS = re.compile("CalledProcessError|At least one job did not complete")
PROFILE = re.compile(r"--profile[ =](\S+)")


class LogHandler(LogHandlerBase):
    """What a run shows instead of Snakemake's own messages, which its log file has all the same."""

    def __post_init__(self) -> None:
        settings, quiet = self.common_settings, set(self.common_settings.quiet or ())
        self._stream = sys.stdout if settings.stdout else sys.stderr
        self._silent = Quietness.ALL in quiet
        # a plan, and what a developer asks for, are told in Snakemake's own words
        asked = (
            settings.dryrun
            or settings.verbose
            or settings.debug_dag
            or settings.printshellcmds
            or settings.show_failed_logs
        )
        self._plain = self._own_handler(quiet) if asked else None
        self._run = Run(Screen(self._stream), quiet=Quietness.PROGRESS in quiet)
        self._cores = None
        self._translations = {
            None: self._message,
            LogEvent.WORKFLOW_STARTED: self._started,
            LogEvent.RESOURCES_INFO: self._resources,
            LogEvent.RUN_INFO: self._begins,
            LogEvent.JOB_INFO: self._starts,
            LogEvent.JOB_FINISHED: lambda record: self._run.ended(record.job_id, record.created),
            LogEvent.JOB_ERROR: lambda record: self._run.fails(record.jobid, record.log, record.created),
            LogEvent.ERROR: self._error,
        }

    def _own_handler(self, quiet: set) -> logging.Handler:
        """Snakemake's own."""
        settings = self.common_settings
        shown = DefaultFilter(
            quiet, settings.debug_dag, settings.verbose, settings.dryrun, settings.printshellcmds
        )
        formatter = DefaultFormatter(quiet, settings.show_failed_logs)
        return ColorizingTextHandler(settings.nocolor, self._stream, formatter, shown)

    def emit(self, record: logging.LogRecord) -> None:
        """Translate one event; those that have no translation stand in Snakemake's log only."""
        try:
            if self._plain:
                self._plain.handle(record)
            elif not self._silent:
                self._translations.get(getattr(record, "event", None), lambda record: None)(record)
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """The last words of the run."""
        if isinstance(sys.exception(), KeyboardInterrupt):
            # before the jobs begin Snakemake leaves Ctrl-C to Python, which shows where it was
            self._run.stops()
            sys.excepthook = _silent
        if not (self._plain or self._silent):
            self._run.close()
        super().close()

    def _message(self, record: logging.LogRecord) -> None:
        if hasattr(record, "planned"):
            self._run.planned(record.planned)
        elif STOPS.match(record.msg):
            self._run.stops()
        elif record.msg and not record.msg.startswith(CHATTER) and not SUBMITTED.match(record.msg):
            tell = self._run.says if record.levelno < logging.WARNING else self._run.warns
            tell(record.msg)

    def _started(self, record: logging.LogRecord) -> None:
        profile = PROFILE.search(record.cmd)
        self._run.resumed_by(of_make("resume", record.configfiles, profile and profile[1]))

    def _resources(self, record: logging.LogRecord) -> None:
        self._cores = getattr(record, "cores", self._cores)

    def _begins(self, record: logging.LogRecord) -> None:
        self._run.begins(record.stats["total"], self._cores, _log_file())

    def _starts(self, record: logging.LogRecord) -> None:
        self._run.starts(
            Job(
                number=record.jobid,
                rule=record.rule_name,
                wildcards=dict(record.wildcards),
                logs=tuple(record.log),
                speaks=record.local,
                makes=bool(record.output),
                began=record.created,
            )
        )

    def _error(self, record: logging.LogRecord) -> None:
        if record.exception == "LockException":
            self._run.is_locked(os.getcwd())
        elif not JOB_ERRORS.search(record.msg):
            self._run.warns(record.msg)

    writes_to_stream = True
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False


def _silent(kind, error, traceback) -> None:
    """Shows nothing of an exception."""


def _log_file() -> str | None:
    """The file of Snakemake's whole log, seen from here."""
    handlers = logging.getLogger("snakemake.logging").handlers
    paths = [handler.baseFilename for handler in handlers if isinstance(handler, logging.FileHandler)]
    return os.path.relpath(paths[0]) if paths else None
