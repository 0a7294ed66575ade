"""The XY model: its definition, symmetries, and exact answers by brute force in angles and in currents.

Means are compared within 4 standard errors.
"""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ive
from scipy.stats import chisquare

from builders import SHAPES, build_contour
from estimates import pull
from pomflow.analysis import statistics
from pomflow.config.scan import Study
from pomflow.contours.path import Path
from pomflow.errors import ConfigError, DivergenceError
from pomflow.lattice import Lattice
from pomflow.models.dual.runs import plan
from pomflow.models.dual.windings import sample_windings
from pomflow.models.xy import bessel
from pomflow.models.xy.action import XY
from pomflow.models.xy.dual import DualXY
from pomflow.models.xy.exact import Ring
from pomflow.models.xy.simulation import DUAL
from pomflow.models.xy.worm import QuenchedWorms, Worms
from pomflow.random.stream import Stream
from pomflow.samplers import hmc
from pomflow.training.optimize import optimize

OVER_SHAPES = pytest.mark.parametrize("shape", SHAPES, ids=str)


def xy(*shape: int, beta: float = 0.8, mu: float = 0.6) -> XY:
    return XY(Lattice(shape), beta=beta, mu=mu)


def angles(rng, model, rows: int, height: float = 0.3):
    return rng.uniform(-np.pi, np.pi, (rows, model.size)) + 1j * height * rng.normal(size=(rows, model.size))


# --- the action ---------------------------------------------------------------------------------------------


@OVER_SHAPES
def test_it_is_its_definition(shape, rng):
    """S and n, a link at a time, at complex angles."""
    model = xy(*shape)
    z = angles(rng, model, 2)
    for phi, value, density in zip(z, model.value(z), model.density(model.at(z)), strict=True):
        action, current = 0, 0
        for x in itertools.product(*map(range, shape)):
            for nu in range(len(shape)):
                y = tuple((c + (i == nu)) % shape[i] for i, c in enumerate(x))
                start, end = (phi[np.ravel_multi_index(site, shape)] for site in (x, y))
                turn = start - end - 1j * 0.6 * (nu == 0)
                action -= 0.8 * np.cos(turn)
                current += 0.8j * np.sin(turn) / len(phi) * (nu == 0)
        np.testing.assert_allclose(value, action, rtol=1e-11)
        np.testing.assert_allclose(density, current, rtol=1e-11, atol=1e-13)


@OVER_SHAPES
def test_symmetries(shape, rng):
    """U(1), charge conjugation, translations, and why Z is real: S(-phi)* = S(phi) on real angles."""
    model, mirrored = xy(*shape), xy(*shape, mu=-0.6)
    z = angles(rng, model, 3)
    here = model.at(z)
    np.testing.assert_allclose(model.value(z + 0.7 - 0.4j), here.value, rtol=1e-10)
    np.testing.assert_allclose(model.gradient(z).sum(axis=1), 0, atol=1e-11)
    np.testing.assert_allclose(mirrored.value(-z), here.value, rtol=1e-12)
    np.testing.assert_allclose(mirrored.density(mirrored.at(-z)), -model.density(here), rtol=1e-11)
    for axis in range(len(shape)):
        moved = np.roll(z.reshape(3, *shape), 1, axis=axis + 1).reshape(z.shape)
        np.testing.assert_allclose(model.value(moved), here.value, rtol=1e-11)
    np.testing.assert_allclose(model.value(-z.real).conj(), model.value(z.real), rtol=1e-11)


