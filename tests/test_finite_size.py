"""Critical points from finite lattices, against theories whose answer is known in closed form."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from pomflow.analysis import gates
from pomflow.analysis.finite_size.collapse import jump, scaling, universal_stiffness
from pomflow.analysis.finite_size.crossing import crossing
from pomflow.analysis.finite_size.fit import Curve
from pomflow.analysis.finite_size.geometry import geometry, misfit, thermal_shift
from pomflow.analysis.finite_size.methods import fits

REALIZATIONS = 100
ISING = math.log(1 + math.sqrt(2)) / 2
# of N normal numbers: errors of the mean 1 / sqrt(N), of the width 1 / sqrt(2 N)
SIGMAS = 4.0


def require_normal(pulls) -> None:
    """Mean 0 and width 1 within four of their standard errors."""
    assert abs(np.mean(pulls)) < SIGMAS / math.sqrt(len(pulls))
    assert abs(np.std(pulls) - 1) < SIGMAS / math.sqrt(2 * len(pulls))


def curves(form, extents, x, error: float, seed: int | None = None) -> list[Curve]:
    """R = form(x, L) on lattices of these extents, with noise where a seed is given."""
    x, found = np.asarray(x), []
    noise = np.random.default_rng(seed)
    for extent in extents:
        y = np.array([form(value, extent) for value in x])
        y = y if seed is None else y + error * noise.normal(size=len(x))
        found.append(Curve(f"{extent}x{extent}", extent, x, y, np.full(len(x), error)))
    return found


# --- synthetic data of a known form -------------------------------------------------------------------------

CRITICAL, NU = 1.1, 0.6717


def scaled(mu, extent):
    x = (mu - CRITICAL) * extent ** (1 / NU)
    return 0.3 + 0.25 * x + 0.05 * x * x


def noisy(seed: int) -> list[Curve]:
    return curves(scaled, (4, 6, 8, 12), np.linspace(1.07, 1.13, 9), 0.002, seed)


@pytest.mark.parametrize("nu", [None, NU])
def test_a_scaling_fit_has_the_errors_that_it_says(nu):
    found = [scaling(noisy(seed), 2, nu) for seed in range(REALIZATIONS)]
    assert {fit.status for fit in found} == {gates.OK}
    require_normal([(fit.critical.value - CRITICAL) / fit.critical.error for fit in found])
    if nu is None:
        require_normal([(fit.exponent.value - NU) / fit.exponent.error for fit in found])
    # chi^2 has the mean dof and the variance 2 dof
    chi2, dof = np.mean([fit.chi2 for fit in found]), found[0].dof
    assert dof == 4 * 9 - (4 if nu else 5)
    assert abs(chi2 - dof) < SIGMAS * math.sqrt(2 * dof / REALIZATIONS)


def test_a_crossing_has_the_error_that_it_says():
    found = [crossing(noisy(seed)[1:3], 2) for seed in range(REALIZATIONS)]
    assert {fit.status for fit in found} == {gates.OK}
    require_normal([(fit.critical.value - CRITICAL) / fit.critical.error for fit in found])


def test_a_jump_with_logarithms_has_the_error_that_it_says():
    def stiffness(mu, extent):
        away = mu - 0.9
        return universal_stiffness(extent, 1.5) + (0.8 + 0.2 * math.log(extent)) * away + 0.5 * away**2

    found = [
        jump(curves(stiffness, (8, 16, 32, 64), np.linspace(0.8, 1.0, 9), 0.001, seed), 2)
        for seed in range(REALIZATIONS // 2)
    ]
    assert {fit.status for fit in found} == {gates.OK}
    require_normal([(fit.critical.value - 0.9) / fit.critical.error for fit in found])
    assert np.mean([fit.constant for fit in found]) == pytest.approx(1.5, abs=0.03)


def flowed(bare: float, extent: int, fugacity: float = 0.1) -> float:
    """K at l = ln L of the flow dK/dl = -4 pi^3 y^2 K^2, dy/dl = (2 - pi K) y, from K and y at l = 0."""
    lengths = (0.0, math.log(extent))

    def flow(_, values):
        stiffness, y = values
        return -4 * math.pi**3 * y**2 * stiffness**2, (2 - math.pi * stiffness) * y

    return solve_ivp(flow, lengths, (bare, fugacity), rtol=1e-10, atol=1e-12).y[0, -1]


def test_the_flow_of_kosterlitz_and_thouless():
    """The bare K that ends in 2 / pi is known: y^2 - 1 / (pi^3 K) - ln K / (2 pi^2) stays the same.

    The form of the jump has the first logarithm alone, so that it is off by more than its error; a power of L
    passes chi^2 and has no exponent. Source: Kosterlitz, J. Phys. C 7 (1974) 1046.
    """
    end = -(1 + math.log(2 / math.pi)) / (2 * math.pi**2)
    critical = brentq(
        lambda K: 1 / (math.pi**3 * K) + math.log(K) / (2 * math.pi**2) + end - 0.1**2, 2 / math.pi, 3
    )
    data = curves(flowed, (16, 32, 64, 128), np.linspace(critical - 0.02, critical + 0.02, 7), 2e-3)
    (found,) = fits("jump", data)
    assert found.status == gates.OK
    assert abs(found.critical.value - critical) < 1e-3
    (power,) = fits("scaling", data)
    assert power.chi2 < 2 * power.dof
    assert power.status == "outside"


def test_a_jump_is_not_found_where_curves_cross_elsewhere():
    """Curves of a second-order transition meet, but not at 2 / pi: the form is refused by its chi^2."""
    (found,) = fits("jump", noisy(3))
    assert found.status == "outside" or found.status == "chi2"


def test_other_fits_are_a_systematic_error():
    """A cubic term is in no parabola: the fit of the next degree tells."""

    def cubic(mu, extent):
        return scaled(mu, extent) + 0.05 * ((mu - CRITICAL) * extent ** (1 / NU)) ** 3

    (found,) = fits("scaling", curves(cubic, (4, 6, 8), np.linspace(1.06, 1.12, 9), 0.005))
    assert found.status == gates.OK
    assert found.systematic > 2 * abs(fits("scaling", noisy(1))[0].systematic)


# --- the Ising model in two dimensions ----------------------------------------------------------------------


def strip(coupling: float, extent: int) -> float:
    """xi / L of an Ising model on a strip, infinite in time and periodic in space, from its transfer matrix.

    1 / xi is half the sum of gamma_r over odd r minus that over even r, cosh gamma_r = cosh 2K coth 2K -
    cos(pi r / L): Onsager, Phys. Rev. 65 (1944) 117; Kaufman, Phys. Rev. 76 (1949) 1232.
    """
    turn = math.pi * np.arange(2 * extent) / extent
    gamma = np.arccosh(np.maximum(1, math.cosh(2 * coupling) / math.tanh(2 * coupling) - np.cos(turn)))
    gamma[0] = 2 * coupling + math.log(math.tanh(coupling))
    return 2 / (gamma[1::2].sum() - gamma[::2].sum()) / extent


def test_the_strip_is_critical_where_its_length_is_four_over_pi():
    assert strip(ISING, 400) == pytest.approx(4 / math.pi, rel=1e-5)


def test_crossings_of_the_ising_model_tend_to_the_exact_temperature():
    """w = omega + 1 / nu = 3 on strips: Derrida, de Seze, J. Physique 43 (1982) 475."""
    found = fits("crossing", curves(strip, (6, 8, 12, 16, 24), np.linspace(0.439, 0.442, 8), 1e-5), degree=3)
    *pairs, limit = found
    assert [fit.status for fit in found] == [gates.OK] * 5
    off = np.array([fit.critical.value - ISING for fit in pairs])
    assert (np.diff(np.abs(off)) < 0).all()
    assert abs(limit.critical.value - ISING) < abs(off[-1]) / 3
    assert limit.exponent.value == pytest.approx(3, abs=0.3)
    assert limit.lattices == ("6x6", "8x8", "12x12", "16x16", "24x24")


def test_scaling_of_the_ising_model():
    """nu = 1, but for corrections that fall like L^-2."""
    data = curves(strip, (12, 16, 24, 32), np.linspace(0.4385, 0.4428, 8), 2e-3)
    (found,) = fits("scaling", data, degree=3)
    assert found.status == gates.OK
    assert found.critical.value == pytest.approx(ISING, abs=2e-4)
    assert found.exponent.value == pytest.approx(1, abs=0.03)
    (fixed,) = fits("scaling", data, degree=3, exponent=1.0)
    assert fixed.critical.value == pytest.approx(ISING, abs=2e-4)
    assert fixed.exponent.error == 0
    assert fixed.dof == found.dof + 1


# --- the vacuum of a gas in one direction of space ----------------------------------------------------------


def filling(mu: float, extent: int) -> float:
    """L n of free fermions, E = 1 - cos k, at L_t = L^2 / 4: of bosons that exclude each other, too."""
    k = 2 * math.pi * (np.arange(extent) + 0.5) / extent
    return float(np.sum(1 / (np.exp(extent**2 / 4 * (1 - np.cos(k) - mu)) + 1)))


def test_where_the_vacuum_fills_time_counts_twice():
    """mu_c = 0 and nu = 1/2 where L_t grows like L^2."""
    (found,) = fits(
        "scaling", curves(filling, (12, 16, 20, 24), np.linspace(-0.01, 0.015, 9), 4e-3), degree=4
    )
    assert found.status == gates.OK
    assert found.critical.value == pytest.approx(0, abs=2e-4)
    assert found.exponent.value == pytest.approx(0.5, abs=0.02)


# --- the first particle -------------------------------------------------------------------------------------


def onset_curves(mass: float, amplitude: float, extents, error: float, seed: int) -> list[Curve]:
    noise, x = np.random.default_rng(seed), np.array([1.0, 1.1])
    levels = {L: mass + amplitude * L ** (-1.5) * math.exp(-mass * L) for L in extents}
    return [
        Curve(f"64x{L}x{L}x{L}", L, x, level + error * noise.normal(size=2), np.full(2, error))
        for L, level in levels.items()
    ]


def test_the_limit_of_the_onset_has_the_error_that_it_says():
    pulls = []
    for seed in range(REALIZATIONS):
        *single, limit = fits("onset", onset_curves(1.1, 2.0, (3, 4, 6, 8), 1e-4, seed), space=3)
        assert len(single) == 4
        pulls.append((limit.critical.value - 1.1) / limit.critical.error)
    require_normal(pulls)


def test_moving_particles_on_a_free_lattice():
    """The shift is what the sum over momenta says, up to the second ones."""
    mass = math.acosh(1.5)
    extent, time = 4, 24
    k = 2 * math.pi * np.arange(extent) / extent
    energies = np.arccosh(1.5 + 1 - np.cos(k))
    weight = np.sum(np.exp(-time * energies))
    exact = mass + math.log(weight) / time
    assert thermal_shift(mass, f"{time}x{extent}") == pytest.approx(exact, rel=1e-2)


def test_a_warm_lattice_is_refused():
    warm = Curve("2x16", 16, np.array([1.0]), np.array([0.9]), np.array([0.01]))
    (found,) = fits("onset", [warm])
    assert found.status == "warm"


# --- refusals -----------------------------------------------------------------------------------------------

X = np.linspace(0, 1, 7)


def line(slope: float, offset: float = 0.0, extent: int = 4, error: float = 0.01) -> Curve:
    return Curve(f"{extent}x{extent}", extent, X, offset + slope * (X - 0.5), np.full(7, error))


@pytest.mark.parametrize(
    ("second", "status"),
    [
        (line(2.0, 5.0, 8), "no_crossing"),
        (Curve("8x8", 8, X, (X - 0.5) + 0.2 - 2 * (X - 0.5) ** 2, np.full(7, 0.01)), "several_crossings"),
        (line(1.001, 0.0, 8), "unresolved"),
        (Curve("8x8", 8, X, (X - 0.5) + np.sin(20 * X), np.full(7, 0.01)), "chi2"),
        (line(2.0, 0.0, 8).part(2, 2), "points"),
        (line(2.0, 0.0, 8), "ok"),
    ],
)
def test_no_crossing_is_guessed(second, status):
    found = crossing((line(1.0), second), 2)
    assert found.status == status
    assert math.isfinite(found.critical.value) or status != "ok"


def test_too_few_lattices_or_points():
    assert [fit.status for fit in fits("jump", noisy(0)[:2])] == ["points"]
    (found,) = fits("scaling", [curve.part(3, 5) for curve in noisy(0)])
    assert found.status == "points"


def test_a_critical_point_outside_the_values():
    beyond = curves(scaled, (4, 6, 8, 12), np.linspace(1.12, 1.16, 9), 0.002, 1)
    (found,) = fits("scaling", beyond)
    assert found.status in ("outside", "chi2")
    assert found.status == "chi2" or math.isnan(found.critical.value)


PHASE, NO_PHASE, CHARGED, NEUTRAL = True, False, True, False


@pytest.mark.parametrize(
    ("method", "family", "dimension", "phase", "charged", "words"),
    [
        ("crossing", "thermal", 4, PHASE, CHARGED, None),
        ("scaling", "thermal", 4, PHASE, CHARGED, None),
        ("crossing", "thermal", 3, NO_PHASE, NEUTRAL, None),
        ("jump", "thermal", 3, PHASE, CHARGED, None),
        ("jump", "isotropic", 2, PHASE, NEUTRAL, None),
        ("scaling", "isotropic", 3, PHASE, NEUTRAL, None),
        ("scaling", "quadratic", 2, PHASE, CHARGED, None),
        ("crossing", "thermal", 3, PHASE, CHARGED, "Kosterlitz"),
        ("scaling", "isotropic", 2, PHASE, NEUTRAL, "Kosterlitz"),
        ("jump", "thermal", 4, PHASE, CHARGED, "two dimensions, and these are 3"),
        ("jump", "isotropic", 2, PHASE, CHARGED, "z = 2 and nu = 1/2"),
        ("jump", "thermal", 3, NO_PHASE, NEUTRAL, "no phase of a field"),
        ("crossing", "isotropic", 2, PHASE, CHARGED, "time counts twice"),
        ("crossing", "quadratic", 3, PHASE, CHARGED, "2 directions of space"),
        ("crossing", "quadratic", 2, NO_PHASE, NEUTRAL, "grows like L\\^2"),
        ("crossing", "thermal", 2, PHASE, CHARGED, "one-dimensional"),
        ("scaling", "isotropic", 4, PHASE, NEUTRAL, "in 4 dimensions"),
        ("crossing", "isotropic", 4, PHASE, NEUTRAL, None),
    ],
)
def test_which_analysis_fits(method, family, dimension, phase, charged, words):
    found = misfit(method, family, dimension, phase, charged)
    if words is None:
        assert found is None
    else:
        with pytest.raises(ValueError, match=words):
            raise ValueError(found[0])
        assert found[1].endswith(".")


def test_families_of_unequal_extents():
    assert geometry(["4x4x8", "4x6x12"]) == "thermal"
    assert geometry(["2x4x8", "3x6x12"]) == "isotropic"
    assert geometry(["4x4x8", "4x4x12"]) is None
