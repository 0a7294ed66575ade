"""Batches of dense matrices: determinants, inverses and solutions, by the array library or by a kernel."""

from functools import cached_property

from pomflow.numerics import inverse_kernel as inverse
from pomflow.numerics.backend import namespace

# rows up to which the kernel, which inverts, takes less than a factorization alone (complex, on an H100)
LARGEST_LOG_DET = 112


def groups(batch: int, size: int, limit: int) -> list[slice]:
    """Slices of a batch of matrices of ``size`` bytes: together ``limit`` bytes at most, or one matrix."""
    length = max(1, limit // size)
    return [slice(start, start + length) for start in range(0, batch, length)]


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


class ByKernel(ByLibrary):
    """One launch answers everything."""

    def log_det(self):
        if self._matrices.shape[-1] > LARGEST_LOG_DET:
            return super().log_det()
        return self._answers[1]

    def inverse(self):
        return self._answers[0]

    def solve(self, right):
        return self.inverse() @ right

    @cached_property
    def _answers(self):
        return inverse.inverse(self._matrices, namespace(self._matrices))
