"""The Thirring model: its definition link by link, symmetries, and exact answers against quadrature."""

import itertools

import numpy as np
import pytest
from scipy.special import ive

from builders import plane_path
from differences import directional
from estimates import average_phase, jackknife, mean_and_error, pull
from pomflow.analysis import statistics
from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.thirring import transfer
from pomflow.models.thirring.action import Thirring
from pomflow.models.thirring.exact import Ring, densities, matchings, partition_function
from pomflow.models.thirring.staggered import Links
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import sample

SHAPES = ((4,), (6,), (4, 6), (6, 4), (4, 4, 4), (4, 6, 4))
OVER_SHAPES = pytest.mark.parametrize("shape", SHAPES, ids=str)


def thirring(*shape: int, mass: float = 0.6, beta: float = 0.9, mu: float = 0.7) -> Thirring:
    return Thirring(Lattice(shape), mass=mass, beta=beta, mu=mu)


def angles(rng, model, rows: int, height: float = 0.3):
    """Complex configurations, of which the real parts fill the period."""
    return rng.uniform(-np.pi, np.pi, (rows, model.size)) + 1j * height * rng.normal(size=(rows, model.size))


def dirac_matrix(model, z):
    """The definition, a link at a time, for one configuration."""
    shape, volume = model.lattice.shape, model.lattice.volume
    matrix = model.mass * np.eye(volume, dtype=complex)
    for direction, x in itertools.product(range(len(shape)), itertools.product(*map(range, shape))):
        y = tuple((c + (i == direction)) % shape[i] for i, c in enumerate(x))
        eta = (-1) ** sum(x[:direction])
        closes = -1 if direction == 0 and x[0] == shape[0] - 1 else 1
        start, end = (np.ravel_multi_index(site, shape) for site in (x, y))
        exponent = (model.mu if direction == 0 else 0) + 1j * z[direction * volume + start]
        matrix[start, end] += closes * eta / 2 * np.exp(exponent)
        matrix[end, start] -= closes * eta / 2 * np.exp(-exponent)
    return matrix


def weight(model, z):
    return np.exp(-model.value(z))


def slopes(model, z, direction):
    """d/ds S(z + s direction) by central differences of exp(-S), in which 2 pi i do not show."""
    return -directional(lambda z: weight(model, z), z, direction) / weight(model, z)


@OVER_SHAPES
def test_it_is_its_definition(shape, rng):
    """exp(-S) = exp(-beta sum (1 - cos A)) det D and the condensate tr D^{-1} / V at complex angles."""
    model = thirring(*shape)
    z = angles(rng, model, 3)
    matrices = np.stack([dirac_matrix(model, row) for row in z])
    expected = np.exp(-0.9 * (1 - np.cos(z)).sum(axis=1)) * np.linalg.det(matrices)
    np.testing.assert_allclose(weight(model, z), expected, rtol=1e-11)
    trace = np.trace(np.linalg.inv(matrices), axis1=1, axis2=2)
    np.testing.assert_allclose(model.condensate(model.at(z)), trace / model.lattice.volume, rtol=1e-10)


@OVER_SHAPES
def test_dirac_matrix_of_the_links_is_the_definition(shape, rng):
    """``Links.dirac_matrix``, from which exact values are made."""
    model = thirring(*shape)
    z, links = angles(rng, model, 1)[0], Links(model.lattice)
    hop = links.amplitude * np.exp(model.mu * links.in_time + 1j * z)
    matrix = links.dirac_matrix(model.mass, hop, -0.25 / hop)
    np.testing.assert_allclose(matrix, dirac_matrix(model, z), rtol=1e-13)


@OVER_SHAPES
def test_gradient_is_the_derivative_of_the_value(shape, rng):
    """In complex directions: S is holomorphic."""
    model = thirring(*shape)
    z = angles(rng, model, 4)
    for _ in range(3):
        direction = (rng.normal(size=z.shape) + 1j * rng.normal(size=z.shape)) / model.size**0.5
        found = (model.gradient(z) * direction).sum(axis=1)
        np.testing.assert_allclose(found, slopes(model, z, direction), rtol=1e-7, atol=1e-7)


