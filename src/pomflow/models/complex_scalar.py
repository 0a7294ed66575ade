"""Paths of a complex scalar field phi = phi_1 + i phi_2 that are diagonal in momentum space.

u_k = (1 + i a_k) phi_k with real slopes a_k, odd in time; v_k = (1 + i a_k) phi*_k.
"""

import math
from collections.abc import Callable

import numpy as np

from pomflow.lattice import Lattice
from pomflow.numerics.backend import namespace

# Extents of the lattices that stand for the infinite one, by dimension; from three dimensions on at most
# GAP_EXTENT, and at most about GAP_VOLUME sites.
GAP_EXTENTS, GAP_EXTENT, GAP_VOLUME = {1: 64, 2: 32}, 16, 2.1e6


def stable_slope(growth: int) -> float:
    """The largest |a_k| on which the power ``growth`` of a plane wave keeps a growing real part.

    (uv)^(p/2) turns by p arctan a_k, which must stay below pi / 2: tan(pi / 2p).

    Examples
    --------
    >>> stable_slope(2), round(stable_slope(4), 6), round(stable_slope(6), 6)
    (1.0, 0.414214, 0.267949)
    """
    return 1.0 if growth == 2 else math.tan(math.pi / (2 * growth))


def displacement(lattice: Lattice, slope: np.ndarray, t):
    """Im z of the path at real points t, shape (batch, 2V): eta_k = a_k phi_k for eta = y_1 + i y_2."""
    xp = namespace(t)
    volume, axes = lattice.volume, tuple(range(1, lattice.dimension + 1))
    phi = (t[:, :volume] + 1j * t[:, volume:]).reshape(-1, *lattice.shape)
    eta = xp.fft.ifftn(xp.asarray(slope) * xp.fft.fftn(phi, axes=axes), axes=axes).reshape(len(t), volume)
    return xp.concatenate((eta.real, eta.imag), axis=1)


def by_charge(w):
    """dS/du and dS/dv, each of shape (batch, V), from dS/dz: u = z_1 + i z_2 and v = z_1 - i z_2."""
    volume = w.shape[1] // 2
    first, second = w[:, :volume], w[:, volume:]
    return (first - 1j * second) / 2, (first + 1j * second) / 2


def infinite_extent(dimension: int) -> int:
    """Extent of the lattice that stands for the infinite one."""
    return GAP_EXTENTS.get(dimension, min(GAP_EXTENT, int(GAP_VOLUME ** (1 / dimension))))


def kernel(vectors: list, slopes: Callable[[Lattice], np.ndarray]) -> np.ndarray:
    """c(r) of a path given by its slopes, F_x = sum_r s(r) c(r) phi_{x+r}, of vectors r.

    Parameters
    ----------
    vectors : list of tuple of int
    slopes : callable
        The slopes a_k of the path on a lattice.
    """
    dimension = len(vectors[0]) if vectors else 1
    reaches = np.abs(vectors).max(axis=0).tolist() if vectors else [0]
    lattice = Lattice(tuple(max(infinite_extent(dimension), 2 + 2 * reach) for reach in reaches))
    # F_k = i a_k phi_k and phi_{x+r} has the transform e^{ikr} phi_k
    by_displacement = np.fft.ifftn(1j * slopes(lattice)).real
    return np.array([by_displacement[tuple(-np.array(r))] for r in vectors])
