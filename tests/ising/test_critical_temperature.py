"""The tables of the critical temperature and of exponents."""

from dataclasses import asdict

import numpy as np
import pytest
import xarray as xr

from pomflow.models.ising.model import TRANSITIONS
from pomflow.stages.ising.collect_thermodynamics import _critical, _exponents
from pomflow.studies.ising.marks import MARKS

FIRST_ORDER = {"temperature": 1.5, "shift": 3.0}

SQUARE = asdict(TRANSITIONS[2])


def lattice(measured, exact, error=0.01, **marks) -> xr.Dataset:
    """What the stage before says of a lattice; marks are relative to their errors of 1 %."""
    numbers = {"t_peak": measured, "t_peak_err": error, "t_peak_exact": exact}
    numbers["t_peak_exact_differences"] = exact - 0.01
    for name in MARKS:
        value, known = (measured, exact) if name == "t_peak_curve" else (marks.get(name, 1.0),) * 2
        numbers[f"{name}_exact"] = known
        for source in ("network", "reweighting"):
            numbers[f"{name}_{source}"] = value
            numbers[f"{name}_{source}_err"] = error if name == "t_peak_curve" else 0.01 * value
    return xr.Dataset(numbers)


def test_all_fits_of_two_lattices_are_straight_lines():
    """T = T_c + a / L through the measured and through the exact peaks; two points leave no freedom."""
    files = {"8x8": lattice(2.4, 2.36), "16x16": lattice(2.3, 2.32)}
    [row] = _critical(files, SQUARE).to_dict("records")
    for name in ("t_c", "t_c_corrected", "t_c_reweighted"):
        assert row[name] == pytest.approx(2 * 2.3 - 2.4)
    assert row["slope"] == pytest.approx(16 * (2.4 - 2.3))
    for name in ("t_c_exact_peaks", "t_c_corrected_exact_peaks"):
        assert row[name] == pytest.approx(2 * 2.32 - 2.36)
    assert row["t_c_exact_differences"] == pytest.approx(2 * 2.32 - 2.36 - 0.01)
    # var(2 b - a) for independent a and b
    for name in ("t_c_err", "t_c_corrected_err"):
        assert row[name] == pytest.approx(0.01 * np.sqrt(5))
    # a term a / L^2 that is left out, through 8 and 16: 2 / 256 - 1 / 64
    assert row["t_c_corrected_systematic"] == pytest.approx(1.6 * (1 / 64 - 2 / 256))
    assert row["t_c_exact"] == SQUARE["temperature"]


def test_one_lattice_tells_nothing():
    row = _critical({"8x8": lattice(2.4, 2.36)}, SQUARE).iloc[0]
    counts = [name for name in row.index if name.endswith(("_corrections", "_dof", "_doubtful"))]
    assert row.drop(["t_c_exact", *counts]).isna().all()


@pytest.mark.parametrize("shift", [1.2, 2.0])
def test_peaks_approach_the_transition_with_its_exponent(shift):
    """Peaks that are T_c + a / L^shift give T_c, whatever the exponent is."""
    files = {f"{extent}x{extent}": lattice(0.7 + 3 / extent**shift, np.nan) for extent in (8, 12, 20)}
    [row] = _critical(files, {"temperature": None, "shift": shift}).to_dict("records")
    for name in ("t_c", "t_c_corrected", "t_c_reweighted"):
        assert row[name] == pytest.approx(0.7)
    assert row["slope"] == pytest.approx(3)
    assert np.isnan([row["t_c_exact_peaks"], row["t_c_corrected_exact_peaks"]]).all()
    assert row["t_c_exact"] is None


@pytest.mark.parametrize("files", [{}, {"8x8": lattice(2.4, 2.36)}], ids=len)
def test_no_exponents_of_fewer_than_two_lattices(files):
    table = _exponents(files, SQUARE)
    assert table["estimator"].tolist() == ["steepness", "width", "height"] * 2
    assert table[["nu", "nu_err", "nu_systematic", "alpha_over_nu", "nu_exact_curves"]].isna().all(axis=None)
    assert (table["nu_exact"] == 1).all()


