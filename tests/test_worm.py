"""The worm algorithm: invariants, the distribution it samples, and runs against exact values.

Means are compared within 4 combined standard errors.
"""

import copy
import itertools

import numpy as np
import pytest
from scipy.special import gammaln
from scipy.stats import chisquare

from builders import SHAPES
from dual_exact import closed_configurations, log_site_weight
from estimates import pull
from exact_tables import exact_row
from pomflow.errors import DivergenceError
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import gaussian, mean_field, worm_steps
from pomflow.models.complex_phi4.dual import DualTheory
from pomflow.models.complex_phi4.simulation import DUAL
from pomflow.models.complex_phi4.worm import Worms
from pomflow.models.complex_phi4.worm_steps import Tables
from pomflow.models.dual.estimates import onset
from pomflow.models.dual.runs import WormChains, plan, split
from pomflow.models.dual.windings import sample_windings
from pomflow.random.stream import Stream

OVER_SHAPES = pytest.mark.parametrize("shape", SHAPES, ids=str)


def theory(shape, coupling: float = 1.0) -> DualTheory:
    return DualTheory(Lattice(shape), 1.0, coupling)


def worms(dual: DualTheory, mu: float, chains: int, seed: int = 1) -> Worms:
    return Worms(dual, mu, dual.amplitudes(mu), Stream(seed, "test worms"), chains, "test")


def params(shape, mu: float, sweeps: int, coupling: float = 1.0, seed: int = 1) -> dict:
    """What a run of the simulation needs to know."""
    settings = {"chains": 8, "sweeps": sweeps, "thermalization": 400}
    return {
        "lattice": Lattice(shape),
        "values": {"mass": 1.0, "coupling": coupling, "mu": mu},
        "settings": settings,
        "seed": seed,
    }


def arguments(settings: dict, kind: str) -> tuple:
    lattice, values = settings["lattice"], settings["values"]
    stream = Stream(settings["seed"], "sample_worm", str(lattice), kind, str(values["mu"]))
    return lattice, values, settings["settings"], stream, "test run", None


def simulate(settings: dict) -> tuple[dict, float]:
    """Estimates in the full theory, and the chemical potential at which it was sampled."""
    estimates, attributes = DUAL.full(*arguments(settings, "full"))
    return estimates, attributes["sampled_mu"]


def simulate_quenched(settings: dict) -> dict:
    return DUAL.quenched(*arguments(settings, "quenched"))


def assert_agrees(estimates: dict, row: dict, suffix: str = "") -> None:
    for name in ("density", "phi2"):
        estimate, column = estimates[name], f"{name}{suffix}"
        assert estimate.error > 0
        assert abs(pull((estimate.value, estimate.error), row[column], row.get(f"{column}_err", 0))) < 4


# --- invariants ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sweeps", [0, 20])
@pytest.mark.parametrize("mu", [1.3, 3.0])
@OVER_SHAPES
def test_configurations_between_worms(shape, mu, sweeps):
    """The current is conserved at every site; exponents and sums are those of the hops; none is negative."""
    dual = theory(shape)
    run = worms(dual, mu, 6)
    records = run.sweep(dual.amplitudes(mu), sweeps)
    lattice = dual.lattice
    for chain, state in enumerate(run._states):
        assert state.hops.min() >= 0
        current, hops = state.hops[..., 0] - state.hops[..., 1], state.hops.sum(axis=2)
        divergence, exponents = np.zeros(lattice.volume, int), np.zeros(lattice.volume, int)
        for axis in range(lattice.dimension):
            divergence += current[:, axis] - current[lattice.backward[axis], axis]
            exponents += hops[:, axis] + hops[lattice.backward[axis], axis]
        np.testing.assert_array_equal(divergence, 0)
        np.testing.assert_array_equal(state.exponents, exponents / 2)
        assert tuple(state.totals) == (current[:, 0].sum(), hops[:, 0].sum())
        assert sweeps or state.totals[0] == dual.lattice.volume * (state.hops[0, 0] @ [1, -1])
        for series, expected in (
            (records.winding, current[:, 0].sum() / shape[0]),
            (records.time_hops, hops[:, 0].sum()),
            (records.phi2, 2 * run._ratios[state.exponents].mean()),
        ):
            assert not sweeps or series[chain, -1] == pytest.approx(expected)


