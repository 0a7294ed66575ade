"""What a job is told: JSON in a line, packed where a command could not hold it."""

import base64
import json
import zlib

# Linux takes no argument of 128 KiB or more, and a job has two descriptions in one, with quotes around them.
LONGEST = 2**15


def line_of(description: dict) -> str:
    """A description as one line.

    That of a table of hundreds of points names thousands of files of similar names, and becomes a tenth.
    """
    text = json.dumps(description)
    return text if len(text) <= LONGEST else base64.b64encode(zlib.compress(text.encode())).decode()


def read(line: str) -> dict:
    """The description that ``line_of`` has written."""
    return json.loads(line if line.startswith("{") else zlib.decompress(base64.b64decode(line)))
