"""Which process runs a scan: a resumed run must not write beside one that lives, nor touch another scan."""

import contextlib
import json
import os
import socket
from collections.abc import Iterable
from pathlib import Path

from pomflow.errors import StoreError
from pomflow.io import netcdf

RECORD = ".running"
UNFINISHED = ".unfinished"
LOCKS = Path(".snakemake/locks")


def begin(folder, outputs: Iterable[str] = ()) -> None:
    """Note that this process runs the scan of a folder, and which files it is to make."""
    netcdf.write_text(json.dumps(_own(folder), ensure_ascii=False), Path(folder) / RECORD)
    _note(folder, [*unfinished(folder), *outputs])


def end(folder) -> None:
    """Note that it has ended, and which files it has not made; the record of another run stays."""
    if _known(folder) == _own(folder):
        (Path(folder) / RECORD).unlink(missing_ok=True)
    _note(folder, unfinished(folder))


def unfinished(folder) -> list[str]:
    """The files that a run was to make and that are missing.

    Snakemake deletes a file before it makes it anew. If the job then fails or is killed, it looks at what was
    made from the old one alone, finds that newer than all else, and says that nothing is to be done.
    """
    try:
        noted = json.loads((Path(folder) / UNFINISHED).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    return [path for path in noted if not Path(path).exists()]


def _note(folder, paths: list[str]) -> None:
    """Note files that are still to be made; none leave no note."""
    note = Path(folder) / UNFINISHED
    if paths:
        netcdf.write_text(json.dumps(sorted(set(paths))), note)
    else:
        note.unlink(missing_ok=True)


def require_ended(folder) -> None:
    """Refuse to go on beside a run that lives, or may live on another host.

    Raises
    ------
    StoreError
        Naming the process and what to do.
    """
    known, record = _known(folder), Path(folder) / RECORD
    if known is None:
        return
    process, host = known["process"], known["host"]
    if host != socket.gethostname():
        what = f"is run by process {process} on {host}, of which nothing is known here"
        remedy = f"If that host or the run there is dead, delete {record} and resume again."
        raise StoreError(str(folder), what, remedy)
    # what was copied while it was run is not run
    if known["folder"] == _own(folder)["folder"] and _lives(process, known["began"]):
        what = f"is run by process {process}, which lives"
        remedy = f"Wait for its end, or end it with `kill {process}`; if it is no run, delete {record}."
        raise StoreError(str(folder), what, remedy)


def unlock(folder) -> None:
    """Take away what a killed run left: Snakemake's locks on files of the scan, and temporary files."""
    inside = f"{folder}{os.sep}"
    for lock in LOCKS.glob("*.lock"):
        with contextlib.suppress(FileNotFoundError):
            if any(line.startswith(inside) for line in lock.read_text(encoding="utf-8").splitlines()):
                lock.unlink()
    for temporary in Path(folder).rglob(".*.tmp"):
        temporary.unlink(missing_ok=True)


def _own(folder) -> dict:
    """What a record says of the run of this process."""
    process = os.getpid()
    place = str(Path(folder).resolve())
    return {"host": socket.gethostname(), "process": process, "began": _began(process), "folder": place}


def _known(folder) -> dict | None:
    """The record of a run; None where there is none, or one that was cut short."""
    try:
        known = json.loads((Path(folder) / RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    # records of earlier releases do not say of which folder they are
    return {"folder": str(Path(folder).resolve())} | known


def _lives(process: int, began: str | None) -> bool:
    """Whether a process lives, and is not another one that has been given its number since."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return _began(process) == began


def _began(process: int) -> str | None:
    """When a process began, as Linux counts, or elsewhere since 1970; None where it has ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    # Snakemake needs it too
    import psutil

    with contextlib.suppress(psutil.Error):
        return str(psutil.Process(process).create_time())
    return None
