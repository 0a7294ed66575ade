"""QCD in 0+1 dimensions: its definition by 3x3 matrices, symmetries, and exact answers by other formulas."""

import math

import numpy as np
import pytest

from builders import build_contour
from pomflow.analysis import statistics
from pomflow.contours.path import Path
from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.qcd_0p1 import exact
from pomflow.models.qcd_0p1.action import QCD
from pomflow.random.stream import Stream
from pomflow.samplers import hmc
from pomflow.training.optimize import optimize

THEORIES = [(0.8, 1, 1.1), (0.0, 2, 0.4), (1.5, 3, -2.0), (0.3, 12, 0.3)]
OVER_THEORIES = pytest.mark.parametrize("theory", THEORIES, ids=str)


def qcd(mass: float = 0.8, flavours: int = 1, mu: float = 1.1) -> QCD:
    return QCD(mass=mass, flavours=flavours, mu=mu)


def links(rng, rows: int, height: float = 0.3):
    return rng.uniform(-np.pi, np.pi, (rows, 2)) + 1j * height * rng.normal(size=(rows, 2))


def weight(model, z):
    return np.exp(-model.value(z))


@OVER_THEORIES
def test_it_is_its_definition(theory, rng):
    """Haar's measure as a product over pairs, the determinant and the Polyakov loop of 3x3 matrices."""
    model = qcd(*theory)
    mass, flavours, mu = theory
    for z in links(rng, 4):
        angles = np.array([*z, -z.sum()])
        u = np.diag(np.exp(1j * angles))
        assert np.linalg.det(u) == pytest.approx(1)
        quarks = 2 * np.cosh(mass) * np.eye(3) + np.exp(mu) * u + np.exp(-mu) * np.linalg.inv(u)
        haar = np.prod([4 * np.sin((angles[i] - angles[j]) / 2) ** 2 for i, j in ((0, 1), (0, 2), (1, 2))])
        expected = haar * np.linalg.det(quarks) ** flavours
        np.testing.assert_allclose(weight(model, z[None]), expected, rtol=1e-11)
        np.testing.assert_allclose(model.polyakov_loop(model.at(z[None])), np.trace(u) / 3, rtol=1e-11)


def test_haar_measure_is_the_vandermonde_determinant_squared(rng):
    """On real angles; its integral over the torus is 3!, as over the group it is 1."""
    model, t = qcd(mass=100.0, mu=0.0), links(rng, 5).real
    turns = np.exp(1j * np.stack((t[:, 0], t[:, 1], -t.sum(axis=1)), axis=1))
    vandermonde = np.linalg.det(turns[:, :, None] ** np.arange(3))
    np.testing.assert_allclose(weight(model, t) / math.exp(300), abs(vandermonde) ** 2, rtol=1e-9)


@OVER_THEORIES
@pytest.mark.parametrize(("name", "parameter"), [("quark_number", "mu"), ("condensate", "mass")])
def test_observables_are_derivatives_of_the_action(theory, name, parameter, rng):
    """By central differences of exp(-S), configuration by configuration."""
    model, h = qcd(*theory), 1e-5
    z, values = links(rng, 4), dict(zip(("mass", "flavours", "mu"), theory, strict=True))
    above, below = (weight(qcd(**values | {parameter: values[parameter] + step}), z) for step in (h, -h))
    found = model.observables()[name].measure(model.at(z))
    np.testing.assert_allclose(found, (above - below) / (2 * h) / weight(model, z), rtol=1e-6, atol=1e-7)


