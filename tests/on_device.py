"""One computation on NumPy and on a device: the same numbers, and no hidden wait for the device."""

import contextlib

import numpy as np

import strict_cupy
from pomflow.backend import to_host
from strict_cupy import no_synchronization


def assert_same(case, device, synchronizes: bool = False):
    """``case(xp)`` gives arrays in any nest: the same to 1e-12 (1e-9 on a GPU, which rounds otherwise)."""
    expected = case(np)
    with contextlib.nullcontext() if synchronizes else no_synchronization():
        found = case(device)
    compare(found, expected, device, 1e-12 if device is strict_cupy else 1e-9)


def compare(found, expected, device, tolerance):
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        found, expected = tuple(found.values()), tuple(expected.values())
    if isinstance(expected, tuple | list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            compare(one, other, device, tolerance)
    elif type(expected) in (str, int):
        assert found == expected
    else:
        host = found if type(found) is float else to_host(found)
        np.testing.assert_allclose(host, expected, rtol=tolerance, atol=tolerance, strict=True)


def real(xp, *shape):
    return xp.asarray(np.random.default_rng(len(shape)).normal(size=shape))


def complex_(xp, *shape):
    return real(xp, *shape) + 0.3j * real(xp, *shape)[::-1]
