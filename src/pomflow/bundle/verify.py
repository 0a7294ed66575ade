"""Whether a bundle is what was bundled: its checksums, and its tables made anew from its NetCDF files."""

import contextlib
import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import yaml

from pomflow import registry
from pomflow.bundle import archive
from pomflow.bundle.contents import CONFIG, FOLDER, JOBS
from pomflow.errors import StoreError
from pomflow.io import netcdf
from pomflow.jobs.graph import paths_of
from pomflow.jobs.job import stage_of

TABLE = ".csv"
AGAIN = "Get it again from where it was published."


def words(path: Path, run_plugins: bool = False) -> str:
    """What is told of a bundle that is as it was made.

    Parameters
    ----------
    path : Path
        The zip, or the folder that it was unpacked in.
    run_plugins : bool
        Whether the code of plug-ins in it may be run, without which their tables cannot be made.

    Raises
    ------
    StoreError
        Naming the first file that is missing, was changed, or is none of it, or the first table that comes
        out different.
    """
    with unpacked(path) as folder:
        count = require_checksums(path, folder)
        told = f"{path}: {count} files, each as it was bundled"
        config = yaml.safe_load((folder / CONFIG).read_text(encoding="utf-8"))
        if any(config["plugins"].values()) and not run_plugins:
            return f"{told}; tables not made anew, which runs the code in {FOLDER}/plugins: --run-plugins"
        registry.plug_in(config["plugins"], folder / FOLDER)
        tables, left_out = rebuild(path, folder)
    without = f" ({left_out} not, whose samples were left out)" if left_out else ""
    return f"{told}; {tables} tables made anew from the NetCDF files{without}, the same to the last byte"


@contextlib.contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The folder of a bundle; that of a zip is gone afterwards.

    Raises
    ------
    StoreError
        If there is no bundle, or it cannot be unpacked.
    """
    if path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="pomflow-bundle-") as folder:
        try:
            with zipfile.ZipFile(path) as zipped:
                zipped.extractall(folder)
        except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
            raise StoreError(str(path), f"cannot be unpacked ({error})", AGAIN) from error
        yield Path(folder)


def require_checksums(path: Path, folder: Path) -> int:
    """The number of files, all of which have their checksums, and none of which is of elsewhere."""
    sums = dict(_checksums(path, folder))
    for name, expected in sums.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise StoreError(f"{path}: {name}", "is missing or cannot be read", AGAIN) from error
        if found != expected:
            raise StoreError(f"{path}: {name}", "was changed since it was bundled", AGAIN)
    if path != folder:
        there = {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()}
        for name in sorted(there - {*sums, archive.CHECKSUMS}):
            raise StoreError(f"{path}: {name}", "is no file of the bundle", AGAIN)
    return len(sums)


def _checksums(path: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """(name, checksum) of every file."""
    try:
        lines = (folder / archive.CHECKSUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        what = f"is no bundle: it has no {archive.CHECKSUMS}"
        raise StoreError(str(path), what, "Name a zip from `make bundle`, or its folder.") from error
    for line in lines:
        expected, _, name = line.partition("  ")
        place = PurePosixPath(name)
        if not name or place.is_absolute() or ".." in place.parts:
            raise StoreError(f"{path}: {archive.CHECKSUMS}", f"has a line that is none: {line!r}", AGAIN)
        yield name, expected


def rebuild(path: Path, folder: Path) -> tuple[int, int]:
    """Make every table anew from the files that it was made of; how many, and how many could not be."""
    jobs = json.loads((folder / JOBS).read_text(encoding="utf-8"))
    made = left_out = 0
    for job in jobs:
        tables = {name: place for name, place in job["outputs"].items() if str(place).endswith(TABLE)}
        if not tables:
            continue
        if all((folder / source).exists() for source in paths_of(job["inputs"])):
            _require_same(path, folder, job, tables)
            made += len(tables)
        else:
            left_out += len(tables)
    return made, left_out


def _require_same(path: Path, folder: Path, job: dict, tables: dict[str, str]) -> None:
    """Run the stage of a job in a folder of its own and compare its tables byte by byte."""
    with tempfile.TemporaryDirectory(prefix="pomflow-tables-") as place:
        outputs = {name: str(Path(place) / Path(given).name) for name, given in job["outputs"].items()}
        inputs = {
            name: str(folder / given) if isinstance(given, str) else [str(folder / one) for one in given]
            for name, given in job["inputs"].items()
        }
        stage_of(job["stage"])(inputs, outputs, job["settings"] | {netcdf.MODULES: job["modules"]})
        for name, given in tables.items():
            if Path(outputs[name]).read_bytes() != (folder / given).read_bytes():
                what = "comes out different from the NetCDF files"
                remedy = f"Compare the revision in {FOLDER}/README.md with that of this pomflow."
                raise StoreError(f"{path}: {given}", what, remedy)