@OVER_THEORIES
def test_symmetries(theory, rng):
    """Permutations of the colours, charge conjugation, and why Z is real: S(-theta)* = S(theta)."""
    mass, flavours, mu = theory
    model, mirrored = qcd(*theory), qcd(mass, flavours, -mu)
    z = links(rng, 4)
    for permuted in (z[:, ::-1], np.stack((z[:, 0], -z.sum(axis=1)), axis=1)):
        np.testing.assert_allclose(weight(model, permuted), weight(model, z), rtol=1e-9)
    np.testing.assert_allclose(weight(mirrored, -z), weight(model, z), rtol=1e-9)
    here, there = model.at(z), mirrored.at(-z)
    np.testing.assert_allclose(mirrored.quark_number(there), -model.quark_number(here), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(mirrored.condensate(there), model.condensate(here), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(weight(model, -z.real).conj(), weight(model, z.real), rtol=1e-9)


def test_the_weight_of_the_centre(rng):
    """All angles turned by a third of the period: the same measure, the determinant of the turned U."""
    model, turn = qcd(), 2 * np.pi / 3
    z = links(rng, 3)
    moved = z + turn
    expected = weight(model, moved)
    angles = np.concatenate((z, -z.sum(axis=1, keepdims=True)), axis=1) + turn
    factors = 2 * np.cosh(0.8) + np.exp(1.1 + 1j * angles) + np.exp(-1.1 - 1j * angles)
    found = weight(qcd(mass=100.0, mu=0.0), z) / math.exp(300) * factors.prod(axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("shape", [(2,), (1, 1), (4, 4)], ids=str)
def test_lattices_are_refused(shape):
    with pytest.raises(ConfigError, match=r"^lattices: a single link has no lattice .* Take \[1\]"):
        QCD(Lattice(shape), mu=1.0)


# --- exact answers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mass", "mu"), [(0.8, 1.1), (0.0, 0.0), (2.0, -3.0), (30.0, 31.0)])
def test_partition_function_of_one_flavour(mass, mu):
    """The grid against sinh 4E / sinh E + 2 cosh 3 mu."""
    expected = math.log(exact.partition_function_of_one_flavour(mass, mu))
    assert exact.log_partition_function(qcd(mass, 1, mu)) == pytest.approx(expected, rel=1e-12)
    if mass:
        found = math.sinh(4 * mass) / math.sinh(mass) + 2 * math.cosh(3 * mu)
        assert expected == pytest.approx(math.log(found), rel=1e-12)


@OVER_THEORIES
def test_observables_are_derivatives_of_ln_z(theory):
    """By central differences of the determinants of Fourier coefficients, a formula of its own."""
    mass, flavours, mu = theory
    known, h = qcd(*theory).exact_values(), 1e-4

    def slope(first, second):
        return (log_z_by_determinants(*first) - log_z_by_determinants(*second)) / (2 * h)

    by_mu = slope((mass, flavours, mu + h), (mass, flavours, mu - h))
    by_mass = slope((mass + h, flavours, mu), (mass - h, flavours, mu))
    assert known["quark_number"].value == pytest.approx(by_mu, rel=1e-6)
    assert known["condensate"].value == pytest.approx(by_mass, rel=1e-6, abs=1e-8)
    found = exact.log_partition_function(qcd(*theory))
    assert found == pytest.approx(log_z_by_determinants(*theory), rel=1e-11)


def log_z_by_determinants(mass, flavours, mu):
    """ln sum_k det c_{i-j+k}, of the polynomial (2 cosh E + e^{mu} u + e^{-mu} / u)^{N_f} exactly."""
    coefficients = np.ones(1)
    for _ in range(flavours):
        coefficients = np.convolve(coefficients, [math.exp(-mu), 2 * math.cosh(mass), math.exp(mu)])

    def c(n):
        return coefficients[n + flavours] if abs(n) <= flavours else 0.0

    orders = range(-flavours - 2, flavours + 3)
    matrices = [[[c(i - j + k) for j in range(3)] for i in range(3)] for k in orders]
    return math.log(np.linalg.det(np.array(matrices)).sum())


def test_polyakov_loop_of_one_flavour():
    """<tr U> by hand, from the characters of the determinant."""
    mass, mu = 0.8, 1.1
    known = qcd(mass, 1, mu).exact_values()
    level = 2 * math.cosh(mass)
    # det = prod (level + e^{mu} u + e^{-mu} / u): its coefficient of tr U^+, as a sum of characters
    coefficient = level**2 * math.exp(-mu) + level * math.exp(2 * mu) - math.exp(-mu)
    expected = coefficient / exact.partition_function_of_one_flavour(mass, mu) / 3
    assert known["polyakov_loop"].value == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("theory", [*THEORIES, (1.0, 1, 1.0), (0.5, 3, 0.5)], ids=str)
def test_phase_against_a_fine_grid(theory):
    """Z / Z_pq with the modulus of the weight on 1000 x 1000 points; at mu = E it has a kink."""
    model, nodes = qcd(*theory), 2 * np.pi * (np.arange(1000) + 0.25) / 1000
    moduli, phases = 0.0, 0.0
    for a in nodes:
        one = weight(model, np.stack((np.full(1000, a), nodes + 0.001), axis=1) + 0j)
        moduli, phases = moduli + abs(one).sum(), phases + one.sum().real
    assert model.exact_values()["apf0"].value == pytest.approx(phases / moduli, abs=2e-6)


def test_known_phases():
    """From an independent calculation: of one flavour the plane is good everywhere."""
    found = [qcd(0.5, 1, mu).exact_values()["apf0"].value for mu in np.linspace(0, 4, 21)]
    assert 0.95 < min(found) < 1
    assert found[0] == pytest.approx(1, abs=1e-8)


# --- sampling on a trained path -----------------------------------------------------------------------------

CHAINS = {"leapfrog_steps": 6, "step_size": 0.2, "target_acceptance": 0.85, "start": "mixed"}
HMC = CHAINS | {"chains": 64, "thermalization": 200, "record_every": 2}
TRAINING = CHAINS | {"chains": 128, "thermalization": 20, "control_variate": "auto"}
TRAINING |= {"learning_rate": 0.5, "damping": 0.01, "memory": 0.95, "steps": 40}


@pytest.mark.slow
def test_sampling_on_a_trained_path():
    """Three flavours, E = 0.5, mu = 2; the plane has 0.92: all observables within 4 standard errors."""
    model = qcd(0.5, 3, 2.0)
    contour, stream = build_contour("local", model, window=0, spatial_window=0), Stream(1, "qcd")
    theta = contour.initial_parameters(stream.child("network"))
    theta = optimize(model, contour, theta, TRAINING, stream.child("optimize"), range(40), "test").theta
    path = Path(model, contour, theta)
    record = hmc.sample(path, HMC, stream.child("sample"), range(2200), "test")
    phase = np.exp(1j * record.log_weight.imag)
    point = model.at(path.at(record.t.reshape(-1, 2)).z)
    known = model.exact_values()
    assert phase.mean().real > known["apf0"].value
    for name, one in model.observables().items():
        real, imaginary = statistics.reweighted(phase, one.measure(point).reshape(phase.shape))
        assert abs(real.value - known[name].value) < 4 * real.error
        assert abs(imaginary.value) < 4 * imaginary.error
