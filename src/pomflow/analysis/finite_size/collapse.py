"""Fits to the curves of all lattices at once: scaling with a power of L, and the jump of a stiffness."""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import least_squares

from pomflow.analysis import gates
from pomflow.analysis.estimates import UNKNOWN, Estimate
from pomflow.analysis.finite_size.fit import OUTSIDE, POINTS, Curve, Fit, joined, judged, names_of, powers_of
from pomflow.analysis.finite_size.geometry import JUMP, SCALING

# first guesses of mu_c in its range, of nu, and of c beyond -2 ln L of the smallest lattice
GUESSES = 31
EXPONENTS = np.geomspace(0.2, 3, 15)
OFFSETS = np.geomspace(0.2, 50, 15)
# the search may leave the first guesses by so many of their ranges, and by this factor
BEYOND, FACTOR = 1.0, 10.0


def scaling(curves: Sequence[Curve], degree: int, exponent: float | None = None) -> Fit:
    r"""One polynomial for all lattices in the scaled distance from the critical point.

    .. math:: R(\mu, L) = \sum_{k=0}^{n} c_k x^k, \qquad x = (\mu - \mu_c)\, L^{1/\nu}

    Parameters
    ----------
    curves : sequence of Curve
    degree : int
    exponent : float, optional
        nu; by default it is fitted.
    """
    mu, extent, y, error = joined(curves)

    def design(critical, nu):
        return powers_of((mu - critical) * (extent / extent.max(initial=1.0)) ** (1 / nu), degree)

    nus = EXPONENTS if exponent is None else [exponent]
    found = _fitted(SCALING, curves, design, y, error, nus, fixed=exponent is not None)
    # where no exponent collapses the data the search runs away
    if (
        found.status == gates.OK
        and exponent is None
        and not EXPONENTS[0] < found.exponent.value < EXPONENTS[-1]
    ):
        return replace(found, critical=UNKNOWN, status=OUTSIDE)
    return found


def jump(curves: Sequence[Curve], degree: int) -> Fit:
    r"""Where the stiffness K has the values that it has at a transition of Kosterlitz and Thouless.

    .. math::
        K(\mu_c, L) = \frac{2}{\pi} \Big(1 + \frac{1}{2 \ln L + c}\Big), \qquad
        K(\mu, L) = K(\mu_c, L) + \sum_{k=1}^{n} a_{L,k} (\mu - \mu_c)^k

    with one c for all lattices and a polynomial for each.

    Notes
    -----
    Source: Weber, Minnhagen, Phys. Rev. B 37 (1988) 5986, who fit c at each temperature; here the values
    between the simulated ones, and the error of mu_c, come from the same chi^2.
    """
    mu, extent, y, error = joined(curves)
    smallest = 2 * math.log(extent.min(initial=math.inf))
    ours = [extent == curve.extent for curve in curves]

    def design(critical, offset):
        powers = powers_of(mu - critical, degree)[:, 1:]
        return np.hstack([powers * here[:, None] for here in ours])

    def rest(critical, offset):
        return y - universal_stiffness(extent, offset - smallest)

    found = _fitted(JUMP, curves, design, rest, error, OFFSETS)
    return replace(found, constant=found.exponent.value - smallest, exponent=UNKNOWN)


def universal_stiffness(extent, offset):
    """K at the transition, (2 / pi) (1 + 1 / (2 ln L + c)), c = ``offset``."""
    return 2 / math.pi * (1 + 1 / (2 * np.log(extent) + offset))


def _fitted(
    method: str, curves: Sequence[Curve], design: Callable, y, error, seconds: Sequence[float], fixed=False
) -> Fit:
    """The least chi^2 of a form linear in all parameters but the critical point and a second, positive one.

    The linear ones are eliminated at every step (variable projection), so that two are left to search for.

    Parameters
    ----------
    design : callable
        From these two to what the linear parameters multiply, shape (n, parameters).
    y : array, or callable
        What is fitted, or a function of the two that gives it.
    seconds : sequence of float
        First guesses of the second parameter.
    fixed : bool
        Whether it keeps the only one of them.
    """
    mu = np.concatenate([curve.x for curve in curves])
    low, high = float(mu.min(initial=np.inf)), float(mu.max(initial=-np.inf))
    fit = Fit(method, names_of(curves), low=low, high=high)
    linear = design(0.0, 1.0).shape[1]
    dof = len(mu) - linear - (1 if fixed else 2)
    if dof < 1 or any(len(curve.x) < 2 for curve in curves):
        return replace(fit, status=POINTS)

    def residuals(parameters):
        critical = parameters[0]
        second = seconds[0] if fixed else math.exp(parameters[1])
        matrix = design(critical, second) / error[:, None]
        values = (y(critical, second) if callable(y) else y) / error
        return values - matrix @ np.linalg.lstsq(matrix, values, rcond=None)[0]

    guesses = itertools.product(np.linspace(low, high, GUESSES), np.log(seconds))
    start = min(guesses, key=lambda guess: np.sum(residuals(guess) ** 2))
    width, ends = BEYOND * (high - low), np.log([seconds[0] / FACTOR, seconds[-1] * FACTOR])
    bounds = np.array([(low - width, high + width), ends]).T
    number = 1 if fixed else 2
    found = least_squares(residuals, start[:number], bounds=bounds[:, :number], x_scale="jac")
    fit = judged(fit, 2 * found.cost, dof)
    if not low < found.x[0] < high:
        return replace(fit, status=OUTSIDE)
    variances = np.diag(np.linalg.pinv(found.jac.T @ found.jac))
    second = Estimate(float(seconds[0]), 0.0)
    if not fixed:
        value = math.exp(found.x[1])
        second = Estimate(value, value * math.sqrt(variances[1]))
    return replace(fit, critical=Estimate(float(found.x[0]), math.sqrt(variances[0])), exponent=second)
