"""Complex Langevin dynamics: its scheme, its record, where it is right, and where it fails and says so."""

import numpy as np
import pytest

from builders import phi4, power_integral, quartic_integral
from estimates import jackknife, mean_and_error, pull
from pomflow.analysis import gates
from pomflow.analysis.tail import tail_index
from pomflow.errors import DivergenceError
from pomflow.models.base import ModelPoint
from pomflow.models.complex_phi4 import gaussian
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.random.stream import Stream
from pomflow.samplers import langevin
from pomflow.samplers.langevin import advance, sample
from small_models import xy

SETTINGS = {"chains": 128, "thermalization": 1000, "record_every": 10, "step_size": 0.01, "start": "mixed"}
VIRIAL = {"virial": ModelPoint.schwinger_dyson}
OBSERVABLES = {name: item.measure for name, item in ComplexPhi4.observables().items()} | VIRIAL


def square(point):
    return (point.z * point.z)[:, 0]


def run(model, steps: int, observables=OBSERVABLES, seed: int = 1, **settings):
    settings = SETTINGS | settings
    numbers = range(settings["thermalization"] + steps)
    return sample(model, observables, settings, Stream(seed, "langevin test"), numbers, "test run")


def average(record, name: str, part="real"):
    """Mean over Langevin time and its error from the spread of the chains."""
    values = getattr(record.series[name], part)
    return jackknife(lambda total, time: total / time, values * record.weight, record.weight)


def assert_agrees(record, **values):
    """Real parts within 4 standard errors, imaginary parts (0 unless complex) too."""
    for name, value in values.items():
        assert abs(pull(average(record, name), np.real(value))) < 4
        assert abs(pull(average(record, name, "imag"), np.imag(value))) < 4


# --- the scheme ---------------------------------------------------------------------------------------------


def heun_mean(matrix, step: float):
    """<z^2> that Heun's scheme gives S = M z^2 / 2: z -> (1 - x + x^2/2) z + (1 - x/2) sqrt(2 step) eta."""
    x = step * matrix
    return 2 * step * (1 - x / 2) ** 2 / (1 - (1 - x + x * x / 2) ** 2)


def gaussian_phi2(model, step: float) -> float:
    """phi2 at lambda = 0 with the error of the scheme: every 1/M(k) becomes ``heun_mean``."""
    real, imaginary = gaussian.matrix(model.lattice, model.mass**2, model.mu)
    return 2 * heun_mean(real + 1j * imaginary, step).sum().real / model.lattice.volume


def test_error_of_the_scheme(monkeypatch):
    """At lambda = 0 and a coarse step, the closed form of the scheme, far from that of the continuum."""
    monkeypatch.setattr(langevin, "LONGEST_MOVE", 1e9)
    model, step = phi4(4, 3, coupling=0.0, mu=0.7), 0.15
    record = run(model, 2000, step_size=step, thermalization=200)
    assert_agrees(record, phi2=gaussian_phi2(model, step))
    assert abs(pull(average(record, "phi2"), gaussian.phi2(model.lattice, 1.0, 0.7))) > 20
    assert gaussian_phi2(model, 1e-6) == pytest.approx(gaussian.phi2(model.lattice, 1.0, 0.7), rel=1e-6)


def test_order_of_the_scheme():
    """A single step agrees with the exact solution of the linear theory to third order in epsilon."""
    model, z = phi4(3, 2, coupling=0.0), np.random.default_rng(1).normal(size=(1, 12)) + 0j
    defects = []
    for step in (0.02, 0.01):
        moved, _ = advance(model, z, np.zeros((1, 12)), step)
        fine = z
        for _ in range(200):
            fine, _ = advance(model, fine, np.zeros((1, 12)), step / 200)
        defects.append(np.abs(moved - fine).max())
    assert np.log2(defects[0] / defects[1]) == pytest.approx(3, abs=0.2)