# --- Bessel functions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [1e-6, 0.3, 1.0, 20.0, 600.0])
def test_bessel_functions(x):
    """Ratios, slopes and logarithms against those of SciPy, curvatures against differences of slopes."""
    size, k = 40, np.arange(40)
    np.testing.assert_allclose(bessel.ratios(x, size), ive(k + 1, x) / ive(k, x), rtol=1e-12)
    slope = (ive(abs(k - 1), x) + ive(k + 1, x)) / (2 * ive(k, x))
    np.testing.assert_allclose(bessel.slopes(x, size), x * slope, rtol=1e-12)
    np.testing.assert_allclose(bessel.logarithms(x, size), np.log(ive(k, x)), rtol=1e-11, atol=1e-12)
    h = 1e-4 * x
    above, below = (bessel.slopes(x + step, size) / (x + step) for step in (h, -h))
    found = bessel.curvatures(x, size) / x**2
    np.testing.assert_allclose(found, (above - below) / (2 * h), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("x", [0.0, 1e4, 1e8])
def test_bessel_functions_at_the_ends(x):
    """At 0 only I_0 is left; where x is large all orders are alike, and the recursion begins far above."""
    found = bessel.ratios(x, 1024)
    expected = ive(np.arange(1, 6), x) / ive(np.arange(5), x) if x else np.zeros(5)
    np.testing.assert_allclose(found[:5], expected, rtol=1e-8)


# --- rings --------------------------------------------------------------------------------------------------


def by_quadrature(model, points: int) -> dict:
    """Z, observables and APF0 by the trapezoidal rule in every angle but one, which U(1) fixes."""
    nodes = 2 * np.pi * np.arange(points) / points
    t = np.stack(np.meshgrid(np.zeros(1), *[nodes] * (model.size - 1), indexing="ij"), axis=-1)
    point = model.at(t.reshape(-1, model.size) + 0j)
    weight = np.exp(-point.value)
    found = {"log_z": math.log(weight.mean().real), "apf0": (weight.mean() / abs(weight).mean()).real}
    for name, one in model.observables().items():
        found[name] = ((weight * one.measure(point)).mean() / weight.mean()).real
    return found


@pytest.mark.parametrize(("beta", "mu"), [(1.0, 0.5), (0.3, -1.4), (2.5, 0.8)])
@pytest.mark.parametrize("sites", [1, 2, 4])
def test_rings_against_quadrature(sites, beta, mu):
    found, ring = by_quadrature(xy(sites, beta=beta, mu=mu), 32), Ring(sites, beta, mu)
    assert found["log_z"] == pytest.approx(ring.log_partition_function, rel=1e-9)
    assert found["density"] == pytest.approx(ring.density, rel=1e-8)
    assert found["action_density"] == pytest.approx(ring.action_density, rel=1e-8)
    assert found["apf0"] == pytest.approx(ring.average_phase_factor, rel=1e-8)


def test_known_values_of_rings():
    """From an independent calculation."""
    found = [Ring(*theory).average_phase_factor for theory in ((8, 1.0, 0.5), (16, 1.0, 1.0))]
    np.testing.assert_allclose(found, [0.668856, 0.227444], atol=5e-7)


def test_a_ring_is_a_path_of_its_own_differences():
    """N = 6: Z as the N-th power of a transfer matrix, whose eigenvalues are integrals of one angle."""
    beta, mu, sites = 0.9, 0.7, 6

    def eigenvalue(k):
        return quad(lambda d: math.exp(beta * math.cos(d)) * math.cos(k * d), 0, math.pi)[0] / math.pi

    expected = sum((eigenvalue(k) * math.exp(k * mu)) ** sites for k in range(-12, 13))
    assert Ring(sites, beta, mu).log_partition_function == pytest.approx(math.log(expected), rel=1e-10)


def test_what_is_known_without_a_simulation():
    """Rings, and independent spins; a ring is not simulated, and neither is beta = 0."""
    cases = (((6,), 0.8), ((3, 3), 0.0), ((3, 3), 0.8))
    ring, free, plane = (xy(*shape, beta=beta).exact_values() for shape, beta in cases)
    assert set(ring) == set(free) == {"density", "action_density", "apf0"}
    assert {name: estimate.value for name, estimate in free.items()} == {
        "density": 0.0,
        "action_density": 0.0,
        "apf0": 1.0,
    }
    assert plane == {}
    assert xy(6, beta=1e4, mu=10.0).exact_values() == {}
    assert not DUAL.serves({"beta": 0.0, "mu": 1.0})
    assert DUAL.serves({"beta": 0.1, "mu": 1.0})


def test_rings_are_not_simulated():
    """Of a study with a ring and a square only the square is, and its nodes alone are checked."""
    settings = {"model": "xy", "contours": ["local"], "parameters": {"beta": 0.5}, "over": {"mu": [0.4]}}
    worm = {"worm": {"enabled": True, "spacing": 0.2}}
    mixed = Study("one", settings | worm | {"lattices": [[8], [4, 4]]})
    assert mixed.simulated_lattices == ["4x4"]
    assert not Study("one", settings | worm | {"lattices": [[8]]}).simulated
    assert not Study("one", settings | {"worm": {"enabled": False}, "lattices": [[4, 4]]}).simulated


# --- currents -----------------------------------------------------------------------------------------------

WEIGHTS = {"beta": 0.8, "mu": 0.6}


def closed_currents(lattice: Lattice, most: int) -> np.ndarray:
    """All currents without sources, at most ``most`` off a spanning tree, shape (count, V, d)."""
    sites, dimension = lattice.volume, lattice.dimension
    divergence = np.zeros((sites, sites, dimension))
    for axis, ahead in enumerate(lattice.forward):
        np.add.at(divergence, (np.arange(sites), np.arange(sites), axis), 1)
        np.add.at(divergence, (ahead, np.arange(sites), axis), -1)
    divergence = divergence.reshape(sites, -1)
    tree = []
    for link in range(sites * dimension):
        if np.linalg.matrix_rank(divergence[:, [*tree, link]]) > len(tree):
            tree.append(link)
    free = [link for link in range(sites * dimension) if link not in tree]
    chosen = np.array(list(itertools.product(range(-most, most + 1), repeat=len(free))))
    currents = np.zeros((len(chosen), sites * dimension), dtype=int)
    currents[:, free] = chosen
    solved = -np.linalg.pinv(divergence[:, tree]) @ divergence[:, free] @ chosen.T
    currents[:, tree] = np.rint(solved.T)
    assert (currents @ divergence.T == 0).all()
    return currents.reshape(-1, sites, dimension)


def log_weights(theory: DualXY, mu: float, currents, quenched: bool) -> np.ndarray:
    """ln prod I_k e^{mu k_0} of each configuration, or that of the phase-quenched theory."""
    coupling = [theory.beta] * theory.lattice.dimension
    if quenched:
        coupling[0] *= math.cosh(mu)
    logarithm = sum(np.log(ive(abs(currents[..., axis]), b)) + b for axis, b in enumerate(coupling))
    return logarithm.sum(axis=1) + (0 if quenched else mu * currents[..., 0].sum(axis=1))


@pytest.mark.parametrize(("shape", "most"), [((2, 2), 5), ((3, 1), 8), ((3,), 9)], ids=str)
def test_sum_over_currents_is_the_integral_over_angles(shape, most):
    """Z of both theories, and the density as a current."""
    theory, model = DualXY(Lattice(shape), 0.8), xy(*shape)
    currents, found = closed_currents(theory.lattice, most), by_quadrature(model, 24)
    full, quenched = (np.exp(log_weights(theory, 0.6, currents, one)) for one in (False, True))
    assert math.log(full.sum()) == pytest.approx(found["log_z"], abs=1e-6)
    assert full.sum() / quenched.sum() == pytest.approx(found["apf0"], abs=1e-6)
    current = currents[..., 0].sum(axis=1) / theory.lattice.volume
    assert (full @ current) / full.sum() == pytest.approx(found["density"], abs=1e-6)


def worms(theory: DualXY, chains: int, mu: float = 0.6, quenched: bool = False, seed: int = 1):
    """Chains and the amplitudes with which they sample."""
    kind = QuenchedWorms if quenched else Worms
    made = kind(theory, mu, Stream(seed, "test worms"), chains, "test")
    return made, theory.amplitudes(0.0 if quenched else mu)


@pytest.mark.parametrize("quenched", [False, True])
@OVER_SHAPES
def test_configurations_between_worms(shape, quenched):
    """The current is conserved at every site, and what is measured is that of the currents."""
    lattice, mu, beta = Lattice(shape), 0.6, 0.8
    theory = DualXY(lattice, beta)
    run, amplitudes = worms(theory, 5, quenched=quenched)
    records = run.sweep(amplitudes, 20)
    strong = beta * math.cosh(mu) if quenched else beta
    for chain, state in enumerate(run._states):
        k = state.currents
        divergence = sum(k[:, axis] - k[before, axis] for axis, before in enumerate(lattice.backward))
        np.testing.assert_array_equal(divergence, 0)
        assert state.total[0] == k[:, 0].sum() == records.winding[chain, -1] * shape[0]
        assert records.time_hops[chain, -1] == abs(k[:, 0]).sum()
        action = bessel.slopes(strong, 50)[abs(k[:, 0])].sum()
        action += bessel.slopes(beta, 50)[abs(k[:, 1:])].sum()
        assert records.action_density[chain, -1] == pytest.approx(-action / lattice.volume)
        if quenched:
            mirrored = [log_weights(theory, sign * mu, k[None], False) for sign in (1, -1)]
            ratio = np.exp(np.array(mirrored) - log_weights(theory, mu, k[None], True)).mean()
            assert records.phase[chain, -1] == pytest.approx(ratio)


def test_runs_are_reproducible_however_they_are_divided():
    """Bit for bit the same; a chain does not depend on the others, and another seed gives another run."""
    theory = DualXY(Lattice((4, 3)), 0.8)
    run, amplitudes = worms(theory, 3)
    whole = run.sweep(amplitudes, 50)
    again, _ = worms(theory, 2)
    parts = [again.sweep(amplitudes, sweeps) for sweeps in (20, 30)]
    for name in whole._fields:
        joined = np.concatenate([getattr(part, name) for part in parts], axis=1)
        np.testing.assert_array_equal(joined, getattr(whole, name)[:2])
    other = worms(theory, 3, seed=2)[0].sweep(amplitudes, 50)
    assert not np.array_equal(other.action_density, whole.action_density)
    assert not np.array_equal(whole.action_density[0], whole.action_density[1])


@pytest.mark.parametrize("quenched", [False, True])
@pytest.mark.parametrize(("shape", "most"), [((1,), 9), ((3,), 9), ((2, 1), 6), ((2, 2), 4)], ids=str)
def test_sampled_configurations(shape, most, quenched):
    """How often each configuration of currents occurs, by chi^2 against its exact weight.

    The last configurations of many chains are independent. Those expected less than 8 times are taken
    together.
    """
    theory, chains = DualXY(Lattice(shape), 0.8), 4000
    currents = closed_currents(theory.lattice, most)
    weight = np.exp(log_weights(theory, 0.6, currents, quenched))
    exact = {tuple(k.ravel()): chains * one / weight.sum() for k, one in zip(currents, weight, strict=True)}
    run, amplitudes = worms(theory, chains, quenched=quenched)
    run.sweep(amplitudes, 40, tune=True)
    run.sweep(amplitudes, 40)
    seen = {}
    for state in run._states:
        key = tuple(state.currents.ravel().tolist())
        seen[key] = seen.get(key, 0) + 1
    common = [key for key, expected in exact.items() if expected >= 8]
    assert len(common) > 2
    observed, expected = [seen.get(key, 0) for key in common], [exact[key] for key in common]
    rest = (chains - sum(observed), chains - sum(expected))
    assert chisquare([*observed, rest[0]], [*expected, rest[1]]).pvalue > 0.001


def arguments(lattice: Lattice, beta: float, mu: float, kind: str, sweeps: int = 4000) -> tuple:
    settings = {"chains": 8, "sweeps": sweeps, "thermalization": 400}
    stream = Stream(1, "sample_worm", str(lattice), kind, f"{beta} {mu}")
    return lattice, {"beta": beta, "mu": mu}, settings, stream, "test run", None


def assert_agrees(estimates: dict, exact: dict) -> None:
    for name, value in exact.items():
        estimate = estimates[name]
        assert estimate.error > 0
        assert abs(pull((estimate.value, estimate.error), value)) < 4, name


@pytest.mark.parametrize(
    ("shape", "beta", "mu"), [((2, 2), 0.6, 0.7), ((2, 2), 1.5, 0.3), ((3, 2), 0.4, 1.2), ((4, 1), 1.0, 0.5)]
)
def test_simulations_against_quadrature(shape, beta, mu):
    """Densities, action densities, susceptibilities, and the average phase, in both theories."""
    lattice, points = Lattice(shape), 12 if math.prod(shape) > 4 else 24
    exact = by_quadrature(xy(*shape, beta=beta, mu=mu), points)
    apf0 = exact.pop("apf0")
    del exact["log_z"]
    full, attributes = DUAL.full(*arguments(lattice, beta, mu, "full"))
    assert attributes["sampled_mu"] > mu - 1e-9
    quenched = DUAL.quenched(*arguments(lattice, beta, mu, "quenched"))
    h = 1e-3
    logarithms = {step: by_quadrature(xy(*shape, beta=beta, mu=mu + step), points) for step in (h, 0.0, -h)}
    log_z = {step: one["log_z"] for step, one in logarithms.items()}
    log_pq = {step: one["log_z"] - math.log(one["apf0"]) for step, one in logarithms.items()}

    def derivatives(logarithm):
        first = (logarithm[h] - logarithm[-h]) / (2 * h) / lattice.volume
        second = (logarithm[h] - 2 * logarithm[0.0] + logarithm[-h]) / h**2 / lattice.volume
        return {"density": first, "susceptibility": second}

    assert_agrees(full, exact | derivatives(log_z))
    assert_agrees(quenched, derivatives(log_pq) | {"phase": apf0})


@pytest.mark.parametrize("shape", [(8,), (1,), (5, 1, 1)], ids=str)
def test_simulations_against_rings(shape):
    """Links of space that lead back to their site are constants: n and APF0 are those of a ring."""
    beta, mu = 1.0, 0.5
    ring, lattice = Ring(shape[0], beta, mu), Lattice(shape)
    full, _ = DUAL.full(*arguments(lattice, beta, mu, "full"))
    quenched = DUAL.quenched(*arguments(lattice, beta, mu, "quenched"))
    action = ring.action_density - beta * (len(shape) - 1)
    assert_agrees(full, {"density": ring.density, "action_density": action})
    assert_agrees(quenched, {"phase": ring.average_phase_factor})


@pytest.mark.parametrize(("shape", "beta"), [((8, 8), 0.3), ((16,), 1.0), ((4, 4, 4), 0.8)], ids=str)
def test_about_half_of_the_configurations_wind_where_mu_is_small(shape, beta):
    """Or more, where the spins are ordered and the search ends at mu itself."""
    theory = DualXY(Lattice(shape), beta)
    run, _ = worms(theory, 8, mu=0.0)
    records, sampled = sample_windings(run, theory, 0.0, plan(400, 1000, cost=1))
    share = np.mean(records.winding != 0)
    assert share == pytest.approx(0.5, abs=0.15) if sampled > 0 else share > 0.5


def test_density_vanishes_without_chemical_potential():
    """By symmetry, not by chance; its derivative does not vanish, and there is no phase."""
    full, _ = DUAL.full(*arguments(Lattice((3, 2)), 0.6, 0.0, "full", 500))
    quenched = DUAL.quenched(*arguments(Lattice((3, 2)), 0.6, 0.0, "quenched", 500))
    for estimates in (full, quenched):
        assert (estimates["density"].value, estimates["density"].error) == (0, 0)
        assert estimates["susceptibility"].value > 4 * estimates["susceptibility"].error > 0
    assert (quenched["phase"].value, quenched["phase"].error) == pytest.approx((1, 0), abs=1e-12)


def test_currents_that_are_too_large_are_refused_and_told_of():
    about = r"^worm: at mu = 10 a link has a current of about 1\.1e\+08.*lower mu"
    with pytest.raises(ConfigError, match=about):
        DUAL.check(Lattice((4, 4)), {"beta": 10000.0, "mu": 10.0})
    DUAL.check(Lattice((4, 4)), {"beta": 2.0, "mu": 2.0})
    run, amplitudes = worms(DualXY(Lattice((1,)), 0.8), 1)
    run._states[0].currents[:] = run._ratios.shape[1] - 1
    with pytest.raises(DivergenceError, match="a link has a current of 1"):
        run.sweep(amplitudes, 1)


# --- sampling on a trained path -----------------------------------------------------------------------------

CHAINS = {"leapfrog_steps": 6, "step_size": 0.3, "target_acceptance": 0.85, "start": "mixed"}
HMC = CHAINS | {"chains": 32, "thermalization": 200, "record_every": 2}
TRAINING = CHAINS | {"chains": 128, "thermalization": 20, "control_variate": "auto"}
TRAINING |= {"learning_rate": 0.5, "damping": 0.01, "memory": 0.95, "steps": 60}


@pytest.mark.slow
def test_sampling_on_a_trained_path():
    """A ring of 8 sites, beta = 1, mu = 0.8: n, S / V and the phase, which the path has lifted from 0.3."""
    model = xy(8, beta=1.0, mu=0.8)
    settings = {"window": 3, "spatial_window": 0, "hidden_units": 2, "harmonics": 1}
    contour, stream = build_contour("local", model, **settings), Stream(1, "xy")
    theta = contour.initial_parameters(stream.child("network"))
    theta = optimize(model, contour, theta, TRAINING, stream.child("optimize"), range(60), "test").theta
    path = Path(model, contour, theta)
    record = hmc.sample(path, HMC, stream.child("sample"), range(1400), "test")
    phase = np.exp(1j * record.log_weight.imag)
    point = model.at(path.at(record.t.reshape(-1, 8)).z)
    exact = model.exact_values()
    assert phase.mean().real > 1.5 * exact["apf0"].value
    for name, one in model.observables().items():
        real, imaginary = statistics.reweighted(phase, one.measure(point).reshape(phase.shape))
        assert abs(real.value - exact[name].value) < 4 * real.error
        assert abs(imaginary.value) < 4 * imaginary.error
