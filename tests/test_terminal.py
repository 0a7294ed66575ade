"""What a run shows: lines of jobs, the live line, the time left, errors, the closing table."""

import io
import logging
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from snakemake.settings.enums import Quietness
from snakemake.settings.types import OutputSettings
from snakemake_interface_logger_plugins.common import LogEvent

from pomflow.io import interrupt
from pomflow.io.checkpoint import Checkpoint, carry_out
from pomflow.io.netcdf import Clock
from pomflow.jobs import job as jobs
from pomflow.jobs.progress import Progress
from pomflow.terminal import closing, words
from pomflow.terminal.estimate import Estimate, Kind, kind_of
from pomflow.terminal.run import Job, Run
from pomflow.terminal.screen import Screen
from scan_tables import phi4, scan_table, two_axes
from snakemake_logger_plugin_pomflow import LogHandler

POINT = {"scan": "mine", "study": "phi4", "lattice": "4x4", "contour": "dense", "point": "mu=0.8"}


class Terminal(io.StringIO):
    def isatty(self):
        return True


def job_log(path) -> logging.Logger:
    """The log of a job as `jobs.job` opens it."""
    log = jobs._open_log(path, str(path.with_suffix(".kept")))
    log.info("begins")
    return log


@pytest.fixture
def log(tmp_path):
    """The path of a log that is written in this test."""
    before = list(logging.getLogger().handlers)
    yield tmp_path / "job.log"
    for handler in set(logging.getLogger().handlers) - set(before):
        logging.getLogger().removeHandler(handler)
        handler.close()


# --- what the log of a job says -----------------------------------------------------------------------------


def test_the_steps_of_a_job_are_read_as_progress_writes_them(log, monkeypatch):
    monkeypatch.setattr("pomflow.jobs.progress.SECONDS_BETWEEN_LINES", 0.0)
    job_log(log)
    steps = iter(Progress(range(40), "sample_plane phi4 L4x4 mu=0.8: 3/4"))
    for _ in range(12):
        next(steps)
    done, total, left = words.steps(str(log))
    assert (done, total) == (11, 40)
    assert left >= 0


def test_steps_of_an_earlier_sitting_are_not_those_of_this_one(log):
    job_log(log).info("sample: 30/40, 1.0 a second, 10 s left")
    assert words.steps(str(log)) == (30, 40, 10.0)
    job_log(log)
    assert words.steps(str(log)) is None


def test_a_job_that_was_asked_to_end_says_so(log):
    job_log(log)
    assert not words.was_ended(str(log))
    with interrupt.handled():
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(SystemExit):
            interrupt.leave()
    assert words.was_ended(str(log))
    job_log(log)
    assert not words.was_ended(str(log))


def test_the_last_error_of_a_log(log):
    job_log(log).error("seed: is no number. Write one.")
    assert words.error(str(log)) == "seed: is no number. Write one."
    assert words.error(str(log) + ".missing") is None