def test_exponents_of_a_square_lattice():
    """Powers 1 and -1 and a logarithm are nu = 1 and alpha = 0, from the network and by reweighting."""
    files = {
        f"{size}x{size}": lattice(
            2.4, 2.4, steepness=12.9 * size, width=1.8 / size, height=0.2 + np.log(size) / 2
        )
        for size in (32, 4, 8, 16)
    }
    table = _exponents(files, SQUARE)
    np.testing.assert_allclose(table["nu"], 1, atol=1e-5)
    np.testing.assert_allclose(table["nu_exact_curves"], 1, atol=1e-5)
    np.testing.assert_allclose(table["alpha_over_nu"], 0, atol=1e-4)
    assert (table["chi2"] < 1e-6).all()
    assert not table["doubtful"].any()
    widths = table[table["estimator"] == "width"]
    np.testing.assert_allclose(widths["nu_err"], widths["power_err"])
    # 2 / nu - 2
    np.testing.assert_allclose(widths["alpha_over_nu_err"], 2 * widths["nu_err"])


def test_an_exponent_from_widths_that_scatter_is_doubtful():
    files = {
        f"{size}x{size}": lattice(2.4, 2.4, steepness=12.9 * size, width=scatter * 1.8 / size, height=size)
        for size, scatter in ((4, 1.0), (8, 1.5), (16, 1.0), (32, 1.5), (64, 1.0))
    }
    table = _exponents(files, SQUARE).set_index(["source", "estimator"])
    assert table.loc["network"]["doubtful"].to_dict() == {"steepness": False, "width": True, "height": False}


def test_exponents_of_cubes():
    """A continuous transition in three dimensions: 1 / nu moves the peaks, and C grows like a power."""
    nu, cubes = 0.63, TRANSITIONS[3]
    files = {
        "x".join([str(size)] * 3): lattice(
            4.5 - 3 * size**-cubes.shift * (1 + 0.5 / size),
            np.nan,
            error=1e-4,
            steepness=5 * size ** (3 / nu - 3),
            width=2 * size ** (-1 / nu),
            height=1 + 0.8 * size ** (2 / nu - 3),
        )
        for size in (6, 8, 12, 16, 24)
    }
    table = _exponents(files, asdict(cubes))
    np.testing.assert_allclose(table["nu"], nu, rtol=1e-4)
    np.testing.assert_allclose(table["alpha_over_nu"], 2 / nu - 3, atol=1e-3)
    np.testing.assert_allclose(table["nu_exact"], 0.629971)
    [row] = _critical(files, asdict(cubes)).to_dict("records")
    assert row["t_c_corrected"] == pytest.approx(4.5, abs=1e-9)
    assert row["t_c_corrected_corrections"] == 1
    assert row["t_c"] != pytest.approx(4.5, abs=1e-3)
    assert row["t_c_exact"] == cubes.temperature


def test_exponents_of_a_transition_of_first_order():
    """In three dimensions peaks move like 1 / V, cumulants grow like V^2, and corrections go in 1 / V."""
    files = {
        "x".join([str(size)] * 3): lattice(
            1.5 + 2 / size**3,
            np.nan,
            steepness=7 * size**6 * np.exp(3 / size**3),
            width=2 / size**3 * np.exp(-1 / size**3),
            height=1 + 0.5 * size**3,
        )
        for size in (4, 6, 8, 10)
    }
    table = _exponents(files, FIRST_ORDER).set_index(["source", "estimator"])
    np.testing.assert_allclose(table["nu"], 1 / 3, rtol=0.01)
    np.testing.assert_allclose(table["alpha_over_nu"], 3, rtol=0.02)
    np.testing.assert_allclose(table["nu_exact"], 1 / 3)
    [row] = _critical(files, FIRST_ORDER).to_dict("records")
    assert row["t_c_corrected"] == pytest.approx(1.5, abs=1e-9)
    assert np.isnan(row["t_c_corrected_exact_peaks"])
