"""What a job says on the terminal: a closed terminal or a full disk behind it takes no result of the job."""

import contextlib
import os
import sys
from typing import NoReturn

# of a stream behind which nothing can be written, or that is closed
REFUSALS = (OSError, ValueError)


def write(text: str) -> None:
    """Write to the standard error."""
    if sys.stderr is not None:
        with contextlib.suppress(*REFUSALS):
            sys.stderr.write(text)


def flush() -> None:
    """Write what the job has printed, before its process ends."""
    # there is no stream where the descriptor was closed before the process began
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with contextlib.suppress(*REFUSALS):
            stream.flush()


def end(status: int) -> NoReturn:
    """End the process with a status, which Python would replace where what was printed cannot be written."""
    flush()
    os._exit(status)
