"""The Gaussian theory (lambda = 0): an exact path, and determinants of the action's own matrix."""

import math

import numpy as np
import pytest

from builders import phi4
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import gaussian
from pomflow.models.complex_scalar import displacement, kernel, stable_slope

# below the threshold cosh(mu) = 1 + m^2/2, and small enough that the stable sector holds every a_k
BELOW = [((4,), 1.0, 0.9), ((5,), 1.0, 0.3), ((2, 3), 1.0, 0.9), ((4, 4), 1.0, 0.6), ((6, 3), 1.5, 0.5)]
BELOW += [((3, 1), 1.0, 0.5), ((1, 3), 1.0, 0.8), ((4, 2, 3), 0.8, 0.4), ((8, 8), 1.0, 0.4)]
CASES = pytest.mark.parametrize(("shape", "mass", "mu"), BELOW, ids=str)


def quadratic_form(model):
    """The complex symmetric 2V x 2V matrix M of S = z M z / 2, by columns from the action's gradient."""
    return model.gradient(np.eye(model.size, dtype=complex)).T


def free(shape, mass, mu):
    return phi4(*shape, mass=mass, mu=mu, coupling=0.0)


@CASES
def test_displacement_is_an_exact_path(shape, mass, mu, rng):
    """det J exp(-S(z(t))) has no phase at random t: the average phase factor is 1."""
    model, lattice = free(shape, mass, mu), Lattice(shape)
    slope = gaussian.slopes(lattice, mass**2, mu)
    jacobian = np.eye(model.size) + 1j * displacement(lattice, slope, np.eye(model.size)).T
    t = rng.normal(size=(50, model.size))
    z = t + 1j * displacement(lattice, slope, t)
    phase = np.linalg.det(jacobian) * np.exp(-1j * model.value(z).imag)
    assert abs((phase / np.abs(phase)).mean() - 1) < 1e-10
    np.testing.assert_allclose(phase.imag, 0, atol=1e-10 * np.abs(phase).max())


@CASES
def test_determinant_of_the_exact_path(shape, mass, mu):
    """ln det J = sum_k ln(1 + a_k^2), real."""
    lattice = Lattice(shape)
    slope = gaussian.slopes(lattice, mass**2, mu)
    k = displacement(lattice, slope, np.eye(2 * lattice.volume)).T
    determinant = np.linalg.det(np.eye(2 * lattice.volume) + 1j * k)
    assert determinant == pytest.approx(np.prod(1 + slope**2), rel=1e-10)


@CASES
def test_momenta_diagonalize_the_action(shape, mass, mu):
    """M_R and M_I against the eigenvalues of the action's matrix: each M(k) twice."""
    real, imaginary = gaussian.matrix(Lattice(shape), mass**2, mu)
    m = quadratic_form(free(shape, mass, mu))
    np.testing.assert_allclose(m, m.T, atol=1e-13)
    expected = np.linalg.eigvals(m)
    found = np.tile((real + 1j * imaginary).ravel(), 2)

    def in_order(values):
        return values[np.lexsort((values.imag.round(6), values.real.round(6)))]

    np.testing.assert_allclose(in_order(found), in_order(expected), atol=1e-7)


@CASES
def test_average_phase_factor_of_the_plane(shape, mass, mu):
    """Z / Z_pq = sqrt(det Re M / det M), from 2V x 2V determinants."""
    m = quadratic_form(free(shape, mass, mu))
    expected = math.sqrt(abs(np.linalg.det(m.real) / np.linalg.det(m)))
    assert gaussian.average_phase_factor(Lattice(shape), mass, mu) == pytest.approx(expected, rel=1e-10)


@CASES
def test_partition_function(shape, mass, mu):
    """ln Z(mu) - ln Z(0) = -(1/2) ln det M(mu) / det M(0)."""
    logs = [np.linalg.slogdet(quadratic_form(free(shape, mass, chemical)))[1] for chemical in (mu, 0.0)]
    found = gaussian.log_partition_ratio(Lattice(shape), mass, mu)
    assert found == pytest.approx(-(logs[0] - logs[1]) / 2, abs=1e-11)


@CASES
def test_density_is_the_derivative_of_ln_z(shape, mass, mu):
    """n = (1/V) d ln Z / d mu by central differences."""
    lattice, h = Lattice(shape), 1e-5
    plus, minus = (gaussian.log_partition_ratio(lattice, mass, mu + sign * h) for sign in (1, -1))
    expected = (plus - minus) / (2 * h) / lattice.volume
    assert gaussian.density(lattice, mass, mu) == pytest.approx(expected, rel=1e-7, abs=1e-10)


@CASES
def test_squared_field_is_the_inverse_matrix(shape, mass, mu):
    """<phi_a phi_a> per site = tr M^{-1} / V with the action's complex matrix, at any mu."""
    model = free(shape, mass, mu)
    expected = np.trace(np.linalg.inv(quadratic_form(model))) / model.lattice.volume
    assert gaussian.phi2(model.lattice, mass, mu) == pytest.approx(expected, rel=1e-10)


def test_nothing_happens_without_a_chemical_potential():
    lattice = Lattice((4, 3))
    np.testing.assert_allclose(gaussian.slopes(lattice, 1.0, 0.0), 0, atol=1e-15)
    assert gaussian.average_phase_factor(lattice, 1.0, 0.0) == 1
    assert gaussian.density(lattice, 1.0, 0.0) == pytest.approx(0, abs=1e-15)
    assert gaussian.log_partition_ratio(lattice, 1.0, 0.0) == 0


