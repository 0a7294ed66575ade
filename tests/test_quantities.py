"""Quantities of the complex phi^4 theory: the Gaussian theory, of which all is known, and what is refused."""

import math

import numpy as np
import pytest

from builders import model_cases, plane_path
from pomflow import registry
from pomflow.analysis import derived
from pomflow.analysis.estimates import Series
from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import gaussian
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.models.complex_scalar import displacement
from pomflow.models.observables import observable
from pomflow.models.quantities import of_observables, quantity
from pomflow.stages.scan import collect_scan, measure_observables
from pomflow.stages.scan.measure_observables import measured

QUANTITIES = registry.quantities("complex_phi4", ComplexPhi4)
NUMBERS = (
    "susceptibility",
    "phi2_susceptibility",
    "binder",
    "action_density",
    "helicity",
    "correlation_length",
)
CHAINS, RECORDED = 32, 400


def gaussian_samples(shape, mu: float, on_plane: bool, seed: int = 1):
    """Independent complex configurations z of the theory without coupling, and their phase factors.

    The modes of S = sum_k |phi_k|^2 (1 + i a_k)^2 M_k / 2V are drawn; on the path of the Gaussian theory
    there is no phase.
    """
    lattice = Lattice(shape)
    model = ComplexPhi4(lattice, mass=1.0, coupling=0.0, mu=mu)
    real, imaginary = gaussian.matrix(lattice, 1.0, mu)
    slopes = np.zeros(shape) if on_plane else gaussian.slopes(lattice, 1.0, mu, limit=1.0)
    widths = ((1 + 1j * slopes) ** 2 * (real + 1j * imaginary)).real / (2 * lattice.volume)
    rng = np.random.default_rng(seed)
    white = rng.normal(size=(CHAINS * RECORDED, *shape, 2)) @ np.array([1, 1j])
    phi = np.fft.ifftn(white / np.sqrt(2 * widths), axes=tuple(range(1, len(shape) + 1)))
    t = np.concatenate((phi.real, phi.imag), axis=-1 if len(shape) == 1 else 1).reshape(len(phi), -1)
    z = t + 1j * displacement(lattice, slopes, t)
    return model, z, np.exp(-1j * model.value(z).imag).reshape(CHAINS, RECORDED)


def evaluated(model, z, phase_factor, quantities: dict) -> derived.Derived:
    means = {}
    for moments in dict.fromkeys(one.moments for one in quantities.values()):
        series = {
            name: values.reshape(CHAINS, RECORDED, *values.shape[1:])
            for name, values in moments(model.at(z)).items()
        }
        means[moments] = derived.Means(phase_factor, series)
    return derived.evaluate(means, quantities, model)


def second_difference(function, step: float = 1e-3) -> float:
    return (function(step) - 2 * function(0.0) + function(-step)) / step**2


def exact_numbers(lattice: Lattice, mu: float) -> dict[str, float]:
    """In closed form, with M the inverse propagator: ln Z = -sum_k ln M_k."""
    inverse = sum(part * unit for part, unit in zip(gaussian.matrix(lattice, 1.0, mu), (1, 1j), strict=True))
    space, momenta = range(1, lattice.dimension), lattice.momenta

    def log_partition(axis: int, angle: float) -> float:
        twisted = inverse + 2 * np.cos(momenta[axis]) - 2 * np.cos(momenta[axis] + angle)
        return -np.log(twisted).sum().real

    step = 1e-4
    slope = gaussian.density(lattice, 1.0, mu + step) - gaussian.density(lattice, 1.0, mu - step)
    stiffness = [-second_difference(lambda angle, axis=axis: log_partition(axis, angle)) for axis in space]
    propagator = (1 / inverse[0]).real
    axis = int(np.argmax(lattice.shape[1:]))
    extent = lattice.shape[1:][axis]
    lowest = propagator[tuple(int(other == axis) for other in range(lattice.dimension - 1))]
    ratio = propagator.flat[0] / lowest
    return {
        "susceptibility": slope / (2 * step),
        "phi2_susceptibility": (4 / inverse**2).sum().real / lattice.volume,
        "binder": 0.0,
        "action_density": 1.0,
        "helicity": float(np.mean(stiffness)) / lattice.volume,
        "correlation_length": math.sqrt(ratio - 1) / (2 * math.sin(math.pi / extent)),
    }


