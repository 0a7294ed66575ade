"""Principal components: the best linear code of given length, known in closed form."""

from pomflow.numerics.backend import namespace


def principal_components(x, count: int):
    """The leading eigenvectors of the covariance C = (1/n) sum_b (x_b - mean)(x_b - mean)^T.

    Their span minimizes the squared error of a projection (Eckart and Young 1936), which is why a linear
    autoencoder trained with ``SquaredError`` ends there.

    Parameters
    ----------
    x : array, shape (batch, features)
    count : int
        Number of components, at most ``features``.

    Returns
    -------
    components : array, shape (count, features)
        Orthonormal rows; the sign is such that the component of largest modulus is positive.
    variances : array, shape (count,)
        Their eigenvalues, falling.
    """
    xp, centred = namespace(x), x - x.mean(axis=0)
    values, vectors = xp.linalg.eigh(centred.T @ centred / len(x))
    components = vectors[:, ::-1][:, :count].T
    largest = abs(components).argmax(axis=1)[:, None]
    signs = xp.sign(xp.take_along_axis(components, largest, axis=1))
    return components * signs, values[::-1][:count]


def reconstruction_error(x, components):
    """Mean over the batch of |x - mean - projection|^2; the projection is onto orthonormal components."""
    centred = x - x.mean(axis=0)
    rest = centred - centred @ components.T @ components
    return (rest * rest).sum() / len(x)
