"""Fair timing in one process, and what a reader has to know about the machine."""

import json
import platform
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_info

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("pomflow", "numpy", "numba", "scipy")


def medians(calls: dict, rounds: int) -> dict:
    """Median milliseconds of each call; the calls take turns, so that a busy moment hits all of them."""
    for call in calls.values():
        call()
    seconds = [[_seconds(call) for call in calls.values()] for _ in range(rounds)]
    return dict(zip(calls, 1e3 * np.median(seconds, axis=0), strict=True))


def _seconds(call) -> float:
    start = perf_counter()
    call()
    return perf_counter() - start


def rounded(times: dict) -> dict:
    """Times with four digits."""
    return {name: float(f"{time:.4g}") for name, time in times.items()}


def about(machine: dict) -> str:
    """The machine and the versions, for the end of a table."""
    versions = ", ".join(f"{name} {number}" for name, number in machine["packages"].items())
    return f"{machine['cpu']}; Python {machine['python']}, {versions}."


def table(lines: list[list[str]]) -> str:
    """A Markdown table; the first line is its header."""
    header, *rows = lines
    return "\n".join("| " + " | ".join(line) + " |" for line in (header, ["---"] * len(header), *rows))


def publish(name: str, report: dict, text: str) -> None:
    """Print a text and write it, with the numbers behind it, to ``benchmarks/results``."""
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text + "\n")
    (RESULTS / f"{name}.json").write_text(json.dumps(report, indent=2) + "\n")


def machine() -> dict:
    """CPU, versions and BLAS libraries with their threads."""
    libraries = [
        {
            key: library[key]
            for key in ("internal_api", "version", "architecture", "num_threads")
            if key in library
        }
        for library in threadpool_info()
        if library["user_api"] == "blas"
    ]
    return {
        "cpu": _cpu_model(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "blas": libraries,
    }


def _cpu_model() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
