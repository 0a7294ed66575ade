"""Hopping matrices of few sites, and functions of them."""

import numpy as np

GEOMETRIES = ("ring", "complete")


def hopping_matrix(geometry: str, sites: int) -> np.ndarray:
    """K, shape (sites, sites): 1 where two sites are joined, 0 elsewhere.

    On a ``ring`` a site is joined to the next and to the one before, on a ``complete`` graph to all others.
    Two sites are joined once, and a single one not at all.

    Examples
    --------
    >>> hopping_matrix("ring", 4).sum(axis=1)
    array([2., 2., 2., 2.])
    >>> np.array_equal(hopping_matrix("ring", 3), hopping_matrix("complete", 3))
    True
    """
    if geometry == "complete":
        return np.ones((sites, sites)) - np.eye(sites)
    distance = np.subtract.outer(np.arange(sites), np.arange(sites)) % sites
    return ((distance == 1) | (distance == sites - 1)).astype(float) * (distance != 0)


def exponential(matrix: np.ndarray) -> np.ndarray:
    """exp of a real symmetric matrix."""
    levels, modes = np.linalg.eigh(matrix)
    return (modes * np.exp(levels)) @ modes.T


def largest_eigenvalue(geometry: str, sites: int) -> int:
    """That of K, the number of neighbours; none is larger in modulus.

    Examples
    --------
    >>> [largest_eigenvalue("ring", sites) for sites in (1, 2, 3, 8)], largest_eigenvalue("complete", 4)
    ([0, 1, 2, 2], 3)
    """
    return min(sites - 1, 2) if geometry == "ring" else sites - 1


def spread(matrix: np.ndarray) -> float:
    """Largest minus smallest eigenvalue of a real symmetric matrix."""
    levels = np.linalg.eigvalsh(matrix)
    return float(levels[-1] - levels[0])
