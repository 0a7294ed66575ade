"""What a lesson returns: judged numbers, and the data of its figure."""

from dataclasses import dataclass

import xarray as xr

from pomflow.io import netcdf


@dataclass(frozen=True)
class Row:
    """A number, what is expected of it in words, and whether it is as expected."""

    quantity: str
    value: float
    expected: str
    passed: bool


@dataclass(frozen=True)
class Lesson:
    """What was computed.

    Attributes
    ----------
    rows : list of Row
    data : xarray.Dataset
        What the figure shows.
    """

    rows: list[Row]
    data: xr.Dataset


def below(quantity: str, value: float, limit: float) -> Row:
    """A number that must be smaller than a limit."""
    return Row(quantity, float(value), f"< {limit:g}", bool(value < limit))


def above(quantity: str, value: float, limit: float) -> Row:
    """A number that must be larger than a limit."""
    return Row(quantity, float(value), f"> {limit:g}", bool(value > limit))


def near(quantity: str, value: float, expected: float, tolerance: float) -> Row:
    """A number that must lie within a tolerance of the expected one."""
    text = f"{expected:g} +- {tolerance:g}"
    return Row(quantity, float(value), text, bool(abs(value - expected) <= tolerance))


def exactly(quantity: str, value: float, expected: float) -> Row:
    """A number, such as a count, that must be the expected one."""
    return Row(quantity, float(value), f"{expected:g}", bool(value == expected))


def variable(dims, values, long_name: str, units: str = "1") -> tuple:
    """A variable of a dataset with its name and units."""
    return dims, values, netcdf.about(long_name, units)
