"""``python -m benchmarks [NAME ...]``: all benchmarks on a CPU, or those that are named."""

import importlib
import os
import sys

NAMES = (
    "gradient",
    "determinant",
    "force",
    "convolution",
    "cluster",
    "framework_gradient",
    "framework_trajectory",
    "framework_determinant",
    "worm",
    "classifier",
    "workflow",
    "density",
)

# one core for all, whatever threads a library would like to start
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
chosen = sys.argv[1:] or NAMES
if unknown := set(chosen) - set(NAMES):
    sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}. Choose from: {', '.join(NAMES)}")
for name in chosen:
    importlib.import_module(f"benchmarks.{name}").main()
