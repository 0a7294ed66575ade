"""Automatic differentiation of functions that are written with ``autograd.numpy``.

Source: Maclaurin, Duvenaud, Adams, "Autograd: effortless gradients in NumPy" (ICML workshop, 2015).
"""

import warnings
from collections.abc import Callable

import numpy as np
from autograd import make_vjp

from pomflow.errors import BackendError, ConfigError, first_line

# in errors of autograd, and of NumPy where it gets what only autograd can work with
REFUSALS = ("ArrayBox", "dtype('O')", "VJP of")
REMEDY = (
    "Write it with 'import autograd.numpy as np', without assignments to elements and without the functions "
    "that autograd does not know (see the documentation of pomflow.models.automatic)."
)


def require_numpy(cls: type, xp) -> None:
    """Refuse any other array module.

    Raises
    ------
    BackendError
    """
    if xp is not np:
        what = f"{cls.__name__} is differentiated automatically, which needs arrays of NumPy"
        raise BackendError("backend", what, "Write backend: numpy, or give the derivatives by hand.")


def reverse(function: Callable, x, where: str):
    r"""The value of a function at x, and a map from g to sum_i g_i df_i / dx by one pass backwards.

    Derivatives are those of holomorphic functions where x is complex: :math:`g \cdot \partial f / \partial z`
    without a conjugation. Of a function that is not holomorphic they mean nothing.

    Parameters
    ----------
    function : callable
        Written with ``autograd.numpy``; it may call ``reverse`` itself, for a second derivative.
    x : array
    where : str
        Names the function in an error.

    Returns
    -------
    value : array
    pull_back : callable
        Of g, an array like the value; it gives an array like x.

    Raises
    ------
    ConfigError
        If the function does what cannot be differentiated.
    """
    try:
        with warnings.catch_warnings():
            # a function may well be constant: of a constant shift, K does not depend on the parameters
            warnings.filterwarnings("ignore", message="Output seems independent of input")
            pull_back, value = make_vjp(function)(x)
    except (TypeError, NotImplementedError) as error:
        if not any(word in str(error) for word in REFUSALS):
            # the function's own
            raise
        raise ConfigError(where, f"it cannot be differentiated ({first_line(error)})", REMEDY) from error
    if np.result_type(value).hasobject:
        # many functions of NumPy take what autograd hands them without an error, and lose the derivative
        raise ConfigError(
            where, "it cannot be differentiated (a function of NumPy itself was called)", REMEDY
        )
    return value, pull_back
