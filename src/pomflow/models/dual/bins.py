"""Parts of chains over which measurements are averaged before their errors are estimated."""

import numpy as np

# Of each chain; up to twice as many where that is no divisor of the sweeps.
BINS = 200


def layout(sweeps: int) -> tuple[int, int]:
    """Sweeps in one part, and the remainder at the beginning, which is left out."""
    size = max(1, sweeps // BINS)
    return size, sweeps % size


def binned(series: np.ndarray) -> np.ndarray:
    """Averages over parts of each chain, shape (chains, bins); a remainder at the beginning is left out."""
    chains, sweeps = series.shape
    size, first = layout(sweeps)
    return series[:, first:].reshape(chains, -1, size).mean(axis=2)


class Bins:
    """Averages over the same parts of what would take too much room sweep by sweep.

    Parameters
    ----------
    sweeps : int
        Of the whole run.

    Examples
    --------
    >>> series = np.random.default_rng(1).normal(size=(2, 450))
    >>> bins = Bins(450)
    >>> bins.add(series[:, :123])
    >>> bins.add(series[:, 123:])
    >>> np.allclose(bins.means(), binned(series))
    True
    """

    def __init__(self, sweeps: int):
        self._size, self._first = layout(sweeps)
        self._count = sweeps // self._size
        self._seen, self._sums = 0, None

    def add(self, records: np.ndarray) -> None:
        """The next sweeps, shape (chains, sweeps, ...)."""
        if self._sums is None:
            self._sums = np.zeros((len(records), self._count, *records.shape[2:]))
        # one after the other: where records are divided may not change a sum
        for record in np.moveaxis(records, 1, 0):
            if self._seen >= self._first:
                self._sums[:, (self._seen - self._first) // self._size] += record
            self._seen += 1

    def means(self) -> np.ndarray:
        """Shape (chains, bins, ...)."""
        return self._sums / self._size

    def state(self) -> dict:
        """For a checkpoint; an empty dict before the first sweep."""
        return {} if self._sums is None else {"sums": self._sums, "seen": self._seen}

    def restore(self, state: dict) -> None:
        """From a checkpoint."""
        self._sums, self._seen = state["sums"], state["seen"]
