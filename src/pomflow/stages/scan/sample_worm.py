"""Exact dual-variable simulation at one mu, of the full and of the phase-quenched theory."""

import math

import numpy as np
import xarray as xr

from pomflow.analysis import statistics
from pomflow.analysis.estimates import Estimate, largest
from pomflow.analysis.thermalization import thermalization_pull
from pomflow.io import netcdf as store
from pomflow.io.checkpoint import Checkpoint
from pomflow.jobs import faults
from pomflow.jobs.progress import Progress
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import worm
from pomflow.models.complex_phi4.dual import DualTheory, symmetric_weights
from pomflow.models.complex_phi4.worm import Records, Worms
from pomflow.random.stream import Stream
from pomflow.stages.scan.results import variables_of

KIND = "worm"
ABOUT = {
    "density": ("number density", "particles per site"),
    "susceptibility": ("d density / d mu", "particles per site"),
    "phi2": ("phi_a phi_a per site", "1"),
    "covariance": ("covariance of density and susceptibility", "1"),
    "tau_int": ("largest autocorrelation time", "sweeps"),
    "ess": ("effective sample size", "1"),
    "thermalization": (
        "largest difference between early and late sweeps or one chain and the others, in standard errors",
        "1",
    ),
}
# at the end of a name: of the phase-quenched theory
QUENCHED = "_pq"
# measurements are averaged over sweeps in this many parts of a chain before their errors are estimated
BINS = 200
# the phase-quenched density comes out more precisely: with half of the sweeps its error is that of the other
QUENCHED_SHARE = 0.5


@faults.recorded(KIND)
def run(inputs: dict, outputs: dict, params: dict, checkpoint: Checkpoint) -> None:
    """Write ``outputs['observables']``: NAME and NAME_pq with errors."""
    full, sampled_mu = simulate(params, checkpoint.part("full"))
    quenched = simulate_quenched(params, checkpoint.part("quenched"))
    variables = _variables(full, "") | _variables(quenched, QUENCHED)
    dataset = xr.Dataset(variables, attrs={"sampled_mu": sampled_mu})
    store.write(dataset, outputs["observables"], KIND, store.describe_run(params, "CPU", checkpoint.clock))


def simulate(params: dict, checkpoint: Checkpoint | None = None) -> tuple[dict, float]:
    """Estimates in the full theory by name, and the chemical potential at which it was sampled."""
    theory, mu, settings = _theory(params), float(params["mu"]), params["worm"]
    worms, blocks = _worms(theory, params, "full", theory.amplitudes(mu), settings["sweeps"])
    records, sampled_mu = worm.sample_windings(worms, theory, mu, blocks, checkpoint)
    volume, extent = theory.lattice.volume, theory.lattice.shape[0]
    even, odd = symmetric_weights(records.winding, extent, mu, sampled_mu)
    number = extent * np.abs(records.winding)

    def averages(norm, first, second, phi2):
        first, second = first / norm, second / norm
        return first / volume, (second - first * first) / volume, phi2 / norm

    series = (even, number * odd, number**2 * even, records.phi2 * even)
    return _estimates(averages, series, records), sampled_mu


def simulate_quenched(params: dict, checkpoint: Checkpoint | None = None) -> dict:
    r"""Estimates in the phase-quenched theory by name.

    With E the sum of all hops on time links, d ln Z_pq / d mu = tanh(mu) <E>, and from its derivative
    V dn/dmu = <E> / cosh(mu)^2 + tanh(mu)^2 (<E^2> - <E>^2).
    """
    theory, mu, settings = _theory(params), float(params["mu"]), params["worm"]
    sweeps, amplitudes = math.ceil(QUENCHED_SHARE * settings["sweeps"]), theory.quenched_amplitudes(mu)
    worms, blocks = _worms(theory, params, "quenched", amplitudes, sweeps)
    records = worm.sample(worms, amplitudes, blocks, checkpoint)
    volume, slope = theory.lattice.volume, math.tanh(mu)

    def averages(first, second, phi2):
        variance = second - first * first
        return slope * first / volume, ((1 - slope**2) * first + slope**2 * variance) / volume, phi2

    series = (records.time_hops, records.time_hops**2, records.phi2)
    return _estimates(averages, series, records)


def _theory(params: dict) -> DualTheory:
    return DualTheory(Lattice.parse(params["lattice"]), params["mass"], params["coupling"])


def _worms(
    theory: DualTheory, params: dict, kind: str, amplitudes: np.ndarray, sweeps: int
) -> tuple[Worms, Progress]:
    """Fresh chains, and the plan of their run."""
    where = f"sample_worm {kind} L{params['lattice']} mu={params['mu']}"
    stream = Stream(params["seed"], "sample_worm", params["lattice"], kind, params["mu"])
    worms = Worms(theory, float(params["mu"]), amplitudes, stream, params["worm"]["chains"], where)
    cost = worm.steps_of_sweep(theory.lattice) * params["worm"]["chains"]
    return worms, Progress(worm.plan(params["worm"]["thermalization"], sweeps, cost), where)


def _estimates(averages, series: tuple, records: Records) -> dict[str, Estimate | float]:
    """Density, susceptibility and phi^2 as functions of means, and how far the run can be trusted."""

    def with_combinations(*means):
        density, susceptibility, phi2 = averages(*means)
        return density, susceptibility, phi2, density + susceptibility, density - susceptibility

    binned = [_binned(one) for one in series]
    density, susceptibility, phi2, plus, minus = statistics.of_means(with_combinations, *binned)
    tau = largest(one.tau_int for one in (density, susceptibility, phi2))
    size = records.phi2.shape[1] // binned[0].shape[1]
    watched = (records.time_hops, records.phi2)
    return {
        "density": density,
        "susceptibility": susceptibility,
        "phi2": phi2,
        "covariance": (plus.error**2 - minus.error**2) / 4,
        "tau_int": tau * size,
        "ess": binned[0].size / (2 * tau),
        "thermalization": largest(map(thermalization_pull, watched)),
    }


def _binned(series: np.ndarray) -> np.ndarray:
    """Averages over parts of each chain, shape (chains, bins); a remainder at the beginning is left out."""
    chains, sweeps = series.shape
    size = max(1, sweeps // BINS)
    return series[:, sweeps % size :].reshape(chains, -1, size).mean(axis=2)


def words_of(name: str, suffix: str) -> tuple[str, str]:
    """Long name and units of a variable; ``suffix`` names the theory."""
    long_name, units = ABOUT[name]
    return long_name + (", phase-quenched" if suffix else ""), units


def _variables(estimates: dict, suffix: str) -> dict:
    variables = {}
    for name, result in estimates.items():
        variables |= variables_of(f"{name}{suffix}", result, *words_of(name, suffix))
    return variables
