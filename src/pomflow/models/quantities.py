"""Quantities: functions of the means of several observables, such as susceptibilities, and series."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from pomflow.models.observables import Observable


@dataclass(frozen=True)
class Quantity:
    r"""A number, or an array of numbers along named dimensions, from means in the complex weight.

    The moments are holomorphic functions of a configuration; their reweighted means
    <X e^{i theta}> / <e^{i theta}> are real by the symmetries of the theory, and what is left is an ordinary
    function of real numbers with correlated errors.

    Attributes
    ----------
    function : callable
        ``function(model, mean)`` of the means by name: objects that calculate like numbers and know their
        errors (NumPy's functions work), in arrays where a moment is one. None stands for a number that
        cannot be had.
    moments : callable
        ``moments(point)`` of a ``ModelPoint``: complex arrays by name, shape (batch, ...). Quantities that
        share this function share its evaluation.
    long_name, units : str
    symbol : str
        TeX, without dollars; by default the name.
    odd : tuple of str
        The parameters of the model with whose sign it changes sign.
    dimensions : tuple of str
        Of what it returns; empty: one number. Figures have the last one along x.
    logarithmic : bool
        Whether figures have a logarithmic scale, on which what is not positive has no place.
    name : str
        Under which it stands in files and columns.
    """

    function: Callable
    moments: Callable
    long_name: str
    units: str = "1"
    symbol: str = ""
    odd: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    logarithmic: bool = False
    name: str = ""


def quantity(
    long_name: str,
    of: Callable,
    units: str = "1",
    symbol: str = "",
    odd: tuple[str, ...] = (),
    dimensions: tuple[str, ...] = (),
    logarithmic: bool = False,
):
    """Mark ``f(model, mean)`` as a quantity, made from the moments ``of(point)``.

    Examples
    --------
    >>> def moments(point):
    ...     return {"first": point.z.mean(axis=1), "second": point.z.mean(axis=1) ** 2}
    >>> @quantity("variance of the mean of z", of=moments)
    ... def variance(model, mean):
    ...     return mean["second"] - mean["first"] ** 2
    >>> variance.name, variance.function(None, {"first": 2.0, "second": 5.0})
    ('variance', 1.0)
    """

    def mark(function: Callable) -> Quantity:
        name = function.__name__
        return Quantity(function, of, long_name, units, symbol, odd, dimensions, logarithmic, name)

    return mark


def quantities_in(place: str) -> dict[str, Quantity]:
    """The quantities of a module by name, in the order in which they are written there."""
    found = vars(import_module(place)).values()
    return {one.name: one for one in found if isinstance(one, Quantity)}


def of_observables(observables: dict[str, Observable]) -> dict[str, Quantity]:
    """The means of observables as quantities of the same names, whose moments are measured together."""

    def moments(point):
        return {name: one.measure(point) for name, one in observables.items()}

    def mean_of(name: str):
        return lambda model, mean: mean[name]

    return {
        name: Quantity(
            mean_of(name), moments, one.long_name, one.units, one.symbol, one.odd, one.dimensions, name=name
        )
        for name, one in observables.items()
    }
