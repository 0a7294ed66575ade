"""Speed of pomflow against straightforward programs, as ratios measured in one process.

``python -m benchmarks`` from the repository root. Importing this package pins BLAS and the compiler of JAX to
one thread, which has to happen before they are loaded.
"""

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
