"""Observables: holomorphic functions of the field, one file each, named in ``registry``.

Each is a function ``f(action, z)`` that returns one complex number per configuration, shape (batch,),
and carries in its attributes ``long_name`` and ``units``.
"""


def observable(long_name: str, units: str = "1"):
    """Mark a function as an observable and say what it measures."""

    def mark(function):
        function.long_name, function.units = long_name, units
        return function

    return mark
