"""The CPU double of CuPy itself: what it refuses, what it allows, what it notices."""

import numpy as np
import pytest

import strict_cupy
from strict_cupy import no_synchronization

X = strict_cupy.asarray(np.arange(6.0).reshape(2, 3))
Z = X * 1j
HOST = np.ones(3)

REFUSED = {
    "implicit conversion": lambda: np.asarray(X),
    "NumPy function": lambda: np.sum(X),
    "NumPy ufunc": lambda: np.exp(X),
    "host operand on the right": lambda: X + HOST,
    "host operand on the left": lambda: HOST + X,
    "host operand of no dimension": lambda: X * np.array(2.0),
    "host operand in place": lambda: X.__iadd__(HOST),
    "host argument": lambda: strict_cupy.exp(HOST),
    "host argument in a list": lambda: strict_cupy.stack([X[0], HOST]),
    "host value assigned": lambda: X.__setitem__(0, HOST),
    "iteration": lambda: list(X),
    "absent function": lambda: strict_cupy.vecdot,
    "absent method": lambda: X.resize,
    "absent errstate": lambda: strict_cupy.errstate,
    "absent in linalg": lambda: strict_cupy.linalg.multi_dot,
    "absent random": lambda: strict_cupy.random.default_rng,
    "keyword of a reduction": lambda: strict_cupy.sum(X, where=X > 1),
    "keyword of a ufunc": lambda: strict_cupy.exp(X, where=X > 1),
    "keyword of einsum": lambda: strict_cupy.einsum("ij->i", X, out=X[:, 0]),
    "complex add.at": lambda: strict_cupy.add.at(Z, strict_cupy.asarray([0]), 1.0),
    "solve without broadcasting": lambda: strict_cupy.linalg.solve(
        strict_cupy.ones((4, 2, 2)) + strict_cupy.eye(2), strict_cupy.eye(2)
    ),
}

ALLOWED = {
    "Python scalar": lambda: 2j * X,
    "NumPy scalar on the right": lambda: X * np.float64(2),
    "NumPy scalar on the left": lambda: np.float64(2) * X,
    "method": lambda: X.sum(axis=0),
    "out": lambda: strict_cupy.exp(X, out=strict_cupy.empty((2, 3))),
    "mask": lambda: X[X > 1],
    "device index": lambda: X[:, strict_cupy.asarray([2, 0])],
    "transpose": lambda: X.T @ X,
    "stack": lambda: strict_cupy.stack([X, X]),
    "real part": lambda: Z.real,
    "transform": lambda: strict_cupy.fft.fftn(Z, axes=(0, 1)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_double_refuses(name):
    with pytest.raises((TypeError, AttributeError, ValueError)):
        REFUSED[name]()


@pytest.mark.parametrize("name", ALLOWED)
def test_the_double_allows(name):
    with no_synchronization():
        assert isinstance(ALLOWED[name](), strict_cupy.ndarray)


@pytest.mark.parametrize(
    "wait", [float, bool, complex, lambda x: x.get(), lambda x: x.item(), lambda x: x.tolist()]
)
def test_the_double_notices_a_wait(wait):
    wait(X[0, 1])
    with no_synchronization(), pytest.raises(RuntimeError, match="hidden synchronization"):
        wait(X[0, 1])
