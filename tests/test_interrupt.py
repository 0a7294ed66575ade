"""Signals: a process ends soon after it was asked to, whatever it does, and with its workflow."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from pomflow.io import interrupt

WAITING = """
import time
from pomflow.io import interrupt
{before}
with interrupt.handled():
    print("begins", flush=True)
    {inside}
print("not reached")
"""


def started(inside: str, before: str = "", **environment) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING.format(inside=inside, before=before)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )
    assert process.stdout.readline() == "begins\n"
    return process


def end_of(process: subprocess.Popen) -> tuple[int, str]:
    """Its status, and what else it has said."""
    words, _ = process.communicate(timeout=60)
    return process.returncode, words


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_what_takes_long_is_given_up_after_the_grace_time(number):
    process = started("time.sleep(600)", "interrupt.GRACE_SECONDS = 0.2")
    process.send_signal(number)
    assert end_of(process) == (128 + number, "")


def test_code_called_from_c_cannot_swallow_the_end():
    """The first alarm comes while a callback runs, which ctypes does not let through."""
    callback = """
    import ctypes
    call = ctypes.CFUNCTYPE(None)(lambda: time.sleep(1.0))
    call()
    time.sleep(600)"""
    process = started(callback, "interrupt.GRACE_SECONDS = 0.2")
    process.send_signal(signal.SIGTERM)
    assert end_of(process) == (128 + signal.SIGTERM, "")


def test_compiled_code_cannot_make_an_error_of_the_end():
    """As Numba does, whose compiled functions call Python for exceptions."""
    compiled = """
    try:
        time.sleep(600)
    except SystemExit as end:
        inner = SystemError("returned a result with an exception set")
        inner.__cause__ = end
        raise SystemError("returned a result with an exception set") from inner"""
    process = started(compiled, "interrupt.GRACE_SECONDS = 0.2")
    process.send_signal(signal.SIGTERM)
    assert end_of(process) == (128 + signal.SIGTERM, "")


def test_any_other_error_of_compiled_code_stays():
    with pytest.raises(SystemError, match="of its own") as raised, interrupt.handled():
        raise SystemError("of its own") from ValueError("before")
    assert isinstance(raised.value.__cause__, ValueError)


def test_a_step_that_ends_in_time_is_waited_for():
    process = started("exec('while not interrupt.requested(): time.sleep(0.01)'); interrupt.leave()")
    process.send_signal(signal.SIGTERM)
    assert end_of(process) == (128 + signal.SIGTERM, "")


def test_outside_of_the_block_signals_do_what_they_did():
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)]
    with interrupt.handled():
        os.kill(os.getpid(), signal.SIGTERM)
        assert interrupt.requested()
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)] == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_nohup_lets_a_process_outlive_its_terminal():
    process = started("time.sleep(0.2)", "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)")
    process.send_signal(signal.SIGHUP)
    assert end_of(process) == (0, "not reached\n")


def test_a_process_that_nobody_waits_for_ends(monkeypatch):
    """The other end of its connection is closed, as when the process that waited was killed."""
    monkeypatch.setattr(interrupt, "_waiting", [])
    mine, other = socket.socketpair()
    with mine, interrupt.handled():
        interrupt.end_with_connection(mine)
        assert not interrupt.requested()
        other.close()
        assert interrupt.requested()


def test_a_workflow_that_was_gone_before_is_found_out(monkeypatch):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with interrupt.handled():
        monkeypatch.setenv(interrupt.WORKFLOW, str(os.getpid()))
        assert not interrupt.requested()
        monkeypatch.setenv(interrupt.WORKFLOW, str(gone.pid))
        assert interrupt.requested()


def test_a_number_that_somebody_else_has_now_is_no_workflow(monkeypatch):
    def refused(number, signal_number):
        raise PermissionError

    monkeypatch.setenv(interrupt.WORKFLOW, "1")
    with interrupt.handled():
        monkeypatch.setattr(os, "kill", refused)
        assert interrupt.requested()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of the end of a parent")
def test_the_end_of_the_parent_is_told():
    """A shell starts the process and ends."""
    script = WAITING.format(inside="interrupt.end_with_workflow(); time.sleep(600)", before="")
    command = [
        sys.executable,
        "-c",
        f"import os, subprocess, sys; os.environ['CHILD'] = '1'; "
        f"child = subprocess.Popen([sys.executable, '-c', {script!r}]); print(child.pid, flush=True); "
        "input()",
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        words = [parent.stdout.readline() for _ in range(2)]
        (number,) = (int(word) for word in words if word.strip().isdigit())
        time.sleep(0.2)
        parent.kill()
    deadline = time.monotonic() + 60
    while _runs(number):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _runs(number: int) -> bool:
    try:
        with open(f"/proc/{number}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
