"""What a job is told: JSON in a line, packed where a command could not hold it, and in a file beyond that."""

import base64
import hashlib
import json
import zlib
from pathlib import Path

from pomflow.io import netcdf

# Linux takes no argument of 128 KiB or more, and a job has two descriptions in one, with quotes around them.
LONGEST = 2**15
# relative to the folder of the run, in which all its jobs work
FOLDER = Path(".snakemake/pomflow")
# what no JSON and no packed line begins with
_FILE = "@"


def line_of(description: dict) -> str:
    """A description as one line.

    That of a table of hundreds of points names thousands of files of similar names, and becomes a tenth. Of
    thousands of points it is the name of a file; the same description has the same name.
    """
    text = json.dumps(description)
    if len(text) <= LONGEST:
        return text
    packed = base64.b64encode(zlib.compress(text.encode())).decode()
    if len(packed) <= LONGEST:
        return packed
    path = FOLDER / hashlib.sha256(packed.encode()).hexdigest()[:32]
    if not path.exists():
        netcdf.write_text(packed, path)
    return f"{_FILE}{path}"


def read(line: str) -> dict:
    """The description that ``line_of`` has written."""
    if line.startswith(_FILE):
        line = Path(line.removeprefix(_FILE)).read_text(encoding="utf-8")
    return json.loads(line if line.startswith("{") else zlib.decompress(base64.b64decode(line)))
