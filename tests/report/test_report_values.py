"""Numbers as physicists write them."""

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pomflow.report.values import (
    in_errors,
    lattice_name,
    number,
    observable_symbols,
    plain,
    points_in_words,
    quoted,
    sigmas,
    with_error,
)
from scan_tables import Tilted, phi4, scan_table, tilted, two_axes

WRITTEN = [
    (0.848, 0.002, "0.848(2)"),
    (0.84812, 0.0015, "0.8481(15)"),
    # rounding an error to one digit may give it a second
    (0.5, 0.0096, "0.500(10)"),
    (0.5, 0.0996, "0.50(10)"),
    (0.5, 0.196, "0.5(2)"),
    (-0.01, 0.2, "-0.0(2)"),
    (123.4, 12.3, "123(12)"),
    (1234.0, 45.0, "1230(40)"),
    (4e-13, 8e-15, "4.00(8)e-13"),
    (1e9, 3e7, "1.00(3)e9"),
    (0.999999999, 3e-10, "0.9999999990(3)"),
    (-7e-21, 9e-21, "0"),
    # tables have ten digits: what an error behind them is of, they do not say
    (0.9999999999, 1.6e-12, "1"),
    (-4123.456789012, 4e-8, "-4123"),
    (0.5, 0.0, "0.5"),
    (0.5, math.nan, "0.5"),
    (math.nan, 0.1, "–"),
]


@pytest.mark.parametrize(("value", "error", "text"), WRITTEN)
def test_a_value_with_its_error(value, error, text):
    assert with_error(value, error) == text


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (-0.010059, 0.006581, "consistent with 0 (error 0.0066)"),
        (0.02, 0.01, "consistent with 0 (error 0.01)"),
        (0.0201, 0.01, "0.020(10)"),
        (-0.3, 0.01, "-0.300(10)"),
        (0.0, 0.0, "0"),
        (0.0, math.nan, "0"),
        (math.nan, math.nan, "–"),
    ],
)
def test_noise_is_not_quoted(value, error, text):
    """Within two errors of zero; an exact zero is no noise."""
    assert quoted(value, error) == text


@given(st.floats(-1e3, 1e3), st.floats(1e-6, 1e3))
def test_what_is_written_is_what_was_measured(value, error):
    """Value and error are read back within half of the last digit shown."""
    digits, shown, power = re.fullmatch(r"(.*)\((\d+)\)(e.*)?", with_error(value, error)).groups()
    unit = float(f"1{power or ''}")
    last = unit * 10.0 ** -len(digits.partition(".")[2])
    # an error is rounded to one or two digits
    assert abs(float(shown) * last - error) <= 0.26 * error
    assert abs(float(digits) * unit - value) <= 0.51 * max(last, 10.0 ** math.floor(math.log10(error)))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.123456, "0.123"), (1234.5, "1234"), (1.5e7, "1.5e+07"), (3e-6, "3e-06"), (math.inf, "–")],
)
def test_a_number_without_an_error(value, text):
    assert number(value, 3) == text


def test_differences_in_errors():
    assert in_errors(0.3, 0.1) == pytest.approx(3)
    assert in_errors(0.0, 0.0) == 0
    # noise of rounding is none of physics
    assert in_errors(-7e-18, 1e-21) == 0
    assert in_errors(-1.0, 0.0) == -math.inf
    assert math.isnan(in_errors(math.nan, 0.1))
    assert sigmas(2.04) == "+2.0"
    assert sigmas(-0.04) == "+0.0"
    assert sigmas(math.nan) == "–"


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"complex $\varphi^4$", "complex φ⁴"),
        (r"\lambda", "λ"),
        (r"\langle\varphi_a\varphi_a\rangle", "⟨φ_aφ_a⟩"),
        (r"\langle\bar\chi\chi\rangle", "⟨χ\u0304χ⟩"),
        (r"\mathrm{Re}~W^{12}", "Re W¹²"),
        (r"\sqrt{x}\,y", "sqrtxy"),
        ("m", "m"),
    ],
)
def test_tex_as_plain_text(tex, text):
    assert plain(tex) == text


def test_points_in_words():
    table = scan_table(two_axes())
    assert points_in_words(two_axes(), table[:2]) == "μ = 0, λ = 0.5; μ = 0, λ = 2"
    assert points_in_words(phi4(), scan_table()[1:]) == "μ = 1, 2"


def test_two_observables_with_one_symbol_have_their_names(monkeypatch):
    study = tilted(monkeypatch)
    assert observable_symbols(study) == {"slant": "σ_z", "odd_part": "odd_part"}
    monkeypatch.setattr(Tilted, "odd_part", replace(Tilted.odd_part, symbol=r"\sigma_z"))
    assert observable_symbols(tilted(monkeypatch)) == {"slant": "slant", "odd_part": "odd_part"}
    # that of a parameter is taken too
    monkeypatch.setattr(Tilted, "odd_part", replace(Tilted.odd_part, symbol=r"\theta"))
    assert observable_symbols(tilted(monkeypatch)) == {"slant": "σ_z", "odd_part": "odd_part"}


def test_only_extents_are_joined_by_a_cross():
    assert lattice_name("phi4 4x4x2 exact") == "phi4 4×4×2 exact"
    assert lattice_name("xy2x 8 mixed,training=2") == "xy2x 8 mixed,training=2"
