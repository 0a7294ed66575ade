"""SIGTERM and Ctrl-C: a job ends within seconds, after its long loop has written a checkpoint."""

import contextlib
import ctypes
import logging
import os
import signal
import sys
from collections.abc import Iterator

# a step longer than this is not waited for; the last checkpoint is then the one before
GRACE_SECONDS = 3.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_PR_SET_PDEATHSIG = 1
# Signals are a matter of the whole process, and so is this: the number of the one that came.
_received: list[int] = []


@contextlib.contextmanager
def handled() -> Iterator[None]:
    """Within the block SIGTERM and SIGINT ask the process to end, at the next step or after a grace time."""
    _received.clear()
    before = {number: signal.signal(number, _receive) for number in _SIGNALS}
    before[signal.SIGALRM] = signal.signal(signal.SIGALRM, _give_up)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def requested() -> bool:
    """Whether the process was asked to end."""
    return bool(_received)


def leave() -> None:
    """End the process as a shell reports one that ended by this signal: with status 128 + its number."""
    logging.getLogger("pomflow").warning("ended by %s", signal.Signals(_received[0]).name)
    sys.exit(128 + _received[0])


def end_with_parent() -> None:
    """Ask Linux for a SIGTERM when the parent process ends, so that no job outlives a killed workflow.

    It would compute beside the job that a resumed workflow starts for the same output.
    """
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def _receive(number: int, frame) -> None:
    # the end of a parent with threads is told several times
    if not _received:
        _received.append(number)
        signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)


def _give_up(number: int, frame) -> None:
    leave()