@OVER_SHAPES
@pytest.mark.parametrize(("name", "parameter"), [("density", "mu"), ("condensate", "mass")])
def test_observables_are_derivatives_of_the_action(shape, name, parameter, rng):
    """-(1/V) dS/dmu and -(1/V) dS/dm of every configuration, by central differences."""
    model, h = thirring(*shape), 1e-5
    z = angles(rng, model, 4)
    above, below = (
        weight(thirring(*shape, **{parameter: getattr(model, parameter) + step}), z) for step in (h, -h)
    )
    expected = (above - below) / (2 * h) / weight(model, z) / model.lattice.volume
    found = model.observables()[name].measure(model.at(z))
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7)


def test_value_gradient_and_observables_share_one_factorization(rng, monkeypatch):
    """M is made once for the determinant and once for the inverse, however often they are asked for."""
    model = thirring(4, 4)
    made, original = [], Thirring.even_matrix
    monkeypatch.setattr(Thirring, "even_matrix", lambda *args: made.append(1) or original(*args))
    point = model.at(angles(rng, model, 2))
    for _ in range(2):
        assert point.value.shape == (2,)
        assert point.gradient.shape == (2, model.size)
        assert model.density(point).shape == model.condensate(point).shape == (2,)
    assert len(made) == 2


def test_groups_of_a_batch_do_not_show(rng, monkeypatch):
    """A batch that is worked off one matrix at a time."""
    model = thirring(4, 4)
    z = angles(rng, model, 5)
    together = model.at(z)
    value, gradient, condensate = together.value, together.gradient, model.condensate(together)
    monkeypatch.setattr("pomflow.models.thirring.action.GROUP_BYTES", 1)
    assert len(model.groups(5)) == 5
    apart = model.at(z)
    np.testing.assert_array_equal(apart.value, value)
    np.testing.assert_array_equal(apart.gradient, gradient)
    np.testing.assert_array_equal(model.condensate(apart), condensate)


# --- symmetries ---------------------------------------------------------------------------------------------


@OVER_SHAPES
def test_charge_conjugation(shape, rng):
    """A -> -A and mu -> -mu change nothing but the sign of the density."""
    model, mirrored = thirring(*shape, mu=0.7), thirring(*shape, mu=-0.7)
    z = angles(rng, model, 3)
    point, image = model.at(z), mirrored.at(-z)
    np.testing.assert_allclose(np.exp(image.value - point.value), 1, rtol=1e-11)
    np.testing.assert_allclose(mirrored.density(image), -model.density(point), rtol=1e-9)
    np.testing.assert_allclose(mirrored.condensate(image), model.condensate(point), rtol=1e-9)


@OVER_SHAPES
def test_conjugate_weight_of_opposite_angles(shape, rng):
    """det D(-A)* = det D(A) on real angles: why Z and the average phase factor are real."""
    model = thirring(*shape)
    t = rng.uniform(-np.pi, np.pi, (4, model.size))
    np.testing.assert_allclose(weight(model, -t).conj(), weight(model, t), rtol=1e-10)
    assert (np.abs(weight(model, t).imag) > 1e-6 * np.abs(weight(model, t))).all()


@OVER_SHAPES
def test_translations(shape, rng):
    """Shifts of A turn staggered phases and the antiperiodic link into gauge-equivalent ones."""
    model = thirring(*shape)
    z = angles(rng, model, 2)
    fields = z.reshape(2, len(shape), *shape)
    for axis in range(len(shape)):
        moved = np.roll(fields, 1, axis=2 + axis).reshape(z.shape)
        np.testing.assert_allclose(weight(model, moved), weight(model, z), rtol=1e-10)


