"""Run the stage of a job: ``python -I -S client.py COMMAND ... RULE LOG < description``.

The stage runs in a process that is forked from one that has imported everything, where the workflow has one
(pomflow.jobs.server), and else in a new process, by the command. This one waits, and passes signals on. It is
run as a file and imports the standard library only, because it is started for every job.
"""

import os
import signal
import socket
import sys

# names the server of this workflow
SERVER = "POMFLOW_SERVER"
KILLED = 128 + signal.SIGKILL


def connected():
    """A connection to a process forked for this job, and its number; None where there is no server."""
    name = os.environ.get(SERVER)
    if name is None:
        return None
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(f"\0{name}")
        greeting = connection.makefile("r").readline()
    except OSError:
        return None
    return (connection, int(greeting)) if greeting else None


def waited_for(connection, process):
    """The exit status of the job."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda number, frame: os.kill(process, number))
    *_, rule, log = sys.argv
    request = b"\0".join((rule.encode(), log.encode(), sys.stdin.buffer.read()))
    try:
        connection.sendall(len(request).to_bytes(8, "big") + request)
        status = connection.recv(1)
    except OSError:
        status = b""
    if not status:
        sys.stderr.write(f"\npomflow: {rule}: the process was killed, by hand or for want of memory: {log}\n")
    return status[0] if status else KILLED


if __name__ == "__main__":
    job = connected()
    if job is None:
        os.execv(sys.argv[1], sys.argv[1:])
    sys.exit(waited_for(*job))
