"""Estimates of exact simulations: means over sweeps with their errors, and how far a run can be trusted."""

import math
from collections.abc import Callable

import numpy as np

from pomflow.analysis import statistics
from pomflow.analysis.estimates import UNKNOWN, Estimate, Series, largest
from pomflow.analysis.gates import FEWEST_SAMPLES
from pomflow.analysis.thermalization import thermalization_pull
from pomflow.io.checkpoint import Checkpoint
from pomflow.jobs.progress import Progress
from pomflow.models.dual import runs
from pomflow.models.dual.bins import Bins, binned
from pomflow.models.dual.windings import Theory, Worms, sample_windings, symmetric_weights

# Below the threshold of the theory the density comes out precisely with this share of the sweeps.
DILUTE_SHARE = 0.25


def of_windings(
    worms: Worms,
    theory: Theory,
    mu: float,
    even: str,
    settings: dict,
    cost: int,
    checkpoint: Checkpoint | None,
    further: Callable | None = None,
) -> tuple[dict[str, Estimate | Series | float], dict]:
    """Estimates in the theory with a sign problem, and the chemical potential at which it was sampled.

    The number density n = N / V with N = L_t w, its susceptibility d n / d mu, one observable more, and the
    onset (``onset``).

    Parameters
    ----------
    worms : Worms
        Whose records have the fields winding, time_hops and that of ``even``.
    theory : Theory
    mu : float
    even : str
        The observable, even in mu, under the name of its records.
    settings : dict
        The ``worm`` section of the config: chains, sweeps, thermalization.
    cost : int
        Of a sweep of all chains, in steps of a worm.
    checkpoint : Checkpoint or None
    further : callable, optional
        From the records, the weights c of ``symmetric_weights`` and the means over bins of ``worms.walks`` to
        more estimates by name.
    """
    lattice = theory.lattice
    sweeps = math.ceil((DILUTE_SHARE if mu < theory.threshold else 1) * settings["sweeps"])
    blocks = runs.plan(settings["thermalization"], sweeps, cost)
    walks, progress = Bins(sweeps) if further else None, Progress(blocks, worms.where)
    records, sampled_mu = sample_windings(worms, theory, mu, progress, checkpoint, walks)
    volume, extent = lattice.volume, lattice.shape[0]
    common, odd = symmetric_weights(records.winding, extent, mu, sampled_mu)
    number, other = extent * np.abs(records.winding), getattr(records, even)

    def averages(norm, first, second, other):
        first, second = first / norm, second / norm
        return first / volume, (second - first * first) / volume, other / norm

    series = (common, number * odd, number**2 * common, other * common)
    watched = (records.time_hops, other)
    names = ("density", "susceptibility", even)
    found = of_means(names, averages, series, watched)
    found["onset"] = onset(records.winding, extent, sampled_mu)
    if further:
        found |= further(records, common, walks.means())
    return found, {"sampled_mu": sampled_mu}


def onset(winding: np.ndarray, extent: int, sampled_mu: float) -> Estimate:
    r"""The chemical potential at which one charge on the lattice has the weight of none.

    With Z(mu) = sum_w e^{mu L_t w} Z_w and Z_w = Z_{-w},

    .. math::
        \mu_1 = -\frac{1}{L_t} \ln \frac{Z_1}{Z_0}, \qquad
        \frac{\langle |w| = 1 \rangle}{\langle w = 0 \rangle} = 2 \cosh(\mu_s L_t) \frac{Z_1}{Z_0}

    at the mu_s of the samples. It does not depend on mu; at low temperature it is the energy of the first
    particle at rest, above which the density begins.

    Parameters
    ----------
    winding : array of int, shape (chains, sweeps)
    extent : int
        L_t.
    sampled_mu : float

    Returns
    -------
    Estimate
        Unknown (NaN) where fewer sweeps than the gate ``ess`` asks for have no charge, or one.
    """
    none, one = winding == 0, np.abs(winding) == 1
    if min(none.sum(), one.sum()) < FEWEST_SAMPLES:
        return UNKNOWN
    x = sampled_mu * extent
    both = x + math.log1p(math.exp(-2 * x))
    (found,) = statistics.of_means(
        lambda p, q: [(both + np.log(p) - np.log(q)) / extent],
        binned(none.astype(float)),
        binned(one.astype(float)),
    )
    return found


def of_means(names: tuple, averages, series: tuple, watched: tuple) -> dict[str, Estimate | float]:
    """Named functions of means, and how far the run can be trusted.

    Parameters
    ----------
    names : tuple of str
        Density and susceptibility first.
    averages : callable
        From the means of the series to the numbers of these names.
    series : tuple of arrays, shape (chains, sweeps)
    watched : tuple of arrays, shape (chains, sweeps)
        What tells whether the chains are in equilibrium.
    """

    def with_combinations(*means):
        density, susceptibility, *others = averages(*means)
        return density, susceptibility, *others, density + susceptibility, density - susceptibility

    parts = [binned(one) for one in series]
    *estimates, plus, minus = statistics.of_means(with_combinations, *parts)
    tau = largest(one.tau_int for one in estimates)
    size = series[0].shape[1] // parts[0].shape[1]
    return dict(zip(names, estimates, strict=True)) | {
        "covariance": (plus.error**2 - minus.error**2) / 4,
        "tau_int": tau * size,
        "ess": parts[0].size / (2 * tau),
        "thermalization": largest(map(thermalization_pull, watched)),
    }