def test_a_step_is_shortened_where_the_drift_is_large():
    """Its drift moves no variable by more than 0.2, and an ordinary point takes the whole step."""
    model = quartic_integral(1.0, 1.0)
    _, step = advance(model, np.array([[0.5 + 0j], [5.0 + 0j], [2j]]), np.zeros((3, 1)), 0.01)
    drift = np.abs(model.gradient(np.array([[0.5 + 0j], [5.0 + 0j], [2j]])))[:, 0]
    np.testing.assert_allclose(step.drift, drift)
    np.testing.assert_allclose(step.time, [0.01, 0.2 / 130, 0.01])


def test_averages_weigh_with_the_time(monkeypatch):
    """A real quartic integral with most steps shortened: the weighted mean is exact, the plain one is not."""
    monkeypatch.setattr(langevin, "LONGEST_MOVE", 0.02)
    model = quartic_integral(1.0, 1.0)
    record = run(model, 5000, {"square": square}, step_size=0.02, chains=512)
    assert (record.time < 0.0199).mean() > 0.5
    truth = model.mean_square().real
    assert abs(pull(average(record, "square"), truth)) < 4
    assert abs(pull(mean_and_error(record.series["square"].real), truth)) > 20


# --- the record ---------------------------------------------------------------------------------------------


def short(model, steps: int, record_every: int = 2, seed: int = 1):
    return run(model, steps, seed=seed, chains=8, thermalization=10, record_every=record_every)


def test_runs_are_reproducible():
    """Bit for bit from the same stream, and a longer run begins as a shorter one; another seed differs."""
    model = phi4(3, 2)
    first, again, longer = short(model, 10), short(model, 10), short(model, 30)
    for name in OBSERVABLES:
        np.testing.assert_array_equal(first.series[name], again.series[name])
        np.testing.assert_array_equal(first.series[name], longer.series[name][:, :5])
    np.testing.assert_array_equal(first.drift, longer.drift[:, :10])
    assert not np.array_equal(first.drift, short(model, 10, seed=2).drift)


def test_a_chain_does_not_depend_on_how_many_run_beside_it():
    model, noise = phi4(3, 2), Stream(1, "noise")
    moved = []
    for rows in (3, 8):
        z = np.random.default_rng(1).normal(size=(8, 12))[:rows] + 0j
        for number in range(4):
            z, _ = advance(model, z, noise.normals(number, rows, 12), 0.1)
        moved.append(z[:3])
    np.testing.assert_allclose(*moved, rtol=1e-12, atol=1e-12)


def test_record_is_consistent():
    """Shapes; the weights are the times of the recorded steps; every start is named."""
    record = short(phi4(3, 2), 11, record_every=4)
    assert record.drift.shape == record.time.shape == (8, 11)
    assert all(series.shape == (8, 3) for series in record.series.values())
    np.testing.assert_array_equal(record.weight, record.time[:, ::4])
    assert record.starts == ["hot", "ordered"] * 4


def test_no_chemical_potential_keeps_the_chains_real():
    """At mu = 0 the drift is real, and so is everything that follows."""
    record = short(phi4(3, 2, mu=0.0), 20)
    assert (record.series["phi2"].imag == 0).all()


def test_a_chain_that_leaves_the_finite_numbers_is_an_error():
    """Cold chains of this action start on a pole of the drift."""
    with pytest.raises(DivergenceError, match=r"test run: 8 of 8 chains left the finite .*Lower the step"):
        run(power_integral(2, 0.0), 5, {"square": square}, chains=8, thermalization=10, start="cold")


# --- where it is right --------------------------------------------------------------------------------------


def test_gaussian_theory():
    """lambda = 0 and a phase: phi2 and density; the error of the scheme is below 0.2 standard errors."""
    model = phi4(4, 4, coupling=0.0, mu=0.6)
    record = run(model, 3000)
    truth = gaussian.phi2(model.lattice, 1.0, 0.6)
    assert abs(gaussian_phi2(model, 0.01) - truth) < 0.2 * average(record, "phi2")[1]
    assert_agrees(record, phi2=truth, density=gaussian.density(model.lattice, 1.0, 0.6), virial=1)


