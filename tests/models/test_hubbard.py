"""The Hubbard model: its definition slice by slice, symmetries, and exact answers against other ways."""

import functools
import itertools

import numpy as np
import pytest
from scipy.linalg import expm

from builders import build_contour, plane_path
from estimates import average_phase
from pomflow.analysis import statistics
from pomflow.contours.path import Path
from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.base import require_values
from pomflow.models.hubbard import action
from pomflow.models.hubbard.action import Hubbard
from pomflow.models.hubbard.exact import Trace
from pomflow.models.hubbard.hopping import hopping_matrix
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import sample
from pomflow.training.optimize import optimize

# slices, sites and geometry: a point, two sites, triangle, square, tetrahedron
CASES = ((3, 1, "ring"), (4, 2, "ring"), (3, 3, "ring"), (5, 4, "ring"), (2, 4, "complete"))
OVER_CASES = pytest.mark.parametrize("case", CASES, ids=str)
BIPARTITE = [case for case in CASES if case[1:] not in ((3, "ring"), (4, "complete"))]


def hubbard(slices: int, sites: int, geometry: str = "ring", **values) -> Hubbard:
    values = {"interaction": 2.0, "beta": 1.5, "mu": 0.7} | values
    return Hubbard(Lattice((slices, sites)), geometry=geometry, **values)


def fields(rng, model, rows: int, height: float = 0.3):
    return rng.normal(size=(rows, model.size)) + 1j * height * rng.normal(size=(rows, model.size))


def weight(model, z):
    return np.exp(-model.value(z))


def product(model, z, sign: int):
    """B of one configuration by its definition: of particles (sign 1) or of holes (sign -1)."""
    hop = expm(sign * model.step * hopping_matrix(model.geometry, model.sites))
    result = np.eye(model.sites)
    for phi in z.reshape(model.slices, model.sites):
        result = result @ hop @ np.diag(np.exp(sign * (1j * phi + model.step * model.mu)))
    return result


@OVER_CASES
def test_it_is_the_theory_of_particles_and_holes(case, rng):
    """exp(-S) = exp(-sum phi^2 / (2 delta U)) det(1 + B_p) det(1 + B_h) at complex fields."""
    model = hubbard(*case)
    z = fields(rng, model, 3)
    one = np.eye(model.sites)
    determinants = np.array(
        [
            np.linalg.det(one + product(model, row, 1)) * np.linalg.det(one + product(model, row, -1))
            for row in z
        ]
    )
    expected = determinants * np.exp(-(z**2).sum(axis=1) / (2 * model.step * model.interaction))
    np.testing.assert_allclose(weight(model, z), expected, rtol=1e-11)


