"""A zip whose bytes depend on its contents alone, and the checksums of what is in it.

Entries are stored as they are: what zlib makes of them differs between its versions, and numbers of Monte
Carlo hardly get smaller.
"""

import hashlib
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pomflow.io import netcdf

CHECKSUMS = "checksums.sha256"
# the first date that a zip can hold
DATE = (1980, 1, 1, 0, 0, 0)
UNIX, MODE = 3, 0o100644 << 16


@dataclass(frozen=True)
class Entry:
    """A file of an archive: ``name`` in it, ``size`` in bytes, and ``sha256``."""

    name: str
    size: int
    sha256: str


def entry(name: str, content: Path | bytes) -> Entry:
    """What is known of a file before it is put into an archive."""
    if isinstance(content, bytes):
        return Entry(name, len(content), hashlib.sha256(content).hexdigest())
    with content.open("rb") as file:
        return Entry(name, content.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def checksums(entries: Iterable[Entry]) -> bytes:
    """The text that ``sha256sum --check`` reads, sorted by name."""
    sums = {one.name: one.sha256 for one in entries}
    return "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()


def write(contents: Mapping[str, Path | bytes], path) -> None:
    """Write a zip atomically, the entries in the order of the mapping, without dates and owners."""
    with netcdf.atomic(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, content in contents.items():
            info = zipfile.ZipInfo(name, DATE)
            info.create_system, info.external_attr = UNIX, MODE
            if isinstance(content, bytes):
                archive.writestr(info, content)
                continue
            info.file_size = content.stat().st_size
            with content.open("rb") as source, archive.open(info, "w") as target:
                shutil.copyfileobj(source, target)
