"""Checkpoints: a long loop writes its state from time to time, and a killed job goes on from there.

A checkpoint is one sealed file, written atomically: NumPy arrays in an npz archive, which is read without
unpickling anything. It names the work it belongs to by a key; one that is damaged or belongs to other work is
reported and ignored, and that of other work steps aside until the job has ended.
"""

import contextlib
import glob
import hashlib
import io
import itertools
import json
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from pomflow.errors import StoreError
from pomflow.io import interrupt, netcdf
from pomflow.numerics.backend import to_host

# writing takes at most about this share of the time
LARGEST_SHARE = 0.05
OTHER_WORK = "belongs to other settings, code or input, other versions or another device"
_ABOUT = ".about"
_LEVEL = "/"
_PART = ".part-"
_SHORTER = ".shorter"
_ASIDE = ".of-"
_log = logging.getLogger("pomflow")


class Process(Protocol):
    """A computation in steps that can be stopped after any of them."""

    def advance(self, step) -> None:
        """Do one step."""

    def state(self) -> dict:
        """Everything that the next steps depend on: arrays, numbers and texts, in nested dicts."""

    def restore(self, state: dict) -> None:
        """Continue from such a state, whose arrays are NumPy's."""


class Kept(Protocol):
    """What a process can go on from; its text names it in a message."""

    def resume(self) -> dict | None:
        """The number of steps that were ``done`` and the state of the ``process``, or None."""