@OVER_CASES
def test_charge_and_double_occupancy_are_those_of_particles_and_holes(case, rng):
    """<n_p - n_h> and <n_p (1 - n_h)> from the propagators of both, turned to end with every slice."""
    model = hubbard(*case)
    z = fields(rng, model, 2)
    charges, doubles = [], []
    for row in z:
        turned = [
            np.roll(row.reshape(model.slices, -1), -step, axis=0).ravel() for step in range(model.slices)
        ]
        particles, holes = (
            np.array(
                [
                    np.diag(np.linalg.inv(np.eye(model.sites) + np.linalg.inv(product(model, one, sign))))
                    for one in turned
                ]
            )
            for sign in (1, -1)
        )
        charges.append((particles - holes).mean())
        doubles.append((particles * (1 - holes)).mean())
    point = model.at(z)
    np.testing.assert_allclose(model.charge(point), charges, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(model.double_occupancy(point), doubles, rtol=1e-10, atol=1e-12)


@OVER_CASES
def test_charge_is_a_derivative_of_the_action(case, rng):
    """-dS/dmu / (beta sites) of every configuration, by central differences."""
    model, h = hubbard(*case), 1e-5
    z = fields(rng, model, 3)
    above, below = (weight(hubbard(*case, mu=model.mu + step), z) for step in (h, -h))
    expected = (above - below) / (2 * h) / weight(model, z) / (model.beta * model.sites)
    np.testing.assert_allclose(model.charge(model.at(z)), expected, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("limit", [1e-9, 0.5, 2.0])
@OVER_CASES
def test_spans_of_time_do_not_show(case, limit, rng, monkeypatch):
    """Products over all slices, over some, and over none, where all of them are exact."""
    whole = hubbard(*case)
    z = fields(rng, whole, 3)
    monkeypatch.setattr(action, "LARGEST_SPREAD", limit)
    spans = hubbard(*case)
    if limit < 1e-6 and case[1] > 1:
        assert len(spans.products(spans.hops(z))[1]) == spans.slices
    np.testing.assert_allclose(np.exp(spans.value(z) - whole.value(z)), 1, rtol=1e-11)
    np.testing.assert_allclose(spans.gradient(z), whole.gradient(z), rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(
        spans.double_occupancy(spans.at(z)), whole.double_occupancy(whole.at(z)), rtol=1e-10, atol=1e-11
    )


def test_low_temperatures(rng, monkeypatch):
    """beta = 40 on a square, where the product of all slices has no digit left: as with every slice alone."""
    model = hubbard(160, 4, beta=40.0, mu=1.3)
    z = fields(rng, model, 2, height=0.05)
    value, gradient = model.value(z), model.gradient(z)
    monkeypatch.setattr(action, "LARGEST_SPREAD", 1e-9)
    alone = hubbard(160, 4, beta=40.0, mu=1.3)
    np.testing.assert_allclose(np.exp(value - alone.value(z)), 1, rtol=1e-8)
    np.testing.assert_allclose(gradient, alone.gradient(z), rtol=1e-8, atol=1e-9)
    monkeypatch.setattr(action, "LARGEST_SPREAD", 1e9)
    careless = hubbard(160, 4, beta=40.0, mu=1.3)
    assert np.abs(careless.gradient(z) - gradient).max() > 1e-3


@pytest.mark.parametrize("slices", [34, 100, 400, 2000])
@pytest.mark.parametrize("mu", [-8.0, 0.0, 0.7, 1.3, 50.0])
def test_free_electrons_at_the_lowest_temperature(slices, mu):
    """At phi = 0 the levels of K are filled one by one, with weights from e^{-1000} to e^{5000}."""
    model = hubbard(slices, 4, beta=100.0, mu=mu)
    point = model.at(np.zeros((1, model.size)) + 0j)
    levels = 100.0 * (np.array([2.0, 0.0, 0.0, -2.0]) + mu)
    np.testing.assert_allclose(point.log_det, np.logaddexp(0, levels).sum(), rtol=1e-9, atol=1e-9)
    filled = np.where(levels > 0, 1.0, np.where(levels < 0, 0.0, 0.5)).mean()
    np.testing.assert_allclose(point.occupation, filled, atol=1e-7)


def test_value_gradient_and_observables_share_one_product(rng, monkeypatch):
    model = hubbard(4, 3)
    made, original = [], Hubbard.products
    monkeypatch.setattr(Hubbard, "products", lambda *args: made.append(1) or original(*args))
    point = model.at(fields(rng, model, 2))
    for _ in range(2):
        assert point.value.shape == (2,)
        assert point.gradient.shape == (2, model.size)
        assert model.charge(point).shape == model.double_occupancy(point).shape == (2,)
    assert len(made) == 1


# --- symmetries ---------------------------------------------------------------------------------------------


def moved(z, model, by):
    """Configurations with the slices and sites permuted by a function of an array (rows, N_t, sites)."""
    return by(z.reshape(len(z), model.slices, model.sites)).reshape(z.shape)


@OVER_CASES
def test_all_times_and_sites_are_alike(case, rng):
    """Shifts of time and of the sites, and a reflection of time, change nothing."""
    model = hubbard(*case)
    z = fields(rng, model, 2)
    for by in (
        lambda f: np.roll(f, 1, 1),
        lambda f: np.roll(f, 1, 2),
        lambda f: f[:, ::-1],
        lambda f: f[:, :, ::-1],
    ):
        np.testing.assert_allclose(weight(model, moved(z, model, by)), weight(model, z), rtol=1e-10)
    np.testing.assert_array_equal(model.orbits(), 0)


def test_sites_of_a_complete_graph_may_be_exchanged(rng):
    """Any two; on a square it matters who is whose neighbour."""
    for geometry, alike in (("complete", True), ("ring", False)):
        model = hubbard(3, 4, geometry)
        z = fields(rng, model, 2)
        image = moved(z, model, lambda f: f[:, :, [1, 0, 2, 3]])
        assert np.allclose(weight(model, image), weight(model, z), rtol=1e-9) == alike


@OVER_CASES
def test_conjugate_weight_of_the_opposite_field(case, rng):
    """exp(-S(-phi))* = exp(-S(phi)) on real fields: why Z and the average phase factor are real."""
    model = hubbard(*case)
    t = rng.normal(size=(4, model.size))
    np.testing.assert_allclose(weight(model, -t).conj(), weight(model, t), rtol=1e-10)
    assert (np.abs(weight(model, t).imag) > 1e-6 * np.abs(weight(model, t))).all()


@pytest.mark.parametrize("case", BIPARTITE, ids=str)
def test_particles_and_holes(case, rng):
    """On two sublattices phi -> -phi and mu -> -mu exchange them; at half filling nothing is complex."""
    model, mirrored = hubbard(*case), hubbard(*case, mu=-0.7)
    z = fields(rng, model, 3)
    np.testing.assert_allclose(weight(mirrored, -z), weight(model, z), rtol=1e-10)
    np.testing.assert_allclose(mirrored.charge(mirrored.at(-z)), -model.charge(model.at(z)), rtol=1e-8)
    half = hubbard(*case, mu=0.0)
    values = weight(half, rng.normal(size=(20, half.size)))
    np.testing.assert_allclose(values.imag, 0, atol=1e-12 * np.abs(values).max())
    assert (values.real > 0).all()


@pytest.mark.parametrize("case", [(3, 3, "ring"), (3, 4, "complete")], ids=str)
def test_triangles_have_a_phase_at_half_filling(case, rng):
    half = hubbard(*case, mu=0.0)
    values = weight(half, rng.normal(size=(20, half.size)))
    assert np.abs(values.imag / values).max() > 0.01
    assert abs(half.exact_values()["charge"].value) > 0.01


@pytest.mark.parametrize("shape", [(4,), (4, 2, 2)], ids=str)
def test_other_lattices_are_refused(shape):
    with pytest.raises(ConfigError, match=r"^lattices: .*time slices and sites.* Write \[N_t, sites\]"):
        Hubbard(Lattice(shape), mu=1.0)


@pytest.mark.parametrize(
    ("shape", "values", "fewest"),
    [((1, 2), {"beta": 100.0}, 9), ((2, 1), {"beta": 100.0, "mu": 50.0}, 17), ((5, 8), {"beta": 80.0}, 14)],
)
def test_slices_that_are_too_long_are_refused(shape, values, fewest):
    """Their numbers overflow, or have no digit left; with as many slices as are told they are fine."""
    with pytest.raises(ConfigError, match=rf"^lattices: .* Take at least {fewest} slices"):
        hubbard(*shape, **values)
    model = hubbard(fewest, shape[1], **values)
    zero = np.zeros((1, model.size)) + 0j
    assert np.isfinite(model.value(zero)).all()
    assert np.isfinite(model.gradient(zero)).all()


@pytest.mark.parametrize("sites", [1, 2])
def test_large_numbers_of_electrons_do_not_overflow(sites):
    """e^{beta mu} = e^{5000}: every site has two electrons, and S is that of its Gaussian."""
    model = hubbard(200, sites, beta=100.0, mu=50.0)
    zero = np.zeros((1, model.size)) + 0j
    np.testing.assert_allclose(model.charge(model.at(zero)), 1, rtol=1e-12)
    # det(1 + B) is det B, whose logarithm is beta (mu sites + tr K) with tr K = 0
    np.testing.assert_allclose(model.value(zero).real, -5000 * sites, rtol=1e-10)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"mu": 1.0, "geometry": "square"},
            r"^parameters\.geometry: 'square' is not known. Choose one of ring",
        ),
        ({"mu": 1.0, "interaction": 0}, r"^parameters\.interaction: 0 is too small"),
        ({"mu": 1.0, "beta": -1}, r"^parameters\.beta: -1 is too small"),
        ({}, r"^parameters\.mu: is missing"),
    ],
)
def test_parameters_outside_of_the_domain_are_refused(values, message):
    with pytest.raises(ConfigError, match=message):
        require_values(Hubbard, values)


