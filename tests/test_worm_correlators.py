"""What worms measure beside windings: correlators, susceptibilities, action, helicity, correlation length.

Compared within 4 standard errors with the free theory in closed form and with integrals over the fields.
"""

import functools
import math

import numpy as np
import pytest

from builders import SHAPES, phi4
from estimates import pull
from field_rings import Ring
from kept import checkpoint_in
from pomflow.analysis.estimates import Series
from pomflow.io import netcdf
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import worm, worm_estimates, worm_steps
from pomflow.models.complex_phi4.dual import DualTheory
from pomflow.models.complex_phi4.simulation import DUAL
from pomflow.models.dual.bins import Bins, binned
from pomflow.models.dual.windings import symmetric_weights
from pomflow.random.stream import Stream
from pomflow.stages.scan import sample_worm

MASS = 1.0


@functools.cache
def simulate(shape, coupling: float, mu: float, sweeps: int = 8000) -> tuple[dict, float]:
    """Estimates, and the chemical potential at which they were sampled."""
    settings = {"chains": 8, "sweeps": sweeps, "thermalization": 400}
    values = {"mass": MASS, "coupling": coupling, "mu": mu}
    estimates, attributes = DUAL.full(Lattice(shape), values, settings, Stream(1, "walks"), "test", None)
    return estimates, attributes["sampled_mu"]


def assert_agrees(estimates: dict, exact: dict) -> None:
    """Within 4 standard errors, which are small against the value."""
    for name, value in exact.items():
        found = estimates[name]
        assert found.error < 0.2 * abs(value)
        assert abs(pull((found.value, found.error), value)) < 4, name


def assert_correlator(found: Series, exact: np.ndarray) -> None:
    """Every number within 4 standard errors, and all of them by chi^2 with their covariance."""
    assert found.dimensions == ("momentum", "time")
    assert found.values.shape == exact.shape
    difference = found.values - exact
    assert (np.abs(difference) < 4 * found.errors).all()
    assert (found.errors < 0.05 * exact.max()).all()
    # symmetries make some of the numbers the same
    variances, modes = np.linalg.eigh(found.covariance)
    free = variances > 1e-9 * variances.max()
    chi2 = ((modes.T @ difference.ravel())[free] ** 2 / variances[free]).sum()
    assert chi2 < free.sum() + 4 * math.sqrt(2 * free.sum())


# --- the free theory ----------------------------------------------------------------------------------------


def matrix(shape, mu: float, twist: float = 0.0, twisted: int = 1) -> np.ndarray:
    """M(k) = eta - sum of the amplitudes of hops, each with the phase that it takes off a wave."""
    waves = np.meshgrid(*(2 * np.pi * np.arange(n) / n for n in shape), indexing="ij")
    result = 2 * len(shape) + MASS**2 - np.exp(mu - 1j * waves[0]) - np.exp(1j * waves[0] - mu)
    for axis, wave in enumerate(waves[1:], start=1):
        result = result - 2 * np.cos(wave + (twist if axis == twisted else 0))
    return result


def free_correlator(shape, mu: float) -> np.ndarray:
    """G(r) of every displacement, from S = sum_k |phi_k|^2 M(k)."""
    return np.fft.ifftn(1 / matrix(shape, mu)).real


def free_values(shape, mu: float) -> dict:
    """By Wick's theorem, and from -ln Z = sum_k ln M(k) with a twist of the links in a direction of space."""
    g, volume, step = free_correlator(shape, mu), math.prod(shape), 1e-3
    reflected = np.roll(np.flip(g), 1, axis=tuple(range(g.ndim)))
    values = {"phi2_susceptibility": 4 * (g * reflected).sum()}

    def free_energy(twist, axis):
        return np.log(matrix(shape, mu, twist, axis)).sum().real

    curvatures = [
        (free_energy(step, axis) - 2 * free_energy(0, axis) + free_energy(-step, axis)) / step**2
        for axis in range(1, len(shape))
    ]
    if curvatures:
        values["helicity"] = np.mean(curvatures) / volume
    rows = by_momentum(g)
    if len(rows) == 2:
        at_rest, moving = rows.sum(axis=1)
        sine = math.sin(np.pi / max(shape[1:]))
        values["correlation_length"] = math.sqrt(at_rest / moving - 1) / (2 * sine)
    return values


def by_momentum(g: np.ndarray) -> np.ndarray:
    """G(t, k) at rest and at 2 pi / L, averaged over the longest directions of space."""
    most = max(g.shape[1:], default=1)
    rows = [g.reshape(len(g), -1).sum(axis=1)]
    if most > 1:
        longest = [axis for axis in range(1, g.ndim) if g.shape[axis] == most]
        lines = [g.sum(axis=tuple(b for b in range(1, g.ndim) if b != axis)) for axis in longest]
        rows.append(np.mean(lines, axis=0) @ np.cos(2 * np.pi * np.arange(most) / most))
    return np.array(rows)