@pytest.mark.parametrize("on_plane", [False, True], ids=["path", "plane"])
@pytest.mark.parametrize(("shape", "mu"), [((6, 4), 0.4), ((4, 2, 3), 0.3), ((3, 2, 2, 2), -0.3)], ids=str)
def test_numbers_of_the_gaussian_theory(shape, mu, on_plane):
    """Each within 4 errors of its closed form, also with a phase; the two kinds of errors agree."""
    model, z, phase_factor = gaussian_samples(shape, mu, on_plane)
    found = evaluated(model, z, phase_factor, QUANTITIES)
    assert on_plane == (abs(phase_factor.mean()) < 0.999)
    exact = exact_numbers(model.lattice, mu)
    assert set(NUMBERS) == set(exact) == set(found.names)
    for name, value in exact.items():
        estimate = found.estimates[name]
        assert estimate.error > 0
        assert abs(estimate.value - value) < 4 * estimate.error + 1e-6, name
    assert found.jackknife < 4
    errors = [found.estimates[name].error for name in found.names]
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), errors)


@pytest.mark.parametrize("on_plane", [False, True], ids=["path", "plane"])
@pytest.mark.parametrize(("shape", "mu"), [((6, 4), 0.4), ((4, 2, 3), 0.3), ((8,), 0.5)], ids=str)
def test_correlators_of_the_gaussian_theory(shape, mu, on_plane):
    """By chi^2 with the covariance: its mean is the rank of that, and here it lies within 4 standard errors.

    On the path only sums of k and -k fluctuate, so that the rank is smaller than the number of values.
    """
    model, z, phase_factor = gaussian_samples(shape, mu, on_plane)
    found = evaluated(model, z, phase_factor, QUANTITIES)
    inverse = sum(p * unit for p, unit in zip(gaussian.matrix(model.lattice, 1.0, mu), (1, 1j), strict=True))
    in_time = np.fft.ifft(1 / inverse, axis=0).real.reshape(shape[0], -1)
    # axes of the longest extents are alike, and k and -k
    lowest = 1
    exact = in_time[:, [0, lowest]].T if len(shape) > 1 else in_time.T
    correlator = found.estimates["correlator"]
    assert correlator.values.shape == exact.shape
    assert_agrees(correlator, exact)
    half = shape[0] // 2
    at_rest = np.append(exact[0], exact[0, 0])
    for name, line in (("effective_mass", at_rest), ("effective_mass_back", at_rest[::-1])):
        masses = np.log(line[:half] / line[1 : half + 1])
        series = found.estimates[name]
        assert series.values.shape == (half,)
        assert_agrees(series, masses)


def assert_agrees(series: Series, exact: np.ndarray) -> None:
    correlation = series.covariance / np.outer(series.errors, series.errors)
    values, directions = np.linalg.eigh(correlation)
    free = values > 1e-6
    pulls = directions.T @ ((series.values - exact) / series.errors).ravel()
    rank = free.sum()
    assert rank >= 2
    assert (pulls[free] ** 2 / values[free]).sum() < rank + 4 * math.sqrt(2 * rank)


def test_particles_and_antiparticles_on_a_cold_lattice():
    """Far from both ends the masses are m - mu and m + mu."""
    model, z, phase_factor = gaussian_samples((16, 1), 0.3, on_plane=False)
    found = evaluated(model, z, phase_factor, QUANTITIES)
    mass = math.acosh(1.5)
    for name, expected in (("effective_mass", mass - 0.3), ("effective_mass_back", mass + 0.3)):
        series = found.estimates[name]
        assert series.values[2] == pytest.approx(expected, abs=4 * series.errors[2] + 1e-3)
        assert series.errors[2] < 0.1