def test_directions_of_space_are_alike(rng):
    """Exchanging them changes nothing but gauge-equivalent phases, so their links are one orbit."""
    model = thirring(4, 4, 4)
    z = angles(rng, model, 2)
    swapped = z.reshape(2, 3, 4, 4, 4)[:, [0, 2, 1]].swapaxes(3, 4).reshape(z.shape)
    np.testing.assert_allclose(weight(model, swapped), weight(model, z), rtol=1e-10)
    np.testing.assert_array_equal(model.orbits(), np.repeat([0, 1, 1], 64))


@OVER_SHAPES
def test_period(shape, rng):
    model = thirring(*shape)
    z = angles(rng, model, 2)
    turned = z + 2 * np.pi * rng.integers(-2, 3, z.shape)
    np.testing.assert_allclose(weight(model, turned), weight(model, z), rtol=1e-10)


def test_no_phase_without_a_chemical_potential(rng):
    """At mu = 0 det D is positive on real angles."""
    model = thirring(4, 4, mu=0.0)
    value = weight(model, rng.uniform(-np.pi, np.pi, (20, model.size)))
    np.testing.assert_allclose(value.imag, 0, atol=1e-12 * np.abs(value).max())
    assert (value.real > 0).all()


@OVER_SHAPES
def test_free_fermions_in_momentum_space(shape):
    """At A = 0 det D = prod_k sqrt(m^2 + sum_nu sin^2 k_nu), k_0 half-integer and moved by -i mu."""
    model, square = thirring(*shape), 0.6**2
    for direction, extent in enumerate(shape):
        k = 2 * np.pi * (np.arange(extent) + 0.5 * (direction == 0)) / extent - 0.7j * (direction == 0)
        square = square + np.sin(k).reshape([-1] + [1] * (len(shape) - 1 - direction)) ** 2
    found = weight(model, np.zeros((1, model.size)))[0]
    assert found**2 == pytest.approx(square.prod(), rel=1e-11)


@pytest.mark.parametrize("shape", [(2,), (5,), (2, 4), (4, 3), (1,)], ids=str)
def test_odd_and_short_extents_are_refused(shape):
    with pytest.raises(ConfigError, match=r"^lattices: .*even extents above 2.* Take extents"):
        thirring(*shape)


# --- exact answers ------------------------------------------------------------------------------------------


def by_quadrature(model, points: int = 16) -> dict:
    """Z, observables and Z_pq by the trapezoidal rule in every angle."""
    nodes = 2 * np.pi * np.arange(points) / points
    t = np.stack(np.meshgrid(*[nodes] * model.size, indexing="ij"), axis=-1).reshape(-1, model.size)
    point = model.at(t + 0j)
    weight = np.exp(-point.value)
    found = {"partition_function": weight.mean(), "average_phase_factor": weight.mean() / abs(weight).mean()}
    for name in ("density", "condensate"):
        values = model.observables()[name].measure(point)
        found[name] = (weight * values).mean() / weight.mean()
    found["schwinger_dyson"] = (weight * point.schwinger_dyson()).mean() / weight.mean()
    return found


@pytest.mark.parametrize(("mass", "beta", "mu"), [(0.6, 0.9, 0.7), (0.0, 0.4, 0.3), (1.2, 1.5, -1.0)])
def test_ring_against_quadrature(mass, beta, mu):
    """N = 4: 65536 points are exact to 1e-9 but for Z_pq, whose integrand is an absolute value."""
    found = by_quadrature(thirring(4, mass=mass, beta=beta, mu=mu))
    ring = Ring(4, mass, beta, mu)
    for name in ("partition_function", "density", "condensate"):
        assert found[name] == pytest.approx(getattr(ring, name), rel=1e-7, abs=1e-9)
    assert found["average_phase_factor"] == pytest.approx(ring.average_phase_factor, rel=2e-3)
    assert found["schwinger_dyson"] == pytest.approx(1, rel=1e-9)