def test_a_workflow_gets_no_bar_from_its_jobs(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv(interrupt.WORKFLOW, "1")
    list(Progress(range(4), "work"))
    assert screen.getvalue() == ""


class Counting:
    def __init__(self):
        self.sum = 0

    def advance(self, step):
        self.sum += step

    def state(self):
        return {"sum": self.sum}

    def restore(self, state):
        self.sum = state["sum"]


def test_a_job_that_goes_on_says_at_which_step(tmp_path, caplog):
    path = tmp_path / "state"
    carry_out(Counting(), range(1), Checkpoint(path, "key", 0.0, Clock.start()))
    with caplog.at_level(logging.INFO, logger="pomflow"):
        carry_out(Counting(), range(5), Checkpoint(path, "key", 0.0, Clock.start()))
    assert caplog.messages == [f"goes on from the checkpoint {path}, after 1 of 5 steps"]


# --- the time left ------------------------------------------------------------------------------------------

SHORT, LONG, OTHER = Kind("sample", (), 16), Kind("sample", (), 64), Kind("plot", (), 1)


def test_nothing_is_said_before_anything_is_known():
    assert Estimate({SHORT: 3}).left([(SHORT, 5.0, None)], slots=2) is None


def test_the_time_left_is_that_of_jobs_of_the_same_kind_on_all_cores():
    estimate = Estimate({SHORT: 6, LONG: 3})
    for kind, seconds in [(SHORT, 10.0), (SHORT, 14.0), (LONG, 100.0)]:
        estimate.begins(kind)
        estimate.ended(kind, seconds)
    estimate.begins(SHORT)
    # of SHORT 7 s and 3 jobs of 12 s, of LONG 2 jobs
    assert estimate.left([(SHORT, 5.0, None)], slots=2) == ((7 + 3 * 12 + 2 * 100) / 2, True)


def test_a_running_job_tells_how_long_its_kind_takes():
    estimate = Estimate({LONG: 3})
    estimate.begins(LONG)
    assert estimate.left([(LONG, 20.0, 60.0)], slots=1) == (60 + 2 * 80, True)


def test_the_last_job_is_waited_for_whatever_the_number_of_cores():
    estimate = Estimate({LONG: 1})
    estimate.begins(LONG)
    assert estimate.left([(LONG, 20.0, 60.0)], slots=16).seconds == 60


def test_a_rule_that_never_ran_makes_the_estimate_a_guess():
    estimate = Estimate({SHORT: 2, OTHER: 1})
    estimate.begins(SHORT)
    estimate.ended(SHORT, 10.0)
    assert estimate.left([], slots=1) == (20, False)
    estimate.begins(OTHER)
    assert estimate.left([(OTHER, 0.0, None)], slots=1).known


def test_a_few_long_jobs_say_nothing_about_the_others():
    """A rule that never ran is taken to be like most; what is short beside the rest makes no guess of all."""
    estimate = Estimate({LONG: 10, OTHER: 3})
    for kind, seconds in [(LONG, 1000.0), (Kind("table", (), 16), 2.0), (Kind("table", (), 64), 3.0)]:
        estimate.ended(kind, seconds)
    assert estimate.left([], slots=1) == (10 * 1000 + 3 * 3, True)


def test_on_a_lattice_not_seen_yet_jobs_with_steps_take_as_many_times_longer_as_it_is_larger():
    estimate = Estimate({SHORT: 1, LONG: 2})
    estimate.begins(SHORT)
    assert estimate.left([(SHORT, 10.0, 30.0)], slots=1) == (30 + 2 * 4 * 40, False)
    estimate.ended(SHORT, 44.0)
    assert estimate.left([], slots=1) == (2 * 4 * 44, False)
    estimate.begins(LONG)
    assert estimate.left([(LONG, 1.0, 99.0)], slots=1) == (99 + 100, True)


def test_a_lattice_not_seen_yet_is_compared_with_the_nearest_one_of_the_same_place():
    linear, layered = ("phi4", "linear"), ("phi4", "layered")
    estimate = Estimate({Kind("sample", linear, 256): 1})
    for kind, seconds in [
        (Kind("sample", linear, 16), 1.0),
        (Kind("sample", linear, 64), 8.0),
        (Kind("sample", layered, 64), 500.0),
    ]:
        estimate.ended(kind, seconds)
    assert estimate.left([], slots=1) == (8, False)
    # one elsewhere tells that the rule has steps
    assert estimate.left([(Kind("sample", layered, 64), 0.0, 1.0)], slots=1).seconds == 1 + 32


def test_points_are_of_one_kind():
    assert kind_of("sample", POINT) == kind_of("sample", POINT | {"point": "mu=1"})
    assert kind_of("sample", POINT) != kind_of("sample", POINT | {"lattice": "8x8"})
    assert kind_of("sample", POINT) == kind_of("sample", POINT | {"training": ",training=2"})


def test_a_training_is_named_where_it_is_not_the_first():
    place = {"scan": "mine", "study": "phi4", "lattice": "4x4", "contour": "dense"}
    said = [
        words.of_job("sample_contour", place | {"training": label, "point": "mu=0.8"})
        for label in ("", ",training=2")
    ]
    assert said == [f"sample contour phi4 4×4 dense {rest}" for rest in ("mu=0.8", "training=2 mu=0.8")]


# --- a run --------------------------------------------------------------------------------------------------


class Told:
    """A run on a screen that can be read, at a time that can be set."""

    def __init__(self, stream=None, **options):
        self.stream, self.now = stream or io.StringIO(), 1e9
        self.run = Run(Screen(self.stream), clock=lambda: self.now, **options)
        self.run._look = lambda: None

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()

    def starts(self, number, rule="sample_contour", point="mu=0.8", log="", **changed):
        about = {"speaks": True, "makes": True} | changed
        self.run.starts(Job(number, rule, POINT | {"point": point}, (str(log),), began=self.now, **about))

    def ends(self, number, after: float):
        self.now += after
        self.run.ended(number, self.now)


def test_a_line_for_every_job_that_makes_something():
    told = Told()
    told.run.begins(3, 2, ".snakemake/log/x.log")
    told.starts(1)
    told.ends(1, 12.0)
    told.starts(2, rule="plot_scan")
    told.ends(2, 70.0)
    told.starts(0, rule="all", makes=False)
    told.ends(0, 0.0)
    told.run.close()
    assert [" ".join(line.split()) for line in told.lines] == [
        "3 jobs on 2 cores; the whole log is .snakemake/log/x.log",
        "1/3 sample contour phi4 4×4 dense mu=0.8 12 s",
        "2/3 plot scan phi4 4×4 dense mu=0.8 1 min 10 s",
        "3 jobs in 1 min 22 s",
    ]


def test_without_a_terminal_a_line_a_minute_says_how_far_the_run_is():
    told = Told()
    told.run.begins(2, 2, None)
    told.starts(1)
    for _ in range(59):
        told.now += 1
        told.run.look()
    assert len(told.lines) == 1
    for _ in range(70):
        told.now += 1
        told.run.look()
    assert told.lines[1:] == [
        "0/2 jobs; sample contour phi4 4×4 dense mu=0.8 1 min 0 s",
        "0/2 jobs; sample contour phi4 4×4 dense mu=0.8 2 min 0 s",
    ]


def test_the_live_line_has_the_steps_of_long_jobs_and_the_time_left(log):
    told = Told(Terminal())
    told.run.planned([kind_of("sample_contour", POINT)] * 2)
    told.run.begins(2, 1, None)
    told.starts(1, log=log)
    job_log(log).info("sample: 30/40, 1.0 a second, 100 s left")
    os.utime(log, (told.now + 5, told.now + 5))
    told.now += 15
    assert told.run.progress() == "0/2 jobs; about 4 min left; sample contour phi4 4×4 dense mu=0.8 30/40"
    told.run.look()
    told.ends(1, 1.0)
    assert told.stream.getvalue().count("\r\033[K0/2 jobs; ") == 1
    # the line of the job takes its place
    assert "\r\033[K1/2  sample contour" in told.stream.getvalue()


def test_a_log_of_an_earlier_run_says_nothing_of_this_one(log):
    told = Told()
    job_log(log).info("sample: 30/40, 1.0 a second, 100 s left")
    os.utime(log, (told.now - 60, told.now - 60))
    told.run.begins(2, 1, None)
    told.starts(1, log=log)
    assert "30/40" not in told.run.progress()


def test_of_many_running_jobs_some_are_told():
    told = Told()
    told.run.begins(9, None, None)
    for number in range(7):
        told.starts(number, point=f"mu={number}")
    assert told.run.progress().endswith("mu=3 0.0 s; 3 others run")


def test_a_long_live_line_is_cut(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    stream = Terminal()
    Screen(stream).live("x" * 100)
    assert stream.getvalue() == "\r\033[K" + "x" * 38 + "…"


def test_failed_jobs_are_told_once_and_named_at_the_end(log):
    told = Told()
    told.run.begins(5, 2, None)
    told.starts(1, log=log)
    told.now += 3
    told.run.fails(1, [str(log)], told.now)
    told.starts(2, point="mu=1")
    told.ends(2, 1.0)
    told.run.close()
    told.run.close()
    assert told.lines[1] == f"FAILED  sample contour phi4 4×4 dense mu=0.8 after 3.0 s; log: {log}"
    assert told.lines[3:] == [
        "1 of 5 jobs failed, 3 of the others were not run:",
        "  sample contour phi4 4×4 dense mu=0.8",
    ]


def test_a_job_on_a_cluster_is_quoted(log):
    told = Told()
    told.run.begins(1, None, None)
    told.starts(1, log=log, speaks=False)
    job_log(log).error("results/x.nc: is damaged. Delete it.")
    told.run.fails(1, [str(log), "slurm.log"], told.now)
    assert told.lines[1].endswith(f"log: {log}, slurm.log")
    assert told.lines[2] == "        results/x.nc: is damaged. Delete it."


def test_a_job_that_is_tried_again_and_succeeds_has_not_failed():
    told = Told()
    told.run.begins(1, 1, None)
    told.starts(1)
    told.run.fails(1, [], told.now)
    told.starts(1)
    told.ends(1, 5.0)
    told.run.close()
    assert told.lines[-1] == "1 job in 5.0 s"


def test_a_run_that_is_stopped_ends_with_what_goes_on():
    told = Told()
    told.run.resumed_by("make resume CONFIG=my.yaml")
    told.run.begins(2, 2, None)
    told.starts(1)
    told.run.stops()
    told.run.fails(1, [], told.now)
    told.run.says("the closing table")
    told.run.close()
    assert told.lines[1:] == [
        "stopping: the jobs that run keep their state",
        "stopped; `make resume CONFIG=my.yaml` goes on",
    ]


def test_a_job_that_was_killed_alone_has_kept_its_state(log):
    told = Told()
    told.run.begins(2, 2, None)
    told.starts(1, log=log)
    job_log(log).warning("ended by SIGTERM")
    told.run.fails(1, [], told.now)
    assert told.lines[1] == "ended   sample contour phi4 4×4 dense mu=0.8: its state is kept"


def test_a_quiet_run_tells_of_errors_only():
    told = Told(quiet=True)
    told.run.begins(3, 2, "x.log")
    told.starts(1)
    told.ends(1, 1.0)
    told.run.says("the closing table")
    told.now += 1000
    told.run.look()
    assert told.lines == []
    told.starts(2)
    told.run.fails(2, [], told.now)
    assert len(told.lines) == 1


def test_a_terminal_that_is_gone_does_not_end_the_run():
    stream = io.StringIO()
    screen = Screen(stream)
    stream.close()
    screen.line("more")


def test_the_command_that_goes_on():
    assert words.of_make("resume", []) == "make resume"
    assert words.of_make("resume", ["a.yaml"]) == "make resume CONFIG=a.yaml"
    assert words.of_make("resume", ["my configs/a b.yaml"]) == "make resume CONFIG='my configs/a b.yaml'"
    assert words.of_make("resume", ["a.yaml", "b.yaml"]) == "make resume"
    assert (
        words.of_make("resume", ["a.yaml"], "workflow/profiles/slurm")
        == "make resume CONFIG=a.yaml PROFILE=slurm"
    )


# --- the plugin of Snakemake --------------------------------------------------------------------------------


def event(kind: LogEvent | None, message="None", level=logging.INFO, created=1e9, **fields):
    """A record as Snakemake's logger hands it to a plugin, with the text of None for no message."""
    record = logging.LogRecord("snakemake.logging", level, "", 0, message, None, None)
    record.created = created
    record.__dict__.update(fields | ({"event": kind} if kind else {}))
    return record


def started(number: int, rule: str, created: float = 1e9, **wildcards):
    return event(
        LogEvent.JOB_INFO,
        created=created,
        jobid=number,
        rule_name=rule,
        wildcards=wildcards,
        log=[f"logs/{rule}.log"],
        output=["x.nc"],
        local=True,
    )


SHELL = "Command 'set -euo pipefail;  python x.py' returned non-zero exit status 1."
RUN = [
    event(
        LogEvent.WORKFLOW_STARTED,
        "Workflow has started!",
        cmd="snakemake --cores 2",
        configfiles=[os.path.abspath("my.yaml")],
    ),
    event(None, "Building DAG of jobs..."),
    event(None, "Using shell: /usr/bin/bash"),
    event(LogEvent.RESOURCES_INFO, "Provided cores: 2", cores=2),
    event(LogEvent.RESOURCES_INFO, "Rules claiming more threads will be scaled down."),
    event(LogEvent.RUN_INFO, "Job stats: ...", stats={"sample_plane": 2, "total": 2}),
    event(None, "Select jobs to execute..."),
    event(LogEvent.JOB_STARTED, "Execute 2 jobs...", jobs=[1, 2]),
    started(1, "sample_plane", scan="mine", study="phi4", lattice="2x2", point="mu=0"),
    event(LogEvent.SHELLCMD, "Shell command: None"),
    started(2, "sample_plane", scan="mine", study="phi4", lattice="2x2", point="mu=1"),
    event(LogEvent.JOB_FINISHED, "Finished jobid: 1", created=1e9 + 4, job_id=1),
    event(LogEvent.PROGRESS, done=1, total=2),
    event(
        LogEvent.ERROR,
        f'RuleException:\nCalledProcessError in file "scan.smk", line 5:\n{SHELL}',
        logging.ERROR,
        exception="RuleException",
    ),
    event(
        LogEvent.JOB_ERROR,
        "Error in rule sample_plane, jobid: 2",
        logging.ERROR,
        created=1e9 + 7,
        jobid=2,
        log=["logs/sample_plane.log"],
    ),
    event(None, "Exiting because a job execution failed. Look above for error messages", logging.ERROR),
    event(None, "Complete log(s): /x/y.log"),
    event(None, "Elapsed time: 0:00:10"),
    event(
        LogEvent.ERROR,
        "WorkflowError:\nAt least one job did not complete successfully.",
        logging.ERROR,
        exception="WorkflowError",
    ),
]


def shown(records, monkeypatch, **settings) -> str:
    """What the plugin writes to the standard error, or output, of some events."""
    stream = io.StringIO()
    monkeypatch.setattr("sys.stdout" if settings.get("stdout") else "sys.stderr", stream)
    handler = LogHandler(OutputSettings(**settings), None)
    for record in records:
        handler.emit(record)
    handler.close()
    return stream.getvalue()


def test_the_events_of_a_run(monkeypatch):
    assert shown(RUN, monkeypatch).splitlines() == [
        "2 jobs on 2 cores",
        f"1/2  {'sample plane phi4 2×2 mu=0':<56}        4.0 s",
        "FAILED  sample plane phi4 2×2 mu=1 after 7.0 s; log: logs/sample_plane.log",
        "1 of 2 jobs failed:",
        "  sample plane phi4 2×2 mu=1",
    ]


def test_all_quiet(monkeypatch):
    assert shown(RUN, monkeypatch, quiet={Quietness.ALL}) == ""
    progress = shown(RUN, monkeypatch, quiet={Quietness.PROGRESS, Quietness.RULES})
    assert progress.startswith("FAILED  sample plane")


@pytest.mark.parametrize(
    ("exception", "message"),
    [
        ("MissingInputException", "Missing input files for rule all: x.png"),
        ("WorkflowError", "WorkflowError:\nMissingOutputException in rule x"),
        ("NameError", "NameError in file Snakefile, line 3: name 'x' is not defined"),
    ],
)
def test_errors_of_snakemake_are_shown(monkeypatch, exception, message):
    record = event(LogEvent.ERROR, message, logging.ERROR, exception=exception)
    assert shown([record], monkeypatch) == f"{message}\n"


def test_what_snakemake_says_beside_its_events_is_shown(monkeypatch):
    said = [event(None, "Nothing to be done"), event(None, "an odd thing", logging.WARNING)]
    assert shown(said, monkeypatch) == "Nothing to be done\nan odd thing\n"


def test_a_lock_names_what_goes_on(monkeypatch):
    locked = event(
        LogEvent.ERROR,
        "LockException:\nError: Directory cannot be locked.",
        logging.ERROR,
        exception="LockException",
    )
    text = shown([*RUN[:1], locked], monkeypatch)
    assert text.endswith("or one was killed. If none is, `make resume CONFIG=my.yaml` goes on.\n")
    assert text.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        "Terminating processes on user request, this might take some time.",
        "Will exit after finishing currently running jobs (scheduler).",
    ],
)
def test_after_ctrl_c_nothing_is_said_of_jobs(monkeypatch, words):
    ended = RUN[-6:]
    assert shown([*RUN[:-6], event(None, words), *ended], monkeypatch).splitlines()[2:] == [
        "stopping: the jobs that run keep their state",
        "stopped; `make resume CONFIG=my.yaml` goes on",
    ]


