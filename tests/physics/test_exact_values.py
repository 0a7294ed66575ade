"""Sampling, reweighting and training against exact values: closed forms, determinants, transfer matrices.

Every comparison is within 4 combined standard errors, the errors being those between independent chains.
"""

import cmath

import numpy as np
import pytest

import quadrature
from builders import Dense, phi4, plane_path, power_integral, quartic_integral, steep_path
from estimates import average_phase, jackknife, mean_and_error, pull, reweighted
from exact_tables import exact_row
from pomflow.contours.path import Path
from pomflow.models.complex_phi4 import gaussian
from pomflow.models.complex_phi4.simulation import DUAL
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import sample
from pomflow.training.optimize import optimize

HMC = {
    "chains": 64,
    "leapfrog_steps": 6,
    "step_size": 0.15,
    "target_acceptance": 0.85,
    "thermalization": 150,
    "record_every": 2,
    "start": "mixed",
}
OPTIMIZE = HMC | {"thermalization": 0, "leapfrog_steps": 5, "learning_rate": 0.01, "control_variate": "auto"}
TOYS = [
    power_integral(1, 0.8),
    power_integral(2, 1.5),
    power_integral(3, -1.0),
    power_integral(4, 2.0),
    quartic_integral(0.5 + 1.0j, 1.0),
]
OVER_TOYS = pytest.mark.parametrize("model", TOYS, ids=["p=1", "p=2", "p=3", "p=4", "quartic"])


def run(path, trajectories: int, seed: int = 1, **settings):
    settings = HMC | settings
    return sample(
        path, settings, Stream(seed, "exact"), range(settings["thermalization"] + trajectories), "test"
    )


def measured(path, record, name: str):
    """An observable on every recorded configuration, complex, shape (chains, recorded)."""
    fields = record.t.reshape(-1, record.t.shape[-1])
    point = path.model.at(path.contour.evaluate(path.theta, fields).z)
    return path.model.observables()[name].measure(point).reshape(record.log_weight.shape)


def assert_agrees(path, record, row, names=("density", "phi2")):
    """Reweighted observables and their forbidden imaginary parts."""
    for name in names:
        values = measured(path, record, name)
        error = row.get(f"{name}_err", 0.0)
        assert abs(pull(reweighted(values, record.log_weight), row[name], error)) < 4
        assert abs(pull(reweighted(values / 1j, record.log_weight), 0)) < 4


# --- one-variable integrals ---------------------------------------------------------------------------------


@OVER_TOYS
@pytest.mark.parametrize("kind", ["plane", "crooked"])
def test_moments_of_a_toy_by_reweighting(model, kind):
    """<x^2> = <z^2 exp(i theta)> / <exp(i theta)> in closed form, on the plane and on a crooked path."""
    path = plane_path(model) if kind == "plane" else steep_path(model, 4, 0.5)
    record = run(path, 1000, step_size=0.4)
    square = measured(path, record, "second_moment")
    exact = model.mean_square()
    assert abs(pull(reweighted(square, record.log_weight), exact.real)) < 4
    assert abs(pull(reweighted(square / 1j, record.log_weight), exact.imag)) < 4


@OVER_TOYS
def test_phase_of_the_partition_function_of_a_toy(model):
    """<exp(i theta)> on the plane = Z / Z_pq: Z in closed form, Z_pq by quadrature, modulus and phase."""
    path = plane_path(model)
    record = run(path, 1500, step_size=0.4)
    quenched = np.abs(quadrature.weights(path)).sum()
    exact = model.partition_function() / quenched
    assert cmath.phase(exact) == pytest.approx(model.partition_phase)
    phase = np.exp(1j * record.log_weight.imag)
    for part, truth in ((phase.real, exact.real), (phase.imag, exact.imag)):
        value, error = mean_and_error(part)
        assert abs(value - truth) <= 4 * error + 1e-12


