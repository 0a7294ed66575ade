"""Observables: holomorphic functions of a model at a configuration, with what is known of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Observable:
    """A function f(point) that gives one complex number per configuration, shape (batch,), or an array.

    Attributes
    ----------
    function : callable
        Of a ``ModelPoint``; of a model's own observables a method ``f(model, point)``.
    long_name, units : str
    symbol : str
        TeX, without dollars, for axes of figures; by default the name.
    odd : tuple of str
        The parameters of the model with whose sign it changes sign.
    models : tuple of str
        Names of the models that have it; empty: every one. A model's own observables leave it empty.
    dimensions : tuple of str
        Of an array for each configuration, shape (batch, ...): names of its axes behind the first.
    name : str
        Under which it is measured.
    own : bool
        Whether it is a method of a model.
    """

    function: Callable
    long_name: str
    units: str = "1"
    symbol: str = ""
    odd: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    name: str = ""
    own: bool = False

    def __call__(self, *arguments):
        return self.function(*arguments)

    def __get__(self, model, owner=None):
        """On a model a method like any other; on its class what is known of it."""
        return self if model is None else lambda point: self.function(model, point)

    def __set_name__(self, owner, name: str) -> None:
        setattr(owner, name, replace(self, name=name, own=True))

    def measure(self, point):
        """Its values on the configurations of a ``ModelPoint``."""
        return self.function(point.model, point) if self.own else self.function(point)


def observable(
    long_name: str,
    units: str = "1",
    symbol: str = "",
    odd: tuple[str, ...] = (),
    models: tuple[str, ...] = (),
    dimensions: tuple[str, ...] = (),
):
    """Mark a method of a model, or a function of a point in a file of its own, as an observable.

    Examples
    --------
    >>> @observable("mean of z", symbol=r"\\langle z\\rangle")
    ... def mean(point):
    ...     return point.z.mean(axis=1)
    >>> mean.long_name, mean.units
    ('mean of z', '1')
    """

    def mark(function: Callable) -> Observable:
        return Observable(function, long_name, units, symbol, odd, models, dimensions)

    return mark


def observables_in(model: type) -> dict[str, Observable]:
    """The observables that a class and its bases state, those of the bases first."""
    found = {}
    for owner in reversed(model.__mro__):
        found |= {name: item for name, item in vars(owner).items() if isinstance(item, Observable)}
    return found
