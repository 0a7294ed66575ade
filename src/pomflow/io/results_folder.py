"""The folder of results: whether jobs can write there."""

import tempfile
from pathlib import Path

from pomflow.errors import StoreError


def require_writable(folder) -> None:
    """Refuse a folder that no job could write to, before any of them runs; nothing is left there.

    Raises
    ------
    StoreError
        If the folder, or the nearest one above that exists, takes no file.
    """
    folder = Path(folder)
    nearest = folder
    try:
        nearest = next(place for place in (folder, *folder.parents) if place.exists())
        with tempfile.TemporaryFile(dir=nearest) as file:
            file.write(b"1")
    except OSError as error:
        what = f"no file can be written there ({error.strerror or error})"
        raise StoreError(str(nearest), what, "Make it a folder with space that you may write to.") from error
