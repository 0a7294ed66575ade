"""What is shown of an average phase factor: its real part where a symmetry says so, its modulus elsewhere."""

import numpy as np
import pandas as pd
import pytest

from pomflow import registry
from pomflow.analysis.phase import has_real_phase, with_moduli
from pomflow.plotting import common

TABLE = pd.DataFrame(
    {
        "mu": [0.5],
        "apf_re": [-0.3],
        "apf_re_err": [0.01],
        "apf_im": [0.4],
        "apf_im_err": [0.02],
        "status": ["ok"],
    }
)


def test_a_complex_phase_is_shown_by_its_modulus():
    shown = with_moduli(TABLE, registry.load("model", "u1_gauge"))
    assert shown["apf_re"].item() == pytest.approx(0.5)
    # the error along the direction of the mean: by the derivative of the modulus
    assert shown["apf_re_err"].item() == pytest.approx(np.hypot(0.6 * 0.01, 0.8 * 0.02))
    assert shown[["mu", "apf_im", "status"]].equals(TABLE[["mu", "apf_im", "status"]])
    dataset = with_moduli(TABLE.to_xarray(), registry.load("model", "u1_gauge"))
    assert dataset["apf_re"].values == pytest.approx(shown["apf_re"].values)


def test_what_symmetry_makes_real_keeps_its_sign():
    model = registry.load("model", "complex_phi4")
    assert with_moduli(TABLE, model) is TABLE
    assert (has_real_phase(model), common.phase_label(model)[:2]) == (True, "Re")


def test_without_an_imaginary_part_the_real_one_stays():
    table = TABLE.drop(columns=["apf_im", "apf_im_err"])
    assert with_moduli(table, registry.load("model", "u1_gauge")).equals(table)
