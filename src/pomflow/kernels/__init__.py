"""CUDA kernels for what array code is slow at on a GPU; each has a twin in array code that tests compare."""