def test_what_cannot_be_had_is_unknown():
    """Without space there is no length and no twist, and of values that are not positive no logarithm."""
    found = evaluated(*gaussian_samples((4,), 0.3, on_plane=False), QUANTITIES)
    assert {"correlation_length", "helicity"} == set(NUMBERS) - set(found.names)
    assert math.isnan(found.estimates["helicity"].value)
    effective_mass = QUANTITIES["effective_mass"].function
    noisy = np.array([[1.0, 0.5, -0.1, 0.2]])
    assert effective_mass(None, {"correlator": noisy}).tolist() == [np.log(2.0), None]


@pytest.mark.parametrize(("name", "arguments"), model_cases("complex_phi4"))
def test_moments_are_holomorphic(name, arguments, rng):
    """The same derivative along the real and the imaginary direction: on a path nothing is conjugated."""
    model = registry.load("model", name)(**arguments)
    z = rng.normal(size=(2, model.size)) + 1j * rng.normal(size=(2, model.size))
    direction, step = rng.normal(size=z.shape), 1e-5
    for moments in {one.moments for one in QUANTITIES.values()}:
        slopes = []
        for unit in (1, 1j):
            ahead, behind = (moments(model.at(z + sign * step * unit * direction)) for sign in (1, -1))
            slopes.append({key: (ahead[key] - behind[key]) / (2 * step * unit) for key in ahead})
        for key, slope in slopes[0].items():
            np.testing.assert_allclose(
                slopes[1][key], slope, rtol=1e-5, atol=1e-5 * (1 + np.abs(slope).max())
            )


# --- the machinery ------------------------------------------------------------------------------------------


def test_errors_of_a_ratio_with_a_phase():
    """The stated error of a function of means is the spread over 200 runs, to 15 %; the jackknife agrees."""
    rng = np.random.default_rng(5)

    @quantity("variance of x", of=lambda point: point)
    def variance(model, mean):
        return mean["second"] - mean["first"] ** 2

    results = []
    for _ in range(200):
        angle = rng.normal(scale=0.7, size=(12, 100))
        x = angle + rng.normal(size=angle.shape)
        means = derived.Means(np.exp(1j * angle), {"first": x + 0j, "second": x**2 + 0j})
        results.append(derived.evaluate({variance.moments: means}, {"variance": variance}, None))
    values = np.array([one.estimates["variance"].value for one in results])
    errors = np.array([one.estimates["variance"].error for one in results])
    # <x> = i 0.49 in the complex weight, so that the real parts give <x^2> = 1 + 0.49 - 0.49^2
    assert values.mean() == pytest.approx(1.49 - 0.49**2, abs=4 * values.std() / math.sqrt(200))
    assert errors.mean() == pytest.approx(values.std(), rel=0.15)
    pulls = np.array([one.jackknife for one in results])
    assert 0.5 < np.mean(pulls**2) < 1.6


def test_few_chains_have_no_jackknife():
    phase = np.exp(1j * np.random.default_rng(1).normal(size=(4, 100)))
    found = evaluated_mean(phase, np.random.default_rng(2).normal(size=(4, 100)))
    assert math.isnan(found.jackknife)


def test_what_does_not_fluctuate_has_no_error():
    found = evaluated_mean(np.ones((8, 50), dtype=complex), np.full((8, 50), 2.0))
    assert (found.estimates["mean"].value, found.estimates["mean"].error, found.jackknife) == (2, 0, 0)


def evaluated_mean(phase_factor, values) -> derived.Derived:
    @quantity("mean", of=lambda point: point)
    def mean(model, mean):
        return mean["x"]

    means = {mean.moments: derived.Means(phase_factor, {"x": values + 0j})}
    return derived.evaluate(means, {"mean": mean}, None)


