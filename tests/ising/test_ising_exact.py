"""Exact thermodynamics: against a table of independent origin, enumeration, limits and derivatives."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pomflow.lattice import Lattice
from pomflow.models.ising import exact
from pomflow.models.ising.model import Ising

TABLE = pd.read_csv(Path(__file__).parent.parent / "data" / "ising_exact.csv")
BETA = np.array([0.05, 0.3, exact.CRITICAL_TEMPERATURE**-1, 0.5, 1.2])


def model(*shape, decay=None):
    return Ising(Lattice(shape), decay)


@pytest.mark.parametrize(("dimension", "extent"), sorted(set(zip(TABLE["dim"], TABLE["L"], strict=True))))
def test_table(dimension, extent):
    rows = TABLE[(TABLE["dim"] == dimension) & (TABLE["L"] == extent)]
    found = exact.thermodynamics(model(*[extent] * dimension), rows["beta"])
    volume = extent**dimension
    np.testing.assert_allclose(found.log_z, rows["lnZ"], rtol=1e-12)
    np.testing.assert_allclose(found.energy / volume, rows["energy_per_site"], rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(
        found.specific_heat / volume, rows["specific_heat_per_site"], rtol=1e-7, atol=1e-12
    )


@pytest.mark.parametrize("shape", [(2,), (3,), (9,), (2, 2), (2, 3), (3, 4), (4, 4), (5, 2)])
def test_closed_forms_agree_with_enumeration(shape):
    closed, counted = exact.thermodynamics(model(*shape), BETA), exact.enumerated(model(*shape), BETA)
    for name in ("log_z", "energy", "variance"):
        np.testing.assert_allclose(getattr(closed, name), getattr(counted, name), rtol=1e-9, atol=1e-9)


def test_infinite_temperature():
    """Independent spins: Var E is the number of bonds, for closed forms and for long range."""
    for shape in ((7,), (3, 5)):
        found = exact.thermodynamics(model(*shape), 0.0)
        assert found.log_z[0] == pytest.approx(np.prod(shape) * np.log(2), rel=1e-14)
        assert found.energy[0] == pytest.approx(0, abs=1e-13)
        assert found.variance[0] == pytest.approx(np.prod(shape) * len(shape), rel=1e-12)
    found = exact.thermodynamics(model(8, decay=2.0), 0.0)
    assert found.variance[0] == pytest.approx((model(8, decay=2.0).bonds.strength ** 2).sum(), rel=1e-12)


def test_a_large_torus_at_low_temperature_is_ordered():
    """ln Z -> ln 2 + 2 beta V, then one flipped spin, and two beside each other; no overflow."""
    beta, volume = np.array([2.0, 20.0, 100.0]), 128 * 96
    one, two = volume * np.exp(-8 * beta), 2 * volume * np.exp(-12 * beta)
    found = exact.thermodynamics(model(128, 96), beta)
    np.testing.assert_allclose(found.log_z, np.log(2) + 2 * beta * volume + one + two, rtol=1e-13)
    np.testing.assert_allclose(found.energy, -2 * volume + 8 * one + 12 * two, rtol=1e-12)
    np.testing.assert_allclose(found.variance, 64 * one + 144 * two, rtol=1e-5, atol=1e-7)


def test_unknown_is_nan():
    assert np.isnan(exact.thermodynamics(model(4, 4, 4), [0.2]).log_z).all()


def test_couplings_and_energy_agree():
    """E = - sum_{i<j} J_ij s_i s_j; at r = N/2 a pair of the ring counts once."""
    rng = np.random.default_rng(1)
    for one in (model(3, 4), model(2, 2), model(6, decay=1.5), model(5)):
        spins = rng.choice([-1, 1], (7, one.lattice.volume))
        quadratic = -np.einsum("ci,ij,cj->c", spins, one.couplings, spins) / 2
        np.testing.assert_allclose(one.energy(spins), quadratic, rtol=1e-13)
    row = model(6, decay=1.5).couplings[0]
    np.testing.assert_allclose(row, [0, 1, 2**-1.5, 3**-1.5, 2**-1.5, 1])
