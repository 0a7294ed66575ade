"""A process that has imported everything and is forked for every job, because imports took half of a scan.

The workflow starts it; ``pomflow.jobs.client`` asks it for a process. Each job has a process of its
own, which begins with what a fresh interpreter has after its imports: nothing of another job. Elsewhere than
on Linux, and in jobs that a cluster runs, there is no server and the jobs import for themselves.
"""

import contextlib
import ctypes
import gc
import os
import pkgutil
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module

import pomflow
from pomflow.io import interrupt, netcdf
from pomflow.jobs import isolation, output
from pomflow.numerics import backend

# of the environment: under which name the server listens; the client reads it
SERVER = "POMFLOW_SERVER"
# without a job for so long it ends; later jobs import for themselves
IDLE_SECONDS = 900.0
LOOK_SECONDS = 5.0
_PR_SET_NAME = 15


def start() -> subprocess.Popen | None:
    """Start the server of this process, which ends with it, and name it in the environment of its jobs."""
    if sys.platform != "linux":
        return None
    # Linux keeps such a name outside of the file system; nothing is left of it.
    name = f"pomflow-{os.getpid()}-{os.urandom(8).hex()}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0{name}")
        listener.listen(socket.SOMAXCONN)
        number = listener.fileno()
        process = subprocess.Popen(
            [*isolation.command(__name__), str(number)],
            pass_fds=[number],
            stdin=subprocess.DEVNULL,
            env=isolation.environment(),
        )
    os.environ[SERVER] = name
    return process


def serve(listener: socket.socket) -> None:
    """Fork a process for every connection until the workflow is gone, and import in between.

    A job ends with the process that forked it, so that no time is idle in which one runs.
    """
    backend.leave_out_idle_cupy()
    interrupt.end_with_workflow()
    # Ctrl-C is for the jobs, which are waited for; nobody asks for the status of a forked process. Jobs hear
    # what this process would have heard: not the end of its terminal under nohup.
    ignored = (signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ignored}
    listener.settimeout(0.0)
    left, idle = _preparations(), 0.0
    while idle < IDLE_SECONDS and not interrupt.workflow_is_gone():
        try:
            connection, _ = listener.accept()
        except BlockingIOError:
            # nobody waits
            if not next(left, False):
                # what every job has need not be looked through for garbage, nor be copied for that
                gc.freeze()
                listener.settimeout(LOOK_SECONDS)
        except TimeoutError:
            idle = 0.0 if _jobs_run() else idle + LOOK_SECONDS
        else:
            idle = 0.0
            with connection:
                _fork(connection, listener, before)


def _jobs_run() -> bool:
    """Whether a process that was forked here has not ended."""
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


def _preparations() -> Iterator[bool]:
    """What all jobs would do first, one thing after the other."""
    for module in pkgutil.walk_packages(pomflow.__path__, f"{pomflow.__name__}."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
            yield True
    # the code that jobs run is what was imported here, and so is its revision
    netcdf.versions()
    netcdf.git_revision()
    yield True
    for name in ("pomflow.numerics.compiled", "pomflow.plotting.common"):
        import_module(name).prepare()
        yield True


def _fork(connection: socket.socket, listener: socket.socket, signals: dict) -> None:
    """A process for the job at the other end, if it is this user's; without one it helps itself."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    if struct.unpack("3i", credentials)[1] != os.getuid():
        return
    with contextlib.suppress(OSError):
        if os.fork() == 0:
            # where the server has died, nobody may wait for a job's own copy to answer
            listener.close()
            _become_job(connection, signals)


def _become_job(connection: socket.socket, signals: dict) -> None:
    """Run the job of a connection in this process, and end it."""
    status = 1
    try:
        for number, heard in signals.items():
            signal.signal(number, heard)
        with connection.makefile("rwb", buffering=0) as stream:
            stream.write(f"{os.getpid()}\n".encode())
            request = _read(stream, int.from_bytes(_read(stream, 8), "big"))
        rule, log, description = request.decode().split("\0")
        ctypes.CDLL(None).prctl(_PR_SET_NAME, rule.encode())
        interrupt.end_with_connection(connection)
        # the workflow's own process, which starts the server, needs nothing of it
        from pomflow.jobs.job import run

        status = run(rule, log, description, forked=True)
    finally:
        output.flush()
        with contextlib.suppress(OSError):
            connection.sendall(bytes([status]))
        os._exit(status)


def _read(stream, count: int) -> bytes:
    """So many bytes."""
    parts = b""
    while len(parts) < count:
        part = stream.read(count - len(parts))
        if not part:
            raise EOFError
        parts += part
    return parts


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