def test_an_observable_may_be_an_array():
    """It has no column, but a series; of the plane every value is the mean over the configurations."""

    @observable("field of every variable", dimensions=("variable",))
    def field(point):
        return point.z

    one = of_observables({"field": field})["field"]
    model = ComplexPhi4(Lattice((2, 2)), mass=1.0, coupling=1.0, mu=0.3)
    t = np.random.default_rng(3).normal(size=(8, 20, model.size))

    (moments,) = measured(plane_path(model), t, [one.moments])
    np.testing.assert_array_equal(moments["field"], t)
    found = derived.evaluate(
        {one.moments: derived.Means(np.ones((8, 20), complex), moments)}, {"field": one}, model
    )
    np.testing.assert_allclose(found.estimates["field"].values, t.mean(axis=(0, 1)))
    assert (found.names, found.estimates["field"].dimensions) == ([], ("variable",))


@observable("action")
def action(point):
    return point.value


@pytest.mark.parametrize("configurations", [0.5, 3])
def test_large_lattices_are_measured_in_smaller_batches(monkeypatch, configurations):
    """Tens of gigabytes at 16^4 with 1024 at a time; one configuration fits always."""
    model = ComplexPhi4(Lattice((2, 2)), mass=1.0, coupling=1.0, mu=0.3)
    t, batches = np.random.default_rng(3).normal(size=(8, 20, model.size)), []

    def counted(point):
        batches.append(len(point.z))
        return {"action": point.value}

    whole = measured(plane_path(model), t, [counted])[0]["action"]
    assert batches == [160]
    monkeypatch.setattr(measure_observables, "BYTES_TOGETHER", int(configurations * t[0, 0].nbytes))
    parts = measured(plane_path(model), t, [counted])[0]["action"]
    assert max(batches[1:]) == max(1, configurations)
    np.testing.assert_allclose(parts, whole, rtol=1e-13)


def test_a_plug_in_cannot_have_the_name_of_a_quantity(monkeypatch):
    monkeypatch.setitem(registry.OBSERVABLES, "binder", "test_quantities:action")
    with pytest.raises(
        ConfigError, match=r"plugins.observable.binder: the model 'complex_phi4' has a quantity"
    ):
        registry.quantities("complex_phi4", ComplexPhi4)


def test_columns_of_control_variates():
    """The last ones, with a pull where an exact value is known."""
    numbers = {"density_cv": 0.5, "density_cv_err": 0.3, "density_gain": 9.0}
    numbers |= {"phi2_cv": 1.0, "phi2_cv_err": 0.1, "phi2_gain": 4.0}
    row = collect_scan.controlled_columns(
        numbers, ["density", "phi2"], {"density": collect_scan.Estimate(1.0, 0.4)}
    )
    names = ["density_cv", "density_cv_err", "density_cv_pull", "density_gain"]
    assert list(row) == [*names, "phi2_cv", "phi2_cv_err", "phi2_gain"]
    assert row["density_cv_pull"] == pytest.approx(-1.0)


def test_columns_of_quantities_stand_behind_all_others():
    """Exact values and pulls beside those that an exact simulation knows."""
    derived_numbers = {
        "binder": 0.5,
        "binder_err": 0.1,
        "helicity": 1.0,
        "helicity_err": 0.3,
        "jackknife": 1.2,
    }
    exact = {"helicity": collect_scan.Estimate(1.5, 0.4)}
    row = collect_scan.quantity_columns(derived_numbers, ["binder", "helicity"], exact)
    ends = ("", "_err", "_exact", "_exact_err", "_pull")
    assert list(row) == ["binder", "binder_err", *(f"helicity{end}" for end in ends), "jackknife"]
    assert row["helicity_pull"] == pytest.approx(-1.0)
