"""Average phase factor, reweighted observables, what is made of them, and the health of a run."""

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from pomflow import registry
from pomflow.analysis import control_variates, derived, statistics
from pomflow.analysis.balance import energy_balance
from pomflow.analysis.estimates import Estimate, largest
from pomflow.analysis.thermalization import thermalization_pull
from pomflow.contours.path import Path
from pomflow.io import netcdf
from pomflow.jobs import faults
from pomflow.models.quantities import Quantity, of_observables
from pomflow.numerics.backend import to_host
from pomflow.stages.scan.columns import CONTROLLED, GAIN, words_of
from pomflow.stages.scan.point import Point, read_run, write
from pomflow.stages.scan.results import results_dataset, variables_of

KIND = "observables"
QUANTITIES = "quantities"
JACKKNIFE = "jackknife"
# Configurations that are measured together: so many, and on large lattices as many as have so many bytes. A
# model and a contour keep tens of arrays of that size.
MOST_TOGETHER, BYTES_TOGETHER = 1024, 2**24


@faults.recorded(KIND, QUANTITIES)
def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['observables']`` and ``outputs['quantities']`` from the samples on a contour.

    The plane needs no file of a contour.
    """
    started, point = netcdf.Clock.start(), Point.of(params)
    samples, path = read_run(inputs, point)
    phase_factor = np.exp(1j * samples["phase"].values)
    observables = registry.observables(params["model"], type(point.model))
    own, made = of_observables(observables), registry.quantities(params["model"], type(point.model))
    functions = list(dict.fromkeys([*(one.moments for one in (own | made).values()), identities_of]))
    moments = dict(zip(functions, measured(path, samples["field"].values, functions), strict=True))
    identities = moments.pop(identities_of)["identities"]
    series = moments[functions[0]] if observables else {}
    results = measure(phase_factor, series)
    results |= health(samples, phase_factor, series, results["apf_re"].tau_int)
    write(results_dataset(results, observables), outputs["observables"], KIND, point, started)
    means = {function: derived.Means(phase_factor, values) for function, values in moments.items()}
    found = derived.evaluate(means, own | made, point.model)
    dataset = quantities_dataset(found, made)
    if point.model.has_identities():
        dataset.update(controlled_dataset(phase_factor, series, identities, observables))
    write(dataset, outputs["quantities"], QUANTITIES, point, started)


def identities_of(point) -> dict:
    """The functions of mean zero that the model of a ``ModelPoint`` knows."""
    return {"identities": point.model.identities(point)}


def measured(path: Path, fields: np.ndarray, functions: Sequence[Callable]) -> list[dict[str, np.ndarray]]:
    """What functions of a ``ModelPoint`` give on every configuration, shape (chain, trajectory, ...)."""
    flat = fields.reshape(-1, fields.shape[-1])
    together = min(MOST_TOGETHER, max(1, BYTES_TOGETHER // (flat.shape[1] * flat.itemsize)))
    parts = [{} for _ in functions]
    for first in range(0, len(flat), together):
        z = path.at(path.model.xp.asarray(flat[first : first + together])).z
        point = path.model.at(z)
        for function, part in zip(functions, parts, strict=True):
            for name, values in function(point).items():
                part.setdefault(name, []).append(to_host(values))
    joined = [{name: np.concatenate(values) for name, values in part.items()} for part in parts]
    return [
        {name: values.reshape(*fields.shape[:2], *values.shape[1:]) for name, values in part.items()}
        for part in joined
    ]


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


def quantities_dataset(found: derived.Derived, quantities: dict[str, Quantity]) -> xr.Dataset:
    """Quantities with errors, series with their covariance; the covariance of all numbers, and a check."""
    variables = {}
    for name, one in quantities.items():
        variables |= variables_of(name, found.estimates[name], one.long_name, one.units)
    words = "covariance of the real parts of the numbers that are named"
    variables["covariance"] = (("number", "other_number"), found.covariance, netcdf.about(words))
    variables |= variables_of(JACKKNIFE, found.jackknife, *words_of(JACKKNIFE, quantities))
    names = np.array(found.names, dtype=object)
    return xr.Dataset(variables, coords={"number": names, "other_number": names})


def controlled_dataset(phase_factor, series: dict, identities, observables: dict) -> xr.Dataset:
    """Real parts of the observables with control variates, and what these gain in variance."""
    variables = {}
    for name, values in series.items():
        found = control_variates.reweighted(phase_factor, values, identities)
        for key, result in ((f"{name}{CONTROLLED}", found.real), (f"{name}{GAIN}", found.gain)):
            variables |= variables_of(key, result, *words_of(key, observables))
    return xr.Dataset(variables)
