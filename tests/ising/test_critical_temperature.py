"""The table of the critical temperature."""

import numpy as np
import pytest
import xarray as xr

from pomflow.models.ising.exact import CRITICAL_TEMPERATURE
from pomflow.stages.ising.collect_thermodynamics import _critical


def peaks(measured, exact) -> xr.Dataset:
    return xr.Dataset({"t_peak": measured, "t_peak_err": 0.01, "t_peak_exact": exact})


def test_both_fits_of_two_lattices_are_straight_lines():
    """T = T_c + a / L through the measured and through the exact peaks; two points leave no freedom."""
    files = {"8x8": peaks(2.4, 2.36), "16x16": peaks(2.3, 2.32)}
    [row] = _critical(files).to_dict("records")
    assert row["t_c"] == pytest.approx(2 * 2.3 - 2.4)
    assert row["slope"] == pytest.approx(16 * (2.4 - 2.3))
    assert row["t_c_exact_peaks"] == pytest.approx(2 * 2.32 - 2.36)
    # var(2 b - a) for independent a and b
    assert row["t_c_err"] == pytest.approx(0.01 * np.sqrt(5))
    assert row["t_c_exact"] == CRITICAL_TEMPERATURE


def test_one_lattice_tells_nothing():
    row = _critical({"8x8": peaks(2.4, 2.36)}).iloc[0]
    assert row.drop("t_c_exact").isna().all()
