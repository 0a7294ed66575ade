"""U(1) gauge theory in two dimensions: its definition, symmetries, exact answers, and the best path."""

import cmath
import itertools
from functools import partial

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq, minimize
from scipy.special import iv, jv

from builders import build_contour, phi4
from estimates import mean_and_error, pull
from pomflow.analysis import statistics
from pomflow.contours.path import Path
from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.u1_gauge.action import U1Gauge
from pomflow.models.u1_gauge.best import one_plaquette
from pomflow.models.u1_gauge.torus import Torus, coefficients
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import sample
from pomflow.stages.scan.collect_scan import best_column
from pomflow.stages.scan.columns import words_of
from pomflow.training.approach import Approach
from pomflow.training.optimize import optimize

SHAPES = ((2, 2), (3, 2), (3, 4))
OVER_SHAPES = pytest.mark.parametrize("shape", SHAPES, ids=str)
COUPLINGS = ((1.0, 0.5, 0.0), (0.0, 1.0, 0.0), (0.8, 0.0, 2.5), (-0.7, 0.4, 9.0))
OVER_COUPLINGS = pytest.mark.parametrize("couplings", COUPLINGS, ids=str)


def gauge(*shape: int, couplings=(0.9, 0.6, 2.0)) -> U1Gauge:
    return U1Gauge(Lattice(shape), **dict(zip(("beta_re", "beta_im", "theta"), couplings, strict=True)))


def angles(rng, model, rows: int, height: float = 0.3):
    """Complex configurations, of which the real parts fill the period."""
    return rng.uniform(-np.pi, np.pi, (rows, model.size)) + 1j * height * rng.normal(size=(rows, model.size))


def plaquettes(model, z):
    """The definition, a site at a time, for one configuration."""
    rows, columns = model.lattice.shape
    time, space = z.reshape(2, rows, columns)
    return np.array(
        [
            [
                time[i, j] + space[(i + 1) % rows, j] - time[i, (j + 1) % columns] - space[i, j]
                for j in range(columns)
            ]
            for i in range(rows)
        ]
    )


@OVER_SHAPES
def test_it_is_its_definition(shape, rng):
    """S, cos P, the sine charge and both Wilson loops, plaquette by plaquette and link by link."""
    model = gauge(*shape)
    z = angles(rng, model, 3)
    point = model.at(z)
    for row, configuration in enumerate(z):
        p = plaquettes(model, configuration)
        action = -(0.9 + 0.6j) * np.cos(p).sum() + 2j / (2 * np.pi) * np.sin(p).sum()
        assert point.value[row] == pytest.approx(action, rel=1e-12)
        assert model.plaquette(point)[row] == pytest.approx(np.cos(p).mean(), rel=1e-12)
        assert model.charge(point)[row] == pytest.approx(np.sin(p).mean() / (2 * np.pi), rel=1e-12)
        loops = [
            [wilson_loop(model, configuration, *size) for size in ((1, 2), (2, 1))],
            [wilson_loop(model, configuration, 2, 2)],
        ]
        assert model.wilson_1x2(point)[row] == pytest.approx(np.mean(loops[0]), rel=1e-11)
        assert model.wilson_2x2(point)[row] == pytest.approx(np.mean(loops[1]), rel=1e-11)


def wilson_loop(model, z, height: int, width: int):
    """The cosine of the links around rectangles, walked along their four sides."""
    rows, columns = model.lattice.shape
    time, space = z.reshape(2, rows, columns)
    found = []
    for i, j in itertools.product(range(rows), range(columns)):
        up = sum(time[(i + k) % rows, j] for k in range(height))
        over = sum(space[(i + height) % rows, (j + k) % columns] for k in range(width))
        down = sum(time[(i + k) % rows, (j + width) % columns] for k in range(height))
        back = sum(space[i, (j + k) % columns] for k in range(width))
        found.append(np.cos(up + over - down - back))
    return np.mean(found)