def test_a_plan_is_told_in_snakemakes_own_words(monkeypatch):
    stats = "Job stats:\njob    count\n-----  -----\nall        1\ntotal      1\n"
    plan = [event(LogEvent.RUN_INFO, stats, stats={"all": 1, "total": 1}), event(None, "This was a dry-run")]
    assert shown(plan, monkeypatch, dryrun=True, stdout=True) == f"{stats}\nThis was a dry-run\n"


# --- the end of a run ---------------------------------------------------------------------------------------


def test_the_table_of_a_small_scan_has_every_point():
    text = closing.Scan(scan_table(two_axes()), two_axes(), "4x4", "dense", "results/x/scan.csv").words()
    first, head, *rows = text.splitlines()
    assert first == "phi4 4×4 dense: results/x/scan.csv"
    heads = ["μ", "λ", "status", "APF₀", "APF", "n", "exact", "pull", "⟨φ_aφ_a⟩", "exact", "pull"]
    observable = ["0.500(10)", "0.51", "-1.0"]
    assert head.split() == heads
    assert rows[1].split() == ["0", "2", "ok", "0.500(10)", "0.500(10)", *observable, *observable]
    assert rows[4] == "passed: 4 of 4 points on the path, 4 on the plane"
    assert rows[5].startswith("largest of 12 differences from exact values: -1.0 (")


