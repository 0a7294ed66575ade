"""Numbers as physicists write them."""

import math

from pomflow.analysis.estimates import Estimate, pull

UNKNOWN = "–"
# an error whose first digit is smaller has two digits
ONE_DIGIT_FROM = 2
# powers of ten that are written out
SMALLEST_POWER, LARGEST_POWER = -4, 5
LARGEST_WRITTEN_OUT = 1e6
# sums of numbers of order one are no smaller, unless they are zero
ROUNDING = 1e-15


def with_error(value: float, error: float) -> str:
    """A value with its standard error in parentheses, in units of the last digit: 0.848(2), 0.8481(15).

    An error has one digit, or two where the first is a 1; a value without a finite error is a plain number.
    """
    if not math.isfinite(value):
        return UNKNOWN
    if max(abs(value), error) < ROUNDING:
        return "0"
    if not math.isfinite(error) or error <= 0:
        return number(value)
    power = math.floor(math.log10(max(abs(value), error)))
    if not SMALLEST_POWER <= power <= LARGEST_POWER:
        return f"{with_error(value / 10.0**power, error / 10.0**power)}e{power}"
    mantissa, exponent = map(float, f"{error:.1e}".split("e"))
    decimals = int((mantissa < ONE_DIGIT_FROM) - exponent)
    if decimals <= 0:
        return f"{round(value, decimals):.0f}({round(error, decimals):.0f})"
    return f"{value:.{decimals}f}({round(error * 10**decimals)})"


def number(value: float, digits: int = 4) -> str:
    """A number without an error, to a few significant digits."""
    if not math.isfinite(value):
        return UNKNOWN
    text = f"{value:.{digits}g}"
    return f"{value:.0f}" if "e+" in text and abs(value) < LARGEST_WRITTEN_OUT else text


def percent(share: float) -> str:
    """A share in percent to two digits."""
    return f"{number(100 * share, 2)} %" if math.isfinite(share) else UNKNOWN


def sigmas(value: float) -> str:
    """A difference in standard errors, with its sign."""
    return UNKNOWN if math.isnan(value) else f"{value:+z.1f}"


def in_errors(value: float, error: float) -> float:
    """A value that must vanish, in its own errors; 0 where it does up to rounding."""
    return pull(Estimate(value, error), Estimate(0.0, 0.0))


def lattice_name(name: str) -> str:
    """4×4 for 4x4."""
    return name.replace("x", "×")


def mu_list(values) -> str:
    """Some values of mu in words."""
    return "μ = " + ", ".join(f"{value:g}" for value in values)
