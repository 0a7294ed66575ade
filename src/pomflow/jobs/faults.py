"""A point that diverged is a result too: its file says so, and the rest of the scan goes on.

The stages of one point write such a file in place of their numbers. A later stage that reads it says the
same in its own file, and the collectors turn it into a row of the table with the status 'diverged'.
"""

import functools
import logging
from collections.abc import Callable

from pomflow.errors import DivergenceError, LostError
from pomflow.io import netcdf
from pomflow.jobs import output
from pomflow.numerics import backend


def recorded(*kinds: str) -> Callable:
    """A decorator of a stage: a ``DivergenceError`` becomes all its outputs, of these kinds in order."""

    def decorate(stage: Callable) -> Callable:
        @functools.wraps(stage)
        def run(inputs: dict, outputs: dict, params: dict, *checkpoint) -> None:
            started = netcdf.Clock.start()
            try:
                stage(inputs, outputs, params, *checkpoint)
            except DivergenceError as error:
                _report(error)
                clock = checkpoint[0].clock if checkpoint else started
                made = netcdf.describe_run(params, backend.device_of(params), clock)
                for path, kind in zip(outputs.values(), kinds, strict=True):
                    netcdf.write_lost(error, path, kind, made)

        return run

    return decorate


def _report(error: DivergenceError) -> None:
    """Where it happened it is told on the standard error; where it is read again it stands in the log."""
    logging.getLogger("pomflow").error("%s", error)
    if not isinstance(error, LostError):
        output.write(f"\npomflow: {error}\n")
