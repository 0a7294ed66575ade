"""What the shell of a user holds changes no result: the environment that jobs compute and draw in."""

import os
import sys
from pathlib import Path

# one thread for linear algebra: jobs are what runs in parallel, and other orders have other last digits
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
# such as the backend that a notebook names for its own kernel, and files of settings
FOREIGN = ("MATPLOTLIBRC", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP")


# runs a module of the package that the workflow runs, wherever that is
_START = "import runpy, sys; place = sys.argv.pop(1); place in sys.path or sys.path.insert(0, place); \
runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"


def command(module: str) -> list[str]:
    """The command that runs a module of this package in a new process, without the user's own settings."""
    place = Path(__file__).parents[2]
    return [sys.executable, "-I", "-c", _START, str(place), module]


def of_jobs() -> list[str]:
    """The command of every job, before the rule and the log: ``client``, and what it starts without a server.

    It lies in the package: a copy in Snakemake's cache could be cleared away in the middle of a run.
    """
    client = Path(__file__).with_name("client.py")
    return [sys.executable, "-I", "-S", str(client), *command("pomflow.jobs")]


def environment() -> dict[str, str]:
    """The environment of this process without what would change results, for a process that it starts."""
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    # The list of fonts belongs to this environment: another one in the home folder names fonts that are not
    # here.
    fonts = Path(sys.prefix) / "share" / "matplotlib-cache"
    return kept | dict.fromkeys(THREADS, "1") | {"MPLBACKEND": "agg", "MPLCONFIGDIR": str(fonts)}


def isolate() -> None:
    """Give this process that environment; before it imports anything that reads it."""
    isolated = environment()
    os.environ.clear()
    os.environ.update(isolated)
