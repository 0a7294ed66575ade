"""SIGTERM, SIGHUP and Ctrl-C: a job ends within seconds, after its long loop has written a checkpoint."""

import contextlib
import ctypes
import logging
import os
import select
import signal
import socket
import sys
from collections.abc import Iterator

# a step longer than this is not waited for; the last checkpoint is then the one before
GRACE_SECONDS = 3.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1
# the process that runs the workflow; workflow/rules/common.smk sets it
WORKFLOW = "POMFLOW_WORKFLOW"
# Signals are a matter of the whole process, and so are these: the number of the one that came, and what shows
# whether the process lives that waits for this one.
_received: list[int] = []
_waiting: list[select.poll] = []


@contextlib.contextmanager
def handled() -> Iterator[None]:
    """Within the block SIGTERM, SIGINT and SIGHUP ask the process to end, at a step or after a grace time."""
    _received.clear()
    # nohup lets a process ignore the end of its terminal
    heard = [number for number in _SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, _receive) for number in heard}
    before[signal.SIGALRM] = signal.signal(signal.SIGALRM, _give_up)
    try:
        yield
    except SystemError as error:
        # compiled code that calls Python reports in this way that the call was left by an exception
        if end := _exit_behind(error):
            raise end from None
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
        _received.clear()


def _exit_behind(error: BaseException | None) -> SystemExit | None:
    while not isinstance(error, SystemExit | None):
        error = error.__cause__
    return error


def requested() -> bool:
    """Whether the process was asked to end, or its workflow or the process that waits for it is gone."""
    if not _received and (workflow_is_gone() or any(poll.poll(0) for poll in _waiting)):
        _receive(signal.SIGTERM, None)
    return bool(_received)


def leave() -> None:
    """End the process as a shell reports one that ended by this signal: with status 128 + its number."""
    logging.getLogger("pomflow").warning("ended by %s", signal.Signals(_received[0]).name)
    sys.exit(128 + _received[0])


def end_with_workflow() -> None:
    """Let the process end when the workflow that started it is gone.

    It would compute beside the job that a resumed workflow starts for the same output. Linux sends a SIGTERM
    when the parent process ends. Elsewhere, where a shell stands between, and where the workflow was gone
    before this call, ``requested`` finds out.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))


def pass_on_to_jobs() -> None:
    """Let a SIGTERM of the workflow's own process end its jobs too, as a terminal tells Ctrl-C to all.

    Snakemake would start no further jobs and wait for those that run. To be called when it has begun: it sets
    a handler of its own.
    """
    signal.signal(signal.SIGTERM, _end_jobs)


def _end_jobs(number: int, frame) -> None:
    # Snakemake needs it too, and is what runs here
    import psutil

    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            # a shell or a server between would end before the job that it waits for
            if not process.children():
                process.terminate()
    raise KeyboardInterrupt


def end_with_connection(connection: socket.socket) -> None:
    """Let the process end when the other end of a connection is closed, as ``requested`` finds out."""
    poll = select.poll()
    # no event is asked for: the end of the other process is told all the same
    poll.register(connection, 0)
    _waiting.append(poll)


def workflow_is_gone() -> bool:
    """Whether the process that the variable of the environment names has ended."""
    number = os.environ.get(WORKFLOW)
    if number is None:
        return False
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, PermissionError):
        # what may not be signalled is a process of somebody else, who has been given the number since
        return True
    return False


def _receive(number: int, frame) -> None:
    # the end of a parent with threads is told several times
    if not _received:
        _received.append(number)
        # again after a second, because code that is called from C may swallow what a handler raises
        signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS, 1.0)


def _give_up(number: int, frame) -> None:
    leave()
