r"""Values between the simulated points of an axis, from the contours of several of them.

At the simulated value mu_k configurations z lie on the contour of that point and carry the phase e^{i theta}.
By Cauchy's theorem the same contour serves at another value mu, with the weight

    w_mu = e^{i theta} exp(S_k(z) - S_mu(z)),
    <O>_mu = <O w_mu>_k / <w_mu>_k,    Z_mu / Z_mu' = <w_mu>_k / <w_mu'>_k.

Every contour gives such an estimate of its own, and those of two contours are independent. They are put
together as estimates: a density of all samples together, on which multi-histogram methods rest, does not
exist, since the contours are different surfaces; and sum_k c_k exp(-S_k(z)), which stands in its place, has
zeros between them, where its inverse has poles.

Source: Ferrenberg, Swendsen, Phys. Rev. Lett. 63 (1989) 1195 (several simulations); Bennett, J. Comput. Phys.
22 (1976) 245 and Meng, Wong, Statistica Sinica 6 (1996) 831 (ratios of Z through a bridge between two
distributions); Fukuma, Matsumoto, Umeda, Phys. Rev. D 100 (2019) 114510 (estimates of several contours).
"""

import bisect
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from pomflow.analysis import gates, statistics
from pomflow.analysis.estimates import Estimate, pull

# of 800 to 5000 samples with weights e^{b q} of Poisson numbers q: where 0.3 of them count, a mean is up to
# 0.5 of its errors too near to the simulated value and errors are up to a fifth too small; where 0.1 count,
# up to 1.2 errors and a third
SMALLEST_OVERLAP = 0.3
LARGEST_SHARE = 0.05
ESS, OVERLAP, LARGEST_WEIGHT, NEIGHBOURS, BRIDGE = "ess", "overlap", "largest_weight", "neighbours", "bridge"


@dataclass(frozen=True)
class Reweighted:
    """What is known at one value of an axis, from one contour or several.

    Attributes
    ----------
    status : str
        'ok', or the gate that failed.
    ess : float
        Effective sample size, of several contours the sum.
    values : dict of Estimate
        NAME and NAME_im of every observable; none behind a failed gate.
    """

    status: str
    ess: float
    values: dict[str, Estimate] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """What the configurations of one contour say at all values that they are asked for.

    Attributes
    ----------
    parts : dict of Reweighted
        By value.
    steps : dict of complex pairs of Estimate
        ln Z as (real, imaginary part), by value, relative to the lower end of the part of the axis that is
        nearest to this run; none where that end is behind a failed gate.
    """

    parts: dict[float, Reweighted]
    steps: dict[float, tuple[Estimate, Estimate]]


@dataclass(frozen=True)
class Place:
    """A curve at one value of the axis; ln_z is relative to its first value, None behind a failed gate."""

    at: Reweighted
    ln_z: tuple[Estimate, Estimate] | None
    ln_z_status: str


def run_of(
    log_weights: dict[float, np.ndarray],
    series: dict[float, dict[str, np.ndarray]],
    own: float,
    lower: float,
    tau_int: float,
) -> Run:
    """Observables and ratios of Z from the configurations of one contour.

    Parameters
    ----------
    log_weights : dict of array, complex, shape (chains, recorded)
        i theta + S_k - S_mu of every configuration, by the value mu.
    series : dict of dict of array
        The observables at mu, of the same shape, by name; by mu.
    own, lower : float
        The simulated value, and that which ``steps`` are relative to.
    tau_int : float
        Autocorrelation time of the run, in recorded configurations.
    """
    own_ess = effective_sample_size(scaled(log_weights[own])[0], tau_int)
    parts = {
        value: reweighted(log_weight, series[value], tau_int, own_ess)
        for value, log_weight in log_weights.items()
    }
    good = [value for value, part in parts.items() if part.status == gates.OK]
    steps = {value: log_ratio(log_weights[value], log_weights[lower]) for value in good if lower in good}
    return Run(parts, steps)


def reweighted(
    log_weight: np.ndarray, series: dict[str, np.ndarray], tau_int: float, own_ess: float
) -> Reweighted:
    """The observables at one value from one contour; ``own_ess`` is the effective sample size where it is."""
    weight, _ = scaled(log_weight)
    ess = effective_sample_size(weight, tau_int)
    status, values = overlap_status(weight, ess, own_ess), {}
    for name, numbers in series.items() if status == gates.OK else ():
        values[name], values[f"{name}_im"] = statistics.reweighted(weight, numbers)
    return Reweighted(status, ess, values)


def scaled(log_weight: np.ndarray) -> tuple[np.ndarray, float]:
    """(w, c) with exp(log_weight) = w e^c and the largest |w| one."""
    shift = float(log_weight.real.max())
    # what is not finite fails the gates
    with np.errstate(invalid="ignore"):
        return np.exp(log_weight - shift), shift


