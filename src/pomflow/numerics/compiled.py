"""Numba with the options of this package, and a cache of machine code that knows of changes in other files.

Numba keeps the machine code of a function until the file of the function changes. What the function calls in
other files, and constants from there, are part of that code all the same: after a change there the old code
would run on. So a module names the others that its compiled functions use.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
from numba import njit


def compiler(*used: ModuleType, fused: bool = False, inlined: bool = False) -> Callable:
    """A decorator that compiles a function, when it is first called, or takes its machine code from the disk.

    Parameters
    ----------
    *used : module
        Other modules whose compiled functions and constants the function uses, directly or through others.
    fused : bool
        Whether a multiplication and an addition may be one instruction. Sums keep their order, so that every
        run gives the same bits.
    inlined : bool
        Whether the function becomes part of what calls it.
    """
    sources = b"".join(Path(module.__file__).read_bytes() for module in used)
    stamp = hashlib.sha256(sources).hexdigest()[:8]
    compiled = njit(
        cache=True,
        nogil=True,
        error_model="numpy",
        fastmath={"contract"} if fused else False,
        forceinline=inlined,
    )

    def decorate(function: Callable) -> Callable:
        # the files of the cache have this name
        function.__qualname__ += f"_{stamp}"
        return compiled(function)

    return decorate


def prepare() -> None:
    """Compile something: what Numba loads for its first function is then there for all that come."""
    njit(lambda x: x + 1.0)(np.ones(1))