@OVER_TOYS
@pytest.mark.parametrize("hidden", [1, 3, 8])
def test_partition_function_of_a_toy_on_any_path(model, hidden):
    """Cauchy: the integrals of det J exp(-S) and z^2 det J exp(-S) are the same on every contour, to 1e-9."""
    path = steep_path(model, hidden)
    weight = quadrature.weights(path)
    z = path.contour.evaluate(path.theta, quadrature.POINTS).z[:, 0]
    assert weight.sum() == pytest.approx(model.partition_function(), rel=1e-9)
    assert (weight * z**2).sum() / weight.sum() == pytest.approx(model.mean_square(), rel=1e-9)
    assert quadrature.average_phase_factor(path) < 0.98


# --- no sign problem ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(2, 1), (2, 2), (1, 3), (2, 3, 2)], ids=str)
@pytest.mark.parametrize("coupling", [0.0, 1.0])
def test_no_phase_for_two_time_slices(shape, coupling, rng):
    """The imaginary part of S cancels identically on the plane: APF0 = 1 for every configuration."""
    path = plane_path(phi4(*shape, coupling=coupling, mu=1.4))
    weight = path.log_weight(2 * rng.normal(size=(100, path.model.size)))
    np.testing.assert_allclose(weight.imag, 0, atol=1e-12)


@pytest.mark.parametrize(("shape", "mu"), [((2, 1), 1.0), ((2, 2), 0.5), ((2, 2), 1.0)])
def test_two_time_slices_against_the_transfer_matrix(shape, mu):
    """Plain averages are exact there, and the density has no imaginary part on any configuration."""
    path, row = plane_path(phi4(*shape, mu=mu)), exact_row("transfer_exact", shape, mu)
    assert row["apf0"] == pytest.approx(1, abs=1e-12)
    record = run(path, 600)
    for name in ("density", "phi2"):
        values = measured(path, record, name)
        assert abs(pull(mean_and_error(values.real), row[name])) < 4
        np.testing.assert_allclose(values.imag, 0, atol=1e-12)


# --- the plane ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("shape", "mu"), [((4, 4), 0.6), ((6,), 0.5)], ids=str)
def test_gaussian_theory_on_the_plane(shape, mu):
    """lambda = 0: APF0 and density from determinants."""
    model = phi4(*shape, coupling=0.0, mu=mu)
    path = plane_path(model)
    record = run(path, 800)
    exact = gaussian.average_phase_factor(model.lattice, 1.0, mu)
    assert exact < 0.9
    assert abs(pull(average_phase(record.log_weight), exact)) < 4
    assert_agrees(path, record, {"density": gaussian.density(model.lattice, 1.0, mu)}, ["density"])


@pytest.mark.parametrize(
    ("shape", "mu"),
    [((4, 1), 0.5), ((4, 1), 1.25), ((4, 1), 1.5), ((4, 2), 0.5), ((4, 2), 1.0), ((4, 2), 1.5)],
)
def test_plane_against_the_transfer_matrix(shape, mu):
    """Reweighted density and phi^2, the same in the phase-quenched theory, and APF0."""
    path, row = plane_path(phi4(*shape, mu=mu)), exact_row("transfer_exact", shape, mu)
    record = run(path, 600)
    assert abs(pull(average_phase(record.log_weight), row["apf0"])) < 4
    assert abs(pull(mean_and_error(np.sin(record.log_weight.imag)), 0)) < 4
    assert abs(pull(mean_and_error(measured(path, record, "phi2").real), row["phi2_pq"])) < 4
    assert_agrees(path, record, row)


@pytest.mark.parametrize("mu", [0.4, 0.8, 1.0, 1.6])
def test_plane_against_the_dual_simulation(mu):
    """4 x 4: reweighted density and phi^2, and APF0."""
    path, row = plane_path(phi4(4, 4, mu=mu)), exact_row("phi4_exact", (4, 4), mu)
    record = run(path, 600)
    assert abs(pull(average_phase(record.log_weight), row["apf0"], row["apf0_err"])) < 4
    assert_agrees(path, record, row)


