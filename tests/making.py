"""Calls of make that get nothing from one that runs the tests."""

import os
import subprocess
from pathlib import Path


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """A call in a folder; ``environment`` is what it gets beside that of the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=kept | environment, capture_output=True, text=True, timeout=60
    )
