"""Batches of dense matrices: determinants, inverses and solutions, by the array library or by a kernel."""

from pomflow.backend import namespace
from pomflow.kernels import inverse


def eliminated(matrices):
    """What elimination knows of matrices, shape (batch, n, n): ``ByKernel`` where the kernel takes them."""
    return (ByKernel if inverse.fits(matrices, namespace(matrices)) else ByLibrary)(matrices)


class ByLibrary:
    """Every question costs a factorization."""

    def __init__(self, matrices):
        self._matrices, self._linalg = matrices, namespace(matrices).linalg

    def log_det(self):
        """ln|det| + i arg det, shape (batch,)."""
        sign, logarithm = self._linalg.slogdet(self._matrices)
        return logarithm + 1j * namespace(sign).angle(sign)

    def inverse(self):
        """The inverses, shape (batch, n, n)."""
        return self._linalg.inv(self._matrices)

    def solve(self, right):
        """The inverses times right-hand sides, shape (batch, n, k)."""
        return self._linalg.solve(self._matrices, right)


class ByKernel:
    """One launch answers everything."""

    def __init__(self, matrices):
        self._inverse, self._log_det = inverse.inverse(matrices, namespace(matrices))

    def log_det(self):
        return self._log_det

    def inverse(self):
        return self._inverse

    def solve(self, right):
        return self._inverse @ right