def test_of_many_points_those_that_matter_are_shown():
    study = phi4(over={"mu": {"start": 0, "stop": 10, "num": 101}})
    table = scan_table(study)
    table.loc[40, "status"], table.loc[70, "density_pull"] = "apf", -4.2
    lines = closing.Scan(table, study, "4x4", "dense", "scan.csv").words().splitlines()
    rows = [line.split() for line in lines[2 : 2 + closing.MOST_ROWS]]
    assert ["4", "apf"] in [row[:2] for row in rows]
    assert ["7", "ok", "-4.2"] in [[*row[:2], row[6]] for row in rows]
    assert rows[0][0] == "0"
    assert rows[-1][0] == "10"
    assert lines[2 + closing.MOST_ROWS] == "and 89 other points"
    assert lines[3 + closing.MOST_ROWS] == "passed: 100 of 101 points on the path, 101 on the plane"
    assert "gate apf failed at 1 point. The phase cannot be told" in lines[4 + closing.MOST_ROWS]
    assert lines[-1].endswith(": -4.2 (number density, μ = 7)")


def test_no_line_is_wider_than_a_terminal():
    study = phi4(over={"mu": {"start": 0, "stop": 10, "num": 101}})
    table = scan_table(study)
    table["status"] = "thermalization"
    table["density"] = np.linspace(-1e-9, 1e-9, 101)
    text = closing.Scan(table, study, "4x4", "dense", "scan.csv").words()
    assert max(map(len, text.splitlines())) <= closing.WIDTH