@pytest.mark.parametrize("mu", [0.0, 0.4, 0.8])
@pytest.mark.parametrize("shape", [(4, 3), (6, 2, 2), (8, 1), (5,), (3, 2, 3)], ids=str)
def test_free_theory(shape, mu):
    """All of it in closed form, wherever it was sampled; the action has V / 2 for each of two components."""
    estimates, _ = simulate(shape, 0.0, mu)
    assert_correlator(estimates["correlator"], by_momentum(free_correlator(shape, mu)))
    values = free_values(shape, mu)
    assert_agrees(estimates, values)
    assert estimates["action_density"].value == pytest.approx(1, abs=1e-9)
    for name in ("helicity", "correlation_length"):
        assert np.isnan([estimates[name].value, estimates[name].error]).all() == (name not in values)


def test_the_matrix_is_that_of_the_action():
    """S = V M(k) of a wave with |phi| = 1: what runs forwards at mu > 0 are particles."""
    model = phi4(4, 3, mu=0.6, coupling=0.0, mass=MASS)
    waves = np.exp(1j * np.array(model.lattice.momenta).reshape(2, -1).T @ np.indices((4, 3)).reshape(2, -1))
    z = math.sqrt(2) * np.concatenate((waves.real, waves.imag), axis=1)
    np.testing.assert_allclose(model.value(z), 12 * matrix((4, 3), 0.6).ravel(), atol=1e-12)
    # e^{-(m - mu) t} forwards and e^{-(m + mu) (L - t)} backwards, cosh(m) = 1 + m_0^2 / 2
    energy, g = math.acosh(1 + MASS**2 / 2), free_correlator((64,), 0.4)
    assert np.log(g[10] / g[11]) == pytest.approx(energy - 0.4)
    assert np.log(g[-10] / g[-11]) == pytest.approx(energy + 0.4)


# --- with coupling ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mu", [0.0, 0.6, 1.4])
@pytest.mark.parametrize("shape", [(4,), (1,), (2, 1), (6, 1)], ids=str)
def test_rings_in_time(shape, mu):
    """At lambda = 1; links in space lead back to their site, where they are a twisted mass."""
    ring = Ring(shape[0], 2 + MASS**2, 1.0, mu)
    estimates, _ = simulate(shape, 1.0, mu)
    g = ring.correlator()
    assert_correlator(estimates["correlator"], g[None])
    exact = {"phi2_susceptibility": ring.phi2_susceptibility(), "action_density": ring.action_density()}
    if len(shape) == 2:
        # the current through such a link is the difference of two Poisson numbers of mean |phi|^2
        exact["helicity"] = 2 * g[0]
    assert_agrees(estimates, exact)


@pytest.mark.parametrize("mu", [0.3, 1.2])
@pytest.mark.parametrize("extent", [2, 3, 5])
def test_rings_in_space(extent, mu):
    """At lambda = 1 and one site in time, whose link back to itself has 2 cosh(mu) |phi|^2."""
    ring = Ring(extent, 4 + MASS**2 - 2 * math.cosh(mu), 1.0, 0.0)
    estimates, _ = simulate((1, extent), 1.0, mu)
    g = by_momentum(ring.correlator()[None])
    assert_correlator(estimates["correlator"], g)
    exact = {
        "phi2_susceptibility": ring.phi2_susceptibility(),
        "action_density": ring.action_density(),
        "helicity": extent * ring.winding_squared(),
        "correlation_length": math.sqrt(g[0, 0] / g[1, 0] - 1) / (2 * math.sin(np.pi / extent)),
    }
    assert_agrees(estimates, exact)


def walks(mu: float, sampled_mu: float, shape=(4, 3), sweeps: int = 8000) -> dict:
    """Estimates at one mu from a run at another."""
    theory = DualTheory(Lattice(shape), MASS, 1.0)
    amplitudes = theory.amplitudes(sampled_mu)
    run = worm.Worms(theory, mu, amplitudes, Stream(1, f"{sampled_mu}"), 8, "test", correlator_at=mu)
    run.sweep(amplitudes, 200, tune=True)
    run.sweep(amplitudes, 200)
    records = run.sweep(amplitudes, sweeps)
    weights, _ = symmetric_weights(records.winding, shape[0], mu, sampled_mu)
    bins = Bins(sweeps)
    bins.add(run.walks)
    return worm_estimates.of_walks(theory, weights, bins.means())


def test_one_correlator_from_runs_at_different_mu():
    """4 x 3 at lambda = 1: sampled at mu itself, and far beyond, where half of the configurations wind."""
    at_itself, beyond = (walks(0.5, sampled)["correlator"] for sampled in (0.5, 1.2))
    both = np.hypot(at_itself.errors, beyond.errors)
    assert (np.abs(at_itself.values - beyond.values) < 4 * both).all()
    assert (both < 0.05 * at_itself.values[0, 0]).all()


def test_zero_displacement_is_the_squared_field():
    """(1/V) sum_k G(0, k) = <|phi|^2>, whose other estimate is that of closed configurations."""
    estimates, _ = simulate((4, 2), 1.0, 1.1)
    at_rest, moving = estimates["correlator"].values[:, 0]
    error = np.hypot(*estimates["correlator"].errors[:, 0]) / 2
    phi2 = estimates["phi2"]
    assert abs(pull(((at_rest + moving) / 2, error), phi2.value / 2, phi2.error / 2)) < 4


