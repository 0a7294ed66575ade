"""``python -m benchmarks [NAME ...]``: all benchmarks on a CPU, or those that are named."""

import importlib
import os
import sys

NAMES = (
    "gradient",
    "precision",
    "determinant",
    "trajectory",
    "force",
    "automatic",
    "convolution",
    "cluster",
    "framework_gradient",
    "framework_trajectory",
    "framework_determinant",
    "worm",
    "classifier",
    "workflow",
    "startup",
    "density",
    "volume",
    "scaling",
)

# these use all cores; the others get one, whatever threads a library would like to start
ON_ALL_CORES = ("scaling", "startup")

chosen = sys.argv[1:] or NAMES
if unknown := set(chosen) - set(NAMES):
    sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}. Choose from: {', '.join(NAMES)}")
cores = os.sched_getaffinity(0) if hasattr(os, "sched_setaffinity") else set()
for name in chosen:
    if cores:
        os.sched_setaffinity(0, cores if name in ON_ALL_CORES else {max(cores)})
    importlib.import_module(f"benchmarks.{name}").main()