@OVER_SHAPES
def test_gauge_transformations_change_nothing(shape, rng):
    """Complex ones, too, and constants on all links of a direction."""
    model = gauge(*shape)
    z, omega = angles(rng, model, 3), angles(rng, model, 3)[:, : model.lattice.volume]
    turned = z + np.concatenate([omega - omega[:, ahead] for ahead in model.lattice.forward], axis=1)
    turned[:, : model.lattice.volume] += 0.3 - 0.2j
    here, there = model.at(z), model.at(turned)
    np.testing.assert_allclose(there.value, here.value, rtol=1e-11)
    for one in model.observables().values():
        np.testing.assert_allclose(one.measure(there), one.measure(here), rtol=1e-11)


@OVER_SHAPES
def test_opposite_links_are_the_opposite_vacuum_angle(shape, rng):
    """S(-A; theta) = S(A; -theta): the charge is odd in theta."""
    z = angles(rng, gauge(*shape), 3)
    here, there = (gauge(*shape, couplings=(0.9, 0.6, theta)) for theta in (2.0, -2.0))
    np.testing.assert_allclose(there.value(-z), here.value(z), rtol=1e-12)
    np.testing.assert_allclose(there.charge(there.at(-z)), -here.charge(here.at(z)), rtol=1e-12)


# --- exact answers ------------------------------------------------------------------------------------------


@OVER_COUPLINGS
def test_coefficients_of_a_plaquette(couplings):
    """z_n of the trapezoidal rule against Bessel functions."""
    beta, c = complex(*couplings[:2]), couplings[2] / (2 * np.pi)
    root = cmath.sqrt((beta - c) / (beta + c))
    found = coefficients(beta, couplings[2]) * np.exp(abs(beta.real))
    for n in range(-6, 7):
        expected = root**n * iv(n, (beta + c) * root)
        assert found[n] == pytest.approx(expected, rel=1e-10, abs=1e-13)