def test_four_dimensions_against_worms():
    """4 x 2^3 at mu = 0.9: hybrid Monte Carlo with its sign reweighted, and worms, which have no sign."""
    path = plane_path(phi4(4, 2, 2, 2, mu=0.9))
    settings = {"chains": 8, "sweeps": 2000, "thermalization": 400}
    values = {name: getattr(path.model, name) for name in path.model.parameters}
    worms, _ = DUAL.full(path.model.lattice, values, settings, Stream(1, "exact 4d"), "test", None)
    row = {name: worms[name].value for name in ("density", "phi2")}
    assert_agrees(path, run(path, 200), row | {f"{name}_err": worms[name].error for name in row})


# --- deformed paths -----------------------------------------------------------------------------------------


def trained(shape, mu: float, steps: int, chains: int = 64) -> Path:
    model = phi4(*shape, mu=mu)
    contour = Dense(model.size, model.size)
    stream = Stream(1, "trained")
    theta = contour.initial_parameters(stream.child("network"))
    done = optimize(model, contour, theta, OPTIMIZE | {"chains": chains}, stream, range(steps), "test")
    return Path(model, contour, done.theta)


def precision(path, record):
    """Error of the reweighted density."""
    return reweighted(measured(path, record, "density"), record.log_weight)[1]


@pytest.mark.parametrize("mu", [0.5, 1.5])
def test_expectation_values_do_not_depend_on_the_path(mu):
    """4 x 1 on a crooked path, where the phase is worse than on the plane: still the exact values."""
    path, row = steep_path(phi4(4, 1, mu=mu), 8, 0.3), exact_row("transfer_exact", (4, 1), mu)
    record = run(path, 800)
    assert average_phase(record.log_weight)[0] < row["apf0"] - 0.02
    assert_agrees(path, record, row)


@pytest.mark.parametrize("mu", [1.0, 1.5])
def test_trained_path_against_the_transfer_matrix(mu):
    """4 x 2 after 200 steps: APF above 0.95, exact values, and a smaller error than as many on the plane."""
    path, row = trained((4, 2), mu, 200), exact_row("transfer_exact", (4, 2), mu)
    record = run(path, 300)
    assert average_phase(record.log_weight)[0] > 0.95 > 0.7 > row["apf0"]
    assert_agrees(path, record, row)
    plane = plane_path(path.model)
    assert precision(path, record) < precision(plane, run(plane, 300))


@pytest.mark.parametrize("mu", [1.0, 1.6])
def test_trained_path_against_the_dual_simulation(mu):
    """4 x 4 after 300 steps: APF above 0.9 from 0.50 and 0.32, density and phi^2 exact."""
    path, row = trained((4, 4), mu, 300), exact_row("phi4_exact", (4, 4), mu)
    record = run(path, 300)
    assert average_phase(record.log_weight)[0] > 0.9 > 0.51 > row["apf0"]
    assert_agrees(path, record, row)


@pytest.mark.slow
@pytest.mark.parametrize("mu", [0.4, 1.2, 2.0])
def test_trained_path_against_the_dual_simulation_precisely(mu):
    """4 x 4 after 600 steps, twenty times the samples: errors of a percent, the density within 4 of them."""
    path, row = trained((4, 4), mu, 600, chains=128), exact_row("phi4_exact", (4, 4), mu)
    record = run(path, 3000, chains=128)
    value, error = average_phase(record.log_weight)
    assert value - 4 * error > row["apf0"] + 0.05
    assert precision(path, record) < 0.02 * max(row["density"], 0.1)
    assert_agrees(path, record, row)


@pytest.mark.slow
def test_exp_delta_h_with_long_chains():
    """<exp(-delta_H)> = 1 within 4 standard errors and to 0.2 % on a trained path."""
    path = trained((4, 2), 1.5, 250)
    record = run(path, 5000)
    value, error = jackknife(lambda mean: mean, np.exp(-record.delta_h[:, 150:]))
    assert error < 0.002
    assert abs(value - 1) < 4 * error