class Checkpoint:
    """Where the state of one long loop is kept.

    Parameters
    ----------
    path : path-like
    key : str
        Names the work: a hash of everything that determines its result.
    seconds : float
        Time between two checkpoints.
    clock : netcdf.Clock
        When this sitting of the job began; it also says when a checkpoint is due.
    """

    def __init__(self, path, key: str, seconds: float, clock: netcdf.Clock):
        self._path, self._key, self._seconds = Path(path), key, seconds
        self._clock, self._is_part = clock, False
        # time of earlier sittings, which parts share
        self._earlier = {"seconds": 0.0, "cpu_seconds": 0.0}
        self._last, self._duration = self._now(), 0.0

    def __str__(self) -> str:
        return f"the checkpoint {self._path}"

    @property
    def key(self) -> str:
        """Names the work."""
        return self._key

    @property
    def shorter(self) -> Path:
        """Where the result of a shorter run of the same work is, if there is one (``keep_shorter``)."""
        return _shorter_of(self._path)

    def part(self, name: str) -> "Checkpoint":
        """The checkpoint of one of several loops of a job, which is kept when that loop has ended too."""
        path = self._path.with_name(f"{self._path.name}{_PART}{name}")
        part = Checkpoint(path, f"{self._key} {name}", self._seconds, self._clock)
        part._is_part, part._earlier = True, self._earlier
        return part

    @property
    def clock(self) -> netcdf.Clock:
        """When the job would have begun had it never been interrupted."""
        wall, processor = self._earlier["seconds"], self._earlier["cpu_seconds"]
        return replace(self._clock, wall=self._clock.wall - wall, processor=self._clock.processor - processor)

    def resume(self) -> dict | None:
        """The state that was kept, or None where there is none that can be used; that is reported.

        A state of other work steps aside, and is there for who goes back to the settings or code of before.

        Raises
        ------
        StoreError
            If there is one but it cannot be read: work that is perhaps only out of reach is not begun anew.
        """
        found = self._read()
        if found is None or found[0]["key"] != self._key:
            try:
                if found is not None:
                    os.replace(self._path, self._aside(found[0]["key"]))
                os.replace(self._aside(self._key), self._path)
            except OSError:
                if found is not None:
                    ignore(self, OTHER_WORK)
                return None
            found = self._read()
        if found is None:
            return None
        about, state = found
        self.count(about["spent"])
        return state

    def _aside(self, key: str) -> Path:
        """Where a state is that other work would overwrite."""
        name = hashlib.sha256(key.encode()).hexdigest()[:16]
        return self._path.with_name(f"{self._path.name}{_ASIDE}{name}")

    def _read(self) -> tuple[dict, dict] | None:
        """What is said of a state, and the state; None where there is none, or a damaged one."""
        try:
            content = netcdf.unsealed(self._path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            what = f"the checkpoint cannot be read ({error.strerror or error})"
            raise StoreError(str(self._path), what, "Run again, or delete it to begin anew.") from error
        if content is None:
            ignore(self, "is damaged")
            return None
        return _decode(content)

    def count(self, spent: dict[str, float]) -> None:
        """Count what earlier sittings took (``Clock.elapsed``), all of them up to one of them."""
        for name, seconds in spent.items():
            self._earlier[name] = max(self._earlier[name], seconds)

    def due(self, ended: bool) -> bool:
        """Whether it is time to write; ``ended`` after the last step."""
        waiting = max(self._seconds, self._duration / LARGEST_SHARE)
        late = self._now() - self._last >= waiting
        return late or interrupt.requested() or (ended and self._is_part)

    def keep(self, done: int, state: Callable[[], dict]) -> None:
        """Write the state after so many steps, which takes long to gather where it has all configurations.

        Where disk or memory are full, that costs the checkpoint, not the job.
        """
        began = self._now()
        about = {"key": self._key, "spent": self.clock.elapsed()}
        try:
            content = _encode(about, {"done": done, "process": state()})
            netcdf.write_sealed(content, self._path)
        except (StoreError, MemoryError) as error:
            _log.warning("no checkpoint was written: %s", error)
        self._last = self._now()
        self._duration = self._last - began

    def remove(self) -> None:
        """Delete what was kept, of all parts, also of those that other settings had."""
        for path in kept_files(self._path):
            try:
                path.unlink()
            except OSError as error:
                _log.warning("the checkpoint %s was not deleted: %s", path, error)

    def _now(self) -> float:
        return self._clock.now()[0]


def ignore(kept, why: str) -> None:
    """Say that something that was kept is not used."""
    _log.warning("%s %s; it is ignored and the work begins anew", kept, why)


def kept_files(path) -> list[Path]:
    """The checkpoint of a job, those of parts and other work, its log and a shorter result, if they exist."""
    path = Path(path)
    others = (path.parent.glob(f"{glob.escape(path.name)}{kind}*") for kind in (_PART, _ASIDE))
    known = (path, _log_of(path), _shorter_of(path), *itertools.chain(*others))
    return [one for one in known if one.exists()]


def link_log(log: Path, path) -> None:
    """Let the log of a job be the one that an earlier sitting left beside its checkpoint, or keep the new one
    there.

    It is one file under two names, where the file system has such. Elsewhere a job has a log of one sitting.
    """
    kept = _log_of(Path(path))
    log.unlink(missing_ok=True)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        kept.touch()
        os.link(kept, log)


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.log")


def keep_shorter(result, path, work: str) -> None:
    """Give the result of a run a second name beside its checkpoint, so that a longer run can go on from it.

    Snakemake deletes the first name before the job. Nothing is copied; where a file system has no links the
    file is moved. A result that need not be made, or of which the very same is asked for once more, has no
    second name, nor one from a run that was ended before.

    Parameters
    ----------
    result : path-like
        If it is missing, what an earlier sitting has kept stays.
    path : path-like
        Of the checkpoint.
    work : str
        ``netcdf.work_of`` what is to be made.
    """
    kept = _shorter_of(Path(path))
    if not Path(result).exists():
        return
    # what cannot be kept is made anew
    with contextlib.suppress(OSError):
        kept.unlink(missing_ok=True)
        if netcdf.work_in(result) == work:
            return
        kept.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(result, kept)
        except OSError:
            os.replace(result, kept)


def _shorter_of(path: Path) -> Path:
    return path.with_name(f"{path.name}{_SHORTER}")


def carry_out(process: Process, steps: Sequence, checkpoint: Checkpoint | None = None, *others: Kept) -> None:
    """Do all steps of a process, from its checkpoint on where there is one.

    Parameters
    ----------
    process : Process
    steps : sequence that can be sliced
        What ``process.advance`` gets, one after the other.
    checkpoint : Checkpoint, optional
        Without one the process begins at the first step and keeps nothing.
    *others : Kept
        What else it can go on from, where there is no checkpoint.

    Raises
    ------
    SystemExit
        After a step at which the job was asked to end.
    """
    if checkpoint is None:
        for step in steps:
            process.advance(step)
        return
    first = _resumed(process, len(steps), (checkpoint, *others))
    for done, step in enumerate(steps[first:], start=first + 1):
        process.advance(step)
        if checkpoint.due(ended=done == len(steps)):
            checkpoint.keep(done, process.state)
        if interrupt.requested():
            interrupt.leave()


def _resumed(process: Process, steps: int, kept: Iterable[Kept]) -> int:
    """Restore a process from the first that can be used; return how many steps were done there."""
    for one in kept:
        saved = one.resume()
        if saved is None:
            continue
        if saved["done"] > steps:
            ignore(one, "is of a longer run")
            continue
        _log.info("goes on from %s, after %d of %d steps", one, saved["done"], steps)
        process.restore(saved["process"])
        return saved["done"]
    return 0


def work_key(settings: dict, modules: str, inputs: Iterable, device: str) -> str:
    """A hash of what determines the result of a job to the last bit.

    Parameters
    ----------
    settings : dict
    modules : str
        The fingerprint of the code; versions of the packages are added here.
    inputs : iterable of path-like
        The files that the job reads.
    device : str
        In words.

    Raises
    ------
    StoreError
        If an input cannot be read.
    """
    digest = hashlib.sha256(
        json.dumps([settings, modules, netcdf.versions(), device], sort_keys=True).encode()
    )
    for path in sorted(map(str, inputs)):
        digest.update(hashlib.sha256(netcdf.read_bytes(path)).digest())
    return digest.hexdigest()


def _encode(about: dict, state: dict):
    archive = io.BytesIO()
    np.savez(archive, allow_pickle=False, **{_ABOUT: np.array(json.dumps(about))}, **dict(_leaves(state, "")))
    return archive.getbuffer()


def _decode(content: bytes) -> tuple[dict, dict]:
    state = {}
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        about = json.loads(str(archive[_ABOUT]))
        for name in archive.files:
            if name != _ABOUT:
                _place(state, name.split(_LEVEL), archive[name])
    return about, state


def _leaves(state: dict, prefix: str):
    """(path, array) of every entry of nested dicts."""
    for name, value in state.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}{_LEVEL}")
        else:
            array = to_host(value) if hasattr(value, "get") else np.asarray(value)
            yield f"{prefix}{name}", array


def _place(state: dict, path: list[str], array: np.ndarray) -> None:
    """Put an array where it was; numbers and texts come back as Python's."""
    *above, name = path
    level = state
    for key in above:
        level = level.setdefault(key, {})
    level[name] = array if array.ndim else array.item()
