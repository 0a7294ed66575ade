"""Do jobs side by side slow each other down? Trajectories in one process, and in one for each core.

Every process has one BLAS thread, as every job of a workflow does. The efficiency is the trajectories that a
process makes in a second of processor time with a process on every core, divided by those of one alone; so it
sees caches and memory that are shared, and not what else runs on the machine. The runs take turns.
"""

import os
import subprocess
import sys
from time import process_time

import numpy as np

from benchmarks import timing
from pomflow.contours.equivariant.contour import Equivariant
from pomflow.contours.path import Path
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import HMC, Chains

NETWORK = {"reach": 7, "spatial_reach": 2, "features": 3, "scale": 2.0}
EXTENTS, CHAINS, LEAPFROG_STEPS, SECONDS, ROUNDS = (8, 16), 32, 10, 4.0, 3


def main():
    """Measure all volumes, print the table and write it to ``benchmarks/results``."""
    report = {"machine": timing.machine(), "rows": [measure(extent) for extent in EXTENTS]}
    timing.publish("scaling", report, markdown(report))


def measure(extent: int) -> dict:
    """Median trajectories a second and process, alone and with a process on every core."""
    cores = len(os.sched_getaffinity(0))
    rates = {1: [], cores: []}
    for _ in range(ROUNDS):
        for processes, found in rates.items():
            found.append(np.mean(together(extent, processes)))
    alone, all_cores = (float(np.median(found)) for found in rates.values())
    return {"lattice": f"{extent}x{extent}", "cores": cores, "alone": alone, "all": all_cores}


def together(extent: int, processes: int) -> list[float]:
    """Trajectories a second of processor time, of processes that begin at the same time."""
    command = [sys.executable, "-m", "benchmarks.scaling", str(extent)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen(command, **pipes) for _ in range(processes)]
    for worker in workers:
        worker.stdout.readline()
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return [float(worker.communicate()[0]) for worker in workers]


def work(extent: int) -> None:
    """One process: say when everything is compiled, wait, run for some seconds."""
    model = ComplexPhi4(Lattice((extent, extent)), mass=1.0, coupling=1.0, mu=1.2)
    contour, stream = Equivariant.build(model, NETWORK), Stream(1, "scaling")
    path = Path(model, contour, contour.initial_parameters(stream))
    hmc, step = HMC(stream, LEAPFROG_STEPS), np.full((CHAINS, 1), 0.1)
    chains = Chains.on(path, 0.7 * stream.normals(0, CHAINS, model.size))
    chains, _ = hmc.trajectory(path, chains, 0, step)
    print("ready", flush=True)
    sys.stdin.readline()
    started, number = process_time(), 0
    while process_time() - started < SECONDS:
        number += 1
        chains, _ = hmc.trajectory(path, chains, number, step)
    print(number / (process_time() - started))


def markdown(report: dict) -> str:
    """The table and the CPU it was measured on."""
    lines = [["lattice", "trajectories / s, one process", "each of one a core", "cores", "efficiency"]]
    for row in report["rows"]:
        rates = (f"{row['alone']:.1f}", f"{row['all']:.1f}")
        lines.append([row["lattice"], *rates, str(row["cores"]), f"{row['all'] / row['alone']:.2f}"])
    return (
        f"Equivariant contour, {CHAINS} chains, {LEAPFROG_STEPS} leapfrog steps, one BLAS thread a process."
        f"\n\n{timing.table(lines)}\n\n{report['machine']['cpu']}."
    )


if __name__ == "__main__":
    work(int(sys.argv[1]))