# --- exact answers ------------------------------------------------------------------------------------------


def number_operators(sites: int):
    """Jordan and Wigner: the matrices c_x of fermions on so many sites."""
    one, sign, lower = np.eye(2), np.diag([1.0, -1.0]), np.array([[0.0, 1.0], [0.0, 0.0]])
    return [functools.reduce(np.kron, [sign] * x + [lower] + [one] * (sites - 1 - x)) for x in range(sites)]


def by_matrices(model) -> dict:
    """Charge and double occupancy from matrices on all 4^sites states, without any quantum number."""
    sites, k = model.sites, hopping_matrix(model.geometry, model.sites)
    c = number_operators(sites)
    hop = sum(k[x, y] * c[x].T @ c[y] for x, y in itertools.product(range(sites), repeat=2))
    hop = hop if sites > 1 else np.zeros((2, 2))
    one = np.eye(2**sites)
    p, h = ([np.kron(*pair(x.T @ x)) for x in c] for pair in (lambda n: (n, one), lambda n: (one, n)))
    charge = sum(a - b for a, b in zip(p, h, strict=True))
    energy = (
        model.interaction / 2 * sum((a - b) @ (a - b) for a, b in zip(p, h, strict=True)) - model.mu * charge
    )
    slice_ = np.kron(expm(model.step * hop), expm(-model.step * hop)) @ expm(-model.step * energy)
    trace = np.linalg.matrix_power(slice_, model.slices)
    double = sum(a @ (np.eye(4**sites) - b) for a, b in zip(p, h, strict=True)) / sites
    z = np.trace(trace)
    return {"charge": np.trace(trace @ charge) / z / sites, "double_occupancy": np.trace(trace @ double) / z}


