"""Speed of pomflow against straightforward programs, as ratios measured in one process.

``python -m benchmarks`` from the repository root. Importing this package gives BLAS and JAX one thread, which
has to happen before they are loaded.
"""

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
# the size of JAX's pool; on two threads its LAPACK calls (0.10.2) can wait for each other for ever
os.environ["NPROC"] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
