"""Files: NetCDF through xarray, written atomically, with provenance, checked when read."""

import contextlib
import json
import os
import platform
import subprocess
import time
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import xarray as xr

from pomflow.errors import StoreError, first_line

FORMAT = 1
PACKAGES = ("pomflow", "numpy", "scipy", "xarray", "h5netcdf", "pyerrors", "numba", "snakemake")


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
    # a checksum for every block of numbers, so that a flipped bit is found when the file is read
    numbers = [
        name for name, array in dataset.data_vars.items() if array.size > 1 and array.dtype.kind in "fiu"
    ]
    encoding = {name: {"fletcher32": True} for name in numbers}
    with atomic(path) as temporary:
        dataset.to_netcdf(temporary, engine="h5netcdf", encoding=encoding)


def read(path, kind: str, variables: Iterable[str]) -> xr.Dataset:
    """Read a whole dataset into memory.

    Parameters
    ----------
    path : path-like
    kind : str
        The stage that must have made it.
    variables : iterable of str
        Variables that must be there.

    Raises
    ------
    StoreError
        If the file is missing, damaged, of another kind or format, or incomplete.
    """
    again = "Delete it and run again; only what depends on it is made anew."
    try:
        with xr.open_dataset(path, engine="h5netcdf") as file:
            dataset = file.load()
    except FileNotFoundError:
        raise StoreError(str(path), "does not exist", "Run the rule that makes it.") from None
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        raise StoreError(str(path), f"is damaged or not NetCDF ({first_line(error)})", again) from error
    found = dataset.attrs.get("pomflow_kind"), dataset.attrs.get("pomflow_format")
    if found != (kind, FORMAT):
        raise StoreError(
            str(path), f"holds {found[0]!r} (format {found[1]}), not {kind!r} (format {FORMAT})", again
        )
    missing = [name for name in variables if name not in dataset]
    if missing:
        raise StoreError(str(path), f"lacks {', '.join(missing)}", again)
    return dataset


def write_text(text: str, path) -> None:
    """Write a text file atomically."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def describe_run(params: dict, device: str, started: float) -> dict:
    """What a file says of its making.

    Parameters
    ----------
    params : dict
        The part of the configuration that the stage used.
    device : str
        From ``backend.describe``.
    started : float
        ``time.time()`` at the start.
    """
    return {
        "config": json.dumps(params, sort_keys=True),
        "versions": json.dumps(
            {name: version(name) for name in PACKAGES} | {"python": platform.python_version()}
        ),
        "git_revision": git_revision(),
        "device": device,
        "machine": f"{platform.system()} {platform.machine()}",
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "seconds": round(time.time() - started, 3),
    }


def git_revision() -> str:
    """The revision of the source tree, with '-dirty' where it was changed, or 'unknown'."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return done.stdout.strip() or "unknown"
