"""Configurations of a model of spins at every inverse temperature of a study."""

import numpy as np

from pomflow.analysis.thermalization import ensemble_pull
from pomflow.errors import DivergenceError
from pomflow.io import netcdf
from pomflow.jobs.progress import Progress
from pomflow.numerics import backend
from pomflow.stages.ising.files import model_of, name_in, stream_of
from pomflow.studies.ising.dataset import KIND, Configurations, dataset

# in standard errors; the largest of about twenty classes must stay below it by chance
LARGEST_PULL = 5.0


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['samples']``; ``params['set']`` tells training and test configurations apart.

    Raises
    ------
    DivergenceError
        If the chains are not in equilibrium.
    """
    started, model, settings = netcdf.Clock.start(), model_of(params), params["sample"]
    starts = ["hot", "cold"] * (settings["chains"] // 2)
    # clusters grow on the CPU, whatever the backend of the scan
    xp = backend.select(params["backend"]) if "backend" in params else np
    where = f"sample_ising L{name_in(params)} {params['set']}"
    spins, energies, pulls = [], [], []
    for beta in Progress(params["beta"], where):
        stream = stream_of(params, "sample_ising", params["set"], repr(beta), xp=xp)
        chains = model.sample(settings["algorithm"], beta, starts, settings, stream)
        energy = model.energy(chains)
        pulls.append(ensemble_pull(energy, starts))
        _check(pulls[-1], beta, where)
        spins.append(chains.reshape(-1, model.lattice.volume))
        energies.append(energy.ravel())
    configurations = Configurations(np.array(spins), np.array(energies), len(starts))
    result = dataset(params["beta"], configurations, model)
    about = netcdf.about("largest difference between early and late, hot and cold, in standard errors")
    result["thermalization"] = ("class", pulls, about)
    netcdf.write(
        result, outputs["samples"], KIND, netcdf.describe_run(params, backend.device_of(params), started)
    )


def _check(pull: float, beta: float, where: str) -> None:
    if not pull <= LARGEST_PULL:
        raise DivergenceError(
            where,
            f"at beta = {beta} early and late or hot and cold chains differ by {pull:.1f} standard errors",
            "Raise thermalization and record_every in ising.sample or for this lattice. Where two phases "
            "coexist, clusters pass between them the more seldom the larger the lattice: take a smaller one.",
        )
