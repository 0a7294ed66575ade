"""Complex Langevin dynamics at one point, measured as it goes: a baseline that knows no contour."""

import numpy as np
import xarray as xr

from pomflow import registry
from pomflow.analysis import statistics
from pomflow.analysis.estimates import Estimate, largest
from pomflow.analysis.tail import quantiles, tail_index
from pomflow.analysis.thermalization import thermalization_pull
from pomflow.io import netcdf
from pomflow.jobs import faults
from pomflow.jobs.progress import Progress
from pomflow.models.base import ModelPoint
from pomflow.samplers.langevin import Record, sample
from pomflow.stages.scan.point import Point, write
from pomflow.stages.scan.results import results_dataset

KIND = "observables"
# shares of the Langevin time at which the distribution of the drift is written down
SURVIVAL = (0.5, 0.1, 0.01, 1e-3, 1e-4)


@faults.recorded(KIND)
def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['observables']``; ``params`` has ``langevin`` beside the point of the scan."""
    started, point, settings = netcdf.Clock.start(), Point.of(params), params["langevin"]
    observables = registry.observables(params["model"], type(point.model))
    functions = {name: observable.measure for name, observable in observables.items()}
    functions["virial"] = ModelPoint.schwinger_dyson
    where = point.where("sample_langevin")
    numbers = Progress(range(settings["thermalization"] + settings["steps"]), where)
    stream = point.stream("sample_langevin", "langevin")
    record = sample(point.model, functions, settings, stream, numbers, where)
    dataset = results_dataset(measure(record, settings["record_every"]), observables).merge(
        drift_distribution(record)
    )
    write(dataset, outputs["observables"], KIND, point, started)


def measure(record: Record, record_every: int) -> dict[str, float | Estimate]:
    """Every observable averaged over Langevin time, and the health of the run.

    NAME, NAME_im : real and imaginary part of the observable
    virial : mean of ``ModelPoint.schwinger_dyson``; 1 but for too long a step or too slow a tail
    drift_tail : tail index of the largest drift; above 0 its distribution falls like a power
    tau_int : largest autocorrelation time of the observables, in steps
    chain_length : steps of a chain after thermalization
    ess : effective sample size
    thermalization : largest difference, in standard errors, between early and late, hot and ordered, one
        chain and the others
    time : Langevin time that a chain runs through, mean over the chains
    """
    # of unit mean square, as phase factors are: the formulas for these then hold for weights too
    weight = record.weight / np.sqrt(np.mean(record.weight**2))
    results = {}
    for name, values in record.series.items():
        results[name], results[f"{name}_im"] = statistics.reweighted(weight, values)
    tau = largest(results[name].tau_int for name in record.series)
    watched = ((values * weight).real for values in record.series.values())
    return results | {
        "drift_tail": tail_index(record.drift, record.time),
        "tau_int": tau * record_every,
        "chain_length": weight.shape[1] * record_every,
        "ess": statistics.effective_sample_size(weight, tau),
        "n_samples": weight.size,
        "thermalization": largest(thermalization_pull(part, record.starts) for part in watched),
        "time": float(record.time.sum(axis=1).mean()),
    }


def drift_distribution(record: Record) -> xr.Dataset:
    """Quantiles of the largest drift."""
    values = quantiles(record.drift, record.time, SURVIVAL)
    return xr.Dataset(
        {"drift": ("survival", values, netcdf.about("largest |dS/dz| of a configuration"))},
        coords={
            "survival": (
                "survival",
                list(SURVIVAL),
                netcdf.about("share of the Langevin time with a larger one"),
            )
        },
    )