# --- weights and bins ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mu", "sampled"), [(0.0, 1.1), (0.4, 0.4), (0.0, 0.0), (3.0, 3.0)])
def test_weights_of_charges(mu, sampled):
    """Their sum and difference are those of ``symmetric_weights``, at any current."""
    current = np.array([0, 1, 7, 400])
    along, against = np.array([worm_steps.charge_weights(one, mu, sampled) for one in current]).T
    even, odd = symmetric_weights(current, 1, mu, sampled)
    np.testing.assert_allclose(along + against, even, rtol=1e-12)
    np.testing.assert_allclose(along - against, odd, rtol=1e-12, atol=1e-300)
    np.testing.assert_array_equal(worm_steps.tabulated(401, mu, sampled)[current, 0], along)


def test_weights_beyond_the_table_are_calculated(monkeypatch):
    whole = walks(0.6, 0.9, sweeps=300)["correlator"]
    monkeypatch.setattr(worm, "LARGEST_TABULATED", 1)
    np.testing.assert_array_equal(walks(0.6, 0.9, sweeps=300)["correlator"].values, whole.values)


def test_walks_change_no_configuration():
    """With and without a correlator the same bits, however the sweeps are divided."""
    theory = DualTheory(Lattice((3, 2)), MASS, 1.0)
    amplitudes = theory.amplitudes(1.0)
    with_walks, without, parted = (
        worm.Worms(theory, 1.0, amplitudes, Stream(1, "same"), 3, "test", at) for at in (0.5, None, 0.5)
    )
    records = with_walks.sweep(amplitudes, 50)
    for one, other in zip(records, without.sweep(amplitudes, 50), strict=True):
        np.testing.assert_array_equal(one, other)
    assert without.walks is None
    parts = [parted.walks for sweeps in (20, 30) if parted.sweep(amplitudes, sweeps)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), with_walks.walks)


@pytest.mark.parametrize("sweeps", [7, 200, 450, 1999])
def test_bins_of_walks_are_those_of_series(sweeps, rng):
    """Sums do not depend on where records are divided; what is kept are at most 400 bins."""
    series = rng.normal(size=(3, sweeps))
    whole, parts = Bins(sweeps), Bins(sweeps)
    whole.add(series)
    for one in np.split(series, [1, sweeps // 2], axis=1):
        parts.add(one)
    np.testing.assert_array_equal(whole.means(), parts.means())
    np.testing.assert_allclose(whole.means(), binned(series), rtol=1e-12)
    assert whole.means().shape[1] < 400


# --- every lattice, and the file ----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [*SHAPES, (2, 1, 2, 2)], ids=str)
def test_every_lattice(shape):
    """The shapes of what is known, and what is not, with one to four dimensions and extents of 1 and 2."""
    estimates, _ = simulate(shape, 1.0, 0.9, sweeps=300)
    moves = max(shape[1:], default=1) > 1
    correlator = estimates["correlator"]
    assert correlator.values.shape == (2 if moves else 1, shape[0])
    assert np.isfinite(correlator.covariance).all()
    assert not set(DUAL.also) - set(estimates)
    assert np.isnan(estimates["helicity"].value) == (len(shape) == 1)
    assert moves or np.isnan(estimates["correlation_length"].value)


def test_an_imaginary_length_is_unknown():
    """Where by chance G at rest is below that of the wave."""
    series = np.full((2, 40, 2, 3), [[1.0], [1.1]]) + np.random.default_rng(1).normal(size=(2, 40, 1, 1))
    found = worm_estimates.of_walks(DualTheory(Lattice((3, 2)), MASS, 1.0), np.ones((2, 40)), series)[
        "correlation_length"
    ]
    assert np.isnan([found.value, found.error]).all()


def test_file(tmp_path):
    """Names, dimensions and words in what the stage writes, of the full theory only."""
    settings = {"study": "phi4", "model": "complex_phi4", "lattice": "3x2", "seed": 1, "point": "mu=0.5"}
    settings |= {"worm": {"chains": 4, "sweeps": 400, "thermalization": 100}}
    settings |= {"parameters": {"mass": MASS, "coupling": 1.0, "mu": 0.5}}
    path = tmp_path / "observables.nc"
    sample_worm.run({}, {"observables": path}, settings, checkpoint_in(tmp_path))
    names = [f"{name}{end}" for name in DUAL.also for end in ("", "_err")]
    file = netcdf.read(path, "worm", [*names, "correlator", "correlator_err", "correlator_cov"], settings)
    assert file["correlator"].dims == file["correlator_err"].dims == ("momentum", "time")
    assert file["correlator_cov"].dims == ("momentum", "time", "other_momentum", "other_time")
    np.testing.assert_allclose(
        np.diag(file["correlator_cov"].values.reshape(6, 6)), file["correlator_err"].values.ravel() ** 2
    )
    for name in [*names, "correlator"]:
        assert file[name].attrs["long_name"]
        assert file[name].attrs["units"]
        assert f"{name}_pq" not in file
