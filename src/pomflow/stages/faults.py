"""A point that diverged is a result too: its file says so, and the rest of the scan goes on.

The stages of one point write such a file in place of their numbers. A later stage that reads it says the
same in its own file, and the collectors turn it into a row of the table with the status 'diverged'.
"""

import functools
import logging
import sys
from collections.abc import Callable

from pomflow import backend, store
from pomflow.errors import DivergenceError, LostError


def recorded(kind: str) -> Callable:
    """A decorator of a stage with one output: a ``DivergenceError`` becomes a file of this kind."""

    def decorate(stage: Callable) -> Callable:
        @functools.wraps(stage)
        def run(inputs: dict, outputs: dict, params: dict, *checkpoint) -> None:
            started = store.Clock.start()
            try:
                stage(inputs, outputs, params, *checkpoint)
            except DivergenceError as error:
                _report(error)
                (path,) = outputs.values()
                store.write_lost(error, path, kind, store.describe_run(params, _device(params), started))

        return run

    return decorate


def _device(params: dict) -> str:
    """Where the stage ran; one without a choice runs on the CPU."""
    return backend.describe(backend.select(params["backend"])) if "backend" in params else "CPU"


def _report(error: DivergenceError) -> None:
    """Where it happened it is told on the standard error; where it is read again it stands in the log."""
    logging.getLogger("pomflow").error("%s", error)
    if not isinstance(error, LostError):
        sys.stderr.write(f"\npomflow: {error}\n")
