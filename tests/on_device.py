"""One computation on NumPy and on a device: the same numbers, and no hidden wait for the device."""

import contextlib

import numpy as np

from pomflow.numerics import backend
from pomflow.numerics.backend import to_host
from strict_cupy import no_synchronization


def assert_same(case, device, synchronizes: bool = False, arrays: float = 1e-12):
    """``case(xp)`` gives arrays in any nest: the same to ``arrays``, or 1e-9 by kernels, which round more."""
    expected = case(np)
    with contextlib.nullcontext() if synchronizes else no_synchronization():
        found = case(device)
    compare(found, expected, 1e-9 if backend.has_kernels(device) else arrays)


def compare(found, expected, tolerance):
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        found, expected = tuple(found.values()), tuple(expected.values())
    if isinstance(expected, tuple | list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            compare(one, other, tolerance)
    elif type(expected) in (str, int):
        assert found == expected
    else:
        host = found if type(found) is float else to_host(found)
        np.testing.assert_allclose(host, expected, rtol=tolerance, atol=tolerance, strict=True)


def real(xp, *shape):
    return xp.asarray(np.random.default_rng(len(shape)).normal(size=shape))


def complex_(xp, *shape):
    return real(xp, *shape) + 0.3j * real(xp, *shape)[::-1]
