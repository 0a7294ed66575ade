"""The equivariant contour on a GPU: a block of threads holds one configuration, a thread one site.

One launch gives the points of the path, the force of Re S, the Jacobian or the derivatives. Array code needs
about a hundred for each, and at a few hundred configurations the host needs ten times as long to launch them
as the GPU to run them.
"""

import functools

import numpy as np

from pomflow.contours.equivariant.kernel_source import SOURCE
from pomflow.models.complex_phi4 import kernels as phi4
from pomflow.numerics import backend

# what a block may have without being asked for
SHARED_BYTES, LARGEST_BLOCK = 48 * 1024, 1024


@functools.cache
def source(volume: int, features: int, displacements: int) -> str:
    """The kernels for one lattice and network, whose sizes are known when they are compiled."""
    sizes = {"VOLUME": volume, "FEATURES": features, "DISPLACEMENTS": displacements, "BLOCK": _block(volume)}
    return "".join(f"#define {name} {size}\n" for name, size in sizes.items()) + SOURCE


def _block(volume: int) -> int:
    """Threads of a block: whole warps."""
    return -(-volume // 32) * 32


class EquivariantKernels:
    """The kernels of one contour.

    Parameters
    ----------
    stencil : Stencil
    scales : array, shape (K,)
    ring : Ring
    xp : module
    """

    def __init__(self, stencil, scales, ring, xp):
        after = stencil.neighbours.T
        # the site that lies r before x is where the table of x + r holds x
        sites = np.stack((after, np.argsort(after, axis=1)))
        rows = np.stack((ring.rows, ring.conjugate_rows))
        self._xp, self._volume, self._features = xp, len(ring.rows), len(scales)
        self._sites, self._order = (xp.asarray(table.astype(np.int32)) for table in (sites, rows))
        self._scales = xp.asarray(scales)

    @property
    def usable(self) -> bool:
        """Whether arrays are on a GPU, a configuration fits into a block, and there is anything to do."""
        shared = self._volume * (3 * 16 + 8 * self._features)
        fits = shared <= SHARED_BYTES and self._volume <= LARGEST_BLOCK
        return fits and self._sites.shape[1] > 0 and backend.has_kernels(self._xp)

    def points(self, couplings, t):
        """z, complex, shape (batch, 2V)."""
        return self._by_block("points", self._xp.empty(t.shape, dtype=self._xp.complex128), couplings, t)

    def force(self, couplings, t, model):
        """-d Re S / dt, shape (batch, 2V)."""
        return self._by_block("force", self._xp.empty_like(t, order="C"), couplings, t, *phi4.theory(model))

    def jacobian(self, couplings, t):
        """The Jacobian, complex, shape (batch, 2V, 2V)."""
        n = 2 * self._volume
        result = self._xp.zeros((len(t), n, n), dtype=self._xp.complex128)
        return self._by_block("jacobian", result, couplings, t, self._order)

    def derivatives(self, couplings, t, inverse, su, sv):
        """As ``stencil_kernels.derivatives``, complex, shape (batch, D, 2, K, K)."""
        xp, k = self._xp, self._features
        shape = len(t), self._sites.shape[1], 2, k, k
        arrays = (self._order, *map(xp.ascontiguousarray, (inverse, su, sv)))
        threads = shape[0] * shape[1]
        result = xp.empty(shape, dtype=xp.complex128)
        return self._launch("derivatives", threads, result, couplings, t, *arrays, np.int64(threads))

    def _by_block(self, name, result, couplings, t, *more):
        """A block takes a configuration."""
        block = _block(self._volume)
        return self._launch(name, len(t) * block, result, couplings, t, *more, block=block)

    def _launch(self, name, threads, result, couplings, t, *more, **block):
        xp = self._xp
        text = source(self._volume, self._features, self._sites.shape[1])
        t, couplings = (xp.ascontiguousarray(array, dtype=xp.float64) for array in (t, couplings))
        arrays = t, result, self._sites, couplings, self._scales
        backend.launch(xp, text, name, threads, *arrays, *more, **block)
        return result
