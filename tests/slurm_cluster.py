"""A real Slurm of two nodes on one machine: no systemd, root or accounting; Debian's packages suffice."""

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol")
NODES = ("node1", "node2")
# daemons are in /usr/sbin, which a user's path may lack
PATH = f"{os.environ['PATH']}:/usr/sbin"

CGROUP_CONF = """
CgroupPlugin=cgroup/v1
IgnoreSystemd=yes
"""

# Jobs that have ended are listed in a file, since there is no accounting.
SLURM_CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/ended.txt
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=2,bf_interval=2,defer_batch
SlurmdParameters=config_overrides
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
KillWait=5
JobRequeue=1
NodeName=node1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=2 RealMemory=8000
NodeName=node2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=2 RealMemory=8000
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def missing_programs() -> list[str]:
    """What has to be installed before a cluster can start."""
    return [program for program in PROGRAMS if shutil.which(program, path=PATH) is None]


class Cluster:
    """Start it with ``with``; ``environment`` is what commands need to reach it."""

    def __init__(self):
        # the path of a socket has at most 108 characters, which pytest's own folders can exceed
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        # munged wants its socket to be within everybody's reach
        self.folder.chmod(0o755)
        shim = self.folder / "bin"
        self.environment = os.environ | {
            "SLURM_CONF": str(self.folder / "slurm.conf"),
            "PATH": f"{shim}:{PATH}",
        }
        self._write_files(shim)

    def _write_files(self, shim: Path) -> None:
        key = self.folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(1024))
        settings = dict(
            folder=self.folder, host=socket.gethostname(), user=getpass.getuser(), ports=_free_ports(3)
        )
        (self.folder / "slurm.conf").write_text(SLURM_CONF.format(**settings))
        (self.folder / "cgroup.conf").write_text(CGROUP_CONF)
        for name in ("state", *(f"spool.{node}" for node in NODES)):
            (self.folder / name).mkdir()
        # The executor's job step drops SLURM_CONF; on a real cluster the file has its place in /etc.
        shim.mkdir()
        srun = shim / "srun"
        srun.write_text(
            f'#!/bin/sh\nSLURM_CONF={self.folder}/slurm.conf exec {shutil.which("srun", path=PATH)} "$@"\n'
        )
        srun.chmod(0o755)

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self) -> None:
        files = {
            "socket": "socket",
            "key-file": "key",
            "pid-file": "pid",
            "log-file": "log",
            "seed-file": "seed",
        }
        self.call("munged", *(f"--{option}={self.folder}/munge.{file}" for option, file in files.items()))
        self.call("slurmctld")
        _wait_until(lambda: "UP" in self.call("scontrol", "ping"))
        for node in NODES:
            self.call("slurmd", "-N", node)
        _wait_until(lambda: self.call("sinfo", "-hN", "-t", "idle").count("\n") == len(NODES))

    def __exit__(self, *_):
        for node in NODES:
            self._kill_node(node)
        for daemon in ("slurmctld", "munge"):
            self._kill_daemon(daemon)
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, *command: str) -> str:
        """The output of a command; the caller judges it."""
        return subprocess.run(command, env=self.environment, stdout=subprocess.PIPE, text=True).stdout

    def running(self, node: str) -> list[str]:
        """Jobs on a node."""
        return self.call(
            "squeue", "--noheader", "--states=running", f"--nodelist={node}", "--format=%A"
        ).split()

    def lose_node(self, node: str) -> None:
        """A node dies, and the controller learns of it now, not when it has not answered for a while."""
        self._kill_node(node)
        self.call("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=killed")

    def _kill_node(self, node: str) -> None:
        """End a node as a power cut would: its daemon, and every process of the jobs on it.

        All are stopped before the first is killed: a step daemon that outlives its task tells the
        controller that the job has failed, which then is not given back to the queue.
        """
        self._kill_daemon(node)
        stopped = set()
        while started := self._processes_on(node) - stopped:
            for process in started:
                _send(process, signal.SIGSTOP)
            stopped |= started
        for process in stopped:
            _send(process, signal.SIGKILL)

    def _kill_daemon(self, name: str) -> None:
        pid_file = self.folder / f"{name}.pid"
        if pid_file.exists():
            _send(int(pid_file.read_text()), signal.SIGKILL)
            pid_file.unlink()

    def _processes_on(self, node: str) -> set[int]:
        """Processes of jobs, known by their environment, and the step daemons that started them."""
        marks = {f"SLURMD_NODENAME={node}".encode(), f"PATH={self.environment['PATH']}".encode()}
        started = set()
        for folder in Path("/proc").glob("[0-9]*"):
            # a process may end while we look
            with contextlib.suppress(OSError):
                if marks <= set((folder / "environ").read_bytes().split(b"\0")):
                    parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
                    started |= {int(folder.name), int(parent)}
        return started - {1}

    def hasten(self) -> None:
        """Jobs that were lost with a node go on now; Slurm would let them wait for two minutes."""
        for line in self.call("squeue", "--noheader", "--states=pending", "--format=%A %r").splitlines():
            job, reason = line.split(maxsplit=1)
            if reason == "BeginTime":
                self.call("scontrol", "update", f"JobId={job}", "StartTime=now")

    def ended(self) -> list[tuple[str, str, str]]:
        """(job, state, node) of every end of a job; one that was requeued has several."""
        lines = (self.folder / "ended.txt").read_text().splitlines()
        entries = (dict(field.split("=", 1) for field in line.split() if "=" in field) for line in lines)
        return [(entry["JobId"], entry["JobState"], entry["NodeList"]) for entry in entries]


def _send(process: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _wait_until(reached, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "the cluster does not start; its logs are in its folder"
        time.sleep(0.1)