@pytest.mark.parametrize("mu", [0.3, 1.2, -0.8])
@pytest.mark.parametrize("beta", [0.0, 0.7, 30.0])
def test_ring_phase_against_its_distribution(beta, mu):
    """APF0 from a fine grid of Theta, the density of Theta being that of N independent angles, N = 8."""
    slices, mass, nodes = 8, 1.0, 2**14
    theta = 2 * np.pi * np.arange(nodes) / nodes
    one_link = np.exp(beta * (np.cos(theta) - 1))
    density = np.fft.ifft((np.fft.fft(one_link) / one_link.sum()) ** slices).real
    determinant = np.cosh(slices * mu + 1j * theta) + np.cosh(slices * np.arcsinh(mass))
    expected = (density * determinant).sum() / (density * abs(determinant)).sum()
    assert Ring(slices, mass, beta, mu).average_phase_factor == pytest.approx(expected, rel=1e-7)


def test_known_values_of_the_ring():
    """From an independent calculation."""
    ring = Ring(4, mass=0.6, beta=0.9, mu=0.7)
    assert ring.partition_function == pytest.approx(0.03807571346216335, rel=1e-13)
    assert ring.average_phase_factor == pytest.approx(0.565491, abs=5e-7)
    found = [Ring(8, 1.0, 1.0, mu).average_phase_factor for mu in (0.8, 1.2, 2.0)]
    np.testing.assert_allclose(found, [0.9353, 0.0796, 0.0017], atol=5e-5)


def test_ring_where_exponentials_overflow():
    """A long, cold ring: empty below mu = arsinh m - ln(I_1 / I_0), full above."""
    empty, full = (Ring(512, 1.0, 10.0, mu) for mu in (0.8, 4.0))
    assert empty.density == pytest.approx(0, abs=1e-12)
    assert empty.condensate == pytest.approx(2**-0.5)
    assert full.density == pytest.approx(1)
    assert full.condensate == pytest.approx(0, abs=1e-12)
    assert 0 < full.average_phase_factor < 1


@pytest.mark.parametrize("slices", [4, 6, 8])
@pytest.mark.parametrize(("mass", "beta", "mu"), [(0.6, 0.9, 0.7), (1.0, 3.0, -1.5), (0.0, 1.0, 0.4)])
def test_matchings_on_a_ring(slices, mass, beta, mu):
    """The sum for every dimension against the closed form."""
    lattice, ring = Lattice((slices,)), Ring(slices, mass, beta, mu)
    assert partition_function(lattice, mass, beta, mu) == pytest.approx(ring.partition_function, rel=1e-12)
    assert densities(lattice, mass, beta, mu) == pytest.approx((ring.density, ring.condensate), rel=1e-11)


@pytest.mark.parametrize(("shape", "sets", "count"), [((4,), 6, 7), ((8,), 46, 47), ((4, 4), 10750, 41025)])
def test_number_of_matchings(shape, sets, count):
    """A ring of N has the Lucas number L_N of them, and all its sites are covered in two ways."""
    matched, counts = matchings(Lattice(shape))
    assert (len(matched), counts.sum()) == (sets, count)
    assert (matched.sum(axis=1) % 2 == 0).all()


def test_known_values_on_4x4():
    """From an independent calculation."""
    lattice = Lattice((4, 4))
    assert partition_function(lattice, 0.5, 1.0, 0.5) == pytest.approx(1.6492577e-11, rel=5e-8)
    assert densities(lattice, 0.5, 1.0, 0.5)[0] == pytest.approx(0.0131853763, abs=5e-10)
    found = [densities(lattice, 1.0, 1.0, mu)[0] for mu in (0.4, 0.8, 1.2, 1.6, 2.0)]
    np.testing.assert_allclose(found, [0.002613, 0.013425, 0.065335, 0.28337, 0.714639], atol=6e-7)