def effective_sample_size(weight: np.ndarray, tau_int: float) -> float:
    """|sum w|^2 / (2 tau_int sum |w|^2), where all |w| = 1 that of ``statistics``.

    Examples
    --------
    >>> float(effective_sample_size(np.array([1, 1, 1j, -1j]), 0.5))  # two phases cancel
    1.0
    """
    return abs(weight.sum()) ** 2 / (2 * tau_int * (abs(weight) ** 2).sum())


def overlap_status(weight: np.ndarray, ess: float, own_ess: float) -> str:
    """'ok', or the first gate that a contour fails at a value of the axis.

    ess
        The effective sample size is at least 100.
    overlap
        It is at least 0.3 of what it is at the simulated value.
    largest_weight
        No configuration has more than 5 % of the sum of the weights.
    """
    if not ess >= gates.FEWEST_SAMPLES:
        return ESS
    if not ess >= SMALLEST_OVERLAP * own_ess:
        return OVERLAP
    return gates.OK if statistics.largest_weight(weight) <= LARGEST_SHARE else LARGEST_WEIGHT


def log_ratio(upper: np.ndarray, lower: np.ndarray) -> tuple[Estimate, Estimate]:
    """Real and imaginary part of ln(Z_mu / Z_mu') = ln(<w_mu> / <w_mu'>), the latter in [-pi, pi].

    Both are log weights of the same configurations, so that the error is that of the ratio.
    """
    (w, shift), (v, lower_shift) = scaled(upper), scaled(lower)
    value = np.log(w.mean() / v.mean()) + shift - lower_shift
    # the logarithm to first order in the fluctuations of both means
    linear = value + w / w.mean() - v / v.mean()
    return statistics.mean(linear.real), statistics.mean(linear.imag)


def combined(parts: Sequence[Reweighted]) -> Reweighted:
    """One estimate from independent ones of several contours, weighted with their effective sample sizes.

    Variances go as 1 / ESS where contours are alike: so these are the weights of smallest variance, without
    the noise of measured errors, and the same for all observables. Contours behind a failed gate take no
    part; where there is no other, the gate of the best one is named.

    neighbours
        In no observable two contours are more than 5 combined errors apart.
    """
    good = [part for part in parts if part.status == gates.OK]
    if not good:
        return max(parts, key=lambda part: part.ess)
    ess = sum(part.ess for part in good)
    first, *others = (part.values for part in good)
    if any(abs(pull(first[name], other[name])) > gates.SIGMAS for other in others for name in first):
        return Reweighted(NEIGHBOURS, ess)
    shares = [part.ess / ess for part in good]
    values = {name: independent_sum((part.values[name] for part in good), shares) for name in first}
    return Reweighted(gates.OK, ess, values)


def independent_sum(estimates: Iterable[Estimate], factors: Iterable[float] | None = None) -> Estimate:
    """The sum of independent estimates, each times its factor."""
    estimates = list(estimates)
    factors = np.ones(len(estimates)) if factors is None else np.asarray(factors)
    values, errors = (np.array([getattr(one, name) for one in estimates]) for name in ("value", "error"))
    return Estimate(float(factors @ values), math.hypot(*(factors * errors)))


def curve(runs: Sequence[Run], bounds: Sequence[float], values: Sequence[float]) -> dict[float, Place]:
    """Observables and ln Z along an axis, by value.

    ln Z goes from the first value to the first bound in the weights of the first run, on to the second bound
    in those of the second, and so on. The exp(-S) of a bound is a bridge between two runs that is
    holomorphic, so each of them knows its Z relative to its own on its own contour. Every run is asked for
    one stretch of the axis, so the errors of the stretches are independent.

    Parameters
    ----------
    runs : sequence of Run
        In the order of their values.
    bounds : sequence of float
        Between each two of them.
    values : sequence of float
        Where the curve is wanted; each run knows them up to its neighbours.
    """
    starts = starts_of_stretches(runs, bounds)
    places = {}
    for value in values:
        here = combined([run.parts[value] for run in runs if value in run.parts])
        nearest = bisect.bisect_left(bounds, value)
        start, run = starts[nearest], runs[nearest]
        if start is None or value not in run.steps:
            known = run.parts[value].status
            places[value] = Place(here, None, BRIDGE if start is None or known == gates.OK else known)
        else:
            places[value] = Place(here, further(start, run.steps[value]), gates.OK)
    return places


def starts_of_stretches(runs: Sequence[Run], bounds: Sequence[float]) -> list:
    """ln Z at the lower end of the stretch of every run, None from the first bridge on that does not hold."""
    zero = Estimate(0.0, 0.0)
    starts = [(zero, zero)]
    for run, other, bound in zip(runs, runs[1:], bounds, strict=False):
        holds = starts[-1] is not None and bound in run.steps
        holds = holds and combined([run.parts[bound], other.parts[bound]]).status == gates.OK
        starts.append(further(starts[-1], run.steps[bound]) if holds else None)
    return starts


def further(start: tuple[Estimate, Estimate], step: tuple[Estimate, Estimate]) -> tuple[Estimate, Estimate]:
    """ln Z after one more independent step."""
    real, imaginary = (independent_sum(pair) for pair in zip(start, step, strict=True))
    return real, imaginary