@pytest.mark.parametrize(
    "model",
    [
        quartic_integral(1 + 1j, 1.0),
        quartic_integral(1 + 1.7j, 1.0),
        power_integral(1, 3.0),
        power_integral(4, 6.0),
    ],
    ids=["quartic", "quartic at the edge", "power 1", "power 4"],
)
def test_toys_in_the_good_region(model):
    """The drift keeps to a strip (3 A^2 > B^2 for sigma = A + iB), or far from its pole: exact, and no tail.

    Source of the first condition: Aarts, Giudice, Seiler, Annals Phys. 337 (2013) 238.
    """
    record = run(model, 4000, {"square": square} | VIRIAL, chains=512)
    assert_agrees(record, square=model.mean_square(), virial=1)
    assert tail_index(record.drift, record.time).value < gates.LARGEST_TAIL / 2


@pytest.mark.parametrize("mu", [0.8, 1.2])
def test_4x4_against_the_dual_simulation(mu):
    """The relativistic Bose gas, a known success: density, phi2, no imaginary parts, no tail.

    Source: Aarts, Phys. Rev. Lett. 102 (2009) 131601.
    """
    model = phi4(4, 4, mu=mu)
    record = run(model, 4000)
    known = model.exact_values()
    for name in ("density", "phi2"):
        assert abs(pull(average(record, name), known[name].value, known[name].error)) < 4
        assert abs(pull(average(record, name, "imag"), 0)) < 4
    assert abs(pull(average(record, "virial"), 1)) < 4
    assert tail_index(record.drift, record.time).value < gates.LARGEST_TAIL / 2


def test_angles_stay_in_their_period():
    """Their real parts, whatever the chains wander; the weight is the same, and the heights are kept."""
    model = xy(3, 2, beta=0.8, mu=0.7)
    z = np.array([[4.0 + 9j, -7.0 - 1j, 0.5, 0.0, 3.0 - 4j, 20.0]])
    wrapped = model.wrapped(z)
    assert abs(wrapped.real).max() <= np.pi
    np.testing.assert_array_equal(wrapped.imag, z.imag)
    np.testing.assert_allclose(model.value(wrapped), model.value(z), rtol=1e-10)


# --- where it is wrong --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "sigmas"),
    [(power_integral(1, 0.8), 20), (power_integral(4, 2.0), 20), (quartic_integral(1 + 5j, 1.0), 4)],
    ids=["pole of power 1", "pole of power 4", "no strip"],
)
def test_the_tail_of_the_drift_tells_of_a_wrong_result(model, sigmas):
    """<x^2> is wrong by many standard errors, and the drift has a power-law tail."""
    record = run(model, 4000, {"square": square}, chains=512, step_size=0.005)
    truth = model.mean_square()
    pulls = (pull(average(record, "square"), truth.real), pull(average(record, "square", "imag"), truth.imag))
    assert max(map(abs, pulls)) > sigmas
    tail = tail_index(record.drift, record.time)
    assert tail.value - 3 * tail.error > gates.LARGEST_TAIL


def test_the_disordered_phase_of_the_xy_model():
    """4x4x4, beta = 0.3: the density is more than twice the exact one, and the drift has a power-law tail.

    Source of the failure: Aarts, James, JHEP 08 (2010) 020; the exact value is from worms.
    """
    model = xy(4, 4, 4, beta=0.3, mu=1.0)
    record = run(model, 2000, {"density": model.observables()["density"].measure}, chains=64)
    value, error = average(record, "density")
    assert abs(pull((value, error), 0.0516, 0.001)) > 10
    tail = tail_index(record.drift, record.time)
    assert tail.value - 3 * tail.error > gates.LARGEST_TAIL


def test_the_virial_tells_of_too_long_a_step():
    """4x4 with a step of 0.1: phi2 is off by more than 5 standard errors, and the virial by 2 % too."""
    model = phi4(4, 4, mu=1.0)
    record = run(model, 4000, step_size=0.1)
    assert abs(pull(average(record, "phi2"), model.exact_values()["phi2"].value)) > 5
    value, error = average(record, "virial")
    assert abs(value - 1) > max(gates.LARGEST_VIRIAL, gates.SIGMAS * error)
