"""Progress of a long stage: plain lines with rate and estimate in the log, and by hand a bar on a terminal.

A workflow reads the lines of its jobs, see `pomflow.terminal`.
"""

import logging
import os
import sys
import time
from collections.abc import Iterator, Sequence

from tqdm import tqdm

from pomflow.io import interrupt

SECONDS_BETWEEN_LINES = 10.0


class Progress:
    """Step numbers that report how far they are while they are iterated over.

    Parameters
    ----------
    steps : sequence
        Usually a range.
    label : str
        What is being done.
    """

    def __init__(self, steps: Sequence, label: str):
        self._steps, self._label, self._before = steps, label, 0

    def __len__(self) -> int:
        return len(self._steps)

    def __getitem__(self, part: slice) -> "Progress":
        """The rest of the steps, for a run that goes on: the display begins where the last one ended."""
        rest = Progress(self._steps[part], self._label)
        rest._before = self._before + len(self) - len(rest)
        return rest

    def __iter__(self) -> Iterator:
        log, started = logging.getLogger("pomflow"), time.monotonic()
        last = started
        total = self._before + len(self)
        bar = tqdm(
            self._steps,
            desc=self._label,
            initial=self._before,
            total=total,
            leave=False,
            # a workflow has one line for all its jobs
            disable=not sys.stderr.isatty() or interrupt.WORKFLOW in os.environ,
        )
        for done, step in enumerate(bar, start=1):
            yield step
            now = time.monotonic()
            if now - last >= SECONDS_BETWEEN_LINES or done == len(self):
                last = now
                rate = done / max(now - started, 1e-9)
                left = (len(self) - done) / rate
                ready = self._before + done
                log.info("%s: %d/%d, %.1f a second, %.0f s left", self._label, ready, total, rate, left)