def test_densities_are_derivatives_of_ln_z():
    """The imaginary steps against central differences."""
    lattice, h = Lattice((4, 4)), 1e-4
    found = densities(lattice, 0.5, 1.0, 0.9)
    by_mu = [np.log(partition_function(lattice, 0.5, 1.0, 0.9 + step)) for step in (h, -h)]
    by_mass = [np.log(partition_function(lattice, 0.5 + step, 1.0, 0.9)) for step in (h, -h)]
    expected = [(above - below) / (2 * h) / 16 for above, below in (by_mu, by_mass)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("mu", [0.0, 0.5])
def test_matchings_against_random_links(mu, rng):
    """4x4: angles drawn one by one from exp(beta cos A), weighted with det D; within 4 standard errors."""
    model, beta = thirring(4, 4, mass=1.0, beta=1.0, mu=mu), 1.0
    point = model.at(rng.vonmises(0.0, beta, (20000, model.size)) + 0j)
    determinant = np.exp(point.log_det)
    weights = determinant.real.reshape(100, -1)
    exact = partition_function(model.lattice, 1.0, beta, mu) / ive(0, beta) ** model.size
    assert abs(pull(mean_and_error(weights), exact)) < 4
    expected = densities(model.lattice, 1.0, beta, mu)
    for name, value in zip(("density", "condensate"), expected, strict=True):
        measured = (determinant * model.observables()[name].measure(point)).real.reshape(100, -1)
        found, error = jackknife(lambda o, w: o / w, measured, weights)
        assert abs(found - value) < 4 * error + 1e-12


def test_symmetries_of_the_exact_values():
    """The density is odd in mu and the condensate even."""
    there, back = (densities(Lattice((4, 4)), 0.5, 1.3, mu) for mu in (0.8, -0.8))
    assert back == pytest.approx((-there[0], there[1]), rel=1e-11)
    assert densities(Lattice((4, 4)), 0.0, 1.0, 0.6)[1] == 0


def test_partition_function_is_positive():
    """Why the optimization aims every phase at zero."""
    masses, betas, mus = (0.0, 1.0), (0.1, 1.0, 5.0), (0.0, 1.5, 3.0)
    for theory in itertools.product(masses, betas, mus):
        assert partition_function(Lattice((4, 4)), *theory) > 0


def test_exact_values_by_name():
    """On a ring with apf0, in 1+1 dimensions without, and nothing where slices are too large."""
    ring, plane, longer = (thirring(*shape).exact_values() for shape in ((6,), (4, 4), (6, 4)))
    assert list(ring) == ["density", "condensate", "apf0"]
    assert list(plane) == list(longer) == ["density", "condensate"]
    assert longer["density"].value == transfer.densities(Lattice((6, 4)), 0.6, 0.9, 0.7)[0]
    assert all(estimate.error == 0 for known in (ring, plane, longer) for estimate in known.values())
    for shape in ((4, 10), (4, 4, 4)):
        assert thirring(*shape).exact_values() == {}
    assert ring["apf0"].value == Ring(6, 0.6, 0.9, 0.7).average_phase_factor


# --- sampling -----------------------------------------------------------------------------------------------

HMC = {
    "chains": 32,
    "leapfrog_steps": 5,
    "step_size": 0.3,
    "target_acceptance": 0.85,
    "thermalization": 100,
    "record_every": 2,
    "start": "mixed",
}


@pytest.mark.parametrize("mu", [0.0, 0.5])
def test_sampling_on_the_plane(mu):
    """N = 4: density, condensate and APF0 by reweighting within 4 standard errors, seed fixed."""
    model = thirring(4, mu=mu)
    record = sample(plane_path(model), HMC, Stream(1, "thirring"), range(700), "test")
    assert np.abs(record.t).max() <= np.pi
    point = model.at(record.t.reshape(-1, 4) + 0j)
    phase = np.exp(1j * record.log_weight.imag)
    exact = model.exact_values()
    found = {name: item.measure(point) for name, item in model.observables().items()}
    found["schwinger_dyson"] = point.schwinger_dyson()
    truth = {name: estimate.value for name, estimate in exact.items()} | {"schwinger_dyson": 1.0}
    for name, values in found.items():
        real, imaginary = statistics.reweighted(phase, values.reshape(phase.shape))
        assert abs(real.value - truth[name]) < 4 * real.error + 1e-12
        assert abs(imaginary.value) < 4 * imaginary.error + 1e-12
    value, error = average_phase(record.log_weight)
    assert abs(value - truth["apf0"]) < 4 * error + 1e-12