def test_chains_begin_with_the_density_of_the_mean_field():
    """To half a hop a link; where the field vanishes, without a hop."""
    dual = theory((4, 4))
    for mu in (0.5, 2.0, 3.0):
        volume, totals = dual.lattice.volume, worms(dual, mu, 1)._states[0].totals
        assert totals[0] / volume == pytest.approx(mean_field.density(1.0, 1.0, mu), abs=1)
        assert (totals[1] == 0) == (mu < 1)


def test_runs_are_reproducible_however_they_are_divided():
    """Bit for bit the same; a chain does not depend on the others, and another seed gives another run."""
    dual = theory((4, 3))
    amplitudes = dual.amplitudes(1.0)
    whole = worms(dual, 1.0, 3).sweep(amplitudes, 50)
    again = worms(dual, 1.0, 2)
    parts = [again.sweep(amplitudes, sweeps) for sweeps in (20, 30)]
    for name in ("winding", "time_hops", "phi2"):
        joined = np.concatenate([getattr(part, name) for part in parts], axis=1)
        np.testing.assert_array_equal(joined, getattr(whole, name)[:2])
    other = worms(dual, 1.0, 3, seed=2).sweep(amplitudes, 50)
    assert not np.array_equal(other.phi2, whole.phi2)
    assert not np.array_equal(whole.phi2[0], whole.phi2[1])


class Growing(WormChains):
    """Chains whose worms are 3 steps long, and 30000 after a jump; a sweep should have 600 steps."""

    _steps = 600

    def __init__(self, chains: int):
        self._states, self.taken = list(range(chains)), []

    def sweep(self, sweeps: int, length: int) -> list[int]:
        """With how many worms every sweep was made."""

        def run(state, worms, part):
            part[:] = worms
            self.taken.append(worms * length * len(part))
            return self.taken[-1]

        made = np.zeros((len(self._states), sweeps), int)
        self._advance(run, zip(made, strict=True), tune=True)
        return made.ravel().tolist()


def test_worms_that_grow_long_all_at_once_are_fewer_at_once():
    """One sweep is 10000 times too long, and then there is one worm in each."""
    chains = Growing(4)
    assert chains.sweep(5, 3) == [1] * 20
    assert chains.sweep(5, 3) == [200] * 20
    assert chains.sweep(5, 30000) == [200] + [1] * 19
    assert max(chains.taken) == 200 * 30000
    # what is 50 times too long can wait for the end of the block
    chains = Growing(4)
    chains.sweep(5, 3)
    assert chains.sweep(5, 150) == [200] * 20
    assert chains.sweep(5, 150) == [4] * 20


def test_split():
    assert split(10, 3) == [3, 3, 4]
    assert split(2, 20) == [1, 1]
    assert sum(split(36001, 100)) == 36001


# --- the distribution ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "coupling", "mu", "most"),
    [
        ((1,), 1.0, 0.7, 16),
        ((1,), 1.0, 1.1, 16),
        ((2,), 1.0, 0.5, 9),
        ((2,), 0.0, 0.4, 9),
        ((2,), 1.0, 0.9, 9),
        ((3,), 4.0, 0.8, 6),
    ],
)
def test_sampled_configurations(shape, coupling, mu, most):
    """How often each closed configuration of one to three sites occurs, by chi^2 against its exact weight.

    The last configurations of many chains are independent. Those expected less than 8 times are taken
    together, as are those beyond the enumeration.
    """
    dual, chains = theory(shape, coupling), 4000
    amplitudes = dual.amplitudes(mu)
    exact = closed_configurations(shape[0], amplitudes[0], dual.eta, coupling, most)
    run = worms(dual, mu, chains)
    run.sweep(amplitudes, 60)
    seen = {}
    for state in run._states:
        hops = tuple(state.hops.ravel().tolist())
        seen[hops] = seen.get(hops, 0) + 1
    total = sum(exact.values())
    common = [hops for hops, weight in exact.items() if chains * weight / total >= 8]
    expected = [chains * exact[hops] / total for hops in common]
    observed = [seen.get(hops, 0) for hops in common]
    assert len(common) > 8
    rest = (chains - sum(observed), chains - sum(expected))
    assert chisquare([*observed, rest[0]], [*expected, rest[1]]).pvalue > 0.001


