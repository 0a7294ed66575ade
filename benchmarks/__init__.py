"""Speed of pomflow against straightforward programs, as ratios measured in one process.

``python -m benchmarks`` from the repository root. Importing this package pins BLAS to one thread, which has
to happen before NumPy is loaded.
"""

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
