"""Progress of a long stage: one bar on a terminal, plain lines with rate and estimate in the log."""

import logging
import sys
import time
from collections.abc import Iterator, Sequence

from tqdm import tqdm

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
        self._steps, self._label = steps, label

    def __len__(self) -> int:
        return len(self._steps)

    def __iter__(self) -> Iterator:
        log, started = logging.getLogger("pomflow"), time.monotonic()
        last = started
        bar = tqdm(self._steps, desc=self._label, leave=False, disable=not sys.stderr.isatty())
        for done, step in enumerate(bar, start=1):
            yield step
            now = time.monotonic()
            if now - last >= SECONDS_BETWEEN_LINES or done == len(self):
                last = now
                rate = done / max(now - started, 1e-9)
                left = (len(self) - done) / rate
                log.info("%s: %d/%d, %.1f a second, %.0f s left", self._label, done, len(self), rate, left)