@pytest.mark.parametrize("mu", [0.9, 1.0, 1.2, 2.0])
@pytest.mark.parametrize("shape", [(4, 4), (8, 8), (16,), (3, 3, 3)], ids=str)
def test_slopes_stay_in_the_stable_sector(shape, mu):
    """|a_k| < tan(pi/8) near and beyond the threshold, where the exact path leaves it or does not exist."""
    slope = gaussian.slopes(Lattice(shape), 1.0, mu)
    assert slope.shape == shape
    assert np.abs(slope).max() < math.tan(math.pi / 8)


@pytest.mark.parametrize("mu", [0.9, 2.0])
def test_slopes_are_odd_in_time_and_even_in_space(mu):
    """Then the displacement's determinant is real, as the partition function is."""
    slope = gaussian.slopes(Lattice((6, 5)), 1.0, mu)
    np.testing.assert_allclose(np.roll(slope[::-1], 1, axis=0)[1:3], -slope[1:3], rtol=1e-12)
    np.testing.assert_allclose(np.roll(slope[:, ::-1], 1, axis=1), slope, rtol=1e-12)


def test_effective_mass_is_the_gaussian_average_of_the_force(rng):
    """Hartree: the mean of the force is m_eff^2 phi_1 for normal fluctuations: 200 000 draws, 4 errors.

    By Stein's lemma the effective mass is the mean second derivative m^2 + lambda <phi^2 + 2 phi_1^2>.
    """
    mass, coupling, width = 0.9, 1.3, 0.6
    phi = width * rng.normal(size=(2, 200_000))
    curvature = mass**2 + coupling * ((phi**2).sum(axis=0) + 2 * phi[0] ** 2)
    found = gaussian.effective_mass_squared(mass, coupling, 2 * width**2)
    assert abs(curvature.mean() - found) < 4 * curvature.std() / math.sqrt(200_000)


@pytest.mark.parametrize("mu", [0.5, 1.2, 2.0])
def test_slopes_are_odd_in_time(mu):
    """Also beyond the threshold, where M_R < 0 for some modes that are their own time reversal."""
    slope = gaussian.slopes(Lattice((8, 6)), 1.8, mu)
    reversed_in_time = np.roll(np.flip(slope, 0), 1, 0)
    np.testing.assert_allclose(slope, -reversed_in_time, atol=1e-12)
    assert np.abs(slope).max() > 0.1


@pytest.mark.parametrize("growth", [2, 4, 6])
def test_stable_sector(growth):
    """Along (1 + i a)^p the power p of a wave grows below the stable slope and falls beyond."""
    for slope, sign in ((0.999 * stable_slope(growth), 1), (1.001 * stable_slope(growth), -1)):
        assert np.sign(((1 + 1j * slope) ** growth).real) == sign


@pytest.mark.parametrize(
    ("dimension", "extent", "mass", "coupling"),
    [
        (1, 64, 1.0, 1.0),
        (2, 32, 1.0, 1.0),
        (2, 32, 0.1, 5.0),
        (3, 16, 0.7, 0.2),
        (1, 64, 0.0, 1e-20),
        (2, 32, 0.0, 1e-8),
        (2, 32, 0.3, 1e-20),
        (2, 32, 100.0, 1e4),
        (3, 16, 0.0, 1e4),
        (5, 16, 0.0, 1e-20),
        (6, 11, 0.5, 1.0),
    ],
)
def test_self_consistent_mass(dimension, extent, mass, coupling):
    """M = m^2 + 2 lambda <phi_a phi_a>_M, at mu = 0 where phi2 is the sum of 2 / M(k)."""
    found = gaussian.self_consistent_mass_squared(dimension, mass, coupling)
    lattice = Lattice((extent,) * dimension)
    phi2 = (2 / (sum(4 * np.sin(k / 2) ** 2 for k in lattice.momenta) + found)).mean()
    if found > 1e-3:
        assert phi2 == pytest.approx((2 / gaussian.matrix(lattice, found, 0.0)[0]).mean())
    assert found == pytest.approx(mass**2 + 2 * coupling * phi2, rel=1e-9)


def test_self_consistent_mass_without_coupling():
    assert gaussian.self_consistent_mass_squared(2, 1.3, 0.0) == pytest.approx(1.69)


def test_kernel_is_the_transform_of_the_slopes():
    """sum_r s(r) c(r) e^{ikr} = i a_k with a finite sum over all displacements of a large lattice."""
    vectors = [(time, space) for time in range(1, 9) for space in range(-9, 10)]
    mass_squared = gaussian.self_consistent_mass_squared(2, 1.0, 1.0)
    coefficients = kernel(vectors, lambda lattice: gaussian.slopes(lattice, mass_squared, 0.5))
    slope = gaussian.slopes(Lattice((32, 32)), mass_squared, 0.5)
    k = 2 * np.pi * np.fft.fftfreq(32)
    for i, j in ((1, 0), (3, 5), (12, 30)):
        waves = [2 * np.sin(k[i] * time + k[j] * space) for time, space in vectors]
        assert np.dot(coefficients, waves) == pytest.approx(slope[i, j], abs=2e-4)
