"""A run as its user sees it: what `snakemake_logger_plugin_pomflow` translates Snakemake's events to."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pomflow.terminal import words
from pomflow.terminal.estimate import Estimate, Kind, kind_of
from pomflow.terminal.screen import Screen

SECONDS_BETWEEN_LOOKS = 1.0
# many logs, on the file system of a cluster, are looked at less often: so long for each
SECONDS_OF_A_LOG = 0.05
# running jobs that are told of one by one
FOLLOWED = 4
# without a terminal a line says how far the run is no more often than this
SECONDS_BETWEEN_LINES = 60.0
# failed jobs that are named at the end
NAMED = 10
# the words of a line are so wide, for the times to stand below each other
WIDTH = 56


@dataclass(frozen=True)
class Job:
    """A job that was started.

    Attributes
    ----------
    number : int
        Snakemake's.
    rule : str
    wildcards : mapping
    logs : tuple of str
        Paths, the job's own log first.
    speaks : bool
        Whether its messages reach this terminal, as those of a job on a cluster do not.
    makes : bool
        Whether it makes files; one that makes none, such as ``all``, stands for others.
    began : float
        Seconds since the epoch.
    """

    number: int
    rule: str
    wildcards: Mapping[str, str]
    logs: tuple[str, ...]
    speaks: bool
    makes: bool
    began: float

    @property
    def words(self) -> str:
        """Rule and place."""
        return words.of_job(self.rule, self.wildcards)

    @property
    def kind(self) -> Kind:
        """What takes about the same time."""
        return kind_of(self.rule, self.wildcards)

    @property
    def log(self) -> str:
        """Its own log, or no file where it has none."""
        return self.logs[0] if self.logs else ""


class Run:
    """One run of the workflow, told line by line.

    Parameters
    ----------
    screen : Screen
    clock : callable
        Seconds since the epoch.
    quiet : bool
        Only errors are told.
    """

    def __init__(self, screen: Screen, clock: Callable[[], float] = time.time, quiet: bool = False):
        self._screen, self._clock, self._quiet = screen, clock, quiet
        self._lock, self._over = threading.RLock(), threading.Event()
        self._total, self._done, self._cores = 0, 0, None
        self._running: dict[int, Job] = {}
        self._started: set[int] = set()
        self._failed: dict[int, Job] = {}
        self._estimate = Estimate({})
        self._resume, self._stopped = "make resume", False
        self._began = self._told = clock()

    # --- what happens ---------------------------------------------------------------------------------------

    def resumed_by(self, command: str) -> None:
        """What goes on with this run where it was stopped or killed."""
        self._resume = command

    def begins(self, jobs: int, cores: int | None, log: str | None) -> None:
        """There is something to do; ``cores`` are None on a cluster, ``log`` is Snakemake's own."""
        with self._lock:
            self._total, self._cores = jobs, cores
            where = f" on {cores} core{'s' if cores > 1 else ''}" if cores else ""
            self._say(f"{_count(jobs, 'job')}{where}{f'; the whole log is {log}' if log else ''}")
        threading.Thread(target=self._look, daemon=True).start()

    def planned(self, jobs: Iterable[Kind]) -> None:
        """The kinds of all jobs."""
        with self._lock:
            self._estimate = Estimate(Counter(jobs))

    def starts(self, job: Job) -> None:
        """A job was started, perhaps once more."""
        with self._lock:
            self._failed.pop(job.number, None)
            self._running[job.number] = job
            if job.number not in self._started:
                self._started.add(job.number)
                self._estimate.begins(job.kind)

    def ended(self, number: int, when: float) -> None:
        """A job has ended well."""
        with self._lock:
            self._done += 1
            job = self._running.pop(number, None)
            if job is not None and job.makes:
                self._estimate.ended(job.kind, when - job.began)
                width = len(str(self._total))
                count = f"{self._done:>{width}}/{self._total}"
                self._say(f"{count}  {job.words:<{WIDTH}} {words.duration(when - job.began):>12}")
            if self._done == self._total:
                self._screen.clear()
                self._say(f"{_count(self._total, 'job')} in {words.duration(when - self._began)}")

    def fails(self, number: int, logs: Iterable[str], when: float) -> None:
        """A job has failed, or was asked to end."""
        with self._lock:
            job = self._running.pop(number, None)
            if job is None or self._stopped:
                return
            if words.was_ended(job.log):
                self._screen.line(f"ended   {job.words}: its state is kept")
                return
            self._failed[number] = job
            places = ", ".join(dict.fromkeys([*job.logs, *logs]))
            self._screen.line(f"FAILED  {job.words} after {words.duration(when - job.began)}; log: {places}")
            if not job.speaks:
                self._screen.line(f"        {words.error(job.log) or 'its log has no error: it was killed'}")

    def says(self, text: str) -> None:
        """Something that is not about a single job."""
        with self._lock:
            if not self._stopped:
                self._say(text)

    def warns(self, text: str) -> None:
        """An error or a warning that is not about a single job."""
        with self._lock:
            self._screen.line(text)

    def is_locked(self, folder: str) -> None:
        """Nothing can be run in this folder."""
        self.warns(
            f"{folder}: another run is at work here, or one was killed. If none is, `{self._resume}` goes on."
        )

    def stops(self) -> None:
        """The user has asked the run to end."""
        with self._lock:
            if not self._stopped:
                self._stopped = True
                self._screen.clear()
                if self._running:
                    self._screen.line("stopping: the jobs that run keep their state")

    def close(self) -> None:
        """Nothing more happens: the last words, once."""
        if self._over.is_set():
            return
        self._over.set()
        with self._lock:
            self._screen.clear()
            if self._stopped:
                goes_on = f"`{self._resume}` goes on" if self._started else "no job had begun"
                self._screen.line(f"stopped; {goes_on}")
            elif self._failed:
                self._name_failed()

    # --- what is told ---------------------------------------------------------------------------------------

    def progress(self) -> str:
        """How far the run and its jobs are, and how long it will take."""
        with self._lock:
            running, now = list(self._running.values()), self._clock()
            steps = [self._steps(job, now) for job in running]
            pairs = list(zip(running, steps, strict=True))
            rests = [(job.kind, now - job.began, step and step.left) for job, step in pairs]
            left = self._estimate.left(rests, self._cores or len(running))
        parts = [f"{self._done}/{self._total} jobs"]
        if left is not None:
            parts.append(f"{'about' if left.known else 'perhaps'} {words.roughly(left.seconds)} left")
        # those with steps are the long ones
        for job, step in sorted(pairs, key=lambda pair: pair[1] is None)[:FOLLOWED]:
            far = f"{step.done}/{step.total}" if step else words.duration(now - job.began)
            parts.append(f"{job.words} {far}")
        if len(running) > FOLLOWED:
            parts.append(f"{len(running) - FOLLOWED} others run")
        return "; ".join(parts)

    def _steps(self, job: Job, now: float) -> words.Steps | None:
        """How far a job is, and the time left as of now, from what its log has said since it began."""
        try:
            written = Path(job.log).stat().st_mtime
        except OSError:
            return None
        steps = words.steps(job.log) if written >= job.began else None
        return steps and steps._replace(left=max(0.0, steps.left - (now - written)))

    def _look(self) -> None:
        """Tell again and again how far the run is, until it is over."""
        while not self._over.wait(max(SECONDS_BETWEEN_LOOKS, SECONDS_OF_A_LOG * len(self._running))):
            self.look()

    def look(self) -> None:
        """Tell how far the run is, where it is time to."""
        with self._lock:
            due = self._screen.is_terminal or self._clock() - self._told >= SECONDS_BETWEEN_LINES
            over = self._quiet or self._stopped or self._done == self._total or self._over.is_set()
            if over or not due:
                return
            tell = self._screen.live if self._screen.is_terminal else self._screen.line
            tell(self.progress())
            self._told = self._clock()

    def _say(self, text: str) -> None:
        if not self._quiet:
            self._screen.line(text)

    def _name_failed(self) -> None:
        """Which jobs have failed, and how many others wait for them."""
        failed, missing = list(self._failed.values()), self._total - self._done - len(self._failed)
        others = f", {missing} of the others {'was' if missing == 1 else 'were'} not run" if missing else ""
        self._screen.line(f"{len(failed)} of {_count(self._total, 'job')} failed{others}:")
        for job in failed[:NAMED]:
            self._screen.line(f"  {job.words}")
        if len(failed) > NAMED:
            self._screen.line(f"  and {len(failed) - NAMED} others")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