@OVER_CASES
@pytest.mark.parametrize("mu", [0.7, -1.9])
def test_traces_are_those_of_matrices_on_all_states(case, mu):
    model = hubbard(*case, mu=mu)
    exact = model.exact_values()
    for name, value in by_matrices(model).items():
        assert exact[name].value == pytest.approx(value, rel=1e-9, abs=1e-11)
        assert exact[name].error == 0


def by_quadrature(model, points: int, half_width: float) -> dict:
    """Charge, double occupancy, Z / Z_pq and the Schwinger-Dyson number by the trapezoidal rule."""
    nodes = np.linspace(-half_width, half_width, points)
    t = np.stack(np.meshgrid(*[nodes] * model.size, indexing="ij"), axis=-1).reshape(-1, model.size)
    point = model.at(t + 0j)
    weights = np.exp(-point.value)
    found = {name: (weights * one.measure(point)).sum() for name, one in model.observables().items()}
    found["schwinger_dyson"] = (weights * point.schwinger_dyson()).sum()
    found = {name: value / weights.sum() for name, value in found.items()}
    return found | {"apf0": weights.sum() / np.abs(weights).sum()}


@pytest.mark.parametrize(
    ("shape", "geometry", "points"),
    [
        ((1, 1), "ring", 401),
        ((2, 1), "ring", 201),
        ((1, 2), "ring", 201),
        ((1, 3), "ring", 81),
        ((2, 2), "ring", 33),
    ],
)
@pytest.mark.parametrize("mu", [0.0, 1.2])
def test_exact_values_against_quadrature(shape, geometry, points, mu):
    """The rule converges exponentially, but for Z_pq at its double zeros, which no grid here sees."""
    model = hubbard(*shape, geometry, interaction=1.3, beta=1.1, mu=mu)
    found = by_quadrature(model, points, 8 * (model.step * model.interaction) ** 0.5)
    for name, value in model.exact_values().items():
        assert found[name] == pytest.approx(value.value, rel=1e-6, abs=1e-8), name
    assert found["schwinger_dyson"] == pytest.approx(1, rel=1e-6)