@pytest.mark.parametrize(("shape", "mu"), [((3, 2), 1.3), ((1, 2), 1.0), ((4, 1), 1.6)])
def test_lines_of_a_column(shape, mu):
    """How often each number of lines is drawn, by chi^2 against its weight; other hops stay as they are."""
    dual, draws = theory(shape), 4000
    run = worms(dual, mu, 1)
    run.sweep(dual.amplitudes(mu), 50)
    state, columns = run._states[0], run._columns
    tables = Tables(run._neighbours, run._ratios, dual.amplitudes(mu), run._opening)
    before = copy.deepcopy(state)
    column = np.arange(1 % columns, dual.lattice.volume, columns)
    lines = np.empty(draws, dtype=int)
    for k in range(draws):
        worm_steps.relay(tables, state, column[0], columns)
        changed = state.hops - before.hops
        lines[k] = changed[column[0], 0, 0]
        expected = np.zeros_like(changed)
        expected[column, 0, 0] = lines[k]
        np.testing.assert_array_equal(changed, expected)
        np.testing.assert_array_equal(state.exponents - before.exponents, expected[:, 0, 0])
    assert tuple(state.totals - before.totals) == (lines[-1] * shape[0],) * 2
    m = np.arange(-before.hops[column, 0, 0].min(), 30)
    exponents = log_site_weight(dual.eta, 1.0, 2 * (before.exponents[column, None] + m)).sum(axis=0)
    weight = mu * shape[0] * m + exponents - gammaln(before.hops[column, 0, 0][:, None] + m + 1).sum(axis=0)
    share = np.exp(weight - weight.max()) / np.exp(weight - weight.max()).sum()
    common = m[draws * share >= 8]
    assert len(common) > 2
    observed = [(lines == number).sum() for number in common]
    expected = draws * share[draws * share >= 8]
    rest = (draws - sum(observed), draws - expected.sum())
    assert chisquare([*observed, rest[0]], [*expected, rest[1]]).pvalue > 0.001


# --- closed forms without coupling --------------------------------------------------------------------------


def quenched_gaussian(lattice: Lattice, mu: float) -> dict[str, float]:
    """At lambda = 0 the phase-quenched theory keeps the real part of the matrix."""
    real, _ = gaussian.matrix(lattice, 1.0, mu)
    frequency = 2 * np.pi * np.fft.fftfreq(lattice.shape[0]).reshape(-1, *[1] * (lattice.dimension - 1))
    density = (2 * np.sinh(mu) * np.cos(frequency) / real).sum() / lattice.volume
    return {"density": density, "phi2": (2 / real).sum() / lattice.volume}


@pytest.mark.parametrize(
    ("shape", "mu"), [((5,), 0.6), ((1,), 0.5), ((4, 4), 0.5), ((3, 1), 0.7), ((3, 2, 2), 0.6)], ids=str
)
def test_gaussian_theory(shape, mu):
    """Density, phi^2 and the derivative of the density, in the full and in the phase-quenched theory."""
    lattice = Lattice(shape)
    full, _ = simulate(params(shape, mu, 4000, coupling=0.0))
    quenched = simulate_quenched(params(shape, mu, 8000, coupling=0.0))
    exact = {"density": gaussian.density(lattice, 1.0, mu), "phi2": gaussian.phi2(lattice, 1.0, mu)}
    assert_agrees(full, exact)
    assert_agrees(quenched, quenched_gaussian(lattice, mu))
    step = 1e-4
    for estimates, density in (
        (full, lambda value: gaussian.density(lattice, 1.0, value)),
        (quenched, lambda value: quenched_gaussian(lattice, value)["density"]),
    ):
        slope = (density(mu + step) - density(mu - step)) / (2 * step)
        susceptibility = estimates["susceptibility"]
        assert abs(pull((susceptibility.value, susceptibility.error), slope)) < 4


# --- exact values with coupling -----------------------------------------------------------------------------


