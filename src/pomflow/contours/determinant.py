r"""ln det(1 + i A) of a batch of real products A = D_1 W_1 D_2 W_2 and its gradient.

W_1 (m x k) and W_2 (k x m) are shared by the batch, D_1 (m) and D_2 (k) are diagonal and differ from
configuration to configuration. By Sylvester's identity det(1_m + i D_1 W_1 D_2 W_2) equals
det(1_k + i D_2 W_2 D_1 W_1), so the caller takes the order whose m is the smaller.
"""

from typing import NamedTuple

from pomflow.backend import namespace


class FactorGradients(NamedTuple):
    """Derivatives with respect to D_1 (batch, m), W_1 (m, k), D_2 (batch, k) and W_2 (k, m)."""

    d1: object
    w1: object
    d2: object
    w2: object


def product(d1, w1, d2, w2):
    """D_1 W_1 D_2, shape (batch, m, k), and A = D_1 W_1 D_2 W_2, shape (batch, m, m)."""
    left = d1[:, :, None] * w1 * d2[:, None, :]
    batch, m, k = left.shape
    return left, (left.reshape(batch * m, k) @ w2).reshape(batch, m, m)


def log_det(a):
    """ln|det(1 + iA)| + i arg det(1 + iA) of real matrices A, shape (batch,)."""
    xp = namespace(a)
    matrix = 1j * a
    diagonal = xp.arange(a.shape[-1])
    matrix[:, diagonal, diagonal] += 1
    sign, logarithm = xp.linalg.slogdet(matrix)
    return logarithm + 1j * xp.angle(sign)


def weighted_inverse(a, weight):
    r"""G^T with G = Re[i f (1 + iA)^{-1}], so that d sum_b Re[f_b ln det(1 + iA_b)] = sum_b tr(G_b dA_b).

    Since (1 + iA)^{-1} = (1 - iA) (1 + A^2)^{-1}, one real linear solve does it:
    G = (1 + A^2)^{-1} (Re f A - Im f).
    """
    xp = namespace(a)
    diagonal = xp.arange(a.shape[-1])
    transposed = a.transpose(0, 2, 1)
    matrix = transposed @ transposed
    matrix[:, diagonal, diagonal] += 1
    right = weight.real[:, None, None] * transposed
    right[:, diagonal, diagonal] -= weight.imag[:, None]
    return xp.linalg.solve(matrix, right)


def log_det_gradient(d1, w1, d2, w2, weight) -> FactorGradients:
    """Gradient of sum_b Re[weight_b ln det(1 + i D_1 W_1 D_2 W_2)_b] with respect to the factors."""
    xp = namespace(w1)
    left, a = product(d1, w1, d2, w2)
    batch, m, k = left.shape
    g_transposed = weighted_inverse(a, weight).reshape(batch * m, m)
    grad_w2 = left.reshape(batch * m, k).T @ g_transposed
    # (W_2 G)^T, through which every other derivative goes
    inner = (g_transposed @ w2.T).reshape(batch, m, k)
    grad_w1 = xp.einsum("bj,bjk,bk->jk", d1, inner, d2)
    inner *= w1
    grad_d1 = (inner @ d2[:, :, None])[:, :, 0]
    grad_d2 = (d1[:, None, :] @ inner)[:, 0, :]
    return FactorGradients(grad_d1, grad_w1, grad_d2, grad_w2)