@OVER_COUPLINGS
def test_exact_values_against_brute_force(couplings):
    """2x2: three plaquettes on a grid, the fourth is what is left; exact but for the absolute value."""
    nodes, volume = 48, 4
    axis = 2 * np.pi * np.arange(nodes) / nodes
    three = np.stack(np.meshgrid(*[axis] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    p = np.concatenate((three, -three.sum(axis=1, keepdims=True)), axis=1)
    beta, c = complex(*couplings[:2]), couplings[2] / (2 * np.pi)
    weight = np.exp((beta * np.cos(p) - 1j * c * np.sin(p)).sum(axis=1))
    means = {
        "plaquette": np.cos(p).mean(axis=1),
        "charge": np.sin(p).mean(axis=1) / (2 * np.pi),
        "wilson_1x2": np.cos(p[:, 0] + p[:, 1]),
        "wilson_2x2": np.ones(len(p)),
    }
    exact = gauge(2, 2, couplings=couplings).exact_values()
    expected = {name: (weight * value).mean() / weight.mean() for name, value in means.items()}
    expected["apf0"] = weight.mean() / abs(weight).mean()
    for name, value in expected.items():
        assert exact[name].value == pytest.approx(value.real, rel=1e-9, abs=1e-10), name
        assert exact[f"{name}_im"].value == pytest.approx(value.imag, rel=1e-9, abs=1e-10), name
    torus = Torus(volume, beta, couplings[2])
    assert cmath.exp(1j * torus.partition_phase) == pytest.approx(weight.mean() / abs(weight.mean()))


@OVER_COUPLINGS
def test_means_are_derivatives_of_ln_z(couplings):
    """<cos P> and the charge against differences of ln Z at 12 plaquettes, with Bessel functions."""
    volume, h = 12, 1e-5

    def log_z(beta, c):
        root = cmath.sqrt((beta - c) / (beta + c))
        return cmath.log(sum((root**n * iv(n, (beta + c) * root)) ** volume for n in range(-12, 13)))

    beta, c = complex(*couplings[:2]), couplings[2] / (2 * np.pi)
    torus = Torus(volume, beta, couplings[2])
    cosine = (log_z(beta + h, c) - log_z(beta - h, c)) / (2 * h * volume)
    sine = 1j * (log_z(beta, c + h) - log_z(beta, c - h)) / (2 * h * volume)
    assert torus.cosine == pytest.approx(cosine, rel=1e-7, abs=1e-8)
    assert torus.sine == pytest.approx(sine, rel=1e-7, abs=1e-8)


def test_known_values():
    """From an independent calculation."""
    found = [abs(Torus(16, beta).average_phase_factor) for beta in (1 + 0.5j, 1 + 1j, 1j, 1 + 2j)]
    np.testing.assert_allclose(found, [0.492, 0.059, 0.0138, 0.0012], atol=5e-4)
    assert abs(Torus(64, 1 + 0.5j).average_phase_factor) == pytest.approx(0.0587, abs=5e-5)


def test_large_volumes_and_couplings():
    """An area law and finite numbers where powers of z_n overflow."""
    torus = Torus(10000, 40 + 0.01j)
    ratio = iv(1, 40 + 0.01j) / iv(0, 40 + 0.01j)
    assert Torus(10000, 2.0).wilson_loop(4) == pytest.approx((iv(1, 2) / iv(0, 2)) ** 4, rel=1e-6)
    assert torus.cosine == pytest.approx(ratio, rel=1e-3)
    assert 0 < abs(torus.average_phase_factor) < 1


@pytest.mark.parametrize("shape", [(4,), (1, 4), (4, 1), (4, 4, 4), (1, 1)], ids=str)
def test_other_dimensions_are_refused(shape):
    with pytest.raises(ConfigError, match=r"^lattices: .*two dimensions.* Take a lattice such as \[4, 4\]"):
        gauge(*shape)


def test_a_vanishing_partition_function_is_refused():
    """Six plaquettes of beta = iy have Z = sum_n (-1)^n J_n(y)^6, which has zeros in y."""

    def z(y):
        return sum((-1) ** n * jv(n, y) ** 6 for n in range(-30, 31))

    steps = np.arange(0.5, 12, 0.1)
    low = next(y for y in steps if z(y) * z(y + 0.1) < 0)
    zero = float(brentq(z, low, low + 0.1, xtol=1e-15))
    assert not Torus(6, 1j * (zero + 1e-3)).cancels
    with pytest.raises(ConfigError, match=r"^parameters.beta_im: the partition function is zero .* another"):
        gauge(2, 3, couplings=(0.0, zero, 0.0))


# --- the best path ------------------------------------------------------------------------------------------


def phase_of_graph(beta: complex, heights) -> float:
    """The average phase factor of a plaquette on a graph sum_k s_k sin kP."""
    t, k = 2 * np.pi * np.arange(1024) / 1024, np.arange(1, len(heights) + 1)[:, None]
    z = t + 1j * (heights @ np.sin(k * t))
    length = abs(np.exp(beta * np.cos(z)) * (1 + 1j * (heights @ (k * np.cos(k * t))))).mean()
    return abs(iv(0, beta)) / length


@pytest.mark.parametrize(
    "beta", [0.5j, 1j, 1.5j, 2j, 3j, 1 + 0.5j, 1.1 + 0.9j, 1 + 2j, 2 + 3j, 0.3 + 4j], ids=str
)
def test_best_path_against_graphs(beta):
    """No graph with 12 harmonics is better, and the best of them comes near."""
    starts = [np.zeros(12), -0.5 * np.eye(12)[0], -1.5 * np.eye(12)[0]]
    found = max(
        -minimize(lambda s: -phase_of_graph(beta, s), start, method="BFGS", options={"maxiter": 300}).fun
        for start in starts
    )
    assert found <= one_plaquette(beta) + 1e-9
    assert found == pytest.approx(one_plaquette(beta), rel=0.02)


@pytest.mark.parametrize("beta", [1j, 1.5j, 2j])
def test_the_polygon_by_quadrature(beta):
    """Both sides of it along steepest paths from valley to valley, on the imaginary axis of beta."""

    def side(saddle):
        # through the saddle, bent so that both ends are in the middle of their valleys
        def curve(s):
            return saddle + s * 1j + (-1) ** (saddle == 0) * np.pi / 2 * np.tanh(s)

        def slope(s):
            return 1j + (-1) ** (saddle == 0) * np.pi / 2 / np.cosh(s) ** 2

        return quad(lambda s: np.exp(beta * np.cos(curve(s))) * slope(s), -8, 8, complex_func=True)[0]

    first, second = side(0.0), side(np.pi)
    total = 2 * np.pi * iv(0, beta)
    assert second - first == pytest.approx(total, rel=1e-7)
    assert one_plaquette(beta) == pytest.approx(abs(total) / (abs(first) + abs(second)), rel=1e-7)


def test_quadrants_and_theta():
    """Signs of beta do not matter; a theta term alone is an imaginary coupling."""
    best = one_plaquette(0.7 + 1.3j)
    for sign in (-1, 1):
        assert one_plaquette(sign * (0.7 + 1.3j)) == pytest.approx(best)
        assert one_plaquette(sign * (0.7 - 1.3j)) == pytest.approx(best)
        assert one_plaquette(0j, sign * 2 * np.pi * 1.5) == pytest.approx(one_plaquette(1.5j))
    assert one_plaquette(2.0, 3.0) == 1.0
    model = gauge(4, 4, couplings=(0.0, 1.0, 0.0))
    assert model.best_phase_factor() == pytest.approx(one_plaquette(1j) ** 16)


def test_the_last_column_of_a_table():
    """Of a model that states a best path itself, not of its subclasses, whose action may be another one."""

    class Other(U1Gauge):
        """Nothing is known of it."""

    here = gauge(4, 4, couplings=(0.0, 2.0, 0.0))
    assert best_column(here) == {"apf_best": one_plaquette(2j) ** 16}
    assert best_column(Other(here.lattice, beta_im=2.0)) == {}
    assert best_column(phi4(2, 2)) == {}
    assert words_of("apf_best", {})[1] == "1"


# --- sampling -----------------------------------------------------------------------------------------------

TRAINING = {
    "chains": 64,
    "leapfrog_steps": 5,
    "step_size": 0.3,
    "target_acceptance": 0.8,
    "thermalization": 50,
    "start": "mixed",
    "learning_rate": 0.5,
    "damping": 0.01,
    "memory": 0.95,
}


def sampled_phase(path, stream):
    """The APF of fresh configurations with its error; all values are within 4 errors of the exact ones."""
    model = path.model
    settings = TRAINING | {"record_every": 2, "thermalization": 100}
    record = sample(path, settings, stream, range(500), "test")
    phase = np.exp(1j * record.log_weight.imag)
    point = model.at(path.at(record.t.reshape(-1, model.size)).z)
    exact = model.exact_values()
    for name, one in model.observables().items():
        values = one.measure(point).reshape(phase.shape)
        for part, found in zip(("", "_im"), statistics.reweighted(phase, values), strict=True):
            assert abs(pull((found.value, found.error), exact[f"{name}{part}"].value)) < 4, name
    aimed = (phase * np.exp(-1j * model.partition_phase)).real
    return mean_and_error(aimed)


@pytest.mark.slow
def test_sampling_on_a_trained_path():
    """4x4, beta = 1 + 0.5i: 0.49 on the torus, above 0.99 on the path, and all values within 4 errors."""
    model = gauge(4, 4, couplings=(1.0, 0.5, 0.0))
    contour, stream = build_contour("gauge", model, harmonics=3), Stream(3, "u1")
    start = contour.initial_parameters(stream)
    theta = optimize(model, contour, start, TRAINING, stream.child("train"), range(110), "test").theta
    value, _ = sampled_phase(Path(model, contour, theta), stream.child("sample"))
    assert value > 0.99


@pytest.mark.slow
def test_sampling_on_an_approached_path():
    """4x4, beta = 1 + 0.8i: 0.16 on the torus; training on the way from 1 + 0.2i sees no such phase."""
    model = gauge(4, 4, couplings=(1.0, 0.8, 0.0))
    contour, stream = build_contour("gauge", model, harmonics=3), Stream(3, "u1")
    start, settings = contour.initial_parameters(stream), TRAINING | {"chains": 256, "learning_rate": 0.3}
    found = {}
    for name, starts in {"approached": {"beta_im": 0.2}, "at once": {}}.items():
        approach = Approach(starts, partial(build_contour, "gauge", harmonics=3))
        numbers, random = range(170), stream.child("train")
        found[name] = optimize(
            model, contour, start, settings | {"damping": 0.2}, random, numbers, "test", approach=approach
        )
    phases = {name: np.hypot(one.history["apf_re"], one.history["apf_im"]) for name, one in found.items()}
    assert phases["at once"][:3].max() < 0.4
    assert phases["approached"].min() > 0.8
    value, error = sampled_phase(Path(model, contour, found["approached"].theta), stream.child("sample"))
    assert value - 4 * error > 0.88
