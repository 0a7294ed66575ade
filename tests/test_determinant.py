"""ln det(1 + iA) and its gradient: the compiled elimination against its twin, values, derivatives."""

import numpy as np
import pytest

from differences import gradient
from pomflow.numerics import determinant, elimination

SIZES = (1, 2, 3, 4, 5, 8, 11, 32, 50)


def complex_normal(rng, *shape):
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def random_factors(rng, batch, m, k):
    """D_1, W_1, D_2, W_2 with a product A of order one."""
    shapes = ((batch, m), (m, k), (batch, k), (k, m))
    return [rng.normal(size=shape) / np.sqrt(size) for shape, size in zip(shapes, (1, m, 1, k), strict=True)]


def assert_close(found, expected, tolerance=1e-12):
    """Equal relative to the largest component."""
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * np.abs(expected).max())


# --- the compiled elimination -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_elimination_equals_its_twin(size, rng):
    """Sizes with and without a remainder modulo the block; 1 + A^2 kept away from singular by its scale."""
    a, weight = 0.6 * rng.normal(size=(7, size, size)) / np.sqrt(size), complex_normal(rng, 7)
    assert_close(
        determinant.weighted_inverse(a, weight), determinant.weighted_inverse_by_solve(a, weight), 1e-12
    )


def test_rows_are_exchanged_where_a_pivot_vanishes():
    """1 + A^2 = [[0, -x], [x, x^2]]: without an exchange the first pivot is zero."""
    x, weight = 0.5, np.array([1.0 + 2.0j])
    a = np.array([[[0.0, -1.0], [1.0, x]]])
    inverse = np.linalg.inv(np.eye(2) + 1j * a[0])
    assert_close(determinant.weighted_inverse(a, weight)[0], (1j * weight[0] * inverse).real.T)


def test_small_pivots_lose_no_accuracy(rng):
    """A tiny pivot in every block of four, at a well-conditioned matrix."""
    a, weight = rng.normal(size=(16, 16)), np.ones(1, complex)
    square = np.eye(16)[rng.permutation(16)] - np.eye(16) * (1 - 1e-12)
    expected = np.linalg.solve(np.eye(16) + square, a.T)
    assert_close(elimination.weighted_inverse(a[None], square[None], weight)[0], expected)


def test_elimination_leaves_its_arguments_alone(rng):
    a, square, weight = rng.normal(size=(2, 5, 5)), rng.normal(size=(2, 5, 5)), complex_normal(rng, 2)
    before = a.copy(), square.copy(), weight.copy()
    elimination.weighted_inverse(a, square, weight)
    for now, then in zip((a, square, weight), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize("shift", [1, 2, 3])
def test_elimination_gives_the_same_bits_at_any_alignment(shift, rng):
    """The order of sums does not depend on where an array begins in memory."""
    a, weight = rng.normal(size=(3, 13, 13)) / 5, complex_normal(rng, 3)
    square = a @ a
    moved = np.empty(a.size + shift)[shift:].reshape(a.shape)
    moved[...] = a
    expected = elimination.weighted_inverse(a, square, weight)
    np.testing.assert_array_equal(elimination.weighted_inverse(moved, square, weight), expected)


def test_a_singular_jacobian_gives_no_number():
    """det J = 0: not finite, which training reports, in place of an exception from inside the kernel."""
    a = np.array([[[0.0, -1.0], [1.0, 0.0]]])
    assert not np.isfinite(determinant.weighted_inverse(a, np.ones(1, complex))).all()


@pytest.mark.parametrize("inverse", [determinant.weighted_inverse, determinant.weighted_inverse_by_solve])
def test_weighted_inverse_of_arrays_that_are_not_contiguous(inverse, rng):
    a, weight = rng.normal(size=(3, 6, 6)), complex_normal(rng, 6)[::2]
    turned = a.transpose(0, 2, 1)
    assert_close(inverse(turned, weight), inverse(np.ascontiguousarray(turned), weight.copy()))


# --- the logarithm ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_log_det_is_the_product_of_the_eigenvalues(size, rng):
    """det(1 + iA) = prod (1 + i lambda), with A itself and with a transposed view of it."""
    a = rng.normal(size=(4, size, size)) / np.sqrt(size)
    expected = (1 + 1j * np.linalg.eigvals(a)).prod(axis=1)
    np.testing.assert_allclose(np.exp(determinant.log_det(a)), expected, rtol=1e-11)
    np.testing.assert_allclose(np.exp(determinant.log_det(a.transpose(0, 2, 1))), expected, rtol=1e-11)


def test_log_det_of_a_large_determinant_does_not_overflow():
    """A = s in 200 dimensions: ln det = 200 ln(1 + i s), the phase modulo 2 pi."""
    found = determinant.log_det(1e5 * np.eye(200)[None])[0]
    expected = 200 * np.log(1 + 1e5j)
    assert found.real == pytest.approx(expected.real, rel=1e-13)
    assert np.exp(1j * found.imag) == pytest.approx(np.exp(1j * expected.imag), abs=1e-11)


@pytest.mark.parametrize(("m", "k"), [(3, 7), (6, 6), (7, 3)])
def test_log_det_of_product_puts_the_factors_together(m, k, rng):
    d1, w1, d2, w2 = random_factors(rng, 5, m, k)
    a = np.einsum("bj,jk,bk,kl->bjl", d1, w1, d2, w2)
    found = determinant.log_det_of_product(d1, w1, d2, w2)
    np.testing.assert_allclose(np.exp(found - determinant.log_det(a)), 1, rtol=1e-13)


# --- the gradient -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("m", "k"), [(2, 5), (5, 5), (6, 3)])
def test_gradient_by_central_differences(m, k, rng):
    """sum_b Re[f_b ln det(1 + i D_1 W_1 D_2 W_2)_b] in every component of every factor."""
    factors, weight = random_factors(rng, 4, m, k), complex_normal(rng, 4)
    found = determinant.log_det_gradient(*factors, weight)
    for i, factor in enumerate(factors):

        def value(x, i=i):
            changed = [*factors[:i], x, *factors[i + 1 :]]
            return (weight * determinant.log_det_of_product(*changed)).real.sum()

        np.testing.assert_allclose(found[i], gradient(value, factor), rtol=1e-6, atol=1e-7)


def test_gradient_where_a_diagonal_vanishes(rng):
    """A unit that is saturated, 1 - f^2 = 0, still has the derivative of its slope."""
    factors, weight = random_factors(rng, 2, 3, 4), complex_normal(rng, 2)
    factors[0][:, 1], factors[2][:, 2] = 0, 0
    found = determinant.log_det_gradient(*factors, weight)
    for i in (0, 2):

        def value(x, i=i):
            changed = [*factors[:i], x, *factors[i + 1 :]]
            return (weight * determinant.log_det_of_product(*changed)).real.sum()

        np.testing.assert_allclose(found[i], gradient(value, factors[i]), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("matrices", [1, 2, 3])
def test_groups_of_the_batch_change_nothing(matrices, rng, monkeypatch):
    """Value and gradient with the batch of 5 cut into groups of 1, 2 or 3 and with all of it at once."""
    factors, weight = random_factors(rng, 5, 4, 6), complex_normal(rng, 5)
    value = determinant.log_det_of_product(*factors)
    whole = determinant.log_det_gradient(*factors, weight)
    monkeypatch.setattr(determinant, "CACHE_BYTES", matrices * 4 * 4 * 8)
    assert_close(determinant.log_det_of_product(*factors), value, 1e-13)
    for cut, expected in zip(determinant.log_det_gradient(*factors, weight), whole, strict=True):
        assert_close(cut, expected, 1e-13)
