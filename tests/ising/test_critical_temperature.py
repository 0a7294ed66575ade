"""The table of the critical temperature."""

from dataclasses import asdict

import numpy as np
import pytest
import xarray as xr

from pomflow.models.ising.model import TRANSITIONS
from pomflow.stages.ising.collect_thermodynamics import _critical

SQUARE = asdict(TRANSITIONS[2])


def peaks(measured, exact) -> xr.Dataset:
    return xr.Dataset({"t_peak": measured, "t_peak_err": 0.01, "t_peak_exact": exact})


def test_both_fits_of_two_lattices_are_straight_lines():
    """T = T_c + a / L through the measured and through the exact peaks; two points leave no freedom."""
    files = {"8x8": peaks(2.4, 2.36), "16x16": peaks(2.3, 2.32)}
    [row] = _critical(files, SQUARE).to_dict("records")
    assert row["t_c"] == pytest.approx(2 * 2.3 - 2.4)
    assert row["slope"] == pytest.approx(16 * (2.4 - 2.3))
    assert row["t_c_exact_peaks"] == pytest.approx(2 * 2.32 - 2.36)
    # var(2 b - a) for independent a and b
    assert row["t_c_err"] == pytest.approx(0.01 * np.sqrt(5))
    assert row["t_c_exact"] == SQUARE["temperature"]


def test_one_lattice_tells_nothing():
    row = _critical({"8x8": peaks(2.4, 2.36)}, SQUARE).iloc[0]
    assert row.drop("t_c_exact").isna().all()


@pytest.mark.parametrize("shift", [1.2, 2.0])
def test_peaks_approach_the_transition_with_its_exponent(shift):
    """Peaks that are T_c + a / L^shift give T_c, whatever the exponent is."""
    files = {f"{extent}x{extent}": peaks(0.7 + 3 / extent**shift, np.nan) for extent in (8, 12, 20)}
    [row] = _critical(files, {"temperature": None, "shift": shift}).to_dict("records")
    assert row["t_c"] == pytest.approx(0.7)
    assert row["slope"] == pytest.approx(3)
    assert np.isnan(row["t_c_exact_peaks"])
    assert row["t_c_exact"] is None
