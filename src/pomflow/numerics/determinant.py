r"""ln det(1 + i A) of a batch of real products A = D_1 W_1 D_2 W_2 and its gradient.

W_1 (m x k) and W_2 (k x m) are shared by the batch, D_1 (m) and D_2 (k) are diagonal and differ from
configuration to configuration. By Sylvester's identity det(1_m + i D_1 W_1 D_2 W_2) equals
det(1_k + i D_2 W_2 D_1 W_1), so the caller takes the order whose m is the smaller.
"""

from typing import NamedTuple

import numpy as np

from pomflow.numerics import elimination
from pomflow.numerics.backend import namespace
from pomflow.numerics.batch import eliminated, groups

# Size of one temporary of a group of matrices: those in use then fit a core's second-level cache, and the
# allocator keeps them instead of fetching fresh pages for each group. Measured optimum 128 to 256 KiB.
CACHE_BYTES = 3 * 2**16


class FactorGradients(NamedTuple):
    """Derivatives with respect to D_1 (batch, m), W_1 (m, k), D_2 (batch, k) and W_2 (k, m)."""

    d1: object
    w1: object
    d2: object
    w2: object


def product(d1, w1, d2, w2):
    """D_1 W_1 D_2, shape (batch, m, k), and A = D_1 W_1 D_2 W_2, shape (batch, m, m)."""
    left = d1[:, :, None] * w1
    left *= d2[:, None, :]
    return left, _times(left, w2)


def log_det(a):
    """ln|det(1 + iA)| + i arg det(1 + iA) of real matrices A, shape (batch,)."""
    matrix = namespace(a).ascontiguousarray(1j * a)
    _add_to_diagonal(matrix, 1)
    return eliminated(matrix).log_det()


def log_det_of_product(d1, w1, d2, w2):
    """ln det(1 + i D_1 W_1 D_2 W_2), complex, shape (batch,)."""
    if namespace(w1) is not np:
        return log_det(product(d1, w1, d2, w2)[1])
    m, k = w1.shape
    parts = _groups(d1)
    length = len(d1[parts[0]])
    # one workspace for all groups: fresh arrays of this size cost page faults, a tenth of the time
    left, a, matrix = np.empty((length, m, k)), np.empty((length * m, m)), np.zeros((length, m, m), complex)
    _add_to_diagonal(matrix, 1)
    result = np.empty(len(d1), complex)
    for rows in parts:
        count = len(d1[rows])
        np.multiply(d1[rows, :, None], w1, out=left[:count])
        left[:count] *= d2[rows, None, :]
        np.matmul(left[:count].reshape(count * m, k), w2, out=a[: count * m])
        matrix.imag[:count] = a[: count * m].reshape(count, m, m)
        result[rows] = eliminated(matrix[:count]).log_det()
    return result


def weighted_inverse(a, weight):
    r"""G^T with G = Re[i f (1 + iA)^{-1}], so that d sum_b Re[f_b ln det(1 + iA_b)] = sum_b tr(G_b dA_b).

    Since (1 + iA)^{-1} = (1 - iA) (1 + A^2)^{-1}, one real linear solve does it:
    G = (1 + A^2)^{-1} (Re f A - Im f). On a CPU a compiled elimination takes the place of LAPACK's; on a GPU
    an inverse and a product are faster than a solve, whose batches end at 256 rows.
    """
    if namespace(a) is not np:
        return _weighted_inverse_by_inverse(a, weight)
    transposed = a.transpose(0, 2, 1)
    return elimination.weighted_inverse(a, transposed @ transposed, weight)


def weighted_inverse_by_solve(a, weight):
    """``weighted_inverse`` in array code."""
    transposed = a.transpose(0, 2, 1)
    matrix = transposed @ transposed
    _add_to_diagonal(matrix, 1)
    return namespace(a).linalg.solve(matrix, _right_side(a, weight).transpose(0, 2, 1))


def _weighted_inverse_by_inverse(a, weight):
    """The same as (Re f A - Im f) (1 + A^2)^{-1}, transposed at the end, which spares copies."""
    matrix = a @ a
    _add_to_diagonal(matrix, 1)
    result = _right_side(a, weight) @ eliminated(matrix).inverse()
    return namespace(a).ascontiguousarray(result.transpose(0, 2, 1))


def _right_side(a, weight):
    """Re f A - Im f."""
    right = namespace(a).ascontiguousarray(weight.real[:, None, None] * a)
    _add_to_diagonal(right, -weight.imag[:, None])
    return right


def log_det_gradient(d1, w1, d2, w2, weight) -> FactorGradients:
    """Gradient of sum_b Re[weight_b ln det(1 + i D_1 W_1 D_2 W_2)_b] with respect to the factors."""
    if namespace(w1) is not np:
        return _group_gradient(d1, w1, d2, w2, weight)
    grad_d1, grad_w1, grad_d2, grad_w2 = (np.zeros_like(factor) for factor in (d1, w1, d2, w2))
    for rows in _groups(d1):
        part = _group_gradient(d1[rows], w1, d2[rows], w2, weight[rows])
        grad_d1[rows], grad_d2[rows] = part.d1, part.d2
        grad_w1 += part.w1
        grad_w2 += part.w2
    return FactorGradients(grad_d1, grad_w1, grad_d2, grad_w2)


def _group_gradient(d1, w1, d2, w2, weight):
    """``log_det_gradient`` with all matrices of the batch in memory at once."""
    left = w1 * d2[:, None, :]
    without_d1 = _times(left, w2)
    g = weighted_inverse(d1[:, :, None] * without_d1, weight)
    grad_d1 = _contracted("bjl,bjl->bj", g, without_d1)
    # d tr(G dA) = sum (D_1 G^T)_jl d(W_1 D_2 W_2)_jl + ...
    g *= d1[:, :, None]
    grad_w2 = left.reshape(-1, len(w2)).T @ g.reshape(-1, len(w1))
    inner = _times(g, w2.T)
    grad_w1 = _contracted("bjk,bk->jk", inner, d2)
    grad_d2 = _contracted("bjk,jk->bk", inner, w1)
    return FactorGradients(grad_d1, grad_w1, grad_d2, grad_w2)


def _contracted(subscripts, first, second):
    """einsum of two factors; without it on a GPU, where reading the subscripts takes longer than the sums."""
    xp = namespace(first)
    if xp is np:
        return np.einsum(subscripts, first, second)
    inputs, result = subscripts.split("->")
    letters, others = inputs.split(",")
    missing, summed = (
        tuple(axis for axis, letter in enumerate(letters) if letter not in kept) for kept in (others, result)
    )
    return (first * xp.expand_dims(second, missing)).sum(axis=summed)


def _times(matrices, shared):
    """Every matrix of a batch times the same matrix, as one product of two matrices."""
    batch, rows, columns = matrices.shape
    return (matrices.reshape(batch * rows, columns) @ shared).reshape(batch, rows, -1)


def _add_to_diagonal(matrices, value):
    """In place, for matrices that lie in memory row after row: their diagonals are then one strided view."""
    n = matrices.shape[-1]
    diagonals = matrices.reshape(len(matrices), n * n)[:, :: n + 1]
    diagonals += value


def _groups(d1):
    """Slices of the batch, of as many m x m matrices as stay in a CPU's cache."""
    batch, m = d1.shape
    return groups(batch, m * m * d1.itemsize, CACHE_BYTES)
