"""The transfer matrix of the Thirring model: against the sum over matchings, determinants, random links."""

import itertools

import numpy as np
import pytest
from scipy.special import ive

from builders import build_model
from estimates import jackknife, mean_and_error, pull
from pomflow.lattice import Lattice
from pomflow.models.thirring import exact
from pomflow.models.thirring.staggered import Links
from pomflow.models.thirring.transfer import canonical, densities

THEORIES = [(0.5, 1.0, 0.5), (1.0, 0.3, -1.4), (0.0, 2.5, 0.6), (3.0, 0.0, 2.0)]


def partition_function(shape, mass: float, beta: float, mu: float) -> float:
    """Z from the canonical ones, with the measure dA / 2 pi."""
    time, space = shape
    logarithms, _ = canonical(Lattice(shape), mass, ive(1, beta) / ive(0, beta))
    charges = np.arange(-space, space + 1)
    total = np.exp(logarithms[abs(charges)] + mu * time * charges).sum()
    return total * ive(0, beta) ** (2 * time * space)


@pytest.mark.parametrize(("mass", "beta", "mu"), THEORIES)
def test_against_the_sum_over_matchings(mass, beta, mu):
    """4x4: Z and both densities to 1e-11."""
    lattice = Lattice((4, 4))
    expected = exact.partition_function(lattice, mass, beta, mu)
    assert partition_function((4, 4), mass, beta, mu) == pytest.approx(expected, rel=1e-11)
    expected = exact.densities(lattice, mass, beta, mu)
    assert densities(lattice, mass, beta, mu) == pytest.approx(expected, rel=1e-11, abs=1e-14)


@pytest.mark.parametrize("shape", [(4, 4), (8, 4), (6, 6), (10, 6)], ids=str)
@pytest.mark.parametrize("mass", [0.0, 0.7])
def test_free_fermions(shape, mass):
    """r = 1, the limit of large beta: the determinant of the free Dirac matrix, at every mu."""
    links, (time, space) = Links(Lattice(shape)), shape
    logarithms, slopes = canonical(Lattice(shape), mass, 1.0)
    charges = np.arange(-space, space + 1)
    for mu in (0.0, 0.4, -1.3):
        boost = np.exp(mu * links.in_time)
        matrix = links.dirac_matrix(mass, links.amplitude * boost, -links.amplitude / boost)
        weights = np.exp(logarithms[abs(charges)] + mu * time * charges)
        assert weights.sum() == pytest.approx(np.linalg.det(matrix), rel=1e-11)
        trace = np.trace(np.linalg.inv(matrix))
        assert weights @ slopes[abs(charges)] / weights.sum() == pytest.approx(trace, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("shape", [(4, 6), (8, 4)], ids=str)
@pytest.mark.parametrize("mu", [0.0, 0.5])
def test_against_random_links(shape, mu, rng):
    """Angles drawn one by one from exp(beta cos A), weighted with det D; within 4 standard errors."""
    mass, beta, lattice = 1.0, 1.0, Lattice(shape)
    model = build_model("thirring", {"lattice": lattice, "mass": mass, "beta": beta, "mu": mu})
    point = model.at(rng.vonmises(0.0, beta, (20000, model.size)) + 0j)
    determinant = np.exp(point.log_det)
    weights = determinant.real.reshape(100, -1)
    expected = partition_function(shape, mass, beta, mu) / ive(0, beta) ** model.size
    assert abs(pull(mean_and_error(weights), expected)) < 4
    for name, value in zip(("density", "condensate"), densities(lattice, mass, beta, mu), strict=True):
        measured = (determinant * model.observables()[name].measure(point)).real.reshape(100, -1)
        found, error = jackknife(lambda o, w: o / w, measured, weights)
        assert abs(found - value) < 4 * error + 1e-12


def test_densities_are_derivatives_of_ln_z():
    """By central differences, on 4x6."""
    lattice, h = Lattice((4, 6)), 1e-4
    mass, beta, mu = 0.5, 1.0, 0.9
    by_mu = [np.log(partition_function((4, 6), mass, beta, mu + step)) for step in (h, -h)]
    by_mass = [np.log(partition_function((4, 6), mass + step, beta, mu)) for step in (h, -h)]
    expected = [(above - below) / (2 * h) / 24 for above, below in (by_mu, by_mass)]
    np.testing.assert_allclose(densities(lattice, mass, beta, mu), expected, rtol=1e-6)


def test_long_and_cold_or_heavy_lattices():
    """Z itself would overflow: empty below the mass of a particle, full at large mu, 1/m without hops."""
    lattice = Lattice((256, 4))
    empty, full = (densities(lattice, 1.0, 10.0, mu) for mu in (0.5, 4.0))
    assert empty[0] == pytest.approx(0, abs=1e-12)
    assert full == pytest.approx((1, 0), abs=1e-12)
    assert densities(lattice, 100.0, 1e-9, 1.0) == pytest.approx((0, 1 / 100.0), rel=1e-3, abs=1e-12)


def test_canonical_partition_functions_are_positive():
    """Their logarithms exist on all kinds of theories, and the density lies between empty and full."""
    for mass, beta, shape in itertools.product((0.0, 0.2, 5.0), (0.1, 1.0, 20.0), ((4, 4), (6, 4), (4, 6))):
        n, condensate = densities(Lattice(shape), mass, beta, 0.9)
        assert 0 <= n <= 1
        assert condensate > 0 or mass == 0
