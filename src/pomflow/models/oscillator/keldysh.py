"""The path in complex time: its steps, the coefficients of the action on it, and the Gaussian theory."""

import math

import numpy as np

# of the bisection for the self-consistent mass, which halves its bracket each time
HALVINGS = 60


def steps(forwards: int, euclidean: int, time: float, beta: float) -> np.ndarray:
    """The steps a_j of the closed path, complex, shape (2 forwards + euclidean,)."""
    step = time / forwards
    down = -1j * beta / euclidean
    return np.repeat([step, -step, down], [forwards, forwards, euclidean]).astype(complex)


def coefficients(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """h_j and w_j of S = sum_j [h_j (x_{j+1} - x_j)^2 + w_j V(x_j)] on a path with the steps a_j."""
    return -0.5j / a, 0.5j * (a + np.roll(a, 1))


def quadratic_form(a: np.ndarray, mass_squared: float) -> np.ndarray:
    """The complex symmetric matrix A of S = x A x / 2 for V(x) = mass_squared x^2 / 2, shape (N, N)."""
    hop, weight = coefficients(a)
    difference = np.roll(np.eye(len(a)), 1, axis=1) - np.eye(len(a))
    return 2 * difference.T @ (hop[:, None] * difference) + np.diag(weight * mass_squared)


def gaussian_path(matrix: np.ndarray) -> np.ndarray:
    r"""K of the path z = (1 + iK) t on which S = z A z / 2 is real and grows fastest: the thimble at 0.

    It is spanned by the vectors with A v = s v^* and s > 0, which for v = x + iy are eigenvectors of a real
    symmetric matrix,

    .. math::
        \begin{pmatrix} \mathrm{Re} A & -\mathrm{Im} A \\ -\mathrm{Im} A & -\mathrm{Re} A \end{pmatrix}
        \begin{pmatrix} x \\ y \end{pmatrix} = s \begin{pmatrix} x \\ y \end{pmatrix}.

    With these as columns of X and Y the path is K = Y X^{-1}, a symmetric matrix. X has an inverse where
    Re A has no negative eigenvalue.
    """
    real, imaginary = matrix.real, matrix.imag
    _, vectors = np.linalg.eigh(np.block([[real, -imaginary], [-imaginary, -real]]))
    n = len(matrix)
    # the eigenvalues come in pairs +-s, in increasing order
    x, y = vectors[:n, n:], vectors[n:, n:]
    return np.linalg.solve(x.T, y.T).T


def self_consistent_mass_squared(mass: float, coupling: float, beta: float) -> float:
    r"""The solution M of M = m^2 + lambda <x^2> / 2 with <x^2> of the oscillator of frequency sqrt(M).

    .. math:: \langle x^2 \rangle = \frac{\coth(\beta \sqrt M / 2)}{2 \sqrt M}
    """

    def excess(squared: float) -> float:
        frequency = math.sqrt(squared)
        return mass**2 + coupling / (4 * frequency * math.tanh(beta * frequency / 2)) - squared

    # <x^2> falls with M, so the equation has one solution, between m^2 and what it gives there
    low, high = mass**2, mass**2 + excess(mass**2)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low + high) / 2
