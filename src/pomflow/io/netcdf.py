"""Files: NetCDF through xarray, written atomically, with provenance, sealed, and checked when read.

The last line of a file is a seal: the SHA-256 of all bytes before it, which HDF5 ignores, and a hash of the
work that it is the result of. A file of which any bit has changed is refused before HDF5 sees it; one of
other work is made anew. NetCDF is made and read in memory, so a disk that is full or gone shows itself in
plain reads and writes.
"""

import contextlib
import functools
import hashlib
import io
import json
import os
import platform
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import h5netcdf
import numpy as np
import pandas as pd
import xarray as xr

from pomflow.errors import DivergenceError, LostError, StoreError

FORMAT = 2
# attributes of a file in place of numbers: the parts of the error
LOST = ("diverged_where", "diverged_what", "diverged_remedy")
AGAIN = "Delete it and run again; if what was made of it is there, with TARGETS= and its path."
# the settings that say of which theory numbers are
MODULES = "modules"
THEORY = ("model", "parameters", "lattice", "seed")
# of the repository: what results depend on, and nothing that a scan writes
CODE = (":/src", ":/workflow", ":/Snakefile")
PACKAGES = ("pomflow", "numpy", "scipy", "xarray", "h5netcdf", "pyerrors", "numba", "snakemake")


def _now() -> tuple[float, float]:
    return time.monotonic(), time.process_time()


@dataclass(frozen=True)
class Clock:
    """When a stage began, in seconds: on the clock, and of the processor time of this process.

    On a shared machine the second says what a stage costs; while a GPU computes, only the first does.

    Attributes
    ----------
    wall, processor : float
    now : callable
        Gives both at this moment.
    """

    wall: float
    processor: float
    now: Callable[[], tuple[float, float]] = _now

    @classmethod
    def start(cls, now: Callable[[], tuple[float, float]] = _now) -> "Clock":
        """Now."""
        return cls(*now(), now)

    def elapsed(self) -> dict[str, float]:
        """Seconds since the start, under the names they have in a file."""
        wall, processor = self.now()
        return {"seconds": round(wall - self.wall, 3), "cpu_seconds": round(processor - self.processor, 3)}


@contextlib.contextmanager
def atomic(path):
    """Give a temporary path beside ``path``; move it there when the block ends well, else delete it.

    A file of the final name is therefore always complete, whatever kills the process.

    Raises
    ------
    StoreError
        If the file system refuses (permissions, space).
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise StoreError(
            str(path),
            f"cannot be written ({error.strerror or error})",
            "Check the space and the permissions there.",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def write(dataset: xr.Dataset, path, kind: str, provenance: dict) -> None:
    """Write a dataset.

    Parameters
    ----------
    dataset : xarray.Dataset
    path : path-like
    kind : str
        The stage that made it; ``read`` asks for it.
    provenance : dict
        Attributes from ``describe_run``.
    """
    dataset = dataset.assign_attrs(pomflow_kind=kind, pomflow_format=FORMAT, **provenance)
    work = work_of(json.loads(provenance["config"]), provenance["modules"])
    write_sealed(dataset.to_netcdf(engine="h5netcdf"), path, work)


def work_of(settings: dict, modules: str) -> str:
    """A short hash of what a file is the result of: the settings of its job and the code behind it."""
    return hashlib.sha256(json.dumps([settings, modules], sort_keys=True).encode()).hexdigest()[:16]


def work_in(path) -> str | None:
    """The same hash of a file, of which only the end is read; None where it is missing or says nothing."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.path.getsize(path) - LONGEST_SEAL))
            _, seal, words = file.read().rpartition(SEAL)
        found = words.decode("ascii").split()
    # the end of a file that was cut off is no text
    except (OSError, UnicodeDecodeError):
        return None
    return found[1] if seal and len(found) == 2 else None