def test_only_what_this_run_has_made_is_told(tmp_path):
    folder, study = str(tmp_path), phi4()
    path = tmp_path / "phi4/L4x4/dense/scan.csv"
    path.parent.mkdir(parents=True)
    scan_table(study).to_csv(path, index=False)
    text = closing.words(folder, {"phi4": study}, ["my.yaml"], path.stat().st_mtime)
    assert f"phi4 4×4 dense: {path}\n" in text
    assert text.endswith("\nreport: make report CONFIG=my.yaml\nbundle: make bundle CONFIG=my.yaml")
    assert "in all" not in text
    assert "index.html" not in text
    (tmp_path / "index.html").touch()
    text = closing.words(folder, {"phi4": study}, ["my.yaml"], path.stat().st_mtime)
    assert f"\nopen first: {folder}/index.html, figures, tables and warnings on one page\n" in text
    assert closing.words(folder, {"phi4": study}, [], path.stat().st_mtime + 10) == ""


def test_points_that_another_configuration_left_are_told(tmp_path):
    """Whoever reads all files of a folder would mix them with those of this one."""
    study = phi4()
    places = ["phi4/L4x4/dense/mu=1", "phi4/L4x4/dense,training=2/mu=1", "phi4/L4x4/plane/mu=2"]
    others = [
        "phi4/L4x4/dense/mu=0.5",
        "phi4/L4x4/linear/mu=1",
        "phi4/L6x6/dense/mu=1",
        "old/L4x4/dense/mu=1",
    ]

    def told(sampled) -> str:
        for place in sampled:
            (tmp_path / place).mkdir(parents=True)
            (tmp_path / place / "samples.nc").touch()
        (tmp_path / "index.html").touch()
        return closing.words(str(tmp_path), {"phi4": study}, [], 0.0)

    assert "of another configuration" not in told(places)
    first = tmp_path / sorted(others)[0]
    assert f"\nof another configuration, in no table of this one: 4 points, {first} first\n" in told(others)