def test_a_single_site_in_closed_form():
    """Z = 2 + 2 cosh(beta mu) e^{-beta U / 2}; on the plane cosh and 1 change places. Whatever N_t."""
    beta, mu, interaction = 4.0, 1.0, 3.0
    gap = np.exp(-beta * interaction / 2)
    z, quenched = 1 + np.cosh(beta * mu) * gap, np.cosh(beta * mu) + gap
    for slices in (1, 5, None):
        trace = Trace("ring", 1, interaction, beta, mu, slices)
        assert trace.charge == pytest.approx(np.sinh(beta * mu) * gap / z, rel=1e-12)
        assert trace.double_occupancy == pytest.approx(np.exp(beta * mu) * gap / 2 / z, rel=1e-12)
        assert trace.average_phase_factor() == pytest.approx(z / quenched, rel=1e-12)
        assert trace.log_partition_function == pytest.approx(np.log(2 * z), rel=1e-12)


@pytest.mark.parametrize(
    ("sites", "mu", "charge"), [(2, 1.0, 0.0672491), (2, 2.0, 0.4787142), (4, 1.0, 0.1950547)]
)
def test_known_values(sites, mu, charge):
    """From an independent calculation."""
    trace = Trace("ring", sites, interaction=3.0, beta=4.0, mu=mu, slices=8)
    assert trace.charge == pytest.approx(charge, abs=5e-8)


@pytest.mark.parametrize(("sites", "geometry"), [(2, "ring"), (3, "ring"), (4, "complete")])
def test_limit_of_many_slices(sites, geometry):
    """Errors of charge and double occupancy fall fourfold with every doubling of N_t."""
    theory = {"interaction": 3.0, "beta": 4.0, "mu": 0.9}
    limit = Trace(geometry, sites, **theory)
    for name in ("charge", "double_occupancy"):
        errors = [
            getattr(Trace(geometry, sites, **theory, slices=n), name) - getattr(limit, name)
            for n in (64, 128, 256)
        ]
        assert abs(errors[2]) < 1e-3
        assert errors[0] / errors[1] == pytest.approx(4, rel=0.05)
        assert errors[1] / errors[2] == pytest.approx(4, rel=0.02)


def test_two_sites_in_the_ground_state():
    """beta = 60 at half filling: E = U/2 - sqrt((U/2)^2 + 4), from the two singlets of two electrons."""
    interaction, beta = 3.0, 60.0
    trace = Trace("ring", 2, interaction, beta, mu=0.0)
    energy = interaction / 2 - np.hypot(interaction / 2, 2)
    assert -trace.log_partition_function / beta == pytest.approx(energy, abs=1e-6)
    # d E / d U = <q^2> and q^2 = 1 on empty and doubly occupied sites, which are alike
    assert trace.double_occupancy == pytest.approx(
        (1 - interaction / 2 / np.hypot(interaction / 2, 2)) / 4, abs=1e-6
    )
    assert trace.charge == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("shift", [0.0, 0.4, 1.3])
