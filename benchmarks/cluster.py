"""Cluster updates of the Ising model: spins a second, beside array code with SciPy's connected components."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from benchmarks.timing import machine, medians, publish, table
from pomflow.lattice import Lattice
from pomflow.models.ising.exact import CRITICAL_TEMPERATURE
from pomflow.models.ising.model import Ising
from pomflow.models.spins import cluster
from pomflow.random import xoshiro
from pomflow.random.stream import Stream

EXTENTS = (8, 16, 32, 64, 128)
# sites of all chains together, so that the array code has enough to do
SITES = 2**18
ROUNDS = 7


def main() -> None:
    """Measure, print and write the table."""
    rows = [measured(extent) for extent in EXTENTS]
    lines = [["lattice", "chains", "pomflow, 10⁶ spins / s", "array code, 10⁶ spins / s", "ratio"]]
    for row in rows:
        speeds = [f"{row[name]:.1f}" for name in ("pomflow", "arrays")]
        lines.append([row["lattice"], str(row["chains"]), *speeds, f"{row['pomflow'] / row['arrays']:.1f}"])
    about, head = machine(), "Swendsen-Wang updates at the critical temperature, one thread; median of"
    text = f"{head} {ROUNDS} rounds.\n\n{table(lines)}\n\n{about['cpu']}."
    publish("cluster", {"machine": about, "rows": rows}, text)


def measured(extent: int) -> dict:
    """Millions of spins a second of both, started from configurations in equilibrium."""
    lattice, beta = Lattice((extent, extent)), 1 / CRITICAL_TEMPERATURE
    model, chains = Ising(lattice), SITES // extent**2
    settings = {"thermalization": 60, "record_every": 1, "records": 1}
    spins = cluster.sample(model, beta, ["cold"] * chains, settings, Stream(1, "benchmark"))[:, 0]
    calls = {
        "pomflow": compiled(model, beta, spins.copy()),
        "arrays": Arrays(lattice, beta, spins.copy()).update,
    }
    times = medians(calls, ROUNDS)
    speeds = {name: SITES / milliseconds / 1e3 for name, milliseconds in times.items()}
    return {"lattice": str(lattice), "chains": chains} | speeds


def compiled(model: Ising, beta: float, spins):
    """One update of every chain by the library."""
    states = xoshiro.states(Stream(2, "benchmark"), len(spins))
    tables = model.values, model.bonds.first, model.bonds.second, cluster.thresholds(model, beta)
    parents = np.empty(spins.shape[1], dtype=np.int32)

    def call():
        for chain, state in zip(spins, states, strict=True):
            cluster.update(chain, *tables, state, parents)

    return call


class Arrays:
    """The same in NumPy and SciPy: the chains are one large graph."""

    def __init__(self, lattice: Lattice, beta: float, spins):
        self._generator, self._spins = np.random.default_rng(3), spins.ravel()
        self._probability = -np.expm1(-2 * beta)
        offsets = np.arange(len(spins))[:, None] * lattice.volume
        self._first = np.tile(np.arange(spins.size), lattice.dimension)
        self._second = np.concatenate([(offsets + forward).ravel() for forward in lattice.forward])

    def update(self):
        """One update of every chain."""
        equal = self._spins[self._first] == self._spins[self._second]
        occupied = equal & (self._generator.random(len(equal), dtype=np.float32) < self._probability)
        pairs = self._first[occupied], self._second[occupied]
        graph = coo_array((np.ones(len(pairs[0]), dtype=np.int8), pairs), shape=(self._spins.size,) * 2)
        count, label = connected_components(graph, directed=False)
        self._spins = (2 * self._generator.integers(0, 2, count, dtype=np.int8) - 1)[label]


if __name__ == "__main__":
    main()
