"""Average phase factor, reweighted observables and the health of a run, with errors."""

import numpy as np
import xarray as xr

from pomflow import registry
from pomflow.analysis import statistics
from pomflow.analysis.balance import energy_balance
from pomflow.analysis.estimates import Estimate, largest
from pomflow.analysis.thermalization import thermalization_pull
from pomflow.contours.path import Path
from pomflow.io import netcdf
from pomflow.jobs import faults
from pomflow.numerics.backend import to_host
from pomflow.stages.scan.point import Point, read_samples, read_theta, write
from pomflow.stages.scan.results import results_dataset

KIND = "observables"
CHUNK = 1024


@faults.recorded(KIND)
def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['observables']`` from the samples on a contour, which for the plane needs no file."""
    started, point = netcdf.Clock.start(), Point.of(params)
    samples = read_samples(inputs["samples"], point)
    contour = point.contour(params["contour"], params["network"])
    theta = read_theta(inputs["contour"], "contour", contour, point) if "contour" in inputs else []
    path = point.path(contour, theta)
    phase_factor = np.exp(1j * samples["phase"].values)
    observables = registry.observables(params["model"], type(point.model))
    series = observable_series(path, samples["field"].values, observables)
    results = measure(phase_factor, series)
    results |= health(samples, phase_factor, series, results["apf_re"].tau_int)
    write(results_dataset(results, observables), outputs["observables"], KIND, point, started)


def observable_series(path: Path, fields: np.ndarray, observables: dict) -> dict[str, np.ndarray]:
    """Observables by name on every configuration, complex, shape (chain, trajectory)."""
    flat = fields.reshape(-1, fields.shape[-1])
    parts = {name: [] for name in observables}
    for first in range(0, len(flat), CHUNK):
        z = path.at(path.model.xp.asarray(flat[first : first + CHUNK])).z
        point = path.model.at(z)
        for name, observable in observables.items():
            parts[name].append(to_host(observable.measure(point)))
    return {name: np.concatenate(values).reshape(fields.shape[:2]) for name, values in parts.items()}


def measure(phase_factor: np.ndarray, series: dict[str, np.ndarray]) -> dict[str, Estimate]:
    """apf_re, apf_im, and NAME (real part), NAME_im of every observable."""
    results = {
        "apf_re": statistics.mean(phase_factor.real),
        "apf_im": statistics.mean(phase_factor.imag),
    }
    for name, values in series.items():
        results[name], results[f"{name}_im"] = statistics.reweighted(phase_factor, values)
    return results


def health(
    samples: xr.Dataset, phase_factor: np.ndarray, series: dict, tau_phase: float
) -> dict[str, float | Estimate]:
    """How far the numbers of a run can be trusted.

    exp_dh, acceptance : after thermalization; <exp(-delta_H)> is 1 for a correct integrator in equilibrium
    dh_balance : after thermalization; mean of ``balance.energy_balance``, 0 for the same reason
    acceptance_min : of the chain that accepts least
    tau_phase : autocorrelation time of the phase, in trajectories
    tau_int : largest autocorrelation time of the phase and the weighted observables, in trajectories
    chain_length : trajectories of a chain after thermalization
    ess : effective sample size of the reweighted observables
    largest_weight : largest share of one configuration in a reweighted sum
    thermalization : largest difference, in standard errors, between early and late, hot and ordered, one
        chain and the others
    """
    settled = samples["history"].values >= samples.attrs["thermalization"]
    weighted = [values * phase_factor for values in series.values()]
    tau = largest([tau_phase, *(statistics.mean(part.real).tau_int for part in weighted)])
    accepted = samples["accepted"].values[:, settled].mean(axis=1)
    every = samples.attrs["record_every"]
    watched = (samples["log_modulus"].values, phase_factor.real, *(part.real for part in weighted))
    starts = list(samples["start"].values)
    delta_h = samples["delta_h"].values[:, settled]
    return {
        "exp_dh": statistics.mean(np.exp(-delta_h)),
        "dh_balance": statistics.mean(energy_balance(delta_h)),
        "acceptance": float(accepted.mean()),
        "acceptance_min": float(accepted.min()),
        "tau_phase": tau_phase * every,
        "tau_int": tau * every,
        "chain_length": delta_h.shape[1],
        "ess": statistics.effective_sample_size(phase_factor, tau),
        "largest_weight": statistics.largest_weight(phase_factor),
        "n_samples": phase_factor.size,
        "thermalization": largest(thermalization_pull(part, starts) for part in watched),
        "step_size": float(samples["step_size"].values[-1]),
        "largest_field": float(np.abs(samples["field"].values).max()),
    }