def write_sealed(content, path, work: str = "") -> None:
    """Write bytes atomically, and after them a line by which a changed file is told."""
    with atomic(path) as temporary, open(temporary, "wb") as file:
        file.write(content)
        file.write(_seal(content, work.encode()))


def unsealed(raw: bytes) -> bytes | None:
    """What a sealed file of these bytes holds, or None if they were changed."""
    content, _, words = raw.rpartition(SEAL)
    return content if SEAL + words == _seal(content, words[SEAL_DIGITS:].strip()) else None


SEAL = b"sha256 "
SEAL_DIGITS = 64
LONGEST_SEAL = 128


def _seal(content, work: bytes) -> bytes:
    """The line at the end of a file whose other bytes are ``content``."""
    digest = hashlib.sha256(content)
    digest.update(work)
    return SEAL + b" ".join([digest.hexdigest().encode(), *work.split()]) + b"\n"


def write_lost(error: DivergenceError, path, kind: str, provenance: dict) -> None:
    """Write a file of this kind that says why it holds no numbers; ``read`` raises it again."""
    told = dict(zip(LOST, (error.where, error.what, error.remedy), strict=True))
    write(xr.Dataset(attrs=told), path, kind, provenance)


def read(path, kind: str, variables: Iterable[str], settings: dict | None = None) -> xr.Dataset:
    """Read a whole dataset into memory.

    Parameters
    ----------
    path : path-like
    kind : str
        The stage that must have made it.
    variables : iterable of str
        Variables that must be there.
    settings : dict, optional
        Of what reads them: where they state of which theory the numbers are, it must be the same.

    Raises
    ------
    StoreError
        If the file is missing, damaged, of another kind or format, of another theory, or incomplete.
    LostError
        If it says that what should have made its numbers diverged.
    """
    with _opened(path, kind) as file:
        dataset = file.load()
    if settings is not None:
        _require_theory(path, json.loads(dataset.attrs["config"]), settings)
    if LOST[0] in dataset.attrs:
        raise LostError(*(dataset.attrs[name] for name in LOST))
    missing = [name for name in variables if name not in dataset]
    if missing:
        raise StoreError(str(path), f"lacks {', '.join(missing)}", AGAIN)
    return dataset


def _require_theory(path, made: dict, settings: dict) -> None:
    """Refuse numbers of another theory than the settings state."""
    stated = {name: settings[name] for name in THEORY if name in settings}
    for name, found, wanted in _stated_by_both(made, stated):
        if found != wanted:
            remedy = "Run the workflow again: it makes anew what differs."
            raise StoreError(str(path), f"was made with {name} {found}, not {wanted}", remedy)


def _stated_by_both(first: dict, second: dict) -> Iterator[tuple]:
    """(name, value, value) of what stands in two nested dicts."""
    for name in first.keys() & second.keys():
        if isinstance(first[name], dict) and isinstance(second[name], dict):
            yield from _stated_by_both(first[name], second[name])
        else:
            yield name, first[name], second[name]


def require_numbers(path, array: xr.DataArray, shape: tuple) -> None:
    """Refuse a variable of a file that has another shape (None is any extent) or is not finite everywhere."""
    fits = len(shape) == array.ndim and all(
        wanted in (None, found) for wanted, found in zip(shape, array.shape, strict=True)
    )
    if not fits:
        wanted = tuple("any" if extent is None else extent for extent in shape)
        raise StoreError(str(path), f"{array.name} has the shape {array.shape}, not {wanted}", AGAIN)
    if not np.isfinite(array.values).all():
        raise StoreError(str(path), f"{array.name} has values that are not finite numbers", AGAIN)


def read_provenance(path, kind: str | None = None) -> dict:
    """The attributes of a file of this kind, or of any, also of one whose numbers diverged.

    Its variables are not decoded, which would take ten times as long. Raises the StoreErrors of ``read``.
    """
    with h5netcdf.File(io.BytesIO(_content(path)), "r") as file:
        attributes = dict(file.attrs)
    _require_kind(path, attributes, kind)
    return attributes