@pytest.mark.parametrize(("mu", "coupling"), [(3.0, 1.0), (2.0, 0.1)])
def test_one_site_with_many_hops(mu, coupling):
    """Strong condensates, within 4 standard errors: with rho = |phi|^2, ln Z and all moments are integrals.

    In one dimension the exponent is (2 cosh mu - eta) rho - lambda rho^2 with eta = 2 + m^2.
    """
    rho = np.linspace(0, 60 / coupling, 400001)
    exponent = (2 * np.cosh(mu) - 3) * rho - coupling * rho**2
    weight = np.exp(exponent - exponent.max())
    mean = (rho * weight).sum() / weight.sum()
    exact = {"density": 2 * np.sinh(mu) * mean, "phi2": 2 * mean}
    assert exact["density"] > 100
    assert_agrees(simulate(params((1,), mu, 4000, coupling))[0], exact)
    assert_agrees(simulate_quenched(params((1,), mu, 8000, coupling)), exact)


@pytest.mark.parametrize(("mu", "coupling"), [(3.0, 1.0), (2.0, 0.1)])
def test_strong_condensates_are_thermalized(mu, coupling):
    """From chains without a hop the early and the late sweeps would differ by 9 and 15 standard errors."""
    settings = params((4, 4), mu, 1000, coupling)
    for estimates in (simulate(settings)[0], simulate_quenched(settings)):
        assert estimates["thermalization"] < 4


@pytest.mark.parametrize(
    ("shape", "mu"),
    [
        ((2, 1), 0.25),
        ((2, 1), 1.5),
        ((4, 1), 0.25),
        ((4, 1), 1.0),
        ((2, 2), 1.0),
        ((4, 2), 0.25),
        ((4, 2), 1.5),
    ],
)
def test_transfer_matrix(shape, mu):
    """Density and phi^2 of both theories within 4 standard errors."""
    row = exact_row("transfer_exact", shape, mu)
    assert_agrees(simulate(params(shape, mu, 4000))[0], row)
    assert_agrees(simulate_quenched(params(shape, mu, 8000)), row, "_pq")


@pytest.mark.parametrize("mu", [0.2, 0.8, 1.2, 2.0])
def test_table_of_the_square_lattice(mu):
    """4 x 4, within 4 combined errors; the table comes from another simulation of the dual variables."""
    row = exact_row("phi4_exact", (4, 4), mu)
    assert_agrees(simulate(params((4, 4), mu, 4000))[0], row)
    assert_agrees(simulate_quenched(params((4, 4), mu, 8000)), row, "_pq")


def test_relative_error_at_small_mu():
    """4 x 4: a run at mu = 0.1 itself sees hardly a winding; at 0.2 the stage has the density to 5 %."""
    dual, mu = theory((4, 4)), 0.1
    run = worms(dual, mu, 8)
    run.sweep(dual.amplitudes(mu), 400, tune=True)
    plain = run.sweep(dual.amplitudes(mu), 4000)
    assert np.mean(plain.winding != 0) < 0.02
    row = exact_row("phi4_exact", (4, 4), 0.2)
    estimates, sampled = simulate(params((4, 4), 0.2, 4000))
    assert sampled > 0.8
    assert estimates["density"].error < 0.05 * row["density"]


@pytest.mark.parametrize(
    ("shape", "coupling"), [((4, 4), 1.0), ((64,), 1.0), ((16, 4), 20.0), ((4, 4), 0.0)], ids=str
)
def test_half_of_the_configurations_wind_where_mu_is_small(shape, coupling):
    """To 15 % of all, whatever the length in time and the mass that the coupling makes."""
    dual = theory(shape, coupling)
    records, sampled = sample_windings(worms(dual, 0.0, 8), dual, 0.0, plan(400, 1000, cost=1))
    assert sampled > 0.5
    assert np.mean(records.winding != 0) == pytest.approx(0.5, abs=0.15)


def test_large_mu_is_sampled_at_itself():
    dual = theory((4, 4))
    assert sample_windings(worms(dual, 1.6, 4), dual, 1.6, plan(100, 10, cost=1))[1] == 1.6


