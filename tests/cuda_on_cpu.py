"""CUDA kernels on a CPU: g++ compiles the unchanged source against a header of stand-ins for CUDA's words.

Wrong indices, forgotten bounds, races between the threads of a block and arguments of the wrong type show
here. What does not show is what the GPU's compiler makes of a kernel, and its speed.
"""

import ctypes
import functools
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

HEADER = Path(__file__).parent / "data" / "cuda_on_cpu.h"
FLAGS = ("-std=c++20", "-O1", "-ffp-contract=off", "-Wall", "-Werror", "-Wno-unused-function", "-pthread")
# an overflow or an index out of bounds ends the process with the line that did it
FLAGS += ("-fsanitize=undefined,bounds", "-fno-sanitize-recover=all", "-shared", "-fPIC")
DTYPES = {
    "bool": np.bool_,
    "int": np.int32,
    "long long": np.int64,
    "unsigned long long": np.uint64,
    "word_t": np.uint64,
    "double": np.float64,
    "complex<double>": np.complex128,
}
SIGNATURE = r'extern "C" __global__ void (?:__launch_bounds__\(.*?\) )?{name}\((.*?)\)'
RUN = """
extern "C" void run_kernel(unsigned grid, unsigned block, const long long* order, void** a) {{
  gridDim.x = grid;
  blockDim.x = block;
  const auto visit = [=](unsigned b, unsigned t) {{ blockIdx.x = b; threadIdx.x = t; {name}({arguments}); }};
  {loop}
}}
"""
SERIAL = "for (long long i = 0; i < (long long)grid * block; ++i) visit(order[i] / block, order[i] % block);"
PARALLEL = """
  everyone = std::make_unique<std::barrier<>>(block);
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < block; ++t)
    threads.emplace_back([=] { for (unsigned b = 0; b < grid; ++b) { visit(b, t); __syncthreads(); } });
  for (auto& thread : threads) thread.join();
"""


def available() -> bool:
    """Whether there is a compiler."""
    return shutil.which("g++") is not None


class Kernel:
    """One kernel of a source, called like ``cupy.RawKernel`` but with NumPy arrays."""

    def __init__(self, source: str, name: str):
        self.parameters = _parameters(source, name)
        arguments = ", ".join(
            f"{'' if pointer else '*'}({kind}*)a[{i}]" for i, (kind, pointer) in enumerate(self.parameters)
        )
        loop = PARALLEL if "__syncthreads" in source else SERIAL
        without_cupy = re.sub(r"#include <cupy/.*?>", "", source)
        text = f'#include "{HEADER}"\n{without_cupy}\n{RUN.format(name=name, arguments=arguments, loop=loop)}'
        self._run = _library(text).run_kernel

    def __call__(self, grid, block, arguments):
        pointers = [self._pointer(*pair) for pair in zip(arguments, self.parameters, strict=True)]
        (grid,), (block,) = grid, block
        # threads know nothing of each other's order
        order = np.random.default_rng(grid * block).permutation(grid * block)
        addresses = (ctypes.c_void_p * len(pointers))(*(array.ctypes.data for array in pointers))
        self._run(grid, block, ctypes.c_void_p(order.ctypes.data), addresses)

    @staticmethod
    def _pointer(value, parameter):
        """The array itself or one element with the number; CUDA would take wrong types without a word."""
        kind, is_pointer = parameter
        expected = np.ndarray if is_pointer else np.generic
        if not isinstance(value, expected) or value.dtype != DTYPES[kind]:
            raise TypeError(f"a kernel wants {kind}{'*' * is_pointer} and got {value!r}")
        if is_pointer and not value.flags.c_contiguous:
            raise TypeError("a kernel got an array whose elements do not follow one another")
        return value if is_pointer else np.array([value])


def _parameters(source: str, name: str) -> list[tuple[str, bool]]:
    """Type and whether it is a pointer, of every parameter of a kernel."""
    found = re.search(SIGNATURE.format(name=name), " ".join(source.split()))
    parameters = []
    for declaration in found.group(1).split(","):
        kind = re.sub(r"\bconst\b|__restrict__|\*|\w+$", " ", declaration.strip())
        parameters.append((" ".join(kind.split()), "*" in declaration))
    return parameters


@functools.cache
def _library(text: str) -> ctypes.CDLL:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernel.so"
        command = ["g++", *FLAGS, "-x", "c++", "-", "-o", str(path)]
        subprocess.run(command, input=text, text=True, check=True)
        return ctypes.CDLL(str(path))