def read_any(path) -> xr.Dataset:
    """A whole file of any kind, also one whose numbers diverged; raises the StoreErrors of ``read``."""
    with _opened(path) as file:
        return file.load()


@contextlib.contextmanager
def _opened(path, kind: str | None = None):
    """An open dataset of this kind, or of any."""
    with xr.open_dataset(io.BytesIO(_content(path)), engine="h5netcdf") as file:
        _require_kind(path, file.attrs, kind)
        yield file


def _require_kind(path, attributes: Mapping, kind: str | None = None) -> None:
    """Refuse a file of another kind or format."""
    found = attributes.get("pomflow_kind"), attributes.get("pomflow_format")
    wanted = kind or found[0], FORMAT
    if found != wanted:
        what = f"holds {found[0]!r} (format {found[1]}), not {wanted[0]!r} (format {FORMAT})"
        raise StoreError(str(path), what, AGAIN)


def _content(path) -> bytes:
    """What a file holds before its seal, if the seal fits."""
    content = unsealed(read_bytes(path))
    if content is None:
        raise StoreError(str(path), "is damaged or was changed since it was written", AGAIN)
    return content


def read_bytes(path) -> bytes:
    """All of a file.

    Raises
    ------
    StoreError
        If it is missing or the file system refuses.
    """
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise StoreError(str(path), "does not exist", "Run the rule that makes it.") from None
    except OSError as error:
        what = f"cannot be read ({error.strerror or error})"
        raise StoreError(str(path), what, "Check the file and its permissions.") from error


def about(long_name: str, units: str = "1") -> dict:
    """Attributes of a variable of a file."""
    return {"long_name": long_name, "units": units}


def write_table(table: pd.DataFrame, path) -> None:
    """Write a table as csv, atomically."""
    write_text(table.to_csv(index=False, float_format="%.10g", lineterminator="\n"), path)


def write_text(text: str, path) -> None:
    """Write a text file atomically."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def describe_run(params: dict, device: str, started: Clock) -> dict:
    """What a file says of its making.

    Parameters
    ----------
    params : dict
        The part of the configuration that the stage used, and under ``modules`` the fingerprint of its code.
    device : str
        From ``backend.describe``.
    started : Clock
        ``Clock.start()`` at the start.
    """
    return {
        **describe_code(params),
        "device": device,
        "machine": f"{platform.system()} {platform.machine()}",
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        **started.elapsed(),
    }


def describe_code(params: dict) -> dict:
    """The part of it that is the same in every run of the same code: settings, code, versions, revision."""
    settings = {name: value for name, value in params.items() if name != MODULES}
    return {
        "config": json.dumps(settings, sort_keys=True),
        MODULES: params.get(MODULES, ""),
        "versions": json.dumps(versions()),
        "git_revision": git_revision(),
    }


@functools.cache
def versions() -> dict[str, str]:
    """Of the packages that results depend on, and of Python."""
    return {name: version(name) for name in PACKAGES} | {"python": platform.python_version()}


def cost(provenance: dict) -> float:
    """Processor time of a job in seconds; on a GPU, where the processor waits, time on the clock."""
    return provenance["seconds" if provenance["device"].startswith("cupy") else "cpu_seconds"]


@functools.cache
def git_revision() -> str:
    """The commit of the source tree, with '-dirty' where the code was changed, or 'unknown'."""
    # a package that is installed into a folder of another repository is not part of that one
    if not _git("ls-files", Path(__file__).name):
        return "unknown"
    lines = _git("status", "--porcelain=v2", "--branch", "--untracked-files=no", "--", *CODE).splitlines()
    commit = next((line.split()[-1] for line in lines if line.startswith("# branch.oid ")), "unknown")
    changed = any(not line.startswith("#") for line in lines)
    return commit[:12] + ("-dirty" if changed else "")


def _git(*arguments: str) -> str:
    """What git says in the folder of this file; nothing where it fails."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
