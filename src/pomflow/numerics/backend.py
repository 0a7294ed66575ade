"""NumPy or CuPy: the only module that knows about devices.

Numerical code asks ``namespace(x)`` for the array module its arguments belong to and is the same for
both; a stage chooses once, by ``select``, where its arrays live.
"""

import ctypes
import functools
import logging
import platform
import sys
from types import ModuleType

import numpy as np

from pomflow.errors import BackendError, first_line

THREADS_PER_BLOCK = 128
# why CuPy is not taken on a machine that has no GPU, of which nobody needs to hear
NOT_INSTALLED, NO_DRIVER, NO_DEVICE = (
    "the package cupy is not installed",
    "no NVIDIA driver is installed",
    "no CUDA device is visible",
)
_DRIVER = "libcuda.so.1"


def namespace(array) -> ModuleType:
    """The array module (NumPy or CuPy) that made this array."""
    return sys.modules[type(array).__module__.partition(".")[0]]


def to_host(array) -> np.ndarray:
    """A NumPy copy of the array; the array itself where it is NumPy's already."""
    return array if isinstance(array, np.ndarray) else array.get()


def on_device(value, xp: ModuleType):
    """A NumPy array as one of ``xp``; a Python number as it is."""
    return xp.asarray(value) if isinstance(value, np.ndarray) else value


def select(name: str) -> ModuleType:
    """The array module for a configured backend.

    Parameters
    ----------
    name : {'auto', 'numpy', 'cupy'}
        ``auto`` takes CuPy where a working GPU is found and NumPy elsewhere; of a GPU that does not work the
        log says why.

    Raises
    ------
    BackendError
        If CuPy is asked for and cannot compute here.
    """
    if name == "numpy":
        return np
    problem = cupy_problem()
    if problem is None:
        return sys.modules["cupy"]
    if name == "cupy":
        raise BackendError(
            "backend",
            f"'cupy' cannot be used here ({problem})",
            "Set backend to 'numpy' or 'auto', or run where an NVIDIA GPU and its driver are installed.",
        )
    if problem not in (NOT_INSTALLED, NO_DRIVER, NO_DEVICE):
        logging.getLogger("pomflow").warning("NumPy takes the place of CuPy: %s", problem)
    return np


def cupy_problem() -> str | None:
    """Why CuPy cannot compute here, or None if it can."""
    # to import it takes longer than many jobs
    if sys.modules.get("cupy") is None and not _has_driver():
        return NO_DRIVER
    try:
        import cupy
    except ModuleNotFoundError:
        return NOT_INSTALLED
    except Exception as error:  # such as a folder for its kernels that cannot be made
        return first_line(error)
    return _problem_of(cupy)


def leave_out_idle_cupy() -> None:
    """Let nothing import CuPy in this process where there is no driver; xarray does where it can."""
    if not _has_driver():
        sys.modules.setdefault("cupy", None)


def _has_driver() -> bool:
    try:
        ctypes.CDLL(_DRIVER)
    except OSError:
        return False
    return True


@functools.cache
def _problem_of(cupy: ModuleType) -> str | None:
    """The same for the module; a process tries it once.

    Being importable proves nothing: a first kernel needs NVRTC and a first inverse needs cuBLAS, so
    one of each is run.
    """
    try:
        if cupy.cuda.runtime.getDeviceCount() < 1:
            return NO_DEVICE
        (cupy.ones(2) + 1).sum().item()
        cupy.linalg.inv(cupy.eye(2)[None])
    except Exception as error:  # CuPy raises a different type for each missing library
        return first_line(error)
    return None


def describe(xp: ModuleType) -> str:
    """Backend and device in words, for the provenance of a file."""
    if xp is np:
        return f"numpy on {platform.machine()} CPU"
    return f"cupy on {_properties(xp)['name'].decode()}"


@functools.cache
def memory(xp: ModuleType) -> int:
    """Bytes of memory of the GPU that arrays of this module live on."""
    return _properties(xp)["totalGlobalMem"]


def _properties(xp: ModuleType) -> dict:
    return xp.cuda.runtime.getDeviceProperties(xp.cuda.Device().id)


def device_of(settings: dict) -> str:
    """Where a stage with these settings runs; one without a choice runs on the CPU."""
    return describe(select(settings["backend"])) if "backend" in settings else "CPU"


def has_kernels(xp: ModuleType) -> bool:
    """Whether CUDA kernels run on arrays of this module."""
    return hasattr(xp, "RawKernel")


def launch(
    xp: ModuleType, source: str, name: str, threads: int, *arguments, block: int = THREADS_PER_BLOCK
) -> None:
    """Run a CUDA kernel with at least so many threads; numbers are passed as NumPy scalars of its types."""
    if threads:
        _kernel(xp, source, name)((-(-threads // block),), (block,), arguments)


@functools.cache
def _kernel(xp: ModuleType, source: str, name: str):
    """Compiled at its first launch; CuPy keeps the machine code on disk."""
    return xp.RawKernel(source, name)
