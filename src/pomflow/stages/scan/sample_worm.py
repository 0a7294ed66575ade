"""The exact simulation at one point, of the full and of the phase-quenched theory."""

import xarray as xr

from pomflow import registry
from pomflow.config.scan import stream_labels
from pomflow.io import netcdf
from pomflow.io.checkpoint import Checkpoint
from pomflow.jobs import faults
from pomflow.lattice import Lattice
from pomflow.models.simulation import FREE_ENERGY, ONSET, PHASE, QUENCHED
from pomflow.random.stream import Stream
from pomflow.stages.scan.results import at_point, variables_of

KIND = "worm"
ABOUT = {
    "susceptibility": ("derivative of the charge with respect to its chemical potential", "per site"),
    PHASE: ("average phase factor of the undeformed plane", "1"),
    FREE_ENERGY: ("-ln(average phase factor of the undeformed plane) / V", "per site"),
    ONSET: ("chemical potential at which one charge on the lattice has the weight of none", "1"),
    "covariance": ("covariance of charge and susceptibility", "1"),
    "tau_int": ("largest autocorrelation time", "sweeps"),
    "ess": ("effective sample size", "1"),
    "thermalization": (
        "largest difference between early and late sweeps or one chain and the others, in standard errors",
        "1",
    ),
}
ABOUT |= {
    f"{FREE_ENERGY}_{name}": (f"{ABOUT[name][0]}, of its simulations", "1")
    for name in ("ess", "thermalization")
}


@faults.recorded(KIND)
def run(inputs: dict, outputs: dict, params: dict, checkpoint: Checkpoint) -> None:
    """Write ``outputs['observables']``: NAME and NAME_pq with errors, and ``free_energy`` if asked for."""
    model = registry.load("model", params["model"])
    simulation, lattice = model.stated("simulation"), Lattice.parse(params["lattice"])

    def arguments(kind: str):
        labels = stream_labels(params["study"], "sample_worm", params["lattice"], kind, params["point"])
        where = f"{params['study']}: sample_worm {kind} L{params['lattice']} {params['point']}"
        stream = Stream(params["seed"], *labels)
        return lattice, params["parameters"], params["worm"], stream, where, checkpoint.part(kind)

    full, attributes = simulation.full(*arguments("full"))
    quenched = simulation.quenched(*arguments("quenched"))
    observables = model.observables() | registry.quantities(params["model"], model)
    variables = _variables(full, "", observables) | _variables(quenched, QUENCHED, observables)
    # without a chemical potential there is no phase
    if params["worm"].get("phase_updates") and params["parameters"][simulation.axis]:
        direct = simulation.free_energy(*arguments(FREE_ENERGY)) or {}
        named = {name if name == FREE_ENERGY else f"{FREE_ENERGY}_{name}": direct[name] for name in direct}
        variables |= _variables(named, "", observables)
    dataset = at_point(xr.Dataset(variables, attrs=attributes), model, params["parameters"])
    netcdf.write(dataset, outputs["observables"], KIND, netcdf.describe_run(params, "CPU", checkpoint.clock))


def words_of(name: str, suffix: str, known: dict) -> tuple[str, str]:
    """Long name and units of a variable, an observable or a quantity; ``suffix`` names the theory."""
    if name in ABOUT:
        long_name, units = ABOUT[name]
    else:
        long_name, units = known[name].long_name, known[name].units
    return long_name + (", phase-quenched" if suffix else ""), units


def _variables(estimates: dict, suffix: str, known: dict) -> dict:
    variables = {}
    for name, result in estimates.items():
        variables |= variables_of(f"{name}{suffix}", result, *words_of(name, suffix, known))
    return variables
