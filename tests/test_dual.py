"""The dual form: site weights, its equality with the original theory, and weights of windings."""

import numpy as np
import pytest
from scipy.special import gammaln

from dual_exact import log_site_weight, ring
from exact_tables import exact_rows
from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4.dual import DualTheory, site_ratios
from pomflow.models.dual.windings import symmetric_weights

RINGS = [row for row in exact_rows("transfer_exact") if row["Lx"] == 1]
AT_RINGS = pytest.mark.parametrize("row", RINGS, ids=lambda row: f"{row['Lt']:g}x1 mu={row['mu']:g}")


# --- site weights -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("eta", [0.5, 2.0, 9.0])
def test_site_ratios_without_coupling(eta):
    """W(f) = Gamma(f / 2 + 1) / (2 eta^{f / 2 + 1})."""
    j = np.arange(100)
    expected = np.exp(gammaln(j + 2) - gammaln(j + 1)) / eta
    np.testing.assert_allclose(site_ratios(eta, 0.0, 100), expected, rtol=1e-12)


@pytest.mark.parametrize("eta", [2.0, 5.0, 9.0])
@pytest.mark.parametrize("coupling", [1e-3, 0.3, 1.0, 50.0, 1e4])
def test_site_ratios_against_quadrature(eta, coupling):
    expected = np.exp(np.diff(log_site_weight(eta, coupling, np.arange(0, 402, 2))))
    np.testing.assert_allclose(site_ratios(eta, coupling, 4096)[:200], expected, rtol=1e-9)


def test_site_ratios_do_not_depend_on_the_size_of_the_table():
    np.testing.assert_allclose(site_ratios(5.0, 1.0, 512), site_ratios(5.0, 1.0, 4096)[:512], rtol=1e-9)


def test_the_table_is_closed_and_grows_with_the_fields():
    theory = DualTheory(Lattice((4, 4)), 1.0, 1.0)
    assert theory.site_ratios(1.0)[-1] == 0
    assert len(theory.site_ratios(5.0)) > 4 * theory.typical_exponent(5.0) - 1 > len(theory.site_ratios(1.0))


def test_fields_beyond_any_table_are_refused():
    with pytest.raises(ConfigError, match="too many for the dual simulation"):
        DualTheory(Lattice((4, 4)), 1.0, 1e-3).site_ratios(9.0)


# --- the dual form is the theory ----------------------------------------------------------------------------


@AT_RINGS
def test_full_theory(row):
    """Density, phi^2 and ln Z(mu) - ln Z(0) of L_t x 1 from the dual form, to ten digits."""
    theory = DualTheory(Lattice((int(row["Lt"]), 1)), row["mass"], row["coupling"])
    here, there = (
        ring(int(row["Lt"]), theory.amplitudes(mu)[0], theory.eta, row["coupling"]) for mu in (row["mu"], 0)
    )
    assert here["winding"] == pytest.approx(row["density"], rel=1e-9)
    assert here["phi2"] == pytest.approx(row["phi2"], rel=1e-9)
    assert here["log_z"] - there["log_z"] == pytest.approx(row["lnZ_ratio_to_mu0"], rel=1e-9)


def test_time_is_the_only_direction_that_mu_couples_to():
    theory = DualTheory(Lattice((4, 3, 2)), 1.0, 1.0)
    amplitudes = theory.amplitudes(0.7)
    assert amplitudes.shape == (3, 2)
    np.testing.assert_array_equal(amplitudes[1:], 1)
    assert amplitudes[0].prod() == pytest.approx(1)


# --- windings -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mu", "sampled"), [(0.0, 1.1), (0.4, 0.4), (0.3, 1.2), (3.0, 3.0)])
def test_symmetric_weights(mu, sampled):
    """Averages over the sign of w of e^{mu L_t w}, and they stay finite for hundreds of windings."""
    winding = np.array([-3, -1, 0, 1, 2])
    even, odd = symmetric_weights(winding, 4, mu, sampled)
    norm = np.cosh(4 * sampled * winding)
    np.testing.assert_allclose(even, np.cosh(4 * mu * winding) / norm, rtol=1e-12)
    np.testing.assert_allclose(odd, np.sinh(4 * mu * abs(winding)) / norm, rtol=1e-12, atol=1e-15)
    assert np.isfinite(symmetric_weights(np.array([500]), 16, mu, sampled)).all()
