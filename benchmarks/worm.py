"""Sweeps of the worm algorithm, beside the same loop in C.

The twin ``worm.c`` is compiled here and makes the same chain of configurations from the same random numbers,
bit for bit, which is checked. For that the compiler may not fuse multiplications with additions.
"""

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import timing
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import worm_steps
from pomflow.models.complex_phi4.dual import DualTheory
from pomflow.models.complex_phi4.worm import Records, Worms
from pomflow.models.complex_phi4.worm_steps import State, Tables
from pomflow.random.stream import Stream

# mu = 0.4 has few hops, 1.2 is where the density begins, 2 has a condensate
CASES = (((4, 4), 1.2), ((8, 8), 0.4), ((8, 8), 1.2), ((8, 8), 2.0), ((32, 32), 1.2), ((8, 8, 8, 8), 1.2))
THERMALIZATION, STEPS, ROUNDS = 100, 2_000_000, 7
COMPILER = ("cc", "-O3", "-march=native", "-ffp-contract=off", "-shared", "-fPIC")


def main():
    """Measure all cases, print the table and write it to ``benchmarks/results``."""
    if not shutil.which(COMPILER[0]):
        print("worm is left out: there is no C compiler.\n")
        return
    with tempfile.TemporaryDirectory() as folder:
        twin = Twin(Path(folder))
        report = {"machine": timing.machine(), "rows": [measure(twin, *case) for case in CASES]}
    report["compiler"] = compiler()
    timing.publish("worm", report, markdown(report))


def measure(twin, shape: tuple, mu: float) -> dict:
    """One row: nanoseconds a step of both."""
    theory = DualTheory(Lattice(shape), mass=1.0, coupling=1.0)
    amplitudes = theory.amplitudes(mu)
    worms = Worms(theory, mu, amplitudes, Stream(1, "benchmark"), 1, "benchmark")
    worms.sweep(amplitudes, THERMALIZATION, tune=True)
    tables = Tables(worms._neighbours, worms._ratios, amplitudes, worms._opening)
    sweeps = max(1, STEPS // worms._steps)
    runs = [Chain(run, tables, worms._states[0], worms._worms, sweeps) for run in (without_lines, twin.run)]
    steps = check(*runs)
    times = timing.medians(dict(zip(("pomflow", "C"), runs, strict=True)), ROUNDS)
    nanoseconds = {name: 1e6 * value / steps for name, value in times.items()}
    return {"lattice": str(theory.lattice), "mu": mu, "ns": timing.rounded(nanoseconds)}


def without_lines(tables: Tables, state: State, worms: int, records: np.ndarray) -> int:
    """Sweeps of worms alone, without the pass of straight lines that follows them, and with no correlator."""
    measured, nothing = np.empty((len(records), len(Records._fields))), np.empty((len(records), 2, 1))
    steps = worm_steps.run(tables, None, state, 0, worms, measured, nothing)
    records[:] = measured[:, : records.shape[1]]
    return steps


class Chain:
    """Sweeps by one of the programs, always from the same configuration."""

    def __init__(self, run, tables: Tables, state: State, worms: int, sweeps: int):
        self._run, self._tables, self._start, self._worms = run, tables, state, worms
        self.records = np.empty((sweeps, 3))

    def __call__(self) -> int:
        self.state = State(*(part.copy() for part in self._start))
        return self._run(self._tables, self.state, self._worms, self.records)


def check(ours: Chain, theirs: Chain) -> int:
    """Raise unless both chains are the same to the last bit; return the number of their steps."""
    steps = ours(), theirs()
    pairs = [(ours.records, theirs.records), *zip(ours.state, theirs.state, strict=True)]
    if steps[0] != steps[1] or not all(np.array_equal(one, other) for one, other in pairs):
        raise SystemExit("the worms of pomflow and of C go different ways")
    return steps[0]


class Twin:
    """The program in C, called like ``pomflow.models.complex_phi4.worm_steps.run``."""

    def __init__(self, folder: Path):
        library = folder / "worm.so"
        subprocess.run([*COMPILER, "-o", library, Path(__file__).with_suffix(".c")], check=True)
        self._function = ctypes.CDLL(str(library)).run
        self._function.restype = ctypes.c_int64

    def run(self, tables: Tables, state: State, worms: int, records: np.ndarray) -> int:
        """Sweeps of a number of worms, measuring after each; returns the number of steps."""
        _, dimension, volume = tables.neighbours.shape
        parts = (_pointer(part) for part in (tables.neighbours, tables.ratios, tables.amplitudes))
        c_tables, c_state = _Tables(*parts, tables.opening, dimension, volume), _State(*map(_pointer, state))
        sizes = ctypes.c_int64(worms), ctypes.c_int64(len(records))
        return self._function(ctypes.byref(c_tables), ctypes.byref(c_state), *sizes, _pointer(records))


class _Tables(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("neighbours", "ratios", "amplitudes")),
        ("opening", ctypes.c_double),
        *((name, ctypes.c_int64) for name in ("dimension", "volume")),
    )


class _State(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_void_p) for name in State._fields)


def _pointer(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def compiler() -> str:
    """Its name and version."""
    return subprocess.run([COMPILER[0], "--version"], capture_output=True, text=True).stdout.splitlines()[0]


def markdown(report: dict) -> str:
    """The table and the machine it was measured on."""
    lines = [["lattice", "mu", "pomflow", "C", "pomflow / C"]]
    for row in report["rows"]:
        ours, theirs = row["ns"].values()
        cells = (f"{ours:.1f}", f"{theirs:.1f}", f"{ours / theirs:.2f}")
        lines.append([row["lattice"], str(row["mu"]), *cells])
    return (
        f"Nanoseconds a step of a worm, one chain on one thread; C by `{' '.join(COMPILER)}`; median "
        f"of {ROUNDS} rounds.\n\n{timing.table(lines)}\n\n"
        f"{report['compiler']}; {timing.about(report['machine'])}"
    )