def test_a_large_scan_ends_in_few_lines_that_count_what_failed(tmp_path):
    """Eight tables of 300 points: how many passed, which gate failed how often, the largest pull of all."""
    study = phi4(
        over={"mu": {"start": 0, "stop": 29.9, "num": 300}},
        contours=["dense", "local"],
        lattices=[[extent, extent] for extent in (4, 6, 8, 10)],
    )
    for place, (lattice, contour) in enumerate(study.pairs):
        table = scan_table(study)
        table.loc[200:201, "status"] = "apf"
        table.loc[250, "phi2_pull"] = 2.0 + 0.1 * place
        if place == 3:
            table.loc[:99, "status"] = "ess"
        path = tmp_path / f"phi4/L{lattice}/{contour}/scan.csv"
        path.parent.mkdir(parents=True)
        table.to_csv(path, index=False)
    lines = closing.words(str(tmp_path), {"phi4": study}, [], 0.0).splitlines()
    assert len(lines) < 100
    assert "passed: 198 of 300 points on the path, 300 on the plane" in lines
    failed = [" ".join(lines[place : place + 3]) for place, line in enumerate(lines) if "gate ess" in line]
    assert len(failed) == 1
    assert failed[0].startswith("gate ess failed at 100 points. Fewer than 100 effective samples")
    assert failed[0].endswith(" ...")
    at = lines.index("in all: 2284 of 2400 points passed; failed: ess 100, apf 16")
    # of two observables where the path passed, of the phase of the plane everywhere
    count = 2 * 2284 + 2400
    worst = "+2.7 (squared field, phi4 10×10 local, μ = 25)"
    assert lines[at + 1] == f"largest of {count} differences from exact values: {worst}"
    assert lines[at + 3] == "tables for papers and pages: table.tex and table.md beside each scan.csv"