def test_density_vanishes_without_chemical_potential():
    """By symmetry, not by chance; its derivative does not vanish."""
    estimates, _ = simulate(params((3, 2), 0.0, 500))
    assert (estimates["density"].value, estimates["density"].error) == (0, 0)
    assert estimates["susceptibility"].value > 4 * estimates["susceptibility"].error > 0
    quenched = simulate_quenched(params((3, 2), 0.0, 500))
    assert (quenched["density"].value, quenched["density"].error) == (0, 0)


def test_errors_are_those_of_repeated_runs():
    """chi^2 of 24 seeds against the exact value, 2 x 1: within its 0.1 % quantiles, in both theories."""
    row = exact_row("transfer_exact", (2, 1), 1.0)
    for suffix, run in (("", lambda settings: simulate(settings)[0]), ("_pq", simulate_quenched)):
        pulls = []
        for seed in range(24):
            density = run(params((2, 1), 1.0, 1000, seed=seed))["density"]
            pulls.append(pull((density.value, density.error), row[f"density{suffix}"]))
        assert 7.4 < np.sum(np.square(pulls)) < 51.2


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "mu"), list(itertools.product([(4, 4), (8, 4)], [0.4, 1.0, 1.4, 2.0])))
def test_table_precisely(shape, mu):
    """Ten times the sweeps: density and phi^2 to half a percent, in both theories."""
    row = exact_row("phi4_exact", shape, mu)
    full, quenched = simulate(params(shape, mu, 80000))[0], simulate_quenched(params(shape, mu, 80000))
    assert_agrees(full, row)
    assert_agrees(quenched, row, "_pq")
    assert full["density"].error < 0.01 * row["density"]


# --- failures -----------------------------------------------------------------------------------------------


def test_fields_that_run_away_are_reported():
    """Without a coupling the theory at cosh(mu) > 1 + m^2 / 2 has no weights that can be normalized."""
    dual = theory((1,), 0.0)
    with pytest.raises(DivergenceError, match="many more than in mean field"):
        worms(dual, 1.5, 1).sweep(dual.amplitudes(1.5), 2000)


# --- the onset ----------------------------------------------------------------------------------------------


def free_onset(shape) -> float:
    """-ln(Z_1 / Z_0) / L_t of free particles, by an integral over an imaginary chemical potential."""
    extent, space = shape[0], shape[1:]
    sines = np.meshgrid(*(np.sin(np.pi * np.arange(n) / n) ** 2 for n in space))
    energies = np.arccosh(1 + 0.5 + 2 * sum(sines)).ravel()
    angle = 2 * np.pi * np.arange(4096) / 4096
    partition = 1 / np.abs(1 - np.exp(1j * angle[:, None] - energies * extent)).prod(axis=1) ** 2
    sectors = np.fft.fft(partition).real
    return float(-np.log(sectors[1] / sectors[0]) / extent)


@pytest.mark.parametrize(
    ("shape", "mu", "part"), [((2, 4), 0.3, 0.72), ((4, 2), 0.8, 0.99), ((24, 1), 0.9, 1)]
)
def test_onset_of_free_particles(shape, mu, part):
    """Whatever the mu that is asked for: part of the mass, all of it on a cold lattice with one level."""
    estimates, _ = DUAL.full(*arguments(params(shape, mu, 8000, coupling=0.0), "full"))
    found, exact = estimates["onset"], free_onset(shape)
    assert exact / theory(shape).threshold == pytest.approx(part, abs=0.006)
    assert 0 < found.error < 0.02
    assert abs(pull((found.value, found.error), exact, 0)) < 4


def test_onset_is_unknown_where_too_few_sweeps_have_no_charge_or_one():
    for winding in ([[0] * 500 + [1] * 99], [[2] * 500 + [1] * 500]):
        assert np.isnan(
            [onset(np.array(winding), 4, 1.0).value, onset(np.array(winding), 4, 1.0).error]
        ).all()
    signs = np.tile([0, 1, -1, 0, 0, 1], (2, 100))
    found = onset(signs, 4, 0.0)
    # <|w| = 1> / <w = 0> = 1 = 2 Z_1 / Z_0 at mu = 0
    assert found.value == pytest.approx(np.log(2) / 4)