def test_phase_of_a_shifted_plane_against_quadrature(shift):
    model = hubbard(2, 2, interaction=1.3, beta=1.1, mu=1.2)
    contour = build_contour("shift", model)
    path = Path(model, contour, np.array([model.step * shift]))
    nodes = np.linspace(-7, 7, 33)
    t = np.stack(np.meshgrid(*[nodes] * model.size, indexing="ij"), axis=-1).reshape(-1, model.size)
    weights = np.exp(path.log_weight(t))
    found = weights.sum() / np.abs(weights).sum()
    assert found == pytest.approx(Trace.of(model).average_phase_factor(shift), rel=1e-6)


@pytest.mark.parametrize(("sites", "mu", "low", "high"), [(2, 2.0, 0, 2), (3, 0.0, -1, 0)])
def test_best_shift_is_the_best(sites, mu, low, high):
    """On a triangle the charge is negative at half filling, and so is the shift."""
    trace = Trace("ring", sites, interaction=3.0, beta=4.0, mu=mu, slices=8)
    shift, best = trace.best_shift()
    assert low < shift < high
    assert best == pytest.approx(trace.average_phase_factor(shift))
    assert best > max(trace.average_phase_factor(shift + step) for step in (-0.1, 0.1))


def test_too_many_states_have_no_exact_values():
    assert hubbard(2, 7).exact_values() == {}
    assert set(hubbard(2, 5).exact_values()) == {"charge", "double_occupancy", "apf0"}


# --- sampling -----------------------------------------------------------------------------------------------

HMC = {
    "chains": 32,
    "leapfrog_steps": 8,
    "step_size": 0.2,
    "target_acceptance": 0.8,
    "thermalization": 100,
    "record_every": 2,
    "start": "mixed",
}


def assert_truth(model, path, record):
    """Observables, their vanishing imaginary parts and Schwinger and Dyson within 4 standard errors."""
    point = model.at(path.at(record.t.reshape(-1, model.size)).z)
    phase = np.exp(1j * record.log_weight.imag)
    truth = {name: value.value for name, value in model.exact_values().items()} | {"schwinger_dyson": 1.0}
    found = {name: item.measure(point) for name, item in model.observables().items()}
    found["schwinger_dyson"] = point.schwinger_dyson()
    for name, values in found.items():
        real, imaginary = statistics.reweighted(phase, values.reshape(phase.shape))
        assert abs(real.value - truth[name]) < 4 * real.error, name
        assert abs(imaginary.value) < 4 * imaginary.error, name


def test_sampling_on_the_plane():
    model = hubbard(4, 2)
    path = plane_path(model)
    record = sample(path, HMC, Stream(1, "hubbard"), range(500), "test")
    assert_truth(model, path, record)
    value, error = average_phase(record.log_weight)
    assert abs(value - model.exact_values()["apf0"].value) < 4 * error


@pytest.mark.slow
@pytest.mark.parametrize(("sites", "mu"), [(2, 1.0), (3, 1.0)])
def test_sampling_on_a_trained_contour(sites, mu):
    """Two sites and a triangle, U = 3, beta = 4, N_t = 8."""
    model = hubbard(8, sites, interaction=3.0, beta=4.0, mu=mu)
    contour = build_contour("local", model, window=0, spatial_window=1, hidden_units=4, harmonics=2)
    stream = Stream(1, "trained hubbard")
    settings = HMC | {
        "chains": 64,
        "learning_rate": 0.5,
        "damping": 0.01,
        "memory": 0.95,
        "thermalization": 50,
    }
    theta = contour.initial_parameters(stream.child("network"))
    done = optimize(model, contour, theta, settings, stream, range(150), "test")
    path = Path(model, contour, done.theta)
    record = sample(path, HMC, stream.child("sample"), range(700), "test")
    assert_truth(model, path, record)
    value, error = average_phase(record.log_weight)
    assert value - 4 * error > 5 * model.exact_values()["apf0"].value
