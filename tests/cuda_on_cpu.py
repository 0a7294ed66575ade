"""CUDA kernels on a CPU: g++ compiles the unchanged source against a header of stand-ins for CUDA's words.

Wrong indices, missing barriers and arguments of the wrong type show here. What does not show is what the
GPU's compiler makes of a kernel, and its speed.
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
FLAGS = ("-std=c++17", "-O1", "-ffp-contract=off", "-shared", "-fPIC")
FLAGS += ("-Wall", "-Werror", "-Wno-unused-function", "-Wno-unknown-pragmas")
# an overflow or an index out of bounds ends the process with the line that did it
FLAGS += ("-fsanitize=undefined,bounds", "-fno-sanitize-recover=all")
DTYPES = {
    "bool": np.bool_,
    "signed char": np.int8,
    "int": np.int32,
    "long long": np.int64,
    "unsigned long long": np.uint64,
    "double": np.float64,
    "Complex": np.complex128,
}
SIGNATURE = r'extern "C" __global__ void (?:__launch_bounds__\(.*?\) )?(\w+)\((.*?)\)'
RUN = """
extern "C" void run_{name}(unsigned grid, unsigned block, void** a) {{
  launch(grid, block, [=] {{ {name}({arguments}); }});
}}
"""


def available() -> bool:
    """Whether there is a compiler."""
    return shutil.which("g++") is not None


class Kernel:
    """One kernel of a source, called like ``cupy.RawKernel`` but with NumPy arrays."""

    def __init__(self, source: str, name: str):
        self.parameters = _signatures(source)[name]
        self._run = getattr(_library(source), f"run_{name}")

    def __call__(self, grid, block, arguments):
        pointers = [self._pointer(*pair) for pair in zip(arguments, self.parameters, strict=True)]
        (grid,), (block,) = grid, block
        addresses = (ctypes.c_void_p * len(pointers))(*(array.ctypes.data for array in pointers))
        self._run(grid, block, addresses)

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


def _signatures(source: str) -> dict[str, list[tuple[str, bool]]]:
    """For every kernel of a source, macros expanded, the type of each parameter and whether a pointer."""
    source = source.replace("\\\n", " ")
    macros = re.findall(r"#define (\w+) (.+)", source)
    types = ((alias, kind) for kind, alias in re.findall(r"typedef ([\w ]+) (\w+);", source))
    for name, meaning in (*macros, *types):
        source = re.sub(rf"\b{name}\b", meaning, source)
    found = re.findall(SIGNATURE, " ".join(source.split()))
    return {name: [_parameter(text) for text in parameters.split(",")] for name, parameters in found}


def _parameter(declaration: str) -> tuple[str, bool]:
    kind = re.sub(r"\bconst\b|__restrict__|\*|\w+$", " ", declaration.strip())
    return " ".join(kind.split()), "*" in declaration


@functools.cache
def _library(source: str) -> ctypes.CDLL:
    """The source with a function for each kernel that runs its threads."""
    text = f'#include "{HEADER}"\n{source}\n'
    for name, parameters in _signatures(source).items():
        arguments = (f"{'' if array else '*'}({kind}*)a[{i}]" for i, (kind, array) in enumerate(parameters))
        text += RUN.format(name=name, arguments=", ".join(arguments))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernels.so"
        command = ["g++", *FLAGS, "-x", "c++", "-", "-o", str(path)]
        subprocess.run(command, input=text, text=True, check=True)
        return ctypes.CDLL(str(path))