# --- for make -----------------------------------------------------------------------------------------------

FAILS = "import signal, sys\nprint('begins', flush=True)\ntry:\n    signal.pause()\nfinally:\n    sys.exit(3)"


def for_make(command: str, number: int | None) -> int:
    """The exit status of a command under `pomflow.terminal`, which gets a signal."""
    whole = [sys.executable, "-m", "pomflow.terminal", sys.executable, "-c", command]
    with subprocess.Popen(whole, stdout=subprocess.PIPE, start_new_session=True) as process:
        process.stdout.readline()
        if number == signal.SIGINT:
            os.killpg(process.pid, number)
        elif number:
            process.send_signal(number)
        return process.wait(timeout=60)


def test_make_has_no_last_word_after_ctrl_c():
    assert for_make(FAILS, signal.SIGINT) == 0


def test_other_failures_are_those_of_the_command():
    assert for_make("raise SystemExit(3)", None) == 3
    assert for_make(FAILS, signal.SIGTERM) == 128 + signal.SIGTERM


# --- the end of a run that is asked to end ------------------------------------------------------------------

WORKFLOW = """
import subprocess, sys, threading
from pomflow.io import interrupt
interrupt.pass_on_to_jobs()
job = '''
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit("kept"))
print("begins", flush=True)
time.sleep(60)
'''
command = '"$0" -c "$1"; exit $?'
shell = subprocess.Popen(["sh", "-c", command, sys.executable, job], stdout=subprocess.PIPE)
shell.stdout.readline()
try:
    print("begins", flush=True)
    # as Snakemake waits
    threading.Semaphore(0).acquire()
except KeyboardInterrupt:
    sys.exit(f"asked to end; the shell said {shell.wait()}")
"""


def test_a_sigterm_of_the_workflow_ends_jobs_behind_shells():
    with subprocess.Popen(
        [sys.executable, "-c", WORKFLOW], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as workflow:
        assert workflow.stdout.readline() == "begins\n"
        workflow.terminate()
        assert workflow.communicate(timeout=60)[1] == "kept\nasked to end; the shell said 1\n"
